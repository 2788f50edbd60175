"""A notebook opens in a real JupyterLab, and raylite is there."""


def test_a_cell_imports_raylite_and_the_browser_has_no_complaints(open_notebook) -> None:
    book = open_notebook("import raylite\nprint('imported', raylite.__name__)")
    book.run_all()
    assert book.output(0).inner_text().strip() == "imported raylite"
    assert book.prompts() == ["[1]:"]
    assert not book.errors()
