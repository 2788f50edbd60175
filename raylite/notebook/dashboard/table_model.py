"""A table of the dashboard: bounded, sorted and filtered here, and once more in the browser.

In Ray: the pages of ``python/ray/dashboard/client``. The browser sorts and filters what it has at
once; the kernel does so with all there is, and sends what belongs on top.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, Final, TypeVar

from raylite.notebook.live.shown_words_model import counted

__all__ = ["MOST_ROWS", "Asked", "Cell", "Column", "Row", "Table", "number_cell", "table_of"]

MOST_ROWS: Final = 200
_LONGEST_FILTER: Final = 200

_T = TypeVar("_T")


@dataclass(slots=True, frozen=True)
class Cell:
    """One cell: a text, with a sign before it, a bar of parts, or a line of numbers."""

    text: str = ""
    sort: float | str | None = None
    """What it is sorted by; None: by its text."""
    sign: str = ""
    tone: str = ""
    """The sign's colour: ``good``, ``busy``, ``wait``, ``bad`` or ``over``."""
    title: str = ""
    """What is told where the mouse rests."""
    parts: tuple[tuple[float, str], ...] = ()
    """Of a bar: share of it, and tone."""
    line: tuple[float, ...] = ()

    def to_json(self) -> Any:
        """For the browser: the text alone, where there is no more to it."""
        # A thousand of them are asked ten times a second; most have a text and a number.
        found: dict[str, Any] = {"t": self.text} if self.text else {}
        if self.sort is not None and self.sort != "":
            found["s"] = self.sort
        elif not (self.sign or self.tone or self.title or self.parts or self.line):
            return self.text
        if self.sign:
            found["g"] = self.sign
        if self.tone:
            found["c"] = self.tone
        if self.title:
            found["i"] = self.title
        if self.parts:
            found["p"] = [list(part) for part in self.parts]
        if self.line:
            found["l"] = list(self.line)
        return found


@dataclass(slots=True, frozen=True)
class Column:
    """What stands above it, and whether it holds numbers."""

    key: str
    label: str
    is_number: bool = False


@dataclass(slots=True, frozen=True)
class Row:
    """Its cells, by column."""

    key: str
    cells: tuple[Cell, ...]
    opens: str = ""
    """The actor whose card it opens."""

    def has(self, word: str) -> bool:
        """Whether a word, in small letters, is in one of its texts."""
        return any(word in cell.text.lower() or word in cell.title.lower() for cell in self.cells)


@dataclass(slots=True, frozen=True)
class Asked:
    """What the user has asked of a table."""

    word: str = ""
    column: str = ""
    """Sort by it; empty: what matters most comes first."""
    is_descending: bool = False

    @classmethod
    def of(cls, message: Any) -> "Asked":
        """From what a browser says, whatever that is."""
        word, column = message.get("word"), message.get("column")
        return cls(
            word=word[:_LONGEST_FILTER].lower().strip() if isinstance(word, str) else "",
            column=column[:_LONGEST_FILTER] if isinstance(column, str) else "",
            is_descending=message.get("descending") is True,
        )


@dataclass(slots=True, frozen=True, kw_only=True)
class Table:
    """One table. Columns that hold nothing are left out."""

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: int
    """Rows there are."""
    note: str = ""
    empty: str = ""
    """What is said if there is none."""

    def to_dict(self) -> dict[str, Any]:
        """For the browser."""
        return {
            "key": self.key,
            "caption": self.caption,
            "columns": [[one.key, one.label, one.is_number] for one in self.columns],
            "rows": [
                [row.key, row.opens, [cell.to_json() for cell in row.cells]] for row in self.rows
            ],
            "total": self.total,
            "note": self.note,
            "empty": self.empty,
        }


@lru_cache(maxsize=4096, typed=True)
def number_cell(value: float, title: str = "") -> Cell:
    """A number; nothing is written for none, so that what is there stands out."""
    text = f"{value:,g}" if isinstance(value, float) else f"{value:,}"
    return Cell(text, value, title=title)


def table_of(
    key: str,
    noun: str,
    columns: Sequence[Column],
    found: Sequence[_T],
    row_of: Callable[[_T], Row],
    *,
    asked: Asked,
    empty: str,
    note: str = "",
) -> Table:
    """The rows that matter most, or that were asked for.

    Args:
        key: of the table.
        noun: what one row is.
        columns: of the table.
        found: what there is, what matters most first.
        row_of: makes a row of one.
        asked: which rows, in which order.
        empty: what is said if there is none.
        note: what is said below.
    """
    rows: Iterable[Row] = map(row_of, found)
    number = len(found)
    if asked.word:
        rows = [row for row in rows if row.has(asked.word)]
        number = len(rows)
    place = next((at for at, one in enumerate(columns) if one.key == asked.column), None)
    if place is not None:
        rows = sorted(rows, key=lambda row: _order(row.cells[place]), reverse=asked.is_descending)
    shown = tuple(islice(rows, MOST_ROWS))
    caption = counted(len(found), noun)
    if asked.word:
        caption = f"{number:,} of {caption} with “{asked.word}”"
    if number > len(shown):
        caption = f"{caption}, the first {len(shown)} shown"
    return Table(
        key=key,
        caption=caption,
        columns=tuple(columns),
        rows=shown,
        total=len(found),
        note=note,
        empty=empty,
    )


def _order(cell: Cell) -> tuple[bool, float, str]:
    value = cell.text if cell.sort is None else cell.sort
    if isinstance(value, str):
        return True, 0.0, value.lower()
    return False, value, ""
