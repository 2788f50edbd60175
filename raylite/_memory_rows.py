"""What the processes of a session say of their objects, put together.

In Ray: ``construct_memory_table`` in ``python/ray/dashboard/memory_utils.py``. Only its owner knows
an object's size, where its value is and which line has made it; whoever has a ref knows what it is
used for.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from raylite._core.common.frames import cell_name

__all__ = ["DISABLED", "UNITS", "Site", "call_site_of", "in_units", "told_by_owners"]

Site: TypeAlias = tuple[str, str, int, str]
"""What has made an object; the file or notebook cell, the line and the function in it."""
DISABLED: Final = "disabled"
"""Ray's word for a place that was not noted."""
UNITS: Final = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9}
_KERNEL: Final = "ipykernel_"


def told_by_owners(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows with what only the object's owner has said, and pids in place of ids.

    Args:
        rows: one for each process that has a ref to an object.
    """
    pids = {row["worker_id"]: row["pid"] for row in rows}
    owned = {row["object_id"]: row for row in rows if row["owner_id"] == row["worker_id"]}
    found = []
    for row in rows:
        owners = owned.get(row["object_id"], row)
        found.append(
            {
                **row,
                "object_size": owners["object_size"],
                "stored": owners["stored"],
                "site": _with_cell(owners["site"]),
                "is_owned": owners is row,
                "owner_pid": pids.get(row["owner_id"]),
                "borrower_pids": sorted(
                    pids[borrower] for borrower in owners["borrower_ids"] if borrower in pids
                ),
            }
        )
    return found


def in_units(size_bytes: int, unit: str | None = None) -> str:
    """A size as people read it.

    Args:
        size_bytes: less than 0 if it is not known.
        unit: one of ``UNITS``; None: what fits.
    """
    if size_bytes < 0:
        return "?"
    if unit is None:
        unit = next((name for name in ("GB", "MB", "KB") if size_bytes >= UNITS[name]), "B")
    return f"{size_bytes} B" if unit == "B" else f"{size_bytes / UNITS[unit]:,.1f} {unit}"


def call_site_of(site: Site | None) -> str:
    """As Ray writes it."""
    if site is None:
        return DISABLED
    kind, file, line, function = site
    return f"({kind})  | {file}:{function}:{line}"


def _with_cell(site: Site | None) -> Site | None:
    """A worker knows a notebook cell by its file name alone; the kernel knows its number."""
    if site is None:
        return None
    kind, file, line, function = site
    if _KERNEL in file:
        file = cell_name(file) or "a notebook cell"
    return kind, file, line, function
