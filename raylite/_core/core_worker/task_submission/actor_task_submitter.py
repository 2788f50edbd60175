"""One process's way to one actor: its queue of calls, and the connection behind it.

In Ray: ``src/ray/core_worker/task_submission/actor_task_submitter.h``. Left out here: sequence
numbers, since the byte stream of one connection is the order.

Rule 1: calls leave in the order in which they were submitted. One whose argument has no value yet
        holds up those behind it; calls of other processes go past.
Rule 2: before the actor is there, calls wait here; the head tells the address once.
Rule 3: a call that was sent when the process died is sent again if it may be retried
        (``max_task_retries``), and fails otherwise: it may or may not have been executed.
Rule 4: what is dead stays dead: later calls fail at once with the reason.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from sys import _getframe
from typing import Any, Final

from raylite._core.common.call_options import ActorCalls, MethodOptions
from raylite._core.common.ids import ActorID, WorkerID
from raylite._core.common.object_ref import ObjectRef
from raylite._core.common.states import ActorState
from raylite._core.core_worker.call_sites import site_of_call
from raylite._core.core_worker.entries import OwnedEntry
from raylite._core.core_worker.failures import (
    actor_died,
    actor_unavailable,
    argument_failed,
    not_serializable,
    task_cancelled,
)
from raylite._core.core_worker.task_submission.calls import (
    PendingCall,
    all_ready,
    pack_arguments,
    returned_by,
    set_parent,
    tune,
    when_ready,
)
from raylite._core.core_worker.task_submission.retries import may_retry
from raylite._core.core_worker.task_submission.submitter_home import SubmitterHome
from raylite._core.object_store.serialization import NotSerializableError, dumps_error
from raylite._core.rpc.codec import CALL, FLAG_FAILED, pack_call
from raylite._core.rpc.connection import Connection
from raylite._core.rpc.peer_messages import ActorUpdate

__all__ = ["GATHER", "WRITE_AT_ONCE", "ActorTaskSubmitter"]

WRITE_AT_ONCE: Final = 8
"""With fewer unanswered calls the worker may be idle: write at once. With more, gather."""
GATHER: Final = 32
"""How many calls are gathered at most before they are written."""
_AS_USUAL: Final = MethodOptions()


class ActorTaskSubmitter:
    """Queues, sends and retries the calls of this process to one actor.

    Args:
        home: the process.
        actor_id: the actor.
        calls: what is special about calls of the actor.
    """

    def __init__(self, home: SubmitterHome, actor_id: ActorID, calls: ActorCalls) -> None:
        self._home = home
        self.actor_id = actor_id
        self._max_task_retries = calls.max_task_retries
        self._in_order = calls.in_order
        self._unready: dict[int, PendingCall] = {}
        """Calls that wait for arguments and hold up nobody, where order does not matter."""
        self._lock = threading.Lock()
        # By number, so that one can be taken out of the middle; its first is found at once.
        self._queue: OrderedDict[int, PendingCall] = OrderedDict()
        self._connection: Connection | None = None
        self._news: ActorUpdate | None = None
        self._incarnation = -1
        self._lost: dict[int, PendingCall] = {}
        self._lost_in = -1
        self._when_idle: Callable[[], None] | None = None
        self.creation_refs: Any = None
        """Refs among the constructor's arguments, kept for restarts."""
        self._error_refs: Any = None
        """The same, if it raised: they may be in its error."""

    def submit(  # noqa: PLR0917  # By position, since this is the hot path.
        self,
        method: str,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        num_returns: int,
        keep_alive: object,
        how: MethodOptions | None = None,
    ) -> Any:
        """Queue one call, in order; see :class:`raylite.engines.base.ActorClient`."""
        home = self._home
        wired = None
        if num_returns != 1 or how is not None:
            how = how or _AS_USUAL
            wired = (num_returns, how.group, how.items_ahead, bool(how.quiet), how.name or "")
        guarded = home.guard.enter()
        try:
            try:
                payload, pin, contained, deps = pack_arguments(
                    home.store, method, args, kwargs, wired
                )
            except NotSerializableError as error:
                raise not_serializable(method, args, kwargs, error) from None
            seq = home.next_seq()
            site = site_of_call(_getframe(2))
            call = PendingCall(seq, method, payload, self, (), keep_alive, home.now_s())
            if wired is None:  # What follows otherwise, without its calls: this is the hot path.
                entry = OwnedEntry(home, seq)
                entry.site = site
                call.entries = (entry,)
                returned: Any = ObjectRef(entry)
            else:
                returned = returned_by(call, home, site, num_returns, wired[2])
            if self._max_task_retries:
                call.retries_left = self._max_task_retries
            if how is not None:
                tune(call, how)
            if contained or pin is not None:
                call.keep_for_arguments(contained, pin)
            call.origin = home.origin
            if home.parent_call is not None:
                set_parent(call, home.parent_call())
            connection = self._connection
            must_wait = deps is not None or self._queue
            if must_wait or connection is None or not self._send(connection, call):
                call.deps = deps
                self._enqueue(call)
            return returned
        finally:
            if guarded:
                home.guard.leave()

    def pending(self) -> list[PendingCall]:
        """Calls that were not sent yet, or are to be sent again."""
        with self._lock:
            return [*self._lost.values(), *self._queue.values(), *self._unready.values()]

    def under_way(self, seq: int) -> PendingCall | None:
        """A call to the actor that has no answer yet; None if there is no such call."""
        connection = self._connection
        sent = None if connection is None else connection.inflight.get(seq)
        if sent is not None and sent.submitter is self:
            found: PendingCall = sent
            return found
        return next((call for call in self.pending() if call.seq == seq), None)

    def is_connected(self) -> bool:
        """Whether the actor is there, as far as this process knows."""
        return self._connection is not None

    def num_unanswered(self) -> int:
        """How many calls of this process to the actor have not ended."""
        connection = self._connection
        sent = len(connection.inflight) if connection is not None else 0
        return sent + self.num_waiting()

    def num_waiting(self) -> int:
        """How many of them were not sent, or are to be sent again."""
        return len(self._queue) + len(self._lost) + len(self._unready)

    def waiting(self) -> tuple[Mapping[int, PendingCall], ...]:
        """The same calls by number, oldest first; they change while one looks."""
        return self._lost, self._queue, self._unready

    def take(self, seq: int) -> PendingCall | None:
        """A call that was not sent and now will not be; None if there is no such call here."""
        call = self._taken(seq)
        if call is not None:
            self._pump()  # It may have held up those behind it.
            self._tell_if_idle()
        return call

    def holds(self, seq: int) -> bool:
        """Whether a call was not sent yet, or is to be sent again."""
        return seq in self._queue or seq in self._lost or seq in self._unready

    def _taken(self, seq: int) -> PendingCall | None:
        with self._lock:
            for calls in (self._unready, self._lost, self._queue):
                if seq in calls:
                    return calls.pop(seq)
            return None

    def is_needed(self) -> bool:
        """Whether calls wait here, or the actor would end with this process, which made it."""
        return bool(self._queue or self._lost or self._unready) or self.creation_refs is not None

    def on_reply(self, call: PendingCall, flags: int, payload: bytes) -> None:
        """The actor has answered."""
        if (
            flags & FLAG_FAILED
            and call.task_options is not None
            and may_retry(call, payload, self._home.cancelled)
        ):
            self._enqueue(call)  # At the end: calls made since go first, as in Ray.
            return
        self._home.call_ended(call, payload, self.actor_id)
        if self._when_idle is not None:
            self._tell_if_idle()

    def when_idle(self, action: Callable[[], None]) -> None:
        """Call ``action`` once every call of this process to the actor has ended."""
        self._when_idle = action
        self._tell_if_idle()

    def on_lost(self, calls: list[PendingCall]) -> None:
        """The connection broke: what becomes of these calls is known when the head has spoken."""
        with self._lock:
            current = self._connection
            is_old = current is not None and not current.closed  # An earlier process's has ended.
            self._connection = current if is_old else None
            self._lost.update((call.seq, call) for call in calls)
            self._lost_in = self._incarnation - is_old
        self._settle_lost()
        self._pump()

    def abandon(self, payload: bytes) -> None:
        """The session is over: end the calls that were not sent, or got no answer."""
        with self._lock:
            calls = [*self._lost.values(), *self._queue.values(), *self._unready.values()]
            self._lost.clear()
            self._queue.clear()
            self._unready.clear()
        for call in calls:
            call.resolve(payload)

    def on_update(self, news: ActorUpdate) -> None:
        """The head says what has become of the actor."""
        stale: Connection | None = None
        is_dead = news.state is ActorState.DEAD
        with self._lock:
            # First: another thread's call fails with the error as soon as there is the news.
            if is_dead and news.error and self.creation_refs is not None:
                self._error_refs = self.creation_refs[1]
            self._news = news
            if news.state is not ActorState.ALIVE:
                stale, self._connection = self._connection, None
        if stale is not None:
            self._lose_calls_on(stale)
        if news.state is ActorState.ALIVE and news.num_restarts > self._incarnation:
            self._settle_lost()
            self._incarnation = news.num_restarts
            self._connect(news)
        if is_dead:
            self.creation_refs = None
        self._settle_lost()
        self._pump()

    def _lose_calls_on(self, stale: Connection) -> None:
        """The actor is gone from a process that may need a moment to end, as its connection will.

        To the other side the end of a connection is this process's, and of all that it owns.
        """
        stale.read_on()  # Replies that were on their way are still good.
        calls = [stale.inflight.pop(seq, None) for seq in list(stale.inflight)]
        lost = [call for call in calls if call is not None]
        if lost:
            self.on_lost(lost)

    def _connect(self, news: ActorUpdate) -> None:
        try:
            connection = self._home.connection_to(WorkerID(news.worker_id or ""), news.address)
        except OSError:
            return  # Dead again already; the head will say so.
        with self._lock:
            self._connection = connection

    def _settle_lost(self) -> None:
        """Send again or fail what was lost, once it is known whether the actor lives on."""
        news = self._news
        with self._lock:
            if not self._lost or news is None:
                return
            if news.state is ActorState.ALIVE and news.num_restarts <= self._lost_in:
                return  # Old news: the head does not know of the death yet.
            lost, self._lost = self._lost, {}
            again: list[PendingCall] = []
            failed: list[PendingCall] = []
            for call in lost.values():
                may = news.state is not ActorState.DEAD and call.retries_left != 0
                may = may and call.seq not in self._home.cancelled
                (again if may else failed).append(call)
            for call in reversed(again):
                call.retries_left -= 1  # From -1 on it never reaches 0: without limit.
                self._queue[call.seq] = call
                self._queue.move_to_end(call.seq, last=False)
        for call in failed:
            self._fail(call, news)

    def _enqueue(self, call: PendingCall) -> None:
        news = self._news
        if news is not None and (
            news.state is ActorState.DEAD
            or (news.state is ActorState.RESTARTING and call.retries_left == 0)
        ):
            self._fail(call, news)
            return
        if not self._in_order and not all_ready(call):
            self._enqueue_when_ready(call)
            return
        with self._lock:  # A call that is tried again may not have left the queue yet.
            self._queue[call.seq] = call
        if when_ready(call, self._pump):
            self._pump()

    def _enqueue_when_ready(self, call: PendingCall) -> None:
        self._unready[call.seq] = call
        # Not the call itself: what waits for a value is not to keep a call that is cancelled.
        ready = partial(self._ready, call.seq)
        if when_ready(call, ready):
            ready()

    def _ready(self, seq: int) -> None:
        with self._lock:
            call = self._unready.get(seq)
            if call is None or not all_ready(call):
                return  # Another thread has brought the last value as well, or it has ended.
            self._queue[seq] = self._unready.pop(seq)
        self._pump()

    def _pump(self) -> None:
        """Send what may be sent, from the front of the queue."""
        failures: list[tuple[PendingCall, bytes]] = []
        with self._lock:
            if self._unready and self._news is not None and self._news.state is ActorState.DEAD:
                self._queue.update(self._unready)
                self._unready.clear()
            while self._queue:
                call = next(iter(self._queue.values()))
                news = self._news
                if news is not None and news.state is ActorState.DEAD:
                    failures.append((call, self._reason(news)))
                elif not all_ready(call):
                    break
                elif (error := call.failed_dependency()) is not None:
                    failures.append((call, argument_failed(call.name, error)))
                elif self._connection is None or not self._send_late(self._connection, call):
                    break
                # Sent before it leaves the queue: a submitter that sees the queue empty sends
                # past it.
                del self._queue[call.seq]
        for call, payload in failures:
            self._fail_with(call, payload)

    def _send_late(self, connection: Connection, call: PendingCall) -> bool:
        call.sent_late(self._home.now_s())
        if call.deps is not None:
            call.look_closer()
        return self._send(connection, call)

    def _send(self, connection: Connection, call: PendingCall) -> bool:
        """Send a call; False if the connection has closed and nobody will report it lost."""
        inflight = connection.inflight
        seq = call.seq
        inflight[seq] = call
        payload = call.payload if call.deps is None else call.wire_payload()
        frame = pack_call(CALL, seq, payload, call.origin, call.submitted_s)
        waiting = len(inflight)
        if waiting <= WRITE_AT_ONCE or waiting % GATHER == 0:
            connection.send_guarded(frame)
        else:
            connection.push(frame)
            self._home.poller.flush_later(connection)
        return not connection.closed or inflight.pop(call.seq, None) is None

    def _fail(self, call: PendingCall, news: ActorUpdate) -> None:
        cancelled = call.seq in self._home.cancelled
        self._fail_with(call, task_cancelled(call) if cancelled else self._reason(news))

    def _reason(self, news: ActorUpdate) -> bytes:
        if news.state is not ActorState.DEAD:
            return dumps_error(actor_unavailable(news))
        return news.error or dumps_error(actor_died(news, self._home.now_s()))

    def _fail_with(self, call: PendingCall, payload: bytes) -> None:
        if self._error_refs:
            call.received_refs = self._error_refs
        self._home.call_failed(call, payload, self.actor_id)
        self._tell_if_idle()

    def _tell_if_idle(self) -> None:
        action, connection = self._when_idle, self._connection
        sent = connection is not None and connection.inflight
        waiting = self._queue or self._lost or self._unready
        if action is not None and not (sent or waiting):
            self._when_idle = None
            action()
