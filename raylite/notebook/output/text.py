"""What stands under a cell for what workers print: names in steady colours, and plain sentences.

In Ray: the prefix of ``print_worker_logs`` in ``python/ray/_private/worker.py``.

A name stands on a ground of its own colour, so that it can be read in a light and in a dark theme;
no one colour of letters has enough contrast on both. What is said never depends on the colour.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from raylite.notebook.output.folding import LONGEST, Row, Who

__all__ = ["GROUNDS", "LETTERS", "NameColours", "in_streams", "text_of"]

LETTERS: Final = (255, 255, 255)
GROUNDS: Final = (
    (0, 96, 158),
    (0, 110, 80),
    (160, 62, 0),
    (134, 70, 116),
    (88, 96, 106),
    (122, 88, 0),
    (0, 106, 122),
)
"""Okabe and Ito's colours, so dark that white letters have a contrast of 4.5 and more on them."""
_RESET: Final = "\x1b[0m"
_MOST_GROUPS: Final = 6


class NameColours:
    """Gives each process a colour, and always the same.

    Args:
        on: False: none.
    """

    def __init__(self, *, on: bool) -> None:
        self._on = on
        self._ground_of: dict[Who, int] = {}

    def name(self, who: Who) -> str:
        """``(Accounting pid=123)``, in its colour."""
        text = f"({who[0] or 'worker'} pid={who[1]})"
        if not self._on:
            return text
        number = self._ground_of.setdefault(who, len(self._ground_of) % len(GROUNDS))
        ground, letters = (";".join(map(str, rgb)) for rgb in (GROUNDS[number], LETTERS))
        return f"\x1b[38;2;{letters};48;2;{ground}m{text}{_RESET}"


def in_streams(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows that go out in one message each: what one stream has in a row, or one picture."""
    found: list[list[Row]] = []
    for is_picture, same in groupby(rows, lambda row: row.picture is not None):
        if is_picture:
            found += [[row] for row in same]
            continue
        between = list(same)
        groups = [list(group) for _, group in groupby(between, lambda row: row.stream)]
        if len(groups) > _MOST_GROUPS:  # They came through two pipes: the order says little.
            groups = [[x for x in between if x.stream == name] for name in ("stdout", "stderr")]
        found += groups
    return found


def text_of(row: Row, colours: NameColours) -> str:
    """A row as text, with its end of line."""
    name = "" if row.who is None else f"{colours.name(row.who)} "
    if row.kind == "picture":
        return f"{name}displays {row.text}:\n" if row.text else ""
    if row.kind == "gap":
        return f"{name}{_gap_text(row)}\n"
    if row.kind == "repeat":
        return f"{name}... (and {row.number:,} times more)\n"
    return f"{name}{_line_text(row.text)}\n"


def _line_text(line: str) -> str:
    if len(line) > LONGEST:
        rest = f"{len(line) - LONGEST:,}"
        line = f"{line[:LONGEST]} ... (and {rest} characters more, which raylite.output() has)"
    # A line that sets a colour and does not end it would colour all that follows.
    return f"{line}{_RESET}" if "\x1b" in line else line


def _gap_text(row: Row) -> str:
    parts = []
    if row.number:
        parts.append(f"{row.number:,} more {'line' if row.number == 1 else 'lines'}")
    if row.pictures:
        parts.append(f"{row.pictures:,} more {'picture' if row.pictures == 1 else 'pictures'}")
    has = " (raylite.output() has the last of them)" if row.number else ""
    return f"... {' and '.join(parts)}{has}"
