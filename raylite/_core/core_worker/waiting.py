"""Waiting for objects, and lending the CPU meanwhile.

In Ray: ``CoreWorker::Get`` and ``Wait`` in ``src/ray/core_worker/core_worker.cc``, and
``NotifyDirectCallTaskBlocked`` for the CPU.

A task that waits lends its CPU, so that the tasks it waits for can run. Most waits are over at
once, so the raylet is told only after ``BLOCKED_AFTER_S``.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from raylite._core.core_worker.entries import BorrowedEntry, Entry
from raylite._core.rpc.poller import Poller

__all__ = ["Waiting"]

BLOCKED_AFTER_S: Final = 0.002


class Waiting:
    """Waits for entries on behalf of one process.

    Args:
        poller: reads while we wait.
        is_over: whether the session has ended.
        fetch: asks the owner of a borrowed entry for the value.
        on_blocked: called when a wait turns out long, and again with False when it ends; None in
            a process that holds no CPU.
    """

    def __init__(
        self,
        poller: Poller,
        is_over: Callable[[], bool],
        fetch: Callable[[BorrowedEntry], None],
        on_blocked: Callable[[bool], None] | None,
    ) -> None:
        self._poller = poller
        self._is_over = is_over
        self._fetch = fetch
        self._on_blocked = on_blocked
        self._lock = threading.Lock()
        self._num_blocked = 0

    def until(self, condition: Callable[[], bool], timeout_s: float | None) -> bool:
        """Wait until a condition is true, or the session over; whether it is."""
        self._wait(lambda: condition() or self._is_over(), timeout_s)
        return condition()

    def for_one(self, entry: Entry, timeout_s: float | None) -> bool:
        """Wait for one entry; whether it is done."""
        if isinstance(entry, BorrowedEntry):
            self._fetch(entry)
        is_over = self._is_over
        self._wait(lambda: entry.payload is not None or is_over(), timeout_s)
        return entry.payload is not None

    def for_all(self, entries: Sequence[Entry], timeout_s: float | None) -> bool:
        """Wait until all entries are done, or one has failed; whether all are done."""
        for entry in entries:
            if isinstance(entry, BorrowedEntry):
                self._fetch(entry)
        at = seen = 0

        def done() -> bool:
            # Entries never become undone, so each is looked at once after it is done; all are
            # looked at only when an error has arrived somewhere.
            nonlocal at, seen
            while at < len(entries) and entries[at].payload is not None:
                at += 1
            if seen != Entry.num_failed:
                seen = Entry.num_failed
                if any(entry.has_failed() for entry in entries):
                    return True
            return at == len(entries) or self._is_over()

        self._wait(done, timeout_s)
        return at == len(entries)

    def for_some(self, entries: Sequence[Entry], number: int, timeout_s: float | None) -> None:
        """Wait until at least ``number`` of the entries are done, or the time is up."""
        pending = [entry for entry in entries if entry.payload is None]
        missing = number - (len(entries) - len(pending))
        if missing <= 0:
            return

        def one_done() -> None:
            nonlocal missing
            missing -= 1

        for entry in pending:
            if isinstance(entry, BorrowedEntry):
                self._fetch(entry)
            entry.when_done(one_done)
        try:
            self._wait(lambda: missing <= 0 or self._is_over(), timeout_s)
        finally:
            for entry in pending:
                entry.forget_callback(one_done)

    def _wait(self, done: Callable[[], bool], timeout_s: float | None) -> None:
        now_s = time.monotonic()
        deadline_s = None if timeout_s is None else now_s + timeout_s
        run_until = self._poller.run_until
        if self._on_blocked is None:
            run_until(done, deadline_s)
            return
        soon_s = now_s + BLOCKED_AFTER_S
        if deadline_s is not None and deadline_s <= soon_s:
            run_until(done, deadline_s)
        elif not run_until(done, soon_s):
            self._count_blocked(1)
            try:
                run_until(done, deadline_s)
            finally:
                self._count_blocked(-1)

    def _count_blocked(self, change: int) -> None:
        """Of several threads that wait, the first and the last are what counts."""
        assert self._on_blocked is not None
        with self._lock:
            before = self._num_blocked
            self._num_blocked += change
            if not before or not self._num_blocked:
                self._on_blocked(change > 0)
