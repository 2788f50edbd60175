"""Who holds refs to the objects of this process.

In Ray: ``src/ray/core_worker/reference_counter.h``. Left out here: lineage, and the local count,
which Python keeps itself.

This part is pure. It answers one question: must an object be kept although no ref in its own
process points to it any more?

Rule 1: a borrower is counted once for each time it says so, and uncounted likewise, so that a
        release and a new borrow may overtake each other.
Rule 2: an object is kept while any count is above zero.
Rule 3: a process that is gone holds nothing.
"""

from typing import Generic, TypeVar

from raylite._core.common.ids import ObjectID, WorkerID

__all__ = ["ReferenceCounter"]

ThingT = TypeVar("ThingT")


class ReferenceCounter(Generic[ThingT]):
    """Keeps what others borrow."""

    def __init__(self) -> None:
        self._kept: dict[ObjectID, ThingT] = {}
        self._counts: dict[ObjectID, dict[WorkerID, int]] = {}
        self._held_by: dict[WorkerID, set[ObjectID]] = {}

    def add_borrower(self, object_id: ObjectID, borrower_id: WorkerID, thing: ThingT) -> None:
        """Count a borrower; ``thing`` is kept from now on."""
        self._kept[object_id] = thing
        counts = self._counts.setdefault(object_id, {})
        counts[borrower_id] = counts.get(borrower_id, 0) + 1
        self._held_by.setdefault(borrower_id, set()).add(object_id)

    def remove_borrower(self, object_id: ObjectID, borrower_id: WorkerID) -> None:
        """Uncount a borrower; the thing is let go if it was the last. Unknown ones are ignored."""
        counts = self._counts.get(object_id, {})
        count = counts.get(borrower_id, 0)
        if count > 1:
            counts[borrower_id] = count - 1
        elif count == 1:
            self._forget(object_id, borrower_id)

    def borrower_died(self, borrower_id: WorkerID) -> None:
        """Uncount all that a process held."""
        for object_id in list(self._held_by.get(borrower_id, ())):
            self._forget(object_id, borrower_id)

    def kept(self, object_id: ObjectID) -> ThingT | None:
        """The thing that is kept for others, if it is."""
        return self._kept.get(object_id)

    def num_kept(self) -> int:
        """How many objects are kept for others."""
        return len(self._kept)

    def all_kept(self) -> list[ThingT]:
        """The things that are kept for others."""
        return list(self._kept.values())

    def borrowers(self, object_id: ObjectID) -> frozenset[WorkerID]:
        """Who holds refs to an object, its owner aside."""
        return frozenset(self._counts.get(object_id, ()))

    def _forget(self, object_id: ObjectID, borrower_id: WorkerID) -> None:
        held = self._held_by[borrower_id]
        held.discard(object_id)
        if not held:
            del self._held_by[borrower_id]
        counts = self._counts[object_id]
        del counts[borrower_id]
        if not counts:
            del self._counts[object_id]
            del self._kept[object_id]
