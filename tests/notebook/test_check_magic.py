# mypy: disable-error-code="attr-defined"
"""``%%check`` and ``%check``: a cell is run, and what it has made is checked."""

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.error import UsageError

from raylite.exercises import names, which_model
from raylite.exercises.lesson_06 import tired_counter

RIGHT = which_model.solution_source


def test_the_cell_is_run_and_then_checked(shell) -> None:
    report = shell.run_cell(f"%%check which_model\n{RIGHT}").result
    assert report.passed
    assert shell.user_ns["choices"]["chat"] == "asyncio"


def test_the_line_magic_checks_what_is_there(shell) -> None:
    assert not shell.run_cell("%check which_model").result.passed
    shell.run_cell(RIGHT).raise_error()
    assert shell.run_cell("%check which_model").result.passed


def test_it_is_the_report_of_the_plain_function(shell) -> None:
    shell.run_cell("choices = {'chat': 'pykka'}").raise_error()
    report = shell.run_cell("%check which_model").result
    assert repr(report) == repr(which_model.check({"chat": "pykka"}))


@pytest.mark.slow
def test_a_class_of_the_cell_runs_in_actors(ray_shell) -> None:
    cell = f"%%check tired_counter\nimport os\n{tired_counter.solution_source}"
    report = ray_shell.run_cell(cell).result
    assert report.passed, repr(report)


def test_what_the_cell_does_not_make_is_named(shell, capsys) -> None:
    shell.run_cell(RIGHT).raise_error()
    report = shell.run_cell("%%check which_model\nchoice = 3").result
    assert report.passed
    assert "choices is not of this cell, but what the notebook has" in capsys.readouterr().out


def test_what_is_nowhere_is_left_to_the_report(shell, capsys) -> None:
    assert "nothing is called `choices`" in repr(shell.run_cell("%%check which_model\n3").result)
    assert "not of this cell" not in capsys.readouterr().out


def test_a_wrong_name_is_told_with_the_one_that_is_there(shell) -> None:
    report = shell.run_cell("%%check which_model\nchoises = {}").result
    assert "There is `choises`. If that is yours, call it `choices`." in repr(report)


@pytest.mark.parametrize(
    ("cell", "error"),
    [("class Model\n    pass", "SyntaxError"), ("1 / 0", "ZeroDivisionError")],
)
def test_a_cell_that_fails_is_not_checked(shell, capsys, cell, error) -> None:
    result = shell.run_cell(f"%%check which_model\n{cell}")
    assert type(result.error_in_exec).__name__ == error
    said = capsys.readouterr().out
    assert error in said
    assert "checks passed" not in said
    assert "check_magic.py" not in said


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("%check which_modl", "there is no exercise of that name. Did you mean which_model?"),
        ("%%check x\n1", "%%check x: there is no exercise of that name. There are: find_pids, "),
        ("%check", "write the name of an exercise. There are: find_pids, accounting, "),
        ("%check --now", "unrecognized arguments: --now. %check? shows what can stand there."),
    ],
)
def test_a_line_that_is_wrong_is_told_in_one_sentence(shell, line, words) -> None:
    error = shell.run_cell(line).error_in_exec
    assert type(error) is UsageError
    assert words in str(error)


@pytest.mark.parametrize("magic", ["%check", "%%check"])
def test_the_tab_key_offers_the_exercises(shell, magic) -> None:
    with provisionalcompleter():
        for text, offered in ((f"{magic} ", set(names())), (f"{magic} which", {"which_model"})):
            found = {one.text for one in shell.Completer.completions(text, len(text))}
            assert found == offered


def test_the_magic_says_what_its_plain_twin_is(shell) -> None:
    assert "raylite.exercises.linear_model.check()" in shell.find_cell_magic("check").__doc__


def test_it_goes_with_the_extension(shell) -> None:
    shell.run_cell("%unload_ext raylite").raise_error()
    assert shell.find_cell_magic("check") is None
    assert shell.find_line_magic("check") is None
