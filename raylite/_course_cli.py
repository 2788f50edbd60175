"""The commands ``raylite course copy`` and ``raylite course strip``, which hand the course out.

In Ray: nothing like it. What they do is in :mod:`raylite.exercises.course`, which is loaded when
one of them is used; here is what they say of it.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

__all__ = ["add_course_commands"]

_COURSE: Final = """\
The course of raylite: thirteen lessons, from the first actor to a program that survives crashes.

    raylite course copy my-course
    jupyter lab my-course/00_start.ipynb"""
_COPY: Final = """\
Copy the lessons, and the pictures in them, to a folder of yours. Nothing is downloaded.

What is in the folder already is left alone, whatever it is: a second copy brings only what is
missing. To have a lesson anew, rename yours, or copy to another folder.

With --solved, the notebooks have the solutions in them, between the lines ### BEGIN SOLUTION and
### END SOLUTION that nbgrader looks for: for teachers, who may change them, and then take the
solutions out with raylite course strip. --otter marks them with one # each, for otter assign."""
_STRIP: Final = """\
Write notebooks without what stands between the lines ### BEGIN SOLUTION and ### END SOLUTION, and
without outputs. The notebooks themselves stay as they are.

Of a folder all notebooks are taken, with the pictures beside them. What was written before, and
would be different now, is only replaced with --force."""
_SHOWN_AT_MOST: Final = 5


def add_course_commands(commands: Any) -> None:
    """Add ``course`` and what can stand behind it to the commands of ``raylite``.

    Args:
        commands: what ``ArgumentParser.add_subparsers`` gave.
    """
    plain = argparse.RawDescriptionHelpFormatter
    course = commands.add_parser(
        "course", help="hand out the lessons", description=_COURSE, formatter_class=plain
    )
    course.set_defaults(run=lambda _: _show_help(course))
    below = course.add_subparsers(dest="course_command", metavar="COMMAND")
    copy = below.add_parser(
        "copy", help="copy them to a folder", description=_COPY, formatter_class=plain
    )
    copy.add_argument("folder", metavar="DIR", type=Path, help="where to; it is made if need be")
    copy.add_argument("--solved", action="store_true", help="with solutions, for teachers")
    copy.add_argument("--otter", action="store_true", help="the same, marked as otter wants it")
    copy.set_defaults(run=_copy)
    strip = below.add_parser(
        "strip",
        help="take the solutions out of notebooks",
        description=_STRIP,
        formatter_class=plain,
    )
    strip.add_argument("source", metavar="FILE|DIR", type=Path, help="a notebook, or a folder")
    strip.add_argument(
        "--to",
        dest="target",
        metavar="DIR",
        type=Path,
        help="where the others are written; otherwise the folder students beside, or in, the first",
    )
    strip.add_argument("--force", action="store_true", help="replace what was written before")
    strip.set_defaults(run=_strip)


def _show_help(course: argparse.ArgumentParser) -> int:
    course.print_help(sys.stderr)
    return 2


def _course() -> Any:
    return importlib.import_module("raylite.exercises.course")


def _copy(told: argparse.Namespace) -> int:
    target: Path = told.folder
    try:
        copied, kept, changed = _course().copy_course(
            target, solved=told.solved or told.otter, for_otter=told.otter
        )
    except OSError as error:
        return _fail("copy", error)
    if copied:
        sys.stdout.write(f"New in {target}: {_counted(copied)}.\n")
    if kept:
        sys.stdout.write(f"Kept as they were: {_counted(kept)}{_with_work(changed)}.\n")
    sys.stdout.write(f"To begin: jupyter lab {target / '00_start.ipynb'}\n")
    return 0


def _strip(told: argparse.Namespace) -> int:
    source: Path = told.source
    is_folder = source.is_dir()
    target = told.target or (source if is_folder else source.parent) / "students"
    try:
        written, current = _course().strip_to(source, target, force=told.force)
    except (OSError, ValueError) as error:
        return _fail("strip", error)
    if written:
        sys.stdout.write(f"Written to {target}, without solutions: {_counted(written)}.\n")
    if current:
        sys.stdout.write(f"Current in {target} already: {_counted(current)}.\n")
    return 0


def _with_work(changed: Sequence[Path]) -> str:
    """Which of the files that were kept are not what the course has."""
    if not changed:
        return ""
    names = ", ".join(path.name for path in changed[:_SHOWN_AT_MOST])
    more = f" and {len(changed) - _SHOWN_AT_MOST} more" if len(changed) > _SHOWN_AT_MOST else ""
    return f", among them what you have changed, or what is of another version: {names}{more}"


def _counted(paths: Sequence[Path]) -> str:
    notebooks = sum(path.suffix == ".ipynb" for path in paths)
    counts = [(notebooks, "notebook"), (len(paths) - notebooks, "picture")]
    return " and ".join(f"{n} {word}{'s' if n > 1 else ''}" for n, word in counts if n)


def _fail(command: str, error: Exception) -> int:
    match error:
        case FileExistsError(filename=name) if name:
            text = f"{name} is a file, and a folder is needed. Name another one, as my-course."
        case NotADirectoryError(filename=name) if name:
            text = f"{name} leads through a file. Name another folder, as my-course."
        case FileNotFoundError(filename=name) if name:
            text = f"there is no {name}. Is the name right?"
        case PermissionError(filename=name) if name:
            text = f"{name} may not be read or written by you. Name another folder, as my-course."
        case OSError(filename=str() | Path() as name, strerror=str() as why):
            text = f"{name}: {why}"
        case _:
            text = str(error)
    sys.stderr.write(f"raylite course {command}: {text}\n")
    return 1
