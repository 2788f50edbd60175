"""Segments that hold no object at the moment: which to use again, and which to give up.

In Ray: the free lists of ``src/ray/object_manager/plasma/dlmalloc.cc``. Left out here: coalescing.

A segment comes here when the owner of its object lets go, and lingers for :data:`LINGER_S`: a loop
that makes one large value after the other finds it in time, and a program that is done with large
values has its memory back before it can miss it.

Rule 1: a segment is used again for a value that fills at least two thirds of it. Values of a loop
        mostly have one size, or nearly; a looser rule would let a small value that stays for long
        keep a large segment, of which the rest is lost to everyone.
Rule 2: of those that fit, the smallest; of equal ones, one that is mapped already; of these, the
        one that came last, whose pages are the warmest.
Rule 3: no more than :data:`MOST_SEGMENTS` are kept, and no more than :data:`MOST_BYTES` but for the
        newest, so that also a loop of larger values finds one.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Final

from raylite._core.object_store.segment import Segment

__all__ = ["LINGER_S", "MOST_BYTES", "MOST_SEGMENTS", "Free", "SegmentPool", "fitting", "surplus"]

LINGER_S: Final = 0.5
MOST_SEGMENTS: Final = 64
MOST_BYTES: Final = 2 << 30
_TRIES: Final = 4
"""How many are looked at: others may all be in use by readers."""


class Free:
    """What is known of a free segment.

    Args:
        capacity: in bytes.
        is_mapped: whether it is mapped for writing.
        since_s: when it came, on the monotonic clock.
    """

    __slots__ = ("capacity", "is_mapped", "since_s")

    def __init__(self, capacity: int, is_mapped: bool, since_s: float) -> None:  # noqa: FBT001  # A fact, no option.
        self.capacity = capacity
        self.is_mapped = is_mapped
        self.since_s = since_s


def fitting(free: Sequence[Free], size_bytes: int) -> list[int]:
    """Where in ``free`` those stand that are worth trying, the best first; rules 1 and 2."""
    places = [
        at for at, one in enumerate(free) if size_bytes <= one.capacity <= size_bytes * 3 // 2
    ]
    places.sort(key=lambda at: (free[at].capacity, not free[at].is_mapped, -at))
    return places[:_TRIES]


def surplus(free: Sequence[Free], now_s: float) -> int:
    """How many of ``free``, which is in order of arrival, are to be given up; rule 3."""
    kept = num_bytes = 0
    for one in reversed(free):
        num_bytes += one.capacity
        is_too_much = kept >= MOST_SEGMENTS or (kept and num_bytes > MOST_BYTES)
        if is_too_much or now_s >= one.since_s + LINGER_S:
            break
        kept += 1
    return len(free) - kept


class SegmentPool:
    """The free segments of one process, in the order in which they came."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free: list[tuple[Free, Segment]] = []

    def __len__(self) -> int:
        return len(self._free)

    def add(self, segment: Segment, now_s: float) -> None:
        """A segment holds nothing any more."""
        known = Free(segment.capacity, segment.is_mapped, now_s)
        with self._lock:
            self._free.append((known, segment))
        self.trim(now_s)

    def reuse(self, size_bytes: int, rewrite: Callable[[Segment], bool]) -> Segment | None:
        """Have one of them rewritten, and take it out.

        Args:
            size_bytes: of the value it is for.
            rewrite: writes the value; False if the segment is still in use.

        Raises:
            OSError: if it could not be written.
        """
        free = list(self._free)
        for at in fitting([known for known, _ in free], size_bytes):
            known, segment = free[at]
            if not self._take(segment):
                continue  # Another thread has it.
            try:
                is_done = rewrite(segment)
            except BaseException:
                segment.discard()
                raise
            if is_done:
                return segment
            self._put_back(known, segment)
        return None

    def trim(self, now_s: float) -> None:
        """Give up what was here for too long, or is too much."""
        with self._lock:
            number = surplus([known for known, _ in self._free], now_s)
            gone, self._free = self._free[:number], self._free[number:]
        for _, segment in gone:
            segment.discard()

    def next_trim_s(self) -> float | None:
        """When the one that came first is to be given up."""
        free = self._free
        return free[0][0].since_s + LINGER_S if free else None

    def clear(self) -> bool:
        """Give up all; whether there were any."""
        with self._lock:
            gone, self._free = self._free, []
        for _, segment in gone:
            segment.discard()
        return bool(gone)

    def _take(self, segment: Segment) -> bool:
        with self._lock:
            for at, (_, other) in enumerate(self._free):
                if other is segment:
                    del self._free[at]
                    return True
        return False

    def _put_back(self, known: Free, segment: Segment) -> None:
        with self._lock:
            at = sum(other.since_s <= known.since_s for other, _ in self._free)
            self._free.insert(at, (known, segment))
