"""The notebooks of the course: where they are, a student's copy of them, and one without solutions.

In Ray: nothing like it. Between ``### BEGIN SOLUTION`` and ``### END SOLUTION``, which is how
nbgrader and otter mark it, stands what a student is to write.

A notebook is read and written as the JSON it is, so that nothing need be installed for it.
"""

import json
import re
import shutil
from pathlib import Path
from typing import Any, Final

__all__ = [
    "NO_SOLUTION",
    "copy_course",
    "course_folder",
    "strip",
    "without_marks",
    "without_region",
]

NO_SOLUTION: Final = "# Write here."
"""What a cell says that held nothing but the solution."""
_REGION: Final = re.compile(
    r"^[ \t]*### BEGIN SOLUTION[ \t]*\n.*?^[ \t]*### END SOLUTION[ \t]*(\n|\Z)",
    re.DOTALL | re.MULTILINE,
)
_MARK: Final = re.compile(r"^[ \t]*### (BEGIN|END) SOLUTION[ \t]*(\n|\Z)", re.MULTILINE)
_PACKAGE: Final = Path(__file__).parent.parent


def without_region(source: str) -> str:
    """A cell as a student begins with it.

    Args:
        source: the cell's code; what has no marks stays as it is.

    Raises:
        ValueError: if there is one mark without the other.
    """
    found = _REGION.sub("", source)
    if _MARK.search(found):
        msg = (
            "a solution begins with a line `### BEGIN SOLUTION` and ends with a line "
            "`### END SOLUTION`, and here is one without the other."
        )
        raise ValueError(msg)
    return source if found == source else found.rstrip() or NO_SOLUTION


def without_marks(source: str) -> str:
    """The cell with its solution, and without the lines that mark it."""
    return _MARK.sub("", source).rstrip() if _MARK.search(source) else source


def strip(path: Path) -> str:
    """A notebook without solutions and without outputs, as text.

    Args:
        path: of the notebook that has them; it stays as it is.

    Raises:
        OSError: if it cannot be read.
        ValueError: if it is no notebook, or a mark in it has no other.
    """
    try:
        book: Any = json.loads(path.read_text(encoding="utf-8"))
        cells = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError):
        msg = f"{path} is no notebook of format 4: it has no list of cells."
        raise ValueError(msg) from None
    for number, cell in enumerate(cells, start=1):
        try:
            source = without_region("".join(cell["source"]))
        except ValueError as error:
            msg = f"{path}, code cell {number}: {error}"
            raise ValueError(msg) from None
        cell["source"] = source.splitlines(keepends=True)
        cell["outputs"], cell["execution_count"] = [], None
    return f"{json.dumps(book, indent=1, ensure_ascii=False)}\n"


def course_folder() -> Path:
    """Where the lessons are: in the package, or beside it while one works on raylite itself.

    Raises:
        FileNotFoundError: if they were not installed.
    """
    for folder in (_PACKAGE / "course", _PACKAGE.parent / "notebooks"):
        if (folder / "00_start.ipynb").exists():
            return folder
    msg = "this installation of raylite has no lessons. Install it again, from its wheel."
    raise FileNotFoundError(msg)


def copy_course(target: Path) -> tuple[list[Path], list[Path]]:
    """Copy the lessons, and the pictures in them, to a folder of the student's.

    What is there already is left alone, so that nobody's work is lost, and a second copy brings
    what the first did not have.

    Args:
        target: the folder; it is made if it is not there.

    Returns:
        What was copied, and what was left alone, as paths in the folder.

    Raises:
        FileNotFoundError: if the lessons were not installed.
        OSError: if it cannot be written.
    """
    source = course_folder()
    copied, kept = [], []
    for path in sorted([*source.glob("*.ipynb"), *source.glob("images/*")]):
        place = target / path.relative_to(source)
        if place.exists():
            kept.append(place)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
        copied.append(place)
    return copied, kept
