"""What to tell of an object whose value cannot be had any more: which, whose, and made where.

In Ray: ``ObjectLostError`` and its subclasses in ``python/ray/exceptions.py``, which name an
address.
"""

from collections.abc import Callable
from typing import Any

from raylite._core.core_worker.entries import BorrowedEntry, Entry, OwnedEntry
from raylite.exceptions import ObjectLostError, OwnerDiedError

__all__ = ["explained", "file_lost"]


def file_lost(entry: Entry) -> ObjectLostError:
    """The error of a value whose file is gone."""
    made = entry.call_site() if isinstance(entry, OwnedEntry) else ""
    return ObjectLostError(entry.object_id.hex(), "", made)


def explained(error: Any, entry: Entry, ask_head: Callable[..., Any]) -> Any:
    """The error, which says who has owned the object, if that was its end.

    Args:
        error: what is there in place of the value.
        entry: the object's.
        ask_head: asks the head a question, and waits for the answer.
    """
    if (
        type(error) is OwnerDiedError
        and isinstance(entry, BorrowedEntry)
        and error.object_ref_hex == entry.object_id.hex()
    ):
        ask_head("worker_exit", entry.owner_id)  # Answered when the head knows of the end.
        return OwnerDiedError(error.object_ref_hex, ask_head("who_was", entry.owner_id))
    return error
