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
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from raylite._core.common.call_options import STREAMING
from raylite._core.common.ids import ActorID, WorkerID
from raylite._core.common.object_ref_generator import ObjectRefGenerator
from raylite._core.common.states import ActorState
from raylite._core.common.task_spec import WorkerExit
from raylite._core.core_worker.calls import PendingCall, pack_arguments, returns_of, when_ready
from raylite._core.core_worker.entries import Home, OwnedEntry, owned_entries
from raylite._core.core_worker.failures import (
    actor_died,
    actor_unavailable,
    argument_failed,
    not_serializable,
)
from raylite._core.core_worker.item_stream import ItemStream
from raylite._core.object_store.serialization import NotSerializableError, dumps_error
from raylite._core.rpc.codec import CALL, pack_call
from raylite._core.rpc.connection import Address, Connection
from raylite._core.rpc.peer_messages import ActorUpdate

__all__ = ["GATHER", "WRITE_AT_ONCE", "ActorTaskSubmitter", "SubmitterHome"]

WRITE_AT_ONCE: Final = 8
"""With fewer unanswered calls the worker may be idle: write at once. With more, gather."""
GATHER: Final = 32
"""How many calls are gathered at most before they are written."""


class SubmitterHome(Home, Protocol):
    """The process, as far as submitters need it."""

    store: Any
    guard: Any
    poller: Any

    def next_seq(self) -> int:
        """The next number of a call."""
        ...

    def now_s(self) -> float:
        """The monotonic clock."""
        ...

    def connection_to(self, worker_id: WorkerID, address: Address) -> Connection:
        """The connection to a process."""
        ...

    def new_stream(self, seq: int, items_ahead: int) -> ItemStream:
        """Where the items of a generator's call are to go."""
        ...

    def ask_how_it_ended(
        self, worker_id: WorkerID, then: Callable[[WorkerExit | None], None]
    ) -> None:
        """Have ``then`` called once the head knows how a worker has ended."""
        ...

    def call_ended(self, call: PendingCall, payload: bytes, actor_id: ActorID | None) -> None:
        """File the reply of a call that will not be tried again."""
        ...


