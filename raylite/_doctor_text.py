"""What ``raylite doctor`` shows: a table of checks, as text and as HTML.

In Ray: nothing like it.
"""

import shutil
import sys
import textwrap
from collections.abc import Sequence
from html import escape
from typing import Final

from raylite._doctor import Check, Finding, checks

__all__ = ["Diagnosis", "diagnosis_html", "diagnosis_text", "doctor", "write_diagnosis"]

_CELL: Final = "text-align:left;vertical-align:top;padding:2px 16px 2px 0"
_LEAST_ROOM: Final = 40


class Diagnosis:
    """The checks; it shows itself as a table.

    Args:
        found: what was found.
    """

    def __init__(self, found: Sequence[Check]) -> None:
        self.checks = tuple(found)

    @property
    def is_fine(self) -> bool:
        """Whether nothing is wrong; what wants care may be there."""
        return all(check.finding is not Finding.WRONG for check in self.checks)

    def __repr__(self) -> str:
        return diagnosis_text(self.checks, shutil.get_terminal_size().columns)

    def _repr_html_(self) -> str:
        return diagnosis_html(self.checks)


def doctor() -> Diagnosis:
    """Look at what may be in the way of a session, and say what to do about it.

    Python and packages, CPUs and memory that this process may use, room for large values, what
    earlier sessions have left behind, and the session. Starts none, changes nothing, never raises.

    Returns:
        A table, in a notebook and in a terminal; ``is_fine`` says whether something is wrong.
    """
    return Diagnosis(checks())


def diagnosis_text(found: Sequence[Check], width: int) -> str:
    """For a terminal.

    Args:
        found: the rows.
        width: columns there are.
    """
    names = max((len(check.name) for check in found), default=0)
    words = max((len(check.finding.word) for check in found), default=0)
    indent = names + words + 6
    room = max(width - indent - 1, _LEAST_ROOM)
    lines = []
    for check in found:
        head = f"{check.finding.sign} {check.finding.word.ljust(words)}  {check.name.ljust(names)}"
        said = textwrap.wrap(check.found, room) + textwrap.wrap(check.advice, room)
        lines.append(f"{head}  {said[0] if said else ''}".rstrip())
        lines += [f"{' ' * indent}{line}" for line in said[1:]]
    return "\n".join([f"{_headline(found)}\n", *lines])


def diagnosis_html(found: Sequence[Check]) -> str:
    """For a notebook."""
    head = "".join(
        f'<th scope="col" style="{_CELL}">{name}</th>'
        for name in ("Result", "Check", "Found", "What to do")
    )
    rows = "".join(_row(check) for check in found)
    return (
        '<table style="margin:4px 0"><caption style="text-align:left;padding:4px 0;'
        "font-size:var(--jp-content-font-size1,14px);"
        f'color:var(--jp-ui-font-color1,inherit)">{escape(_headline(found))}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(check: Check) -> str:
    sign = (
        f'<span style="color:{check.finding.colour}" aria-hidden="true">{check.finding.sign}</span>'
    )
    return (
        f'<tr><td style="{_CELL};white-space:nowrap">{sign} {check.finding.word}</td>'
        f'<th scope="row" style="{_CELL};font-weight:normal;white-space:nowrap">'
        f'{escape(check.name)}</th><td style="{_CELL}">{escape(check.found)}</td>'
        f'<td style="{_CELL}">{escape(check.advice)}</td></tr>'
    )


def _headline(found: Sequence[Check]) -> str:
    wrong = sum(check.finding is Finding.WRONG for check in found)
    care = sum(check.finding is Finding.CARE for check in found)
    if wrong:
        return f"raylite doctor: {wrong} wrong, {care} to take care of"
    return (
        f"raylite doctor: nothing wrong, {care} to take care of"
        if care
        else ("raylite doctor: all is fine")
    )


def write_diagnosis() -> int:
    """For the command line: the table to standard output; 1 if something is wrong."""
    found = doctor()
    text = f"{found!r}\n"
    encoding = sys.stdout.encoding or "ascii"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    return 0 if found.is_fine else 1
