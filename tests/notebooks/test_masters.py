"""The notebooks are made of their masters, and hold nothing that their masters do not."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from raylite.exercises.course import strip

ROOT = Path(__file__).parent.parent.parent
NOTEBOOKS = ROOT / "notebooks"
MASTERS = sorted((NOTEBOOKS / "masters").glob("*.py"))


def test_every_notebook_is_current() -> None:
    told = [sys.executable, str(ROOT / "scripts" / "lessons"), "--check"]
    found = subprocess.run(told, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout, found.stderr) == (0, "", ""), "run `make lessons`"


def test_every_notebook_has_a_master() -> None:
    masters = {path.stem for path in MASTERS}
    assert {path.stem for path in NOTEBOOKS.glob("*.ipynb")} == masters
    assert {path.stem for path in (NOTEBOOKS / "solutions").glob("*.ipynb")} <= masters


@pytest.mark.parametrize("path", MASTERS, ids=lambda path: path.stem)
def test_the_students_copy_holds_no_solution_and_the_other_does(path: Path) -> None:
    has_solution = "### BEGIN SOLUTION" in path.read_text(encoding="utf-8")
    solved = NOTEBOOKS / "solutions" / f"{path.stem}.ipynb"
    assert solved.exists() == has_solution
    students = nbformat.read(NOTEBOOKS / f"{path.stem}.ipynb", as_version=4)
    assert not any("SOLUTION" in cell.source for cell in students.cells)
    if has_solution:
        with_solution = nbformat.read(solved, as_version=4)
        assert [cell["id"] for cell in with_solution.cells] == [c["id"] for c in students.cells]
        assert any("### BEGIN SOLUTION" in cell.source for cell in with_solution.cells)
        nearer = strip(solved).replace("](../images/", "](images/")
        stripped = nbformat.reads(nearer, as_version=4)
        assert [cell.source for cell in stripped.cells] == [c.source for c in students.cells]
