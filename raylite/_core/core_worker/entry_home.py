"""The part of a process that entries see: who fetches values, pickles refs, and calls back.

In Ray: ``CoreWorker`` itself, in ``src/ray/core_worker/core_worker.h``.
"""

from collections.abc import Callable
from typing import Any

from raylite._core.core_worker.callback_thread import CallbackThread
from raylite._core.core_worker.entries import BorrowedEntry, Entry, OwnedEntry
from raylite._core.core_worker.releases import NotesReleases

__all__ = ["EntryHome"]


class EntryHome(NotesReleases):
    """Where entries are at home."""

    origin = 0
    """The cell that has caused what is submitted, where no call has; 0: none."""
    _callbacks: CallbackThread

    def settle(self) -> None:
        """Wait until every owner has confirmed what this process borrows."""
        self.poller.run_until(lambda: self.ownership.is_settled() or self.over)

    def want(self, entry: Entry) -> None:
        """Somebody waits for the entry and cannot read sockets himself."""
        if isinstance(entry, BorrowedEntry):
            self.ownership.fetch(entry)
        self.poller.read_soon()

    def call_outside(self, action: Callable[[], None]) -> None:
        """Call ``action``, which may wait, from a thread that does not read."""
        self._callbacks.call(action)

    def reduce_owned(self, entry: OwnedEntry) -> tuple[Any, ...]:
        """What ``pickle`` makes of a ref to an object of this process."""
        return self.ownership.reduce_owned(entry)

    def reduce_borrowed(self, entry: BorrowedEntry) -> tuple[Any, ...]:
        """What ``pickle`` makes of a ref to another's object."""
        return self.ownership.reduce_borrowed(entry)
