"""Items of a remote generator, as they arrive at its caller.

In Ray: ``ObjectRefStream`` in ``src/ray/core_worker/task_manager.h``. Left out here: items written
twice by a task that is run again are simply ignored.
"""

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from raylite._core.core_worker.entries import Entry, OwnedEntry
from raylite._core.object_store.serialization import ERROR, IN_FILE, NONE
from raylite._core.rpc.peer_messages import ALL_ITEMS

__all__ = ["ItemStream", "NextItem"]

_FIRST_INDEX: Final = 2
"""Number 1 is the return value of the task itself: that it has ended."""


class NextItem(OwnedEntry):
    """Done when a generator has an item to take, or has ended."""

    __slots__ = ()


class ItemStream:
    """The items of one call, in order.

    Args:
        home: the process.
        seq: the number of the call.
        wait: waits until a condition is true, for so many seconds; whether it is.
        taken: told how many items were taken, where the generator waits for that; else None.
    """

    def __init__(
        self,
        home: Any,
        seq: int,
        wait: Callable[[Callable[[], bool], float | None], bool],
        taken: Callable[[int], None] | None,
    ) -> None:
        self._home = home
        self._seq = seq
        self._wait = wait
        self._tell_taken = taken
        self._items: deque[OwnedEntry] = deque()
        self._num_arrived = 0
        self._num_taken = 0
        self._is_dropped = False
        self._callbacks: deque[Callable[[], None]] = deque()
        self._awaited: NextItem | None = None
        self.end = OwnedEntry(home, seq)
        self.end.when_done(self._ended)

    @property
    def task_id(self) -> str:
        """As the items' refs spell it."""
        return self.end.object_id[:-4].hex()

    @property
    def completed(self) -> Entry:
        """Resolved when the generator has ended."""
        return self.end

    def arrived(self, index: int, payload: bytes, refs: Any) -> None:
        """An item has come; one that came before is ignored, and so is what nobody can take."""
        if index != self._num_arrived or self._is_dropped:
            if payload[0] == IN_FILE:
                self._home.store.hold(payload)  # And let go of: the file is nobody's.
            return
        self._add(payload, refs)

    def is_ready(self) -> bool:
        """Whether :meth:`take` would not have to wait."""
        return bool(self._items) or self.end.payload is not None

    def wait(self, timeout_s: float | None) -> bool:
        """Wait until it is ready; whether it is."""
        return self._wait(self.is_ready, timeout_s)

    def take(self) -> OwnedEntry | None:
        """The next item, without waiting; None if there is none any more."""
        try:
            item = self._items.popleft()
        except IndexError:
            return None
        self._num_taken += 1
        if self._tell_taken is not None and self.end.payload is None:
            self._tell_taken(self._num_taken)
        return item

    def next_item(self) -> NextItem:
        """Done once it is ready; one for all who wait for the same item."""
        entry = self._awaited
        if entry is None or entry.payload is not None:
            entry = self._awaited = NextItem(self._home, self._seq)
            self.add_ready_callback(partial(entry.resolve, NONE))
        return entry

    def drop(self) -> None:
        """Nobody will take a further item. Called from ``__del__``: must only note it."""
        self._is_dropped = True
        if self.end.payload is None:
            self._home.release_stream(self)

    def tell_dropped(self) -> None:
        """Let go of what has come, and let the generator go on: nobody is behind any more."""
        self._items.clear()
        if self._tell_taken is not None and self.end.payload is None:
            self._tell_taken(ALL_ITEMS)

    def is_exhausted(self) -> bool:
        """Whether the generator has ended and every item was taken."""
        return self.end.payload is not None and not self._items

    def add_ready_callback(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` once it is ready, from any thread."""
        self._callbacks.append(callback)
        if self.is_ready():
            self._call_back()
        else:
            self._home.want(self.end)

    def _add(self, payload: bytes, refs: Any) -> None:
        entry = OwnedEntry(self._home, self._seq, _FIRST_INDEX + self._num_arrived)
        if payload[0] == IN_FILE:
            entry.pin = self._home.store.hold(payload)
        entry.contained = refs
        entry.site = self.end.site
        entry.printed = self.end.printed
        entry.resolve(payload)
        self._num_arrived += 1
        self._items.append(entry)
        self._call_back()

    def _ended(self) -> None:
        payload = self.end.payload
        if payload is not None and payload[0] == ERROR:
            self._add(payload, self.end.contained)
        self._call_back()

    def _call_back(self) -> None:
        # Asked anew each time: whoever was called may have taken the item and wait for the next.
        while self._callbacks and self.is_ready():
            try:
                callback = self._callbacks.popleft()
            except IndexError:  # Another thread took the last one.
                return
            callback()
