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
        table = html_table(self._table.sums(), self._table.rows())
        return f"{table}<p>{self._missing}</p>" if self._missing else table


def memory() -> MemoryStatus:
    """The objects of the session, the largest first."""
    engine = _engine.get_or_none()
    if engine is None or engine.over:
        return MemoryStatus(None)
    rows, num_missing = engine.report("objects")
    return MemoryStatus(MemoryTable(told_by_owners(rows), num_entries=_MOST), num_missing)
