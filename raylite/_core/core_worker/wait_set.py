"""Refs that are waited for again and again, each time without those that came last.

In Ray: none; there every ``wait`` begins anew. Most programs wait in a loop that gives each wait
what the one before has left::

    while pending:
        ready, pending = ray.wait(pending)

So all is done once that can be: a wait set looks at every object when it is made, asks the pending
ones to call back, and then only notes what comes. Of many refs the list of what is left is not even
made, if it is only given to the next wait (:mod:`.rest_of_wait`).

Refs have numbers, in the order in which they were given; a number stays when others leave the set.

Rule 1: it watches nothing before somebody has to wait, so that a wait whose objects are there
        costs one look at each of them.
Rule 2: what it watches, it watches until the object is there or :meth:`WaitSet.close` is called.
Rule 3: it keeps no object that was taken.
"""

import operator
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from heapq import heappop, heappush
from itertools import compress
from typing import Any, Final, TypeGuard

from raylite._core.common.object_ref import ObjectRef
from raylite._core.core_worker.entries import BorrowedEntry, Entry, OwnedEntry
from raylite._core.core_worker.ref_pages import PAGE, Pages, RefPages
from raylite._core.core_worker.rest_of_wait import RestOfWait

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
        page_size: of more refs than this, the list of the rest is made when somebody looks.
    """

    def __init__(
        self,
        refs: Sequence[ObjectRef[Any]],
        fetch: Callable[[BorrowedEntry], None],
        page_size: int = PAGE,
    ) -> None:
        self._page_size = page_size
        self._refs = RefPages(page_size)
        self._told: Pages | None = None  # Where those lie that were left last, if they are many.
        self._fetch = fetch
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
        self._look(refs)

    def __len__(self) -> int:
        return self._refs.length

    @property
    def num_watched(self) -> int:
        """How many objects were asked to call back and have not been seen since."""
        return len(self._watched)

    def num_ready(self) -> int:
        """How many have a value, as far as was seen."""
        return len(self._ready) + len(self._came)

    def recognizes(self, refs: list[ObjectRef[Any]]) -> bool:
        """Whether a list that is about to be waited for holds these refs, and others behind them.

        Only where the others are refs, too, and all are different.
        """
        is_mine = self._begins(refs) and (
            len(refs) == self._refs.length or self._can_add(self.behind(refs))
        )
        self._recognized = refs if is_mine else None
        return is_mine

    def continues(self, refs: list[ObjectRef[Any]]) -> bool:
        """Whether a list that is waited for now was recognized, or begins with these refs."""
        recognized, self._recognized = self._recognized, None
        return recognized is refs or self._begins(refs)

    def behind(self, refs: list[ObjectRef[Any]]) -> list[ObjectRef[Any]]:
        """What comes behind the set's refs in a list that begins with them."""
        return refs.more if self._has_left(refs) else refs[self._refs.length :]

    def _begins(self, refs: list[ObjectRef[Any]]) -> bool:
        if self._has_left(refs):
            return True
        if isinstance(refs, RestOfWait):
            refs.fill()
        return len(refs) >= self._refs.length and self._refs.begins(refs)

    def _has_left(self, refs: list[ObjectRef[Any]]) -> TypeGuard[RestOfWait]:
        """Whether a list is what was left last, and nobody has looked at it."""
        return isinstance(refs, RestOfWait) and refs.pages is self._told

    def _can_add(self, refs: list[ObjectRef[Any]]) -> bool:
        if set(map(type, refs)) != {ObjectRef}:
            return False
        if self._known is None:
            self._known = set(entries_behind(self._refs.listed()))
        new = set(entries_behind(refs))
        return len(new) == len(refs) and self._known.isdisjoint(new)

    def add(self, refs: Sequence[ObjectRef[Any]]) -> None:
        """Take further refs in, behind the others."""
        self._told = None
        if self._known is not None:
            self._known.update(entries_behind(refs))
        if self._is_watching:
            self._watch(refs)
        else:
            self._look(refs)

    def look_again(self) -> None:
        """See which of the refs have got a value, if nobody calls back."""
        if not self._is_watching:
            self._look(self._start_anew())

    def fetch(self) -> None:
        """Ask for the values of other processes' objects without waiting for them."""
        for entry in entries_behind(self._refs.listed()):
            if isinstance(entry, BorrowedEntry) and entry.payload is None:
                self._fetch(entry)

    def watch(self) -> None:
        """Note from now on when values come."""
        if not self._is_watching:
            self._is_watching = True
            self._watch(self._start_anew())

    def take(self, number: int) -> tuple[list[ObjectRef[Any]], list[ObjectRef[Any]]]:
        """Remove refs that have a value.

        Args:
            number: how many at most.

        Returns:
            Those, and the rest as a list of its own, both in the order given.
        """
        self._note()
        taken = self._refs.take(self._lowest_ready(number))
        if self._known is not None:
            self._known.difference_update(entries_behind(taken))
        if self._refs.length <= self._page_size:
            self._told = None
            return taken, self._refs.listed()
        self._told = pages = self._refs.shared()
        return taken, RestOfWait(pages, self._refs.length, [])

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

    def _start_anew(self) -> list[ObjectRef[Any]]:
        """Forget the refs, which are to be numbered again. Only while nobody calls back."""
        refs = self._refs.listed()
        self._refs = RefPages(self._page_size)
        self._ready.clear()
        return refs

    def _look(self, refs: Sequence[ObjectRef[Any]]) -> None:
        entries = self._entries_behind(refs)
        numbers = range(self._refs.size, self._refs.size + len(entries))
        self._refs.add(refs)
        # A payload is never empty. Ascending numbers behind a heap are a heap.
        self._ready += compress(numbers, map(_payload_of, entries))

    def _watch(self, refs: Sequence[ObjectRef[Any]]) -> None:
        entries, first = self._entries_behind(refs), self._refs.size
        self._refs.add(refs)
        for number, entry in enumerate(entries, first):
            if entry.payload is not None:
                self._came.append(number)
                continue
            if isinstance(entry, BorrowedEntry):
                self._fetch(entry)
            call_back = partial(self._came.append, number)
            # First, so that it is forgotten even if something fails before the entry knows it.
            self._watched[number] = entry, call_back
            entry.when_done(call_back)

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
