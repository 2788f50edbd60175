"""What is done and what is open: kept in one file, by several notebooks, whatever it holds."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from raylite.exercises import load, progress, which_model
from raylite.exercises.diary import Entry, NotKeptError, entries, note, place
from raylite.exercises.progress_view import Progress

ROOT = Path(__file__).parent.parent.parent
RIGHT: dict[str, object] = {}
exec(which_model.solution_source, RIGHT)
CHOICES = RIGHT["choices"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A student's folder, in which nothing was done."""
    monkeypatch.delenv("RAYLITE_COURSE_FILE")
    monkeypatch.chdir(tmp_path)
    for count in ("_hints_given", "_checks_made"):
        monkeypatch.setattr(which_model, count, 0)
    for fact in ("_is_done", "_is_sure"):
        monkeypatch.setattr(which_model, fact, False)
    return tmp_path


def entry() -> Entry:
    return entries()["which_model"]


def test_before_the_first_check_everything_is_open_and_no_file_is_there(folder: Path) -> None:
    shown = progress()
    assert {row.state for row in shown.rows} == {"open"}
    assert len(shown.rows) == 14
    assert "0 of 14 exercises are done. Next: Find the pids, in 00_start.ipynb." in repr(shown)
    assert not list(folder.iterdir())


def test_a_check_notes_itself_and_one_that_passes_is_done(folder: Path) -> None:
    which_model.check({})
    assert entry() == Entry(num_checks=1)
    which_model.check(CHOICES)
    assert entry() == Entry(num_checks=2, is_done=True)
    assert "1 of 14 exercises are done." in repr(progress())
    assert [path.name for path in folder.iterdir()] == [".raylite-course.json"]


def test_what_was_done_stays_done() -> None:
    which_model.check(CHOICES)
    which_model.check({})
    assert entry().is_done


def test_hints_and_an_early_look_at_the_solution_are_counted() -> None:
    which_model.hint()
    which_model.hint()
    which_model.hint(1)
    which_model.solution()
    assert not entry().saw_solution
    which_model.solution()
    assert entry() == Entry(num_hints=2, saw_solution=True)
    assert "2 of 3, and the solution" in repr(progress())


def test_a_look_at_the_solution_afterwards_is_no_help() -> None:
    which_model.check(CHOICES)
    which_model.solution()
    assert not entry().saw_solution


def test_after_a_restart_of_the_kernel_who_is_done_is_not_asked_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    which_model.check(CHOICES)
    monkeypatch.setattr(which_model, "_is_done", False)
    assert which_model.solution().source


def test_it_is_kept_in_the_folder_of_the_notebook_or_where_one_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert place() == folder / ".raylite-course.json"
    monkeypatch.setenv("RAYLITE_COURSE_FILE", "mine.json")
    which_model.check({})
    assert (folder / "mine.json").exists()
    monkeypatch.setenv("RAYLITE_COURSE_FILE", "")
    which_model.check({})
    assert "Nothing of it is kept." in repr(progress())


def test_two_notebooks_at_once_lose_no_entry_and_no_count() -> None:
    count = "import sys\nfrom raylite.exercises.diary import note\n"
    count += "for _ in range(40): note(sys.argv[1], checks=1)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    others = [
        subprocess.Popen([sys.executable, "-c", count, name], env=environment)
        for name in ("a", "a", "b")
    ]
    assert [other.wait() for other in others] == [0, 0, 0]
    found = entries()
    assert (found["a"].num_checks, found["b"].num_checks) == (80, 40)


@pytest.mark.parametrize(
    "text",
    [
        *("", "no JSON", "[]", "{}", '{"exercises": []}', '{"exercises": {"a": 3}}', "\0"),
        *('{"exercises": {"a": {"num_checks": "two"}}}', '{"exercises": {"a": {"num_hints": -1}}}'),
        *("[" * 100_000, " " * 1_000_001),
    ],
)
def test_a_damaged_file_is_a_sentence_and_stays_as_it_is(folder: Path, text: str) -> None:
    file = folder / ".raylite-course.json"
    file.write_text(text, encoding="utf-8")
    report = which_model.check(CHOICES)
    assert report.passed
    for said in (repr(report), report._repr_html_(), repr(progress())):
        assert "is damaged. Remove or rename it, and the count begins anew" in said
    assert file.read_text(encoding="utf-8") == text
    assert which_model.hint()
    assert which_model.solution()


def test_a_pipe_in_the_place_of_the_file_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / ".raylite-course.json")
    assert "is damaged. Remove or rename it" in repr(progress())


@pytest.mark.parametrize("kind", ["a file that stays", "a folder", "a folder that is gone"])
def test_a_file_that_cannot_be_written_is_a_sentence(
    folder: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = folder / ".raylite-course.json"
    match kind:
        case "a file that stays":
            which_model.check({})
            file.chmod(0o400)
            monkeypatch.setattr(os, "access", lambda *_: False)  # What root would not see.
        case "a folder":
            file.mkdir()
        case _:
            monkeypatch.setenv("RAYLITE_COURSE_FILE", str(folder / "gone" / "course.json"))
    report = which_model.check(CHOICES)
    assert report.passed
    assert "Your progress is not kept, since" in repr(report)
    assert "The checks work as before." in repr(report)
    assert repr(progress())
    assert not [path for path in folder.iterdir() if path.suffix == ".new"]


def test_a_folder_that_was_removed_is_a_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = folder / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert "Your progress is not kept" in repr(which_model.check(CHOICES))
    assert "Your progress is not kept" in repr(progress())


def test_entries_of_exercises_that_are_not_known_here_are_kept(folder: Path) -> None:
    file = folder / ".raylite-course.json"
    file.write_text('{"exercises": {"of_tomorrow": {"num_checks": 7, "grade": "A"}}}')
    which_model.check({})
    found = json.loads(file.read_text())["exercises"]
    assert found["of_tomorrow"] == {"num_checks": 7, "grade": "A"}
    assert found["which_model"]["num_checks"] == 1


def test_a_reader_sees_a_whole_file_or_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note("a", checks=1)
    monkeypatch.setattr(Path, "replace", _full)
    with pytest.raises(NotKeptError, match="No space"):
        note("a", checks=1)
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("RAYLITE_COURSE_FILE")
    assert entries()["a"].num_checks == 1
    assert len(list(folder.iterdir())) == 1


def _full(self: Path, target: Path) -> Path:
    raise OSError(28, "No space left on device")


def test_the_table_links_to_the_lessons_and_is_the_text_in_other_words() -> None:
    which_model.check(CHOICES)
    load("find_pids").hint()
    shown = progress()
    page, text = shown._repr_html_(), repr(shown)
    for word in ("done", "begun", "open", "Grow a tree", "1 of 3"):
        assert word in page
        assert word in text
    assert '<a href="11_trees_and_supervision.ipynb">' in page
    assert page.count('scope="row"') == 14
    assert page.count("<caption") == 1
    lines = [line for line in text.splitlines() if line[:1] in "✓…·" and line]
    assert len({line.index(row.lesson) for line, row in zip(lines, shown.rows, strict=True)}) == 1


def test_what_is_said_at_the_end() -> None:
    rows = [row for row in progress().rows if row.name == "which_model"]
    which_model.check(CHOICES)
    rows = [row for row in progress().rows if row.name == "which_model"]
    assert "That is the whole course: well done!" in repr(Progress(rows, ""))
