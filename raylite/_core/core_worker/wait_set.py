"""Refs that are waited for again and again, each time without those that came last.

In Ray: none; there every ``wait`` begins anew. Most programs wait in a loop that gives each wait
what the one before has left::

    while pending:
        ready, pending = ray.wait(pending)

With n refs, each round has to be given a list, to return another, and to throw one away: that is n
pointers each, and nothing can be done about it. All the rest is done once: a wait set looks at
every object when it is made, asks the pending ones to call back, and then only notes what comes.

Refs have numbers, in the order in which they were given; a number stays when others leave the set.

Rule 1: it watches nothing before somebody has to wait, so that a wait whose objects are there
        costs one look at each of them.
Rule 2: what it watches, it watches until the object is there or :meth:`WaitSet.close` is called.
Rule 3: it keeps no object that was taken.
"""

import operator
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from heapq import heappop, heappush
from itertools import compress
from typing import Any, Final

from raylite._core.common.object_ref import ObjectRef
from raylite._core.core_worker.entries import BorrowedEntry, Entry, OwnedEntry

__all__ = ["WaitSet", "entries_behind"]

_entry_of: Final = operator.attrgetter("_entry")
_payload_of: Final = operator.attrgetter("payload")
_LASTING: Final = frozenset({OwnedEntry, BorrowedEntry})


def entries_behind(refs: Sequence[Any]) -> list[Any]:
    """What is known of each object."""
    return list(map(_entry_of, refs))


class WaitSet:
    """Some refs, and which of them have a value.

    Args:
        refs: different ones.
        fetch: asks the owner of another process's object for the value, once.
    """

    def __init__(
        self, refs: Sequence[ObjectRef[Any]], fetch: Callable[[BorrowedEntry], None]
    ) -> None:
        self._refs = list(refs)
        self._fetch = fetch
        self._size = 0  # How many refs were ever given.
        self._left: list[int] = []  # Numbers of refs that have left, ascending.
        self._ready: list[int] = []  # A heap of numbers.
        self._came: deque[int] = deque()
        self._watched: dict[int, tuple[Entry, Callable[[], None]]] = {}
        self._is_watching = False
        self.is_lasting = True
        """Whether what is ready now will be ready in the next wait; the items of a generator may
        be taken in between."""
        self.is_idle = False
        """For whoever keeps it: whether nobody has waited for a while."""
        self._recognized: object = None
        self._known: set[Entry] | None = None  # Made when further refs come for the first time.
        self._look(self._refs)

    def __len__(self) -> int:
        return len(self._refs)

    @property
    def num_watched(self) -> int:
        """How many objects were asked to call back and have not been seen since."""
        return len(self._watched)

    def num_ready(self) -> int:
        """How many have a value, as far as was seen."""
        return len(self._ready) + len(self._came)

    def holds(self, refs: list[ObjectRef[Any]]) -> bool:
        """Whether these are the refs of the set, in the same order."""
        return len(refs) == len(self._refs) and list.__eq__(self._refs, refs)

    def recognizes(self, refs: list[ObjectRef[Any]]) -> bool:
        """Whether a list that is about to be waited for holds these refs, and others behind them.

        Only where the others are refs, too, and all are different.
        """
        is_mine = self.holds(refs) or (self._begins(refs) and self._can_add(refs[len(self) :]))
        self._recognized = refs if is_mine else None
        return is_mine

    def continues(self, refs: list[ObjectRef[Any]]) -> bool:
        """Whether a list that is waited for now was recognized, or begins with these refs."""
        recognized, self._recognized = self._recognized, None
        return recognized is refs or self.holds(refs) or self._begins(refs)

    def _begins(self, refs: list[ObjectRef[Any]]) -> bool:
        return len(refs) > len(self._refs) and list.__eq__(self._refs, refs[: len(self._refs)])

    def _can_add(self, refs: list[ObjectRef[Any]]) -> bool:
        if set(map(type, refs)) != {ObjectRef}:
            return False
        if self._known is None:
            self._known = set(entries_behind(self._refs))
        new = set(entries_behind(refs))
        return len(new) == len(refs) and self._known.isdisjoint(new)

    def add(self, refs: Sequence[ObjectRef[Any]]) -> None:
        """Take further refs in, behind the others."""
        self._refs += refs
        if self._known is not None:
            self._known.update(entries_behind(refs))
        if self._is_watching:
            self._watch(refs)
        else:
            self._look(refs)

    def look_again(self) -> None:
        """See which of the refs have got a value, if nobody calls back."""
        if not self._is_watching:
            self._start_anew()
            self._look(self._refs)

    def fetch(self) -> None:
        """Ask for the values of other processes' objects without waiting for them."""
        for entry in entries_behind(self._refs):
            if isinstance(entry, BorrowedEntry) and entry.payload is None:
                self._fetch(entry)

    def watch(self) -> None:
        """Note from now on when values come."""
        if not self._is_watching:
            self._is_watching = True
            self._start_anew()
            self._watch(self._refs)

    def take(self, number: int) -> tuple[list[ObjectRef[Any]], list[ObjectRef[Any]]]:
        """Remove refs that have a value.

        Args:
            number: how many at most.

        Returns:
            Those, and a copy of the rest, both in the order given.
        """
        self._note()
        numbers = self._lowest_ready(number)
        places = [ready - bisect_left(self._left, ready) for ready in numbers]
        taken = [self._refs[place] for place in places]
        if len(places) == 1:
            del self._refs[places[0]]
            insort(self._left, numbers[0])
        elif places:
            stays = bytearray(b"\1") * len(self._refs)
            for place in places:
                stays[place] = 0
            self._refs = list(compress(self._refs, stays))
            self._left += numbers
            self._left.sort()
        if self._known is not None:
            self._known.difference_update(entries_behind(taken))
        return taken, self._refs.copy()

    def _lowest_ready(self, number: int) -> list[int]:
        if number < len(self._ready):
            return [heappop(self._ready) for _ in range(number)]
        numbers, self._ready = sorted(self._ready), []
        return numbers

    def close(self) -> None:
        """Watch nothing any more."""
        while self._watched:
            _, (entry, call_back) = self._watched.popitem()
            entry.forget_callback(call_back)

    def _start_anew(self) -> None:
        """Number the refs again. Only while nobody calls back with a number."""
        self._size = 0
        self._left.clear()
        self._ready.clear()

    def _look(self, refs: Sequence[ObjectRef[Any]]) -> None:
        entries = self._entries_behind(refs)
        numbers = range(self._size, self._size + len(entries))
        self._size += len(entries)
        # A payload is never empty. Ascending numbers behind a heap are a heap.
        self._ready += compress(numbers, map(_payload_of, entries))

    def _watch(self, refs: Sequence[ObjectRef[Any]]) -> None:
        for number, entry in enumerate(self._entries_behind(refs), self._size):
            if entry.payload is not None:
                self._came.append(number)
                continue
            if isinstance(entry, BorrowedEntry):
                self._fetch(entry)
            call_back = partial(self._came.append, number)
            # First, so that it is forgotten even if something fails before the entry knows it.
            self._watched[number] = entry, call_back
            entry.when_done(call_back)
        self._size += len(refs)

    def _entries_behind(self, refs: Sequence[ObjectRef[Any]]) -> list[Any]:
        entries = entries_behind(refs)
        self.is_lasting = self.is_lasting and _LASTING.issuperset(map(type, entries))
        return entries

    def _note(self) -> None:
        came = self._came
        while came:
            number = came.popleft()
            heappush(self._ready, number)
            self._watched.pop(number, None)
