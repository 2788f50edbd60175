"""The notebooks of the course: where they are, a student's copy of them, and one without solutions.

In Ray: nothing like it. Between ``### BEGIN SOLUTION`` and ``### END SOLUTION``, which is how
nbgrader marks it, stands what a student is to write. Otter wants one ``#`` there.

A notebook is read and written as the JSON it is, so that nothing need be installed for it.
"""

import json
import os
import re
from pathlib import Path
from typing import Any, Final

__all__ = [
    "NO_SOLUTION",
    "copy_course",
    "course_folder",
    "strip",
    "strip_to",
    "without_region",
]

NO_SOLUTION: Final = "# Write here."
"""What a cell says that held nothing but the solution."""
_REGION: Final = re.compile(
    r"^[ \t]*#+ BEGIN SOLUTION[ \t]*\n.*?^[ \t]*#+ END SOLUTION[ \t]*(\n|\Z)",
    re.DOTALL | re.MULTILINE,
)
_MARK: Final = re.compile(r"^[ \t]*#+ (BEGIN|END) SOLUTION[ \t]*(\n|\Z)", re.MULTILINE)
_PACKAGE: Final = Path(__file__).parent.parent
_NOTEBOOK: Final = ".ipynb"
_PICTURES: Final = frozenset({".gif", ".jpeg", ".jpg", ".png", ".svg"})


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


def strip_to(source: Path, target: Path, *, force: bool = False) -> tuple[list[Path], list[Path]]:
    """Write notebooks without their solutions to another folder, with the pictures beside them.

    Nothing is written unless all of it can be.

    Args:
        source: a notebook, or a folder with notebooks in it and below.
        target: the folder to write to.
        force: whether what was written before, and is different, is replaced.

    Returns:
        What was written, and what was there already and the same.

    Raises:
        FileNotFoundError: if there is no notebook.
        FileExistsError: if something else is there already.
        OSError: if something cannot be read or written.
        ValueError: as for :func:`strip`, or if the masters themselves would be replaced.
    """
    folder = source if source.is_dir() else source.parent
    if target.resolve() == folder.resolve():
        msg = f"{target} is where the notebooks with solutions are. Write to another folder."
        raise ValueError(msg)
    made = {
        target / path.relative_to(folder): path.read_bytes()
        if path.suffix in _PICTURES
        else strip(path).encode()
        for path in _to_strip(source, target)
    }
    current = [place for place, text in made.items() if _holds(place, text)]
    new = {place: text for place, text in made.items() if place not in current}
    taken = [place for place in new if os.path.lexists(place)]
    if taken and not force:
        msg = f"{taken[0]} is there already, and is different. --force replaces it."
        raise FileExistsError(msg)
    for place, text in new.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text)
    return sorted(new), sorted(current)


def _to_strip(source: Path, target: Path) -> list[Path]:
    """The notebooks of a folder, and the pictures; not those that were written before."""
    if not source.is_dir():
        return [source]
    own = target.resolve()
    found = [
        path
        for path in sorted(source.rglob("*"))
        if path.suffix in {_NOTEBOOK, *_PICTURES}
        and not any(part.startswith(".") for part in path.relative_to(source).parts)
        and own not in path.resolve().parents
    ]
    if not any(path.suffix == _NOTEBOOK for path in found):
        msg = f"there is no notebook in {source}."
        raise FileNotFoundError(msg)
    return found


def _holds(place: Path, text: bytes) -> bool:
    return place.is_file() and place.read_bytes() == text


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


def copy_course(
    target: Path, *, solved: bool = False, for_otter: bool = False
) -> tuple[list[Path], list[Path], list[Path]]:
    """Copy the lessons, and the pictures in them, to a folder of the student's.

    What is there already is left alone, so that nobody's work is lost, and a second copy brings
    what the first did not have.

    Args:
        target: the folder; it is made if it is not there.
        solved: whether the notebooks are those with the solutions, for teachers.
        for_otter: whether solutions are marked as otter wants it, and not as nbgrader does.

    Returns:
        What was copied; what was left alone; and what of that is not what the course has. All of
        them are paths in the folder.

    Raises:
        FileNotFoundError: if the lessons were not installed.
        OSError: if it cannot be written.
    """
    source = course_folder()
    lessons = source / "solutions" if solved else source
    found = {path: target / path.name for path in sorted(lessons.glob(f"*{_NOTEBOOK}"))}
    found |= {path: target / "images" / path.name for path in sorted(source.glob("images/*"))}
    copied, kept, changed = [], [], []
    for path, place in found.items():
        # Those with solutions are a folder further away from the pictures than their copies.
        text = path.read_bytes().replace(b"](../images/", b"](images/")
        if for_otter and path.suffix == _NOTEBOOK:
            text = text.replace(b"### BEGIN SOLUTION", b"# BEGIN SOLUTION")
            text = text.replace(b"### END SOLUTION", b"# END SOLUTION")
        place.parent.mkdir(parents=True, exist_ok=True)
        if _write_new(place, text):
            copied.append(place)
            continue
        kept.append(place)
        if not _holds(place, text):
            changed.append(place)
    return copied, kept, changed


def _write_new(place: Path, text: bytes) -> bool:
    """Write a file that is not there yet, and say whether it was not."""
    try:
        with place.open("xb") as file:
            file.write(text)
    except FileExistsError:
        return False
    except BaseException:
        # Half a lesson would be kept for ever. Nothing was there before it was begun.
        place.unlink(missing_ok=True)
        raise
    return True
