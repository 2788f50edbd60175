"""The session's objects as a table in HTML and in text: what ``%raylite memory`` shows.

In Ray: ``ray memory``, in a terminal.
"""

from html import escape
from typing import Final

from raylite import _engine
from raylite._html_table import html_table
from raylite._memory_rows import told_by_owners
from raylite._memory_text import MemoryTable

__all__ = ["MemoryStatus", "memory"]

_NO_SESSION: Final = "raylite: no session, so there are no objects yet."
_MOST: Final = 1_000
_SMALL: Final = "font-size:var(--jp-ui-font-size1,13px);color:var(--jp-ui-font-color2,inherit)"


class MemoryStatus:
    """What ``%raylite memory`` shows.

    Args:
        table: the objects; None without a session.
        num_missing: how many processes did not say in time what they have.
    """

    def __init__(self, table: MemoryTable | None, num_missing: int = 0) -> None:
        self._table = table
        self._missing = (
            f"{num_missing} of the processes did not answer in time." if num_missing else ""
        )

    def __repr__(self) -> str:
        if self._table is None:
            return _NO_SESSION
        return f"{self._table.text()}{self._missing}".rstrip("\n")

    def _repr_html_(self) -> str:
        if self._table is None:
            return f"<p>{escape(_NO_SESSION)}</p>"
        notes = [self._missing] if self._missing else []
        if num_left_out := self._table.num_left_out():
            notes.append(f"and {num_left_out:,} more")
        table = html_table(self._table.sums(), self._table.rows())
        words = "".join(
            f"<div><code>{escape(word)}</code>: {escape(text)}</div>"
            for word, text in self._table.words().items()
        )
        about = f'<div style="{_SMALL}">{words}</div>' if words else ""
        return table + "".join(f"<p>{note}</p>" for note in notes) + about


def memory() -> MemoryStatus:
    """The objects of the session, the largest first."""
    engine = _engine.get_or_none()
    if engine is None or engine.over:
        return MemoryStatus(None)
    rows, num_missing = engine.report("objects")
    return MemoryStatus(MemoryTable(told_by_owners(rows), num_entries=_MOST), num_missing)
