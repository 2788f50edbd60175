"""``raylite course copy`` and ``raylite course strip``, as they are typed."""

import json
from pathlib import Path

import pytest

from raylite.cli import main
from raylite.exercises.course import course_folder

PICTURES = f"{len(list((course_folder() / 'images').iterdir()))} pictures"
MARKED = "pids = ...\n### BEGIN SOLUTION\npids = [1, 2]\n### END SOLUTION\n"


def notebook(path: Path, source: str = MARKED) -> Path:
    cell: dict[str, object] = {
        "cell_type": "code",
        "source": source,
        "outputs": [],
        "execution_count": None,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": [cell], "nbformat": 4}), encoding="utf-8")
    return path


def sources(book: dict) -> list:
    return [cell["source"] for cell in book["cells"]]


def test_a_copy_says_what_is_new_and_where_to_begin(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["course", "copy", str(tmp_path / "mine")]) == 0
    said = capsys.readouterr().out
    assert f"New in {tmp_path / 'mine'}: 13 notebooks and {PICTURES}." in said
    assert f"jupyter lab {tmp_path / 'mine' / '00_start.ipynb'}" in said


def test_a_second_copy_says_what_it_has_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["course", "copy", str(tmp_path)])
    (tmp_path / "06_failure.ipynb").write_text("my work", encoding="utf-8")
    (tmp_path / "07_keeping_state.ipynb").unlink()
    capsys.readouterr()
    assert main(["course", "copy", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert ": 1 notebook.\n" in said
    assert f"Kept as they were: 12 notebooks and {PICTURES}, among them what you have" in said
    assert "06_failure.ipynb.\n" in said
    assert (tmp_path / "06_failure.ipynb").read_text(encoding="utf-8") == "my work"


def test_otter_finds_its_own_marks_and_strip_takes_the_same_out(tmp_path: Path) -> None:
    assert main(["course", "copy", "--otter", str(tmp_path)]) == 0
    assert main(["course", "strip", str(tmp_path)]) == 0
    marks = 0
    for lesson in sorted(tmp_path.glob("*.ipynb")):
        cells = json.loads(lesson.read_text(encoding="utf-8"))["cells"]
        lines = [line.rstrip() for cell in cells for line in cell["source"]]
        marked = [line.strip() for line in lines if line.endswith(" SOLUTION")]
        assert marked == ["# BEGIN SOLUTION", "# END SOLUTION"] * (len(marked) // 2)
        marks += len(marked)
        stripped, students = (
            json.loads((folder / lesson.name).read_text(encoding="utf-8"))
            for folder in (tmp_path / "students", course_folder())
        )
        assert sources(stripped) == sources(students)
    assert marks


def test_the_solved_course_is_the_course_once_it_is_stripped(tmp_path: Path) -> None:
    assert main(["course", "copy", "--solved", str(tmp_path)]) == 0
    solved = (tmp_path / "01_first_actor.ipynb").read_text(encoding="utf-8")
    assert "### BEGIN SOLUTION" in solved
    assert main(["course", "strip", str(tmp_path)]) == 0
    stripped = json.loads((tmp_path / "students" / "01_first_actor.ipynb").read_text())
    students = json.loads((course_folder() / "01_first_actor.ipynb").read_text())
    assert sources(stripped) == sources(students)
    assert (tmp_path / "students" / "images" / "driver_and_actor.svg").exists()
    assert (tmp_path / "01_first_actor.ipynb").read_text(encoding="utf-8") == solved


def test_one_notebook_is_stripped_into_a_folder_beside_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    master = notebook(tmp_path / "one.ipynb")
    for words in ("Written to", "Current in"):
        assert main(["course", "strip", str(master)]) == 0
        assert words in capsys.readouterr().out
    (cell,) = json.loads((tmp_path / "students" / "one.ipynb").read_text())["cells"]
    assert cell["source"] == ["pids = ..."]


def test_what_was_written_before_and_is_different_is_replaced_only_by_force(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook(tmp_path / "one.ipynb")
    notebook(tmp_path / "two.ipynb")
    other = tmp_path / "out" / "two.ipynb"
    notebook(other, "other")
    told = ["course", "strip", str(tmp_path), "--to", str(tmp_path / "out")]
    assert main(told) == 1
    assert "is there already, and is different. --force" in capsys.readouterr().err
    assert not (tmp_path / "out" / "one.ipynb").exists()
    assert main([*told, "--force"]) == 0
    assert "other" not in other.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (["copy", "{}/file"], "{}/file is a file, and a folder is needed"),
        (["copy", "{}/file/deeper"], "{}/file/deeper leads through a file"),
        (["strip", "{}/nowhere.ipynb"], "there is no {}/nowhere.ipynb. Is the name right?"),
        (["strip", "{}/file"], "is no notebook of format 4"),
        (["strip", "{}/empty"], "there is no notebook in"),
        (["strip", "{}/one.ipynb", "--to", "{}"], "Write to another folder"),
        (["strip", "{}/half.ipynb"], "half.ipynb, code cell 1: a solution begins"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], told: list[str], words: str
) -> None:
    (tmp_path / "file").write_text("a file", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    notebook(tmp_path / "one.ipynb")
    notebook(tmp_path / "half.ipynb", "### BEGIN SOLUTION\nx = 1\n")
    assert main(["course", *(word.format(tmp_path) for word in told)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"raylite course {told[0]}: ")
    assert words.format(tmp_path) in said
    assert said.count("\n") == 1


def test_a_link_that_leads_nowhere_is_left_alone(tmp_path: Path) -> None:
    outside = tmp_path / "outside.ipynb"
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "00_start.ipynb").symlink_to(outside)
    assert main(["course", "copy", str(folder)]) == 0
    assert not outside.exists()


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["course"]) == 2
    assert "raylite course copy my-course" in capsys.readouterr().err
