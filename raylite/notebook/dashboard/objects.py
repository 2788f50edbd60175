"""The table of all objects, for which every process is asked.

In Ray: ``ray list objects``.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from raylite.notebook.dashboard.table_model import Asked, Cell, Column, Row, Table, table_of
from raylite.notebook.live.shown_words_model import shortened, sized
from raylite.util.state import list_objects

__all__ = ["objects_of_all"]

_LIMIT: Final = 10_000
_COLUMNS: Final = (
    Column("size", "Size", is_number=True),
    Column("object", "Object"),
    Column("kind", "Held as"),
    Column("pid", "pid", is_number=True),
    Column("state", "Made by a task that is"),
    Column("site", "Made at"),
)


def objects_of_all() -> Callable[[Asked], Table]:
    """What every process holds on to, the largest first.

    Returns:
        What makes the table of it, for what was asked of it.

    Raises:
        RaySystemError: if the session has ended.
    """
    found = list_objects(limit=_LIMIT, raise_on_missing_output=False)
    found.sort(key=lambda one: -(one.object_size or 0))
    return partial(_table, found)


def _table(found: list[Any], asked: Asked) -> Table:
    return table_of(
        "objects",
        "reference",
        _COLUMNS,
        found,
        _row,
        asked=asked,
        empty="No process holds a reference to an object.",
        note="As it was when “All objects” was pressed.",
    )


def _row(one: Any) -> Row:
    size = one.object_size or 0
    cells = (
        Cell(text=sized(size) if size > 0 else "-", sort=max(size, 0)),
        Cell(text=f"{one.object_id[:8]}…{one.object_id[-12:]}", title=one.object_id),
        Cell(text=str(one.reference_type)),
        Cell(text=str(one.pid), sort=one.pid),
        Cell(text=str(one.task_status)),
        Cell(text=shortened(str(one.call_site), 80), title=str(one.call_site)[:500]),
    )
    return Row(key=f"{one.object_id} {one.pid} {one.reference_type}", cells=cells)
