"""A process among the others: its connections, and what comes over them.

In Ray: the service side of ``src/ray/core_worker/core_worker.cc``. This is what entries,
submitters and sockets see of the process; what the public API sees of it is
:class:`~raylite._core.core_worker.core_worker.CoreWorker`, which is built upon it.
"""

import itertools
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from raylite._core.common.call_options import ActorCalls
from raylite._core.common.ids import ActorID, WorkerID
from raylite._core.common.messages import ActorOutOfScope
from raylite._core.common.session import SessionAddress
from raylite._core.common.task_spec import WorkerExit
from raylite._core.core_worker.actor_clients import ActorClients
from raylite._core.core_worker.after_fork import stay_out_of_forks
from raylite._core.core_worker.callback_thread import CallbackThread
from raylite._core.core_worker.entries import Entry
from raylite._core.core_worker.entry_home import EntryHome
from raylite._core.core_worker.environments import Environments
from raylite._core.core_worker.failures import session_over
from raylite._core.core_worker.greeting import hello_of
from raylite._core.core_worker.head_link import HeadLink
from raylite._core.core_worker.idle_collector import IdleCollector
from raylite._core.core_worker.lent_cpu import LentCpu
from raylite._core.core_worker.lost_objects import explained, file_lost
from raylite._core.core_worker.metrics_buffer import MetricsBuffer
from raylite._core.core_worker.news import News
from raylite._core.core_worker.object_files import ObjectFiles
from raylite._core.core_worker.output_news import OutputNews
from raylite._core.core_worker.ownership import Ownership, serve_refs_with
from raylite._core.core_worker.peers import Peers
from raylite._core.core_worker.task_events import TaskEventBuffer
from raylite._core.core_worker.task_execution.executes import Executes
from raylite._core.core_worker.task_submission.actor_task_submitter import ActorTaskSubmitter
from raylite._core.core_worker.task_submission.calls import PendingCall
from raylite._core.core_worker.task_submission.cancellation import Cancellation
from raylite._core.core_worker.task_submission.item_stream import ItemStream
from raylite._core.core_worker.task_submission.normal_task_submitter import NormalTaskSubmitter
from raylite._core.core_worker.waiting import Waiting
from raylite._core.core_worker.why_pending import not_ready
from raylite._core.object_store.plasma import load
from raylite._core.object_store.serialization import (
    ERROR,
    FIRST_OF_A_VALUE,
    dumps_error,
    loads_value,
)
from raylite._core.rpc.codec import (
    FLAG_FAILED,
    FLAG_FETCHED,
    FLAG_ODD,
    FLAG_PRINTED,
    ITEM,
    REPLY,
    REPLY_HEAD_BYTES,
    unpack_item,
    unpack_message,
    unpack_reply_head,
)
from raylite._core.rpc.connection import Address, Connection
from raylite._core.rpc.cpus import cpu_count
from raylite._core.rpc.interrupt import InterruptGuard
from raylite._core.rpc.peer_messages import (
    CancelTask,
    HandBackTasks,
    ItemsTaken,
    LeaseContext,
    RefsArrived,
    RefsInReply,
    Welcome,
)
from raylite._core.rpc.poller import Poller
from raylite.exceptions import ObjectLostError

__all__ = ["CoreProcess"]

_WELCOME_S: Final = 20.0
"""How long the head may take to let a driver in."""


