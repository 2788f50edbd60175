"""``%raylite port``: which cells that have run could not run on Ray."""

from typing import Any

import pytest
from IPython.core.error import UsageError


@pytest.fixture
def cells(shell: Any) -> Any:
    """A notebook in which four cells have run, the first of which has loaded the magics."""
    for cell in (
        "import raylite as ray",
        "def f():\n    return ray.dashboard",
        "x = ray.watch",
    ):
        shell.run_cell(cell, store_history=True).raise_error()
    return shell


def ask(cells: Any, line: str) -> Any:
    ran = cells.run_cell(f"%raylite port {line}".strip(), store_history=True)
    ran.raise_error()
    return ran.result


@pytest.mark.parametrize("line", ["", "--all"])
def test_all_cells_are_told_by_their_numbers(cells, line: str) -> None:
    places = [one.place for one in ask(cells, line).findings]
    assert places == ["In [1], 1:1", "In [2], 1:8", "In [3], 2:12", "In [4], 1:5"]


def test_a_name_stands_for_the_cell_that_has_defined_it(cells) -> None:
    found = ask(cells, "f")
    assert [one.place for one in found.findings] == ["In [3], 2:12"]
    assert repr(found).startswith("f, defined in In [3]: 1 place: 1 cannot run there.")


def test_the_last_cell_alone(cells) -> None:
    assert [one.place for one in ask(cells, "--cell").findings] == ["In [4], 1:5"]


def test_of_a_cell_that_ran_again_the_last_run_counts(cells) -> None:
    cells.run_cell("x = ray.watch", store_history=True)
    assert [one.place for one in ask(cells, "--all").findings][-1] == "In [5], 1:5"
    assert len(ask(cells, "--all").findings) == 4


def test_cells_that_failed_or_asked_for_this_are_not_looked_at(cells) -> None:
    cells.run_cell("y = (", store_history=True)
    ask(cells, "")
    assert len(ask(cells, "").findings) == 4


def test_what_can_be_done_is_told_as_a_table_with_nothing_of_the_users_unescaped(cells) -> None:
    cells.run_cell("y = ray.explain, '<b>'", store_history=True)
    html = ask(cells, "y")._repr_html_()
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert "cannot run there" in html


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("port nothing", "no cell that has run has given the name nothing to something"),
        ("port f --all", "only one of them"),
        ("port --cell --all", "only one of them"),
        ("status f", "only port takes a name"),
    ],
)
def test_misuse_is_a_sentence(cells, line: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        cells.run_cell(f"%raylite {line}").raise_error()