class ActorTaskSubmitter:
    """Queues, sends and retries the calls of this process to one actor.

    Args:
        home: the process.
        actor_id: the actor.
        max_task_retries: how often a lost call is sent again; -1: without limit.
    """

    def __init__(self, home: SubmitterHome, actor_id: ActorID, max_task_retries: int) -> None:
        self._home = home
        self._actor_id = actor_id
        self._max_task_retries = max_task_retries
        self._lock = threading.Lock()
        self._queue: deque[PendingCall] = deque()
        self._connection: Connection | None = None
        self._news: ActorUpdate | None = None
        self._incarnation = -1
        self._lost: list[PendingCall] = []
        self._lost_in = -1
        self._when_idle: Callable[[], None] | None = None
        self.creation_refs: Any = None
        """Refs among the constructor's arguments, kept for restarts."""

    def submit(  # noqa: PLR0917  # By position, since this is the hot path.
        self,
        method: str,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        num_returns: int,
        keep_alive: object,
        concurrency_group: str | None = None,
        items_ahead: int = -1,
    ) -> Any:
        """Queue one call, in order; see :class:`raylite.engines.base.ActorClient`."""
        home = self._home
        plain = num_returns == 1 and concurrency_group is None
        how = None if plain else (num_returns, concurrency_group, items_ahead)
        guarded = home.guard.enter()
        try:
            try:
                payload, pin, contained, deps = pack_arguments(
                    home.store, method, args, kwargs, how
                )
            except NotSerializableError as error:
                raise not_serializable(method, args, kwargs, error) from None
            seq = home.next_seq()
            stream = None
            if num_returns == STREAMING:
                stream = home.new_stream(seq, items_ahead)
                entries: tuple[OwnedEntry, ...] = (stream.end,)
            else:
                entries = owned_entries(home, seq, num_returns)
            call = PendingCall(seq, method, payload, self, entries, keep_alive, home.now_s())
            call.retries_left = self._max_task_retries
            if contained or pin is not None:
                call.contained, call.pin = contained, pin
            call.stream = stream
            connection = self._connection
            if connection is None or deps is not None or self._queue:
                call.deps = deps
                self._enqueue(call)
            elif not self._send(connection, call):
                self._enqueue(call)
            return ObjectRefGenerator(stream) if stream else returns_of(entries, num_returns)
        finally:
            if guarded:
                home.guard.leave()

    def is_needed(self) -> bool:
        """Whether calls wait here, or the actor would end with this process, which made it."""
        return bool(self._queue or self._lost) or self.creation_refs is not None

    def on_reply(self, call: PendingCall, flags: int, payload: bytes) -> None:
        """The actor has answered."""
        del flags
        self._home.call_ended(call, payload, self._actor_id)
        if self._when_idle is not None:
            self._tell_if_idle()

    def when_idle(self, action: Callable[[], None]) -> None:
        """Call ``action`` once every call of this process to the actor has ended."""
        self._when_idle = action
        self._tell_if_idle()

    def on_lost(self, calls: list[PendingCall]) -> None:
        """The connection broke: what becomes of these calls is known when the head has spoken."""
        with self._lock:
            self._connection = None
            self._lost += calls
            self._lost_in = self._incarnation
        self._settle_lost()

    def abandon(self, payload: bytes) -> None:
        """The session is over: end the calls that were not sent, or got no answer."""
        with self._lock:
            calls = [*self._lost, *self._queue]
            self._lost.clear()
            self._queue.clear()
        for call in calls:
            call.resolve(payload)

    def on_update(self, news: ActorUpdate) -> None:
        """The head says what has become of the actor."""
        stale: Connection | None = None
        with self._lock:
            self._news = news
            if news.state is not ActorState.ALIVE:
                stale, self._connection = self._connection, None
        if stale is not None:
            stale.close_after_reading()  # Replies that were on their way are still good.
        if news.state is ActorState.ALIVE and news.num_restarts > self._incarnation:
            self._settle_lost()
            self._incarnation = news.num_restarts
            self._connect(news)
        if news.state is ActorState.DEAD:
            self.creation_refs = None
        self._settle_lost()
        self._pump()

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
            lost, self._lost = self._lost, []
            again: list[PendingCall] = []
            failed: list[PendingCall] = []
            for call in lost:
                may = news.state is not ActorState.DEAD and call.retries_left != 0
                (again if may else failed).append(call)
            for call in reversed(again):
                call.retries_left -= 1  # From -1 on it never reaches 0: without limit.
                self._queue.appendleft(call)
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
        self._queue.append(call)
        if when_ready(call, self._pump):
            self._pump()

    def _pump(self) -> None:
        """Send what may be sent, from the front of the queue."""
        failures: list[tuple[PendingCall, bytes]] = []
        with self._lock:
            while self._queue:
                call = self._queue[0]
                news = self._news
                if news is not None and news.state is ActorState.DEAD:
                    failures.append((call, self._reason(news)))
                elif any(entry.payload is None for entry in call.deps or ()):
                    break
                elif (error := call.failed_dependency()) is not None:
                    failures.append((call, argument_failed(call.name, error)))
                elif self._connection is None or not self._send(self._connection, call):
                    break
                # Sent before it leaves the queue: a submitter that sees the queue empty sends
                # past it.
                self._queue.popleft()
        for call, payload in failures:
            self._fail_with(call, payload)

    def _send(self, connection: Connection, call: PendingCall) -> bool:
        """Send a call; False if the connection has closed and nobody will report it lost."""
        inflight = connection.inflight
        inflight[call.seq] = call
        payload = call.payload if call.deps is None else call.wire_payload()
        connection.push(pack_call(CALL, call.seq, payload))
        waiting = len(inflight)
        if waiting <= WRITE_AT_ONCE or waiting % GATHER == 0:
            connection.flush()
        else:
            self._home.poller.flush_later(connection)
        return not connection.closed or inflight.pop(call.seq, None) is None

    def _fail(self, call: PendingCall, news: ActorUpdate) -> None:
        self._fail_with(call, self._reason(news))

    def _reason(self, news: ActorUpdate) -> bytes:
        if news.state is not ActorState.DEAD:
            return dumps_error(actor_unavailable(news))
        return news.error or dumps_error(actor_died(news))

    def _fail_with(self, call: PendingCall, payload: bytes) -> None:
        self._home.call_ended(call, payload, self._actor_id)
        self._tell_if_idle()

    def _tell_if_idle(self) -> None:
        action, connection = self._when_idle, self._connection
        sent = connection is not None and connection.inflight
        if action is not None and not (sent or self._queue or self._lost):
            self._when_idle = None
            action()