class CoreProcess(EntryHome):
    """The process's place in the session.

    Args:
        session: where the session is found.
        worker_id: this process.
        role: ``driver`` or ``worker``.
        executor: runs calls; None in a driver.
        namespace: of a driver; workers inherit theirs.
        guard: holds Ctrl-C back, maybe already.
    """

    def __init__(
        self,
        session: SessionAddress,
        worker_id: WorkerID,
        role: str,
        executor: Executes | None = None,
        namespace: str | None = None,
        *,
        guard: InterruptGuard | None = None,
    ) -> None:
        self.worker_id = worker_id
        self.object_prefix = bytes.fromhex(worker_id[:32])
        self.over = False
        self._session = session
        self.session_began_s = session.began_s
        self._executor = executor
        self.now_s = time.monotonic
        self._seqs = itertools.count(1)
        self.next_seq = self._seqs.__next__
        self.guard = guard or InterruptGuard(needed=role == "driver")
        self.poller = Poller(self.guard, self._on_takeover, self._on_poke, has_cpus=cpu_count() > 1)
        self.files = ObjectFiles(self, session, worker_id)
        self.store = self.files.store
        hello = hello_of(session, worker_id, role, namespace or "")
        self.peers = Peers(hello, self.poller, self._on_frame, self._on_connection_lost)
        self.ownership = self._make_ownership(hello.address)
        self.parent_call = executor.current_call if executor is not None else None
        """Gives the call whose code submits another; None where none is executed."""
        self.cancellation = Cancellation(self)
        self.cancelled = self.cancellation.marked
        self.news = News(self)
        self.output = OutputNews(self, executor.note_printed if executor is not None else None)
        self.actors = ActorClients(self, self.news.subscribe_actor)
        holder = LentCpu(self, self._on_takeover) if executor is not None else None
        self.waiting = Waiting(self.poller, self._is_over, self.ownership.fetch, holder, self.guard)
        serve_refs_with(self.ownership)
        self.head = HeadLink(
            session.head_address, hello, self.poller, self.news.on_message, self._on_head_lost
        )
        self.tasks = NormalTaskSubmitter(self, self.head.push, worker_id)
        self._callbacks = CallbackThread()
        self.task_events = events = self._make_task_events()
        self.call_ended, self.call_failed = events.call_ended, events.call_failed
        self.sealed = events.beside.sealed
        self.metrics = MetricsBuffer(self.head.send, self.poller.call_later)
        stay_out_of_forks(self)
        self.poller.start()
        self._enter_session()

    def _make_task_events(self) -> TaskEventBuffer:
        events = TaskEventBuffer(
            self.worker_id, self._session, self.head.push, self.poller, self.cancelled
        )
        self.peers.note_sent = events.beside.sent
        self.peers.reads_noted = events
        return events

    def _enter_session(self) -> None:
        """Enter the session: from here on the head knows this process."""
        self.welcome = self._be_welcomed()
        self.namespace = self.welcome.namespace
        events = self.task_events
        self.tells_events = events.is_on = events.beside.is_on = self.welcome.task_events
        self.environments = Environments(self.welcome, self.head.push)

    def _make_ownership(self, address: Address) -> Ownership:
        caller, borrowed = _no_caller, None
        executor = self._executor
        if executor is not None:
            caller = executor.caller
            borrowed = IdleCollector(self.poller.call_later, executor.is_idle).borrowed
        return Ownership(self, self.worker_id, address, self.peers, caller, borrowed=borrowed)

    def _be_welcomed(self) -> Welcome:
        try:
            deadline_s = self.now_s() + _WELCOME_S if self._executor is None else None
            with self.guard.released():  # The head may hang.
                return self.news.wait_for_welcome(deadline_s)
        except BaseException:  # Nobody can close what was never made.
            CoreProcess.close(self)
            raise

    def actor_client(
        self, actor_id: ActorID, calls: ActorCalls, *, subscribe: bool = True
    ) -> ActorTaskSubmitter:
        """The way to an actor, the same object for every handle in the process."""
        return self.actors.get(actor_id, calls, subscribe=subscribe)

    def clients(self) -> list[ActorTaskSubmitter]:
        """The ways to all actors that are not known to be dead."""
        return self.actors.all()

    def is_needed(self) -> bool:
        """Whether something would be lost with this process: an object, a call, or an actor."""
        return (
            self.ownership.num_kept() > 0
            or self.peers.num_unanswered() > 0
            or self.tasks.num_waiting() > 0
            or any(client.is_needed() for client in self.clients())
        )

    def close(self) -> None:
        """Leave the session."""
        self.over = True
        serve_refs_with(None)
        if not self.head.lost:
            self.task_events.flush()
            self.metrics.flush()
            self.head.close()
        self.peers.close()
        self._abandon_calls()
        self.waiting.forget_sets()
        self.poller.close()
        self.store.close()
        self._callbacks.close()

    def leave_as_forked_child(self) -> None:
        """This is a forked copy of the process, which takes no part in the session."""
        self.over = True
        serve_refs_with(None)
        self.store.abandon()
        self.poller.abandon()

    # What entries and submitters call.

    def load(self, entry: Entry) -> Any:
        """The value behind a payload that is there; raises the error, if it is one."""
        payload = entry.payload
        if payload is None:
            raise self.not_ready([entry], None)
        if entry.printed is not None:
            printed, entry.printed = entry.printed, None
            self.output.show_until(printed)
        usual = payload[0] >= FIRST_OF_A_VALUE
        value = loads_value(payload) if usual else self._load_unusual(entry, payload)
        if self.ownership.unconfirmed:
            self.settle()
        return value

    def _load_unusual(self, entry: Entry, payload: bytes) -> Any:
        """The value in a file, or beside its buffers; raises the error, if it is one."""
        try:
            value = load(payload)
        except ObjectLostError:
            if not self._hears_of_loss(entry, payload):
                raise file_lost(entry) from None
            payload = entry.payload or b""
            value = load(payload)
        if payload[0] == ERROR:
            try:
                raise explained(value, entry, self.head.ask)
            finally:
                del value  # Else it and this frame were a circle, which keeps whoever called.
        return value

    def _hears_of_loss(self, entry: Entry, payload: bytes) -> bool:
        """Whether a file is gone because its owner is, which may not have been read yet."""
        self.poller.run_until(lambda: entry.payload is not payload, self.now_s())
        return entry.payload is not payload

    def ask_how_it_ended(
        self, worker_id: WorkerID, then: Callable[[WorkerExit | None], None]
    ) -> None:
        """Have ``then`` called once the head knows how a worker has ended."""
        self.head.ask_later(then, "worker_exit", worker_id)

    def connection_to(self, worker_id: WorkerID, address: Address) -> Connection:
        """The connection to a process."""
        return self.peers.to(worker_id, address)

    def new_stream(self, seq: int, items_ahead: int) -> ItemStream:
        """Where the items of a generator's call are to go."""

        def taken(number: int) -> None:
            self.peers.to_executor_of(seq, ItemsTaken(seq=seq, number=number))

        return ItemStream(self, seq, self.waiting.until, taken if items_ahead >= 0 else None)

    # What the poller calls.

    def _on_frame(self, connection: Connection, kind: int, body: bytes) -> None:
        if kind == REPLY:
            seq, flags = unpack_reply_head(body)
            payload = body[REPLY_HEAD_BYTES:]
            call = connection.inflight.pop(seq, None)
            if call is None:
                self.files.drop(payload)
                return
            call.answer = body
            call.worker_id = connection.peer_id
            if flags:
                payload = self._look_at_reply(call, flags, payload)
            call.submitter.on_reply(call, flags, payload)
        elif kind == ITEM:
            seq, index, payload = unpack_item(body)
            call = connection.inflight.get(seq)
            if call is not None and call.stream is not None:
                refs, call.item_refs = call.item_refs, None
                call.stream.arrived(index, payload, refs)
            else:
                self.files.drop(payload)
        elif kind < REPLY:
            if self._executor is not None:
                self._executor.accept(connection, kind, body)
        else:
            self._on_peer_message(connection, unpack_message(body))

    def _look_at_reply(self, call: PendingCall, flags: int, payload: bytes) -> bytes:
        """What a reply that is not like most says beside the payload, which is returned."""
        if flags & FLAG_PRINTED:
            self.output.has_printed(call.entries)
        if flags & FLAG_FETCHED:
            payload = call.note_fetched(payload)
        if flags & (FLAG_FAILED | FLAG_ODD):
            call.look_closer()
        return payload

    def _on_peer_message(self, connection: Connection, message: object) -> None:
        parts = (self.ownership, self.cancellation, self.files)
        if any(part.on_message(connection, message) for part in parts):
            return
        match message:
            case HandBackTasks():
                calls = [connection.inflight.pop(seq, None) for seq in message.seqs]
                back = [call for call in calls if call is not None]
                if back:
                    back[0].submitter.handed_back(back)
            case RefsInReply():
                self.ownership.take_refs(connection, message)
            case RefsArrived() | ItemsTaken() | CancelTask() | LeaseContext():
                if self._executor is not None:
                    self._executor.on_peer_message(connection, message)
            case _:
                self.on_worker_message(message)

    def _on_connection_lost(self, connection: Connection) -> None:
        lost: dict[Any, list[PendingCall]] = {}
        while connection.inflight:
            for seq in list(connection.inflight):
                call = connection.inflight.pop(seq, None)
                if call is not None:
                    lost.setdefault(call.submitter, []).append(call)
        for submitter, calls in lost.items():
            submitter.on_lost(calls)
        self.ownership.peer_died(connection.peer_id)
        if not self.over:
            self.store.process_gone(connection.peer_id)
        self.tasks.connection_lost(connection)
        if self._executor is not None:
            self._executor.connection_lost(connection)
        if self.over:
            self._abandon_calls()

    def on_worker_message(self, message: object) -> None:
        """The head says something that only a worker need know."""
        if self._executor is not None:
            self._executor.on_head_message(message)

    def _on_takeover(self) -> None:
        if self._executor is not None:
            self._executor.on_takeover()

    def _on_poke(self) -> None:
        self.ownership.tell_released()
        self.files.on_poke()
        while self.ownership.released_handles:
            actor_id = self.ownership.released_handles.popleft()
            # Calls through weak handles, which were not counted, are answered first.
            client = self.actors.known(actor_id)  # Its creator knows it, unless it is dead.
            if client is not None:
                client.when_idle(partial(self._out_of_scope, actor_id))

    def _out_of_scope(self, actor_id: ActorID) -> None:
        self.head.send(ActorOutOfScope(actor_id=actor_id, at_s=self.now_s()))

    def _on_head_lost(self) -> None:
        # Calls first: whoever sees that the session is over finds them ended.
        self._abandon_calls()
        self.over = True
        if self._executor is not None:
            self._executor.on_session_over()
        self.news.on_head_lost()

    def _abandon_calls(self) -> None:
        """End what can have no answer any more, so that nobody waits for it, in any way."""
        payload = dumps_error(session_over())
        for client in self.clients():
            client.abandon(payload)
        self.tasks.abandon(payload)
        self.peers.abandon(payload)

    def _is_over(self) -> bool:
        return self.over

    def not_ready(self, entries: Sequence[Entry], timeout_s: float | None) -> Exception:
        """Why a value cannot be had: the time is up, or the session over."""
        return not_ready(self, entries, timeout_s)


def _no_caller() -> Connection | None:
    return None
