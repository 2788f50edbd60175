"""``%%check NAME``: runs its cell, then checks what it has made. ``%check NAME`` only checks.

In Ray: nothing like it. As a function: ``raylite.exercises.linear_model.check()``.
"""

import ast
import difflib
import importlib
import sys
from typing import Any, Final

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments

from raylite.notebook.magics.cell_code import run_cell_body
from raylite.notebook.magics.magic_lines import UsageError, read_line

__all__ = ["CheckMagic", "exercise_names"]

_EXERCISES: Final = "raylite.exercises"
"""Loaded when it is asked for: most sessions are no lessons."""


@magics_class
class CheckMagic(Magics):
    """What tries the solution of an exercise."""

    @no_var_expand
    @line_cell_magic
    @magic_arguments()
    @argument(
        "exercise",
        nargs="?",
        default="",
        help="its name, such as linear_model; the Tab key offers them",
    )
    def check(self, line: str, cell: str | None = None) -> Any:
        """Check an exercise: with %%check after the cell has run, with %check what is there.

        As a function: raylite.exercises.linear_model.check().
        """
        shell: Any = self.shell
        title = "%check" if cell is None else "%%check"
        told = read_line(self.check, line, title)
        exercise = _load(told.exercise, title)
        if cell is not None:
            tree = run_cell_body(shell, f"{title} {line}".rstrip(), cell)
            made = _made_by(tree)
            older = [name for name in exercise.asks_for if name in shell.user_ns.keys() - made]
            _say_what_is_older(older)
        return exercise.check_in(shell.user_ns)


def exercise_names() -> list[str]:
    """What can stand behind the magic."""
    found: list[str] = importlib.import_module(_EXERCISES).names()
    return found


def _load(name: str, title: str) -> Any:
    """The exercise of that name.

    Raises:
        UsageError: if there is none.
    """
    known = exercise_names()
    if name in known:
        return importlib.import_module(_EXERCISES).load(name)
    near = difflib.get_close_matches(name, known, n=1)
    meant = f" Did you mean {near[0]}?" if near else f" There are: {', '.join(known)}."
    what = "there is no exercise of that name." if name else "write the name of an exercise."
    msg = f"{title} {name}".rstrip() + f": {what}{meant}"
    raise UsageError(msg)


def _made_by(tree: ast.Module) -> set[str]:
    """The names that a cell may have bound, anywhere in it."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                found.add(name)
            case ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
    return found


def _say_what_is_older(names: list[str]) -> None:
    """Say which of the things asked for are there, but were made by another cell."""
    if names:
        are = "are" if len(names) > 1 else "is"
        which = " and ".join(names)
        sys.stdout.write(f"%%check: {which} {are} not of this cell, but what the notebook has.\n")
