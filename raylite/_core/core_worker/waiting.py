"""Waiting for objects, and lending the CPU meanwhile.

In Ray: ``CoreWorker::Get`` and ``Wait`` in ``src/ray/core_worker/core_worker.cc``, and
``NotifyDirectCallTaskBlocked`` for the CPU.

A task that waits lends its CPU, so that the tasks it waits for can run. Most waits are over at
once, so the raylet is told only after ``BLOCKED_AFTER_S``. What was sent to its actor or worker
needs no CPU of the raylet's any more, and may be late only because all CPUs are in use; so then it
is told after ``LATE_S``, or each such wait would have one more task run than there are CPUs.
"""

import contextlib
import operator
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from raylite._core.common.object_ref import ObjectRef
from raylite._core.core_worker.entries import BorrowedEntry, Entry, OwnedEntry
from raylite._core.core_worker.failure_watch import FailureWatch
from raylite._core.core_worker.wait_set import WaitSet, entries_behind
from raylite._core.rpc.interrupt import InterruptGuard
from raylite._core.rpc.poller import Poller

__all__ = ["HoldsCpu", "Waiting"]

BLOCKED_AFTER_S: Final = 0.002
LATE_S: Final = 0.05
MANY: Final = 32
"""From how many refs on the next wait is likely to be for the rest, and to profit from this one."""
FEW: Final = 4
"""Up to how many values are likely to come together, and soon."""
KEPT_S: Final = 0.1
"""How long nobody must have waited for a rest before it is forgotten."""
_payload_of: Final = operator.attrgetter("payload")


class HoldsCpu(Protocol):
    """A process that may lend its CPU while it waits."""

    def on_long_wait(self) -> None:
        """A wait turns out long."""
        ...

    def is_under_way(self, entry: OwnedEntry) -> bool:
        """Whether the call that is to give a value was sent and has no answer yet."""
        ...

    def on_blocked(self, blocked: bool) -> None:  # noqa: FBT001  # The state, not an option.
        """Lend the CPU, or have it back."""
        ...


