"""The table of objects as a text.

In Ray: ``python/ray/_private/internal_api.py``. Left out here: everything else in it.
"""

from raylite import _engine
from raylite._memory_rows import told_by_owners
from raylite._memory_text import GROUPED_BY, SORTED_BY, MemoryTable

__all__ = ["memory_summary"]


def memory_summary(  # noqa: PLR0917  # Ray's signature.
    address: str | None = None,  # noqa: ARG001  # As above.
    group_by: str = GROUPED_BY[0],
    sort_by: str = SORTED_BY[0],
    units: str = "B",
    line_wrap: bool = True,  # noqa: ARG001, FBT001, FBT002  # As above.
    stats_only: bool = False,  # noqa: FBT001, FBT002  # As above.
    num_entries: int | None = None,
) -> str:
    """What ``raylite memory`` prints, of the session this program takes part in.

    Args:
        address: without effect.
        group_by: ``NODE_ADDRESS`` or ``STACK_TRACE``.
        sort_by: ``OBJECT_SIZE``, ``PID`` or ``REFERENCE_TYPE``.
        units: of sizes: ``B``, ``KB``, ``MB`` or ``GB``.
        line_wrap: without effect.
        stats_only: True gives only the sums.
        num_entries: objects in a table at most; None: all.
    """
    rows, _ = _engine.current().report("objects")
    return MemoryTable(
        told_by_owners(rows),
        sort_by=sort_by.upper(),
        group_by=group_by.upper(),
        units=units,
        num_entries=num_entries,
        stats_only=stats_only,
    ).text()
