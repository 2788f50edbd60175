"""The text of a cell as plain Python, line for line, and the magics that were in it.

In Ray: nothing like it. IPython itself rewrites magics to calls, and with that moves everything
behind them; here every other character stays in its place.
"""

import ast
import io
import re
import tokenize
import warnings
from dataclasses import dataclass, field
from typing import Final

from raylite._port.magic_rules import CELL_MAGICS, LINE_MAGICS, WITH_PYTHON_BELOW

__all__ = ["Cell", "Magic", "read_cell", "split_lines"]

_LINES: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_CELL_MAGIC: Final = re.compile(r"\s*%%(?P<name>\w[\w.-]*)[ \t]*(?P<rest>[^\r\n]*)")
_LINE_MAGIC: Final = re.compile(
    r"(?P<space>[ \t]*)(?:(?P<target>[\w., \t]+?)[ \t]*=[ \t]*)?"
    r"(?:%(?P<name>\w[\w.-]*)[ \t]*(?P<rest>[^\r\n]*)|!+[^\r\n]*)"
)
_HELP: Final = re.compile(r"[ \t]*(?:\?{1,2}[^\r\n]+|[^\r\n'\"#]+\?{1,2}[ \t]*$)", re.MULTILINE)
_IN_COMMENT: Final = re.compile(r"#[ \t]?(?P<sign>%%?)(?P<name>\w[\w-]*)[ \t]*(?P<rest>[^\r\n]*)")
_OWN: Final = frozenset({*LINE_MAGICS, "raylite", "load_ext", "reload_ext", "unload_ext"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Magic:
    """One that was written in a cell."""

    name: str
    rest: str
    """What stands behind its name."""
    line: int
    column: int
    """Both from 1 on."""
    is_for_cell: bool
    space: str = ""
    """What the line begins with."""

    @property
    def is_ours(self) -> bool:
        """Whether raylite brings it."""
        if self.is_for_cell:
            return self.name in CELL_MAGICS
        if self.name.endswith("load_ext"):
            return self.rest.split()[:1] == ["raylite"]
        return self.name in _OWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What a text says once its magics are set apart."""

    tree: ast.Module
    python: str
    """As many lines as the text has, each as long or empty."""
    magics: tuple[Magic, ...] = field(default=())


def split_lines(text: str) -> list[str]:
    """The lines as Python counts them, each with its end."""
    return _LINES.findall(text)


def read_cell(text: str, *, in_comments: bool = False) -> Cell:
    """Set the magics of a cell or a program apart.

    Args:
        text: what is written there.
        in_comments: whether magics stand in comments, as jupytext writes them.

    Raises:
        SyntaxError: if what is left is not Python.
    """
    lines = split_lines(text)
    magics: list[Magic] = []
    first = next((n for n, line in enumerate(lines) if line.strip()), None)
    above = _CELL_MAGIC.match(lines[first]) if first is not None else None
    if above is not None and first is not None:
        magics.append(_magic(above, first + 1, 1, is_for_cell=True))
        lines[first] = _without(lines[first], "")
        if above["name"] not in WITH_PYTHON_BELOW:
            lines = [_without(line, "") for line in lines]
    tree, found = _parsed(lines)
    python = "".join(lines)
    magics += found
    if in_comments:
        magics += _commented(python)
    return Cell(tree=tree, python=python, magics=tuple(magics))


def _parsed(lines: list[str]) -> tuple[ast.Module, list[Magic]]:
    """Parse; where that fails at a line with a magic, do without the line, and try again."""
    found: list[Magic] = []
    first_error: SyntaxError | None = None
    while True:
        try:
            tree = _tree("".join(lines))
        except SyntaxError as error:
            first_error = first_error or error
            number = _to_blame(lines, error.lineno or 0)
            if number is None:
                raise first_error from None
            found += _set_apart(lines, number)
        except ValueError as error:  # A null character, on older versions of Python.
            raise SyntaxError(str(error)) from None
        else:
            return tree, sorted(found, key=lambda magic: magic.line)


def _tree(python: str) -> ast.Module:
    with warnings.catch_warnings():
        # Of what Python finds odd, it tells whoever runs the program.
        warnings.simplefilter("ignore")
        return ast.parse(python)


def _to_blame(lines: list[str], at: int) -> int | None:
    """The line that is a magic, and may be why the text is not Python: there, else before it."""
    for number in range(min(at, len(lines)), 0, -1):
        line = lines[number - 1]
        if _LINE_MAGIC.match(line) or _HELP.match(line):
            return number
    return None


def _set_apart(lines: list[str], number: int) -> list[Magic]:
    line = lines[number - 1]
    match = _LINE_MAGIC.match(line)
    space = line[: len(line) - len(line.lstrip(" \t"))]
    target = match["target"] if match else None
    kept = f"{space}{target} = None" if target else f"{space}pass"
    lines[number - 1] = _without(line, kept)
    if match is None or match["name"] is None:
        return []
    return [_magic(match, number, match.start("name"), is_for_cell=False, space=space)]


def _magic(
    match: re.Match[str], line: int, column: int, *, is_for_cell: bool, space: str = ""
) -> Magic:
    return Magic(
        name=match["name"],
        rest=match["rest"].strip(),
        line=line,
        column=column,
        is_for_cell=is_for_cell,
        space=space,
    )


def _commented(python: str) -> list[Magic]:
    found = []
    for token in tokenize.generate_tokens(io.StringIO(python).readline):
        alone = token.type == tokenize.COMMENT and not token.line[: token.start[1]].strip()
        match = _IN_COMMENT.match(token.string) if alone else None
        if match:
            line, column = token.start
            magic = _magic(
                match,
                line,
                column + 1,
                is_for_cell=match["sign"] == "%%",
                space=token.line[:column],
            )
            found += [magic] if magic.is_ours else []
    return found


def _without(line: str, kept: str) -> str:
    return kept + line[len(line.rstrip("\r\n")) :]