class Waiting:
    """Waits for entries on behalf of one process.

    Args:
        poller: reads while we wait.
        is_over: whether the session has ended.
        fetch: asks the owner of a borrowed entry for the value.
        holder: lends its CPU when a wait turns out long; None in a process that holds none.
        guard: holds Ctrl-C back while something is put in order.
    """

    def __init__(
        self,
        poller: Poller,
        is_over: Callable[[], bool],
        fetch: Callable[[BorrowedEntry], None],
        holder: HoldsCpu | None,
        guard: InterruptGuard,
    ) -> None:
        self._poller = poller
        self._is_over = is_over
        self._fetch = fetch
        self._holder = holder
        self._guard = guard
        self._kept: dict[int, WaitSet] = {}
        """What each thread's last wait has left."""
        self._sweeps = False
        self._lock = threading.Lock()
        self._num_blocked = 0
        self.before_long_wait: Callable[[Entry | Sequence[Entry]], None] | None = None
        """Told of what is waited for without a limit, once that turns out long; it may raise."""

    def until(self, condition: Callable[[], bool], timeout_s: float | None) -> bool:
        """Wait until a condition is true, or the session over; whether it is."""
        self._wait(lambda: condition() or self._is_over(), timeout_s)
        return condition()

    def for_one(self, entry: Entry, timeout_s: float | None) -> bool:
        """Wait for one entry; whether it is done."""
        if isinstance(entry, BorrowedEntry):
            self._fetch(entry)
        if timeout_s is None and self._holder is None:  # As in _wait, but for a call.
            self._poller.run_until(entry.is_settled, None, True)  # Soon.
        else:
            self._wait(entry.is_settled, timeout_s, entry, soon=True)
        return entry.payload is not None

    def for_all(self, entries: Sequence[Entry], timeout_s: float | None) -> bool:
        """Wait until all entries are done, or one has failed; whether all are done."""
        if all(map(_payload_of, entries)):  # A payload is never empty.
            return True
        if BorrowedEntry in set(map(type, entries)):
            for entry in entries:
                if isinstance(entry, BorrowedEntry):
                    self._fetch(entry)
        at = 0
        with FailureWatch(entries) as failures:

            def done() -> bool:
                # Entries never become undone, so each is looked at once after it is done.
                nonlocal at
                while at < len(entries) and entries[at].payload is not None:
                    at += 1
                return at == len(entries) or failures.has_come() or self._is_over()

            self._wait(done, timeout_s, entries, soon=len(entries) <= FEW)
        return at == len(entries)

    def is_rest(self, refs: list[ObjectRef[Any]]) -> bool:
        """Whether this is what :meth:`for_some` has left when this thread called it last.

        There may be others behind, if these are refs, and all are different.
        """
        kept = self._kept.get(threading.get_ident())
        return kept is not None and kept.recognizes(refs)

    def for_some(
        self, refs: list[ObjectRef[Any]], number: int, timeout_s: float | None
    ) -> tuple[list[ObjectRef[Any]], list[ObjectRef[Any]]]:
        """Wait until at least ``number`` of the objects have a value, or the time is up.

        Returns:
            Those that have, ``number`` at most, and the rest, both in the order given.
        """
        if len(refs) < MANY and (found := _found_at_once(refs, number)) is not None:
            return found
        guarded = self._guard.enter()  # A Ctrl-C is not to leave objects watched for ever.
        wait_set = None
        try:
            wait_set = self._kept_for(refs)
            is_new = wait_set is None
            if wait_set is None:
                wait_set = WaitSet(refs, self._fetch)
            if wait_set.num_ready() < number:
                self._wait_for_set(wait_set, number, timeout_s, is_new=is_new)
            found = wait_set.take(number)
            self._keep(wait_set)
        except BaseException:
            if wait_set is not None:
                wait_set.close()
            raise
        finally:
            if guarded:
                self._guard.leave()
        return found

    def forget_sets(self) -> None:
        """Watch nothing any more that nobody waits for."""
        while self._kept:
            with contextlib.suppress(KeyError):  # Another thread took the last one.
                self._kept.popitem()[1].close()

    def _wait_for_set(
        self, wait_set: WaitSet, number: int, timeout_s: float | None, *, is_new: bool
    ) -> None:
        if is_new and timeout_s == 0:
            # To be called back would cost more than another look.
            wait_set.fetch()
            self._wait(self._is_over, timeout_s)
            wait_set.look_again()
            return
        wait_set.watch()
        with self._guard.released():
            self._wait(
                lambda: wait_set.num_ready() >= number or self._is_over(),
                timeout_s,
                soon=number <= FEW,
            )

    def _kept_for(self, refs: list[ObjectRef[Any]]) -> WaitSet | None:
        """The set this thread has used last, if it is for these refs."""
        kept = self._kept.pop(threading.get_ident(), None)
        if kept is None:
            return None
        if not kept.continues(refs):
            kept.close()
            return None
        further = kept.behind(refs)
        if further:
            try:
                kept.add(further)
            except ValueError:  # One was made from bytes.
                kept.close()
                raise
        return kept

    def _keep(self, wait_set: WaitSet) -> None:
        """Keep a set for the thread's next wait, for a moment."""
        if len(wait_set) < MANY or not wait_set.is_lasting:
            wait_set.close()
            return
        wait_set.is_idle = False
        self._kept[threading.get_ident()] = wait_set
        self._sweep_later()

    def _sweep(self) -> None:
        """Forget the sets that nobody has waited for since the last time: they keep objects."""
        self._sweeps = False  # First: a set that is kept from now on may be missed.
        for thread_id, kept in list(self._kept.items()):
            if kept.is_idle:
                # Another one maybe by now; its thread does without.
                found = self._kept.pop(thread_id, None)
                if found is not None:
                    found.close()
            kept.is_idle = True
        if self._kept:
            self._sweep_later()

    def _sweep_later(self) -> None:
        if not self._sweeps:
            self._sweeps = True
            self._poller.at_rest.call(KEPT_S, self._sweep)

    def _wait(
        self,
        done: Callable[[], bool],
        timeout_s: float | None,
        wanted: Entry | Sequence[Entry] = (),
        *,
        soon: bool = False,
    ) -> None:
        run_until = self._poller.run_until
        holder = self._holder
        if timeout_s is None and holder is None:
            run_until(done, soon=soon)
            return
        now_s = time.monotonic()
        deadline_s = None if timeout_s is None else now_s + timeout_s
        if holder is None:
            run_until(done, deadline_s, soon=soon)
            return
        soon_s = now_s + BLOCKED_AFTER_S
        if deadline_s is not None and deadline_s <= soon_s:
            run_until(done, deadline_s, soon=soon)
        elif not run_until(done, soon_s, soon=soon):
            if timeout_s is None and self.before_long_wait is not None:
                self.before_long_wait(wanted)
            holder.on_long_wait()
            if self._is_under_way(holder, wanted):
                late_s = now_s + LATE_S
                is_last = deadline_s is not None and deadline_s <= late_s
                if run_until(done, deadline_s if is_last else late_s) or is_last:
                    return
            self._count_blocked(holder, 1)
            try:
                run_until(done, deadline_s)
            finally:
                self._count_blocked(holder, -1)

    def _is_under_way(self, holder: HoldsCpu, wanted: Entry | Sequence[Entry]) -> bool:
        """Whether nothing of what is waited for needs a CPU to begin; not if that is unknown."""
        entries = [wanted] if isinstance(wanted, Entry) else wanted
        return bool(entries) and all(
            entry.payload is not None
            or (isinstance(entry, OwnedEntry) and holder.is_under_way(entry))
            for entry in entries
        )

    def _count_blocked(self, holder: HoldsCpu, change: int) -> None:
        """Of several threads that wait, the first and the last are what counts."""
        with self._lock:
            before = self._num_blocked
            self._num_blocked += change
            if not before or not self._num_blocked:
                holder.on_blocked(change > 0)


def _found_at_once(
    refs: list[ObjectRef[Any]], number: int
) -> tuple[list[ObjectRef[Any]], list[ObjectRef[Any]]] | None:
    """A few refs split, if so many have a value already: without a set, which is made for many."""
    ready: list[ObjectRef[Any]] = []
    rest: list[ObjectRef[Any]] = []
    for ref, entry in zip(refs, entries_behind(refs), strict=True):
        done = len(ready) < number and entry.payload is not None
        (ready if done else rest).append(ref)
    return (ready, rest) if len(ready) == number else None
