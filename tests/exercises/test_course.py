"""Handing out the course: copies that overwrite nothing, and notebooks without solutions."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raylite.exercises.course import (
    NO_SOLUTION,
    copy_course,
    course_folder,
    strip,
    without_region,
)

SOLVED = """\
pids = ...
### BEGIN SOLUTION
pids = [1, 2]
### END SOLUTION
print(pids)"""
LINES = st.lists(st.sampled_from(["a = 1", "    b()", "", "# a comment"]), max_size=4)


def notebook(*sources: str) -> str:
    cells = [
        {"cell_type": "code", "source": source, "outputs": [{}], "execution_count": 3}
        for source in sources
    ]
    return json.dumps({"cells": cells, "nbformat": 4})


def test_a_region_is_left_out_and_the_rest_stays() -> None:
    assert without_region(SOLVED) == "pids = ...\nprint(pids)"


def test_a_cell_that_was_all_solution_says_where_to_write() -> None:
    assert without_region("### BEGIN SOLUTION\nx = 1\n### END SOLUTION") == NO_SOLUTION


@given(before=LINES, inside=LINES, after=LINES)
def test_whatever_stands_around_it_nothing_of_a_solution_stays(
    before: list[str], inside: list[str], after: list[str]
) -> None:
    marked = ["    ### BEGIN SOLUTION", *(f"secret {line}" for line in inside)]
    source = "\n".join([*before, *marked, "    ### END SOLUTION", *after])
    students = without_region(source)
    assert "secret" not in students
    assert "SOLUTION" not in students
    kept = "\n".join([*before, *after]).rstrip()
    assert students == (kept or NO_SOLUTION)


@given(lines=LINES)
def test_a_cell_without_marks_stays_as_it_is(lines: list[str]) -> None:
    source = "\n".join(lines)
    assert without_region(source) == source


@pytest.mark.parametrize("line", ["### BEGIN SOLUTION", "### END SOLUTION"])
def test_one_mark_without_the_other_is_told(tmp_path: Path, line: str) -> None:
    path = tmp_path / "master.ipynb"
    path.write_text(notebook("a = 1", f"{line}\nb = 2"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"master\.ipynb, code cell 2: .*without the other"):
        strip(path)


def test_a_stripped_notebook_has_neither_solutions_nor_outputs(tmp_path: Path) -> None:
    path = tmp_path / "master.ipynb"
    path.write_text(notebook(SOLVED), encoding="utf-8")
    (cell,) = json.loads(strip(path))["cells"]
    assert cell["source"] == ["pids = ...\n", "print(pids)"]
    assert (cell["outputs"], cell["execution_count"]) == ([], None)
    assert path.read_text(encoding="utf-8") == notebook(SOLVED)


@pytest.mark.parametrize("text", ["no JSON", "[]", '{"cells": 3}', '{"worksheets": []}'])
def test_what_is_no_notebook_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "wrong.ipynb"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="is no notebook"):
        strip(path)


def test_the_lessons_are_copied_with_their_pictures(tmp_path: Path) -> None:
    copied, kept, _ = copy_course(tmp_path / "my" / "course")
    names = {str(path.relative_to(tmp_path / "my" / "course")) for path in copied}
    assert {"00_start.ipynb", "12_leaving_the_laptop.ipynb", "images/driver_and_actor.svg"} <= names
    assert not any("solutions" in name or "masters" in name for name in names)
    assert not kept


def test_a_second_copy_leaves_a_students_work_alone(tmp_path: Path) -> None:
    copy_course(tmp_path)
    mine, lost = tmp_path / "00_start.ipynb", tmp_path / "01_first_actor.ipynb"
    mine.write_text("my work", encoding="utf-8")
    lost.unlink()
    copied, kept, changed = copy_course(tmp_path)
    assert copied == [lost]
    assert mine in kept
    assert changed == [mine]
    assert mine.read_text(encoding="utf-8") == "my work"
    assert lost.read_bytes() == (course_folder() / lost.name).read_bytes()
