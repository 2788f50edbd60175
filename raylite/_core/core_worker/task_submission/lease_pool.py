"""The leases for tasks of one shape, and the tasks that wait for them.

In Ray: ``SchedulingKeyEntry`` in ``src/ray/core_worker/task_submission/normal_task_submitter.h``.
Left out here: spillback, since one head knows all nodes. The rules are those of
:mod:`.normal_task_submitter`.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from raylite._core.common.ids import LeaseID, WorkerID
from raylite._core.common.messages import (
    NO_LOCALITY,
    CancelWorkerLease,
    ReturnWorkerLease,
)
from raylite._core.common.task_spec import WorkerExit
from raylite._core.core_worker.failures import task_cancelled, task_rejected, worker_crashed
from raylite._core.core_worker.task_submission.actor_task_submitter import (
    GATHER,
    WRITE_AT_ONCE,
)
from raylite._core.core_worker.task_submission.calls import PendingCall, SentLate
from raylite._core.core_worker.task_submission.lease_numbers import LeaseNumbers
from raylite._core.core_worker.task_submission.lease_shape import LeaseShape
from raylite._core.core_worker.task_submission.locality import locality_of
from raylite._core.core_worker.task_submission.retries import may_retry
from raylite._core.core_worker.task_submission.submitter_home import SubmitterHome
from raylite._core.object_store.serialization import dumps_error
from raylite._core.rpc.codec import FLAG_FAILED, FLAG_LEAVES, TASK, pack_call, ran_s
from raylite._core.rpc.connection import Connection
from raylite._core.rpc.peer_messages import (
    ORDINARY,
    DefineFunction,
    LeaseContext,
    LeaseGranted,
    LeaseRejected,
)

__all__ = ["LeasePool"]

LINGER_S: Final = 0.02
_MAX_REQUESTS: Final = 8
MAX_DEPTH: Final = 64
"""How many short tasks a worker is given ahead."""
_SHORT_S: Final = 0.001
_LONG_S: Final = 0.005


@dataclass(slots=True, eq=False)
class _Lease:
    lease_id: LeaseID
    connection: Connection
    context: LeaseContext | None = None
    """What the worker has to be told of it; None: nothing."""
    depth: int = 1
    """How many tasks it may be given ahead."""
    calls: dict[int, PendingCall] = field(default_factory=dict)
    idle_since_s: float = 0.0
    ending: bool = False
    """Somebody else waits for the worker: it gets no further task, and is returned."""


class LeasePool:
    """Tasks of one shape, and the workers leased for them.

    Args:
        home: the process.
        send_to_head: sends a control message.
        worker_id: this process.
        shape: what each of its tasks needs.
        numbers: names the leases of the process.
    """

    def __init__(
        self,
        home: SubmitterHome,
        send_to_head: Callable[[object], None],
        worker_id: WorkerID,
        shape: LeaseShape,
        numbers: LeaseNumbers,
    ) -> None:
        self._home = home
        self._send_to_head = send_to_head
        self._worker_id = worker_id
        self._shape = shape
        self._has_gpus = shape.has_gpus()
        # Shared by its leases, so that a worker is told of it once.
        self._context = None if shape.is_ordinary() else shape.context(())
        self._max_depth = 1 if shape.once else MAX_DEPTH
        self._numbers = numbers
        self._lock = threading.RLock()
        # By number, so that one can be taken out of the middle; its first is found at once.
        self._queue: OrderedDict[int, PendingCall] = OrderedDict()
        self._leases: dict[LeaseID, _Lease] = {}
        self._of_call: dict[int, _Lease] = {}
        self._requested: dict[LeaseID, None] = {}
        self._linger_timer = False
        self._sent_late: SentLate | None = None
        """What the task that was sent last has in common with some, if it was not sent at once."""

    def submit(self, call: PendingCall) -> None:
        """Queue a task whose arguments all have values."""
        with self._lock:
            self._queue[call.seq] = call
            self._pump(call)

    def pending(self) -> list[PendingCall]:
        """Tasks that were not sent yet."""
        with self._lock:
            return list(self._queue.values())

    def take(self, seq: int) -> PendingCall | None:
        """A task that was not sent and now will not be; None if there is no such task here."""
        with self._lock:
            call = self._queue.pop(seq, None)
            if call is not None:
                self._pump()  # Fewer leases may do.
            return call

    def waiting(self) -> Mapping[int, PendingCall]:
        """The same by number, oldest first; it changes while one looks."""
        return self._queue

    def num_waiting(self) -> int:
        """Tasks that were not sent yet."""
        return len(self._queue)

    def is_idle(self) -> bool:
        """Whether nothing waits or runs here."""
        return not (self._queue or self._leases or self._requested)

    def granted(self, news: LeaseGranted) -> None:
        """The head has found a worker."""
        with self._lock:
            self._requested.pop(news.lease_id, None)
            try:
                connection = self._home.connection_to(news.worker_id, news.address)
            except OSError:
                self._return(news.lease_id)
            else:
                ids = news.gpu_ids
                context = self._shape.context(ids) if ids else self._context
                self._leases[news.lease_id] = _Lease(news.lease_id, connection, context)
            self._pump()

    def rejected(self, news: LeaseRejected) -> None:
        """The head will never find a worker: none of the tasks that wait can run."""
        with self._lock:
            self._requested.pop(news.lease_id, None)
            calls = list(self._queue.values())
            self._queue.clear()
            self._pump()
        for call in calls:
            self._home.call_failed(call, task_rejected(call.name, news), None)

    def on_reply(self, call: PendingCall, flags: int, payload: bytes) -> None:
        """A worker has answered."""
        with self._lock:
            lease = self._forget(call)
            if lease is not None:
                self._adapt_depth(lease, ran_s(call.answer))
            again = bool(flags & FLAG_FAILED) and may_retry(call, payload, self._home.cancelled)
            if lease is not None and flags & FLAG_LEAVES:
                self._leases.pop(lease.lease_id, None)  # It ends with the worker.
            if again:
                self._queue[call.seq] = call
            if lease is not None and (self._queue or not lease.calls):
                self._pump(now_s=self._home.poller.read_s)  # When there was room for another.
        if not again:
            self._home.call_ended(call, payload, None)

    def on_lost(self, calls: list[PendingCall]) -> None:
        """A worker died before it answered these."""
        cancelled, failed = [], []
        with self._lock:
            lease = None
            running = calls[0]
            for call in reversed(calls):
                lease = self._forget(call) or lease
                if call.seq in self._home.cancelled:
                    cancelled.append(call)
                    continue
                if call is running and call.retries_left == 0:
                    failed.append(call)
                    continue
                if call is running:
                    call.retries_left -= 1  # From -1 on it never reaches 0: without limit.
                self._put_first(call)
            if lease is not None:
                self._leases.pop(lease.lease_id, None)  # It ended with the worker.
            self._pump()
        self._end_cancelled(cancelled)
        if failed:
            self._fail(failed, lease)

    def _end_cancelled(self, calls: list[PendingCall]) -> None:
        for call in calls:
            self._home.call_failed(call, task_cancelled(call), None)

    def _fail(self, calls: list[PendingCall], lease: _Lease | None) -> None:
        """End calls that died with their worker, once the head has said how it died."""

        def fail(exit_: WorkerExit | None) -> None:
            for call in calls:
                self._home.call_failed(call, dumps_error(worker_crashed(exit_)), None)

        if lease is None:
            fail(None)
        else:
            self._home.ask_how_it_ended(lease.connection.peer_id, fail)

    def abandon(self, payload: bytes) -> None:
        """The session is over: end the tasks that have no worker."""
        with self._lock:
            calls = list(self._queue.values())
            self._queue.clear()
        for call in calls:
            call.resolve(payload)

    def handed_back(self, calls: list[PendingCall]) -> None:
        """A worker has not begun these and will not."""
        cancelled = []
        with self._lock:
            for call in reversed(calls):
                lease = self._forget(call)
                if lease is not None:
                    lease.depth = 1
                if call.seq in self._home.cancelled:
                    cancelled.append(call)
                else:
                    self._put_first(call)
            self._pump()
        self._end_cancelled(cancelled)

    def connection_lost(self, connection: Connection) -> None:
        """A leased worker is gone; its lease ended with it."""
        with self._lock:
            for lease in [x for x in self._leases.values() if x.connection is connection]:
                del self._leases[lease.lease_id]
            if self._queue:
                self._pump()

    def share(self) -> None:
        """Somebody else waits for what the leases hold: give them back after what they have.

        The tasks that are left ask again, and stand in line behind whoever waited.
        """
        with self._lock:
            for lease in self._leases.values():
                lease.ending = True
            self._pump()

    def return_idle(self, older_than_s: float = 0.0) -> float | None:
        """Give back leases without work.

        Args:
            older_than_s: only those that have been idle for longer.

        Returns:
            When the next one is due, in seconds on the clock, or None.
        """
        with self._lock:
            now_s = self._home.now_s()
            next_s = None
            for lease in list(self._leases.values()):
                if lease.calls or self._queue:
                    continue
                due_s = lease.idle_since_s + older_than_s
                if due_s <= now_s:
                    del self._leases[lease.lease_id]
                    self._return(lease.lease_id)
                else:
                    next_s = due_s if next_s is None else min(due_s, next_s)
            return next_s

    def _forget(self, call: PendingCall) -> _Lease | None:
        lease = self._of_call.pop(call.seq, None)
        if lease is not None:
            lease.calls.pop(call.seq, None)
        return lease

    def _put_first(self, call: PendingCall) -> None:
        self._queue[call.seq] = call
        self._queue.move_to_end(call.seq, last=False)

    def _pump(self, newest: PendingCall | None = None, now_s: float = 0.0) -> None:
        """Send what leased workers can take, and lease more, or less.

        Args:
            newest: a call that has not waited yet.
            now_s: the time; 0: look.
        """
        queue = self._queue
        for ended in [x for x in self._leases.values() if x.ending and not x.calls]:
            del self._leases[ended.lease_id]
            self._return(ended.lease_id)
        while queue:
            lease = min(
                (x for x in self._leases.values() if len(x.calls) < x.depth and not x.ending),
                key=lambda x: len(x.calls),
                default=None,
            )
            if lease is None:
                break
            # As many as it may have: looking for the least busy one anew each time would make
            # a long queue slow.
            while queue and len(lease.calls) < lease.depth:
                call = queue.popitem(last=False)[1]
                if call is not newest:
                    now_s = now_s or self._home.now_s()
                    self._sent_late = call.sent_late(now_s, self._sent_late)
                self._send(lease, call)
        if queue:
            for _ in range(min(len(queue), _MAX_REQUESTS) - len(self._requested)):
                self._request()
        else:
            for lease_id in self._requested:
                self._numbers.settled(lease_id)
                self._send_to_head(CancelWorkerLease(lease_id=lease_id, at_s=self._home.now_s()))
            self._requested.clear()
            self._begin_linger()

    def _send(self, lease: _Lease, call: PendingCall) -> None:
        connection = lease.connection
        lease.calls[call.seq] = call
        lease.ending = lease.ending or self._shape.strategy.spread
        self._of_call[call.seq] = lease
        connection.inflight[call.seq] = call
        if connection.sent_context is not lease.context:
            connection.sent_context = lease.context
            connection.send_message(lease.context or ORDINARY)
        definition = call.definition
        if definition.key not in connection.sent_definitions:
            connection.sent_definitions.add(definition.key)
            connection.send_message(
                DefineFunction(
                    key=definition.key,
                    name=definition.name,
                    blob=definition.blob,
                    source_files=dict(definition.source_files),
                    max_calls=call.task_options.max_calls,
                )
            )
        connection.push(
            pack_call(TASK, call.seq, call.wire_payload(), call.origin, call.submitted_s)
        )
        waiting = len(lease.calls)
        if waiting <= WRITE_AT_ONCE or waiting % GATHER == 0:
            connection.flush()
        else:
            self._home.poller.flush_later(connection)
        if connection.closed and connection.inflight.pop(call.seq, None) is not None:
            # It closed after we had looked: the call has not left.
            self._home.poller.call_later(0.0, lambda: self.handed_back([call]))

    def _adapt_depth(self, lease: _Lease, duration_s: float) -> None:
        """Short tasks are sent ahead of time, in growing numbers; a long one ends that."""
        if duration_s < _SHORT_S:
            lease.depth = min(lease.depth * 2, self._max_depth)
        elif duration_s > _LONG_S:
            lease.depth = 1

    def _request(self) -> None:
        lease_id = self._numbers.new(self)
        self._requested[lease_id] = None
        first = next(iter(self._queue.values()))
        locality = NO_LOCALITY if first.deps is None else locality_of(first.deps)
        now_s = self._home.now_s()
        self._send_to_head(self._shape.request(lease_id, self._worker_id, locality, now_s))

    def _return(self, lease_id: LeaseID) -> None:
        self._send_to_head(ReturnWorkerLease(lease_id=lease_id, at_s=self._home.now_s()))

    def _begin_linger(self) -> None:
        now_s = self._home.now_s()
        for lease in self._leases.values():
            if not lease.calls:
                lease.idle_since_s = now_s
        if self._has_gpus:
            self.return_idle()  # So that one task after the other has the first GPU.
        if self._leases and not self._linger_timer:
            self._linger_timer = True
            self._home.poller.at_rest.call(LINGER_S, self._linger)

    def _linger(self) -> None:
        with self._lock:
            self._linger_timer = False
            next_s = self.return_idle(LINGER_S)
            if next_s is None and self._leases and not self._queue:
                # All are busy; the end of their work begins the next linger.
                return
            if next_s is not None:
                self._linger_timer = True
                delay_s = max(0.001, next_s - self._home.now_s())
                self._home.poller.at_rest.call(delay_s, self._linger)
