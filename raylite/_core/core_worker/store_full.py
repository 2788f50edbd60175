"""What a caller is told when the object store is full: how much of what there is, and whose it is.

In Ray: the text of ``ObjectStoreFullError``, which says ``ray memory``.
"""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, Final

from raylite._core.common.frames import cell_name
from raylite._core.object_store.room import in_words
from raylite.exceptions import ObjectStoreFullError

__all__ = ["largest", "store_full"]

_NUM_SHOWN: Final = 5
_USUAL: Final = "LOCAL_REFERENCE"
_KERNEL: Final = "ipykernel_"


def store_full(
    size: int, limit: int, taken: int, rows: Sequence[Mapping[str, Any]]
) -> ObjectStoreFullError:
    """The error of a value that does not fit.

    Args:
        size: of the value, in bytes.
        limit: what all objects may take, in bytes.
        taken: what they take at the moment, in bytes.
        rows: of all processes, one for each object that one of them holds.
    """
    text = (
        f"A value of {in_words(size)} ({size:,} bytes) does not fit into the object store: all "
        f"large objects of the session together may take {in_words(limit)}, by "
        f"init(object_store_memory={limit}), and take {in_words(taken)}."
    )
    shown = largest(rows)
    if size > limit:
        return ObjectStoreFullError(f"{text} Begin the session with a higher limit.")
    if shown:
        text += "\nThe largest objects that are still referred to:\n" + "\n".join(shown)
    return ObjectStoreFullError(
        f"{text}\nLet go of what is not needed any more (del ref; values go when their last "
        "ObjectRef does), or begin the session with a higher limit. All of them: %raylite memory "
        "in a notebook; in a program, from raylite.util.state import list_objects, and "
        "list_objects(detail=True)."
    )


def largest(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """One line for each of the largest objects: size, ref, what has made it, and who holds it."""
    sizes: dict[str, int] = {}
    made: dict[str, str] = {}
    holders: dict[str, list[str]] = {}
    for row in rows:
        ref = row["object_id"]
        sizes[ref] = max(sizes.get(ref, 0), row["object_size"])
        made[ref] = made.get(ref) or _made(row["site"])
        kind = row["reference_type"]
        why = "" if kind == _USUAL else f" ({kind})"
        holders.setdefault(ref, []).append(f"{row['type'].lower()} {row['pid']}{why}")
    refs = sorted((ref for ref in sizes if sizes[ref] > 0), key=lambda ref: -sizes[ref])
    return [
        f"  {in_words(sizes[ref]):>9}  {ref[:8]}…{ref[-12:]}{made[ref]}, held by "
        f"{', '.join(sorted(holders[ref]))}"
        for ref in refs[:_NUM_SHOWN]
    ]


def _made(site: Any) -> str:
    """What has made an object, and the line; empty if only another process knows."""
    if site is None:
        return ""
    kind, file, line, _ = site
    # A worker knows of a notebook cell no more than the kernel's name for its file.
    name = cell_name(file) or ("a notebook cell" if _KERNEL in file else PurePath(file).name)
    return f", {kind} at {name}, line {line}"
