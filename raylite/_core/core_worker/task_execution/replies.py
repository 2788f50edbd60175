"""What calls came to, on its way back.

In Ray: ``TaskReceiver::HandleTask`` in ``src/ray/core_worker/task_execution/task_receiver.cc``.

Rule 1: replies are gathered while more calls wait, and written when none does, or when the
        running call takes its time.
Rule 2: refs in a value are held here until the caller says that he holds them himself.
"""

import os
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from typing import Any, Final

from raylite._core.common.call_options import DYNAMIC
from raylite._core.common.ids import WorkerID
from raylite._core.common.object_ref_generator import DynamicObjectRefGenerator
from raylite._core.core_worker.failures import pack_task_error
from raylite._core.core_worker.task_execution.actor_instance import ActorInstance, Leave
from raylite._core.core_worker.task_execution.executing_call import ExecutingCall, task_id_of
from raylite._core.core_worker.task_execution.failed_call import called_as, several_values
from raylite._core.core_worker.task_execution.item_sender import ItemSender
from raylite._core.core_worker.task_execution.output import OutputState
from raylite._core.core_worker.task_execution.task_interrupt import runs_user_code
from raylite._core.object_store.plasma import SURELY_INLINE_BYTES
from raylite._core.object_store.serialization import (
    FIRST_OF_A_VALUE,
    NONE,
    PLAIN,
    NotSerializableError,
    dumps,
    dumps_error,
    dumps_plain,
    join_call,
)
from raylite._core.rpc.codec import (
    FLAG_FAILED,
    FLAG_FETCHED,
    FLAG_HOLDS_REFS,
    FLAG_LEAVES,
    FLAG_ODD,
    FLAG_PRINTED,
    pack_duration,
    pack_item,
    pack_reply,
)
from raylite._core.rpc.connection import Connection
from raylite._core.rpc.peer_messages import RefsInReply
from raylite.exceptions import RayTaskError, TaskCancelledError

__all__ = ["Replies"]

_GATHER: Final = 32


class Replies:
    """Packs and sends what calls came to.

    Args:
        output: knows whether anything was printed.
        queue: calls that wait for the main thread.
        leave: ends the worker, from any thread.
    """

    def __init__(
        self,
        output: OutputState,
        queue: Collection[Any],
        leave: Callable[[Leave], None],
    ) -> None:
        self._output = output
        self._queue = queue
        self._leave = leave
        self._holding: dict[Connection, dict[tuple[int, int], Any]] = {}
        self._unwritten: set[Connection] = set()
        self._senders: dict[tuple[Connection, int], ItemSender] = {}
        self.is_last_sent = False
        """The caller knows that this worker answers no further call."""
        self.actor: ActorInstance | None = None
        self.core: Any = None

    def value(self, call: ExecutingCall, value: Any) -> None:
        """The call returned: pack the value, or the error of packing it, and send it."""
        try:
            payload, refs = self._pack(value, call.num_returns, call.connection.peer_id)
        except BaseException as error:  # A user's __reduce__ may raise anything.
            self.error(call, error)
            return
        self._send(call, 0 if payload[0] >= FIRST_OF_A_VALUE else FLAG_ODD, payload, refs)

    def items(self, call: ExecutingCall, items: Any) -> Any:
        """The call is a generator: send what it yields; what its last reply is to say.

        Raises:
            TypeError: if it is no generator after all.
        """
        if not isinstance(items, Iterator):
            raise _no_generator(call, items)
        if call.num_returns == DYNAMIC:
            return DynamicObjectRefGenerator(_put_all(self.core.put, items))
        sender = self._sender(call)
        try:
            sender.run(items)
        finally:
            self._senders.pop((call.connection, call.seq), None)
            sender.close()
        return None

    async def items_async(self, call: ExecutingCall, items: Any) -> Any:
        """The same on an event loop."""
        if not isinstance(items, (Iterator, AsyncIterator)):
            raise _no_generator(call, items)
        sender = self._sender(call)
        try:
            await sender.run_async(items)
        finally:
            self._senders.pop((call.connection, call.seq), None)
            sender.close()

    def items_taken(self, connection: Connection, seq: int, number: int) -> None:
        """The caller of a generator has taken some of its items."""
        sender = self._senders.get((connection, seq))
        if sender is not None:
            sender.taken(number)

    def error(self, call: ExecutingCall, error: BaseException, *, silent: bool = False) -> None:
        """The call raised: send that, unless it was a wish to leave.

        Args:
            call: the call.
            error: what it raised.
            silent: True: the call was answered already.
        """
        if isinstance(error, Leave):
            self._leave(error)
            return
        try:
            payload, refs = self._pack_error(error, call)
        except Leave as leave:
            self._leave(leave)
            return
        if not silent:
            self._send(call, FLAG_FAILED, payload, refs)

    def give_up(self, call: ExecutingCall, *, in_coroutine: bool) -> None:
        """Answer that the call is cancelled, though it may go on. Called by whoever reads.

        Args:
            call: the call.
            in_coroutine: it ends as if it had raised; an ordinary one as if it had not run.
        """
        call.replier = _Unanswered(self)
        sender = self._senders.get((call.connection, call.seq))
        if sender is not None:
            sender.stop()
        self.cancelled(call.connection, call.seq, call if in_coroutine else None)

    def cancelled(self, connection: Connection, seq: int, call: ExecutingCall | None) -> None:
        """Answer a call with TaskCancelledError, from any thread.

        Args:
            connection: where it came from.
            seq: its number.
            call: the call, if the error is to be one that it raised; else None.
        """
        error = TaskCancelledError(task_id_of(connection, seq))
        if call is None:
            payload = dumps_error(error)
        else:
            payload, _ = self._pack_error(error, call)
        now_s = time.monotonic()
        started_s = call.started_s if call is not None else now_s
        submitted_s = call.submitted_s if call is not None else now_s
        connection.send(pack_reply(seq, FLAG_FAILED, submitted_s, started_s, now_s, 0, payload))

    def write_gathered(self) -> None:
        """Write what was held back: somebody takes his time."""
        for connection in list(self._unwritten):
            connection.flush()
        self._unwritten.clear()

    def refs_arrived(self, connection: Connection, reply: tuple[int, int]) -> None:
        """The caller holds the refs of a reply, or of an item, himself now."""
        held = self._holding.get(connection, {})
        held.pop(reply, None)
        if not held:
            self._holding.pop(connection, None)

    def finish_output(self, call: ExecutingCall) -> None:
        """A call has ended that will have no reply: write what it has begun of a line."""
        if call.has_printed:
            self._output.finish(call)

    def is_holding(self) -> bool:
        """Whether a caller has not said yet that he holds the refs he was sent."""
        return bool(self._holding)

    def connection_lost(self, connection: Connection) -> None:
        """Nobody waits for these replies any more."""
        self._holding.pop(connection, None)

    def _send(self, call: ExecutingCall, flags: int, payload: bytes, refs: list[Any]) -> None:
        core, connection = self.core, call.connection
        if call.has_printed or self._output.printed:
            self._output.printed = False
            flags |= FLAG_PRINTED
            self._output.finish(call)
        if core.ownership.unconfirmed:
            core.settle()
        if refs:
            flags |= FLAG_HOLDS_REFS
            self._hold(call, -1, refs)
        elif call.is_last and not (self._holding or core.is_needed()):
            flags |= FLAG_LEAVES
            self.is_last_sent = True
        if call.fetched_s:
            flags |= FLAG_FETCHED
            payload += pack_duration(call.fetched_s)
        frame = pack_reply(
            call.seq,
            flags,
            call.submitted_s,
            call.started_s,
            time.monotonic(),
            call.args_bytes,
            payload,
        )
        if call.gathers is None and not self._queue and not self._unwritten:
            connection.send_guarded(frame)  # What happens to calls that are made one by one.
        else:
            self._send_with_others(call, frame)

    def _send_with_others(self, call: ExecutingCall, frame: bytes) -> None:
        """Write a reply, or hold it back for a moment: one write takes as long as several."""
        core, connection = self.core, call.connection
        connection.push(frame)
        if call.gathers is not None:
            if connection.num_pushed() >= _GATHER or not call.gathers:
                connection.flush()
            else:
                core.poller.flush_later(connection)
        elif not self._queue or len(self._unwritten) > 1:
            connection.flush()
            if self._unwritten:
                self.write_gathered()
        else:
            self._unwritten.add(connection)
            if connection.num_pushed() >= _GATHER:
                connection.flush()
            else:
                core.poller.flush_later(connection)

    def _hold(self, call: ExecutingCall, index: int, refs: list[Any]) -> None:
        """Keep refs that are on their way, and tell the caller of them ahead of the value."""
        self._holding.setdefault(call.connection, {})[call.seq, index] = refs
        names = [self.core.ownership.name_of(entry) for entry in refs]
        call.connection.send_message(RefsInReply(seq=call.seq, index=index, names=names))

    def _send_item(self, call: ExecutingCall, index: int, item: Any) -> None:
        payload, refs = self._pack(item, 1, call.connection.peer_id)
        if not self.core.ownership.is_settled():
            self.core.settle()
        if refs:
            self._hold(call, index, refs)
        call.connection.send(pack_item(call.seq, index, payload))

    def _sender(self, call: ExecutingCall) -> ItemSender:
        sender = ItemSender(
            lambda index, item: self._send_item(call, index, item),
            call.items_ahead,
            lambda condition: self.core.waiting.until(condition, None),
            self.actor.item_budget if self.actor is not None else None,
        )
        self._senders[call.connection, call.seq] = sender
        return sender

    def _pack(self, value: Any, num_returns: int, owner_id: WorkerID) -> tuple[bytes, list[Any]]:
        if num_returns == 1 or num_returns < 0:
            if type(value) in PLAIN:
                data = dumps_plain(value)
                if len(data) < SURELY_INLINE_BYTES:
                    return data, []
            data, buffers, refs = dumps(value)
            if not buffers and len(data) < SURELY_INLINE_BYTES:
                return data, refs
            return self.core.store.pack(data, buffers, owner_id)[0], refs
        if num_returns == 0:
            return NONE, []
        return self._pack_several(value, num_returns, owner_id)

    def _pack_several(
        self, value: Any, num_returns: int, owner_id: WorkerID
    ) -> tuple[bytes, list[Any]]:
        packed = [self._pack(part, 1, owner_id) for part in several_values(value, num_returns)]
        refs = [ref for _, part_refs in packed for ref in part_refs]
        return join_call(b"", [payload for payload, _ in packed]), refs

    def _pack_error(self, error: BaseException, call: ExecutingCall) -> tuple[bytes, list[Any]]:
        actor, name = self.actor, call.name
        if isinstance(error, NotSerializableError):
            error = TypeError(f"Could not serialize what {name} returned: {error}")
        if isinstance(error, KeyboardInterrupt):
            error = TaskCancelledError(call.task_id).with_traceback(error.__traceback__)
        if actor is not None:
            actor.leave_if_asked(error)
            name = f"{actor.class_name}.{name}"
        elif isinstance(error, SystemExit):
            raise Leave(error.code if isinstance(error.code, int) else 1)
        wrapped = RayTaskError.from_exception(
            error,
            function_name=name,
            pid=os.getpid(),
            actor_id=actor.actor_id if actor is not None else None,
            actor_repr=actor.safe_repr() if actor is not None else None,
            called_as=called_as(call.name, call.args, call.kwargs) if call.is_unpacked() else None,
            actor_told=actor.told_of_failure() if actor is not None else None,
        )
        return pack_task_error(wrapped)


class _Unanswered:
    """What a call replies to that was answered before it ended. It may still wish to leave."""

    def __init__(self, replies: Replies) -> None:
        self._replies = replies

    def value(self, call: ExecutingCall, _value: Any) -> None:
        """Nobody wants the value."""
        self._replies.finish_output(call)

    def items(self, call: ExecutingCall, items: Any) -> Any:
        """Nobody wants its items."""

    async def items_async(self, call: ExecutingCall, items: Any) -> Any:
        """Nobody wants its items."""

    def error(self, call: ExecutingCall, error: BaseException) -> None:
        """Nobody wants to know."""
        self._replies.finish_output(call)
        self._replies.error(call, error, silent=True)


def _put_all(put: Callable[[Any], Any], items: Iterator[Any]) -> list[Any]:
    refs = []
    for item in items:
        refs.append(put(item))  # noqa: PERF401  # A list's own loop would be another function.
    return refs


runs_user_code(_put_all)


def _no_generator(call: ExecutingCall, value: object) -> TypeError:
    return TypeError(
        f"{call.name} was called with num_returns='streaming' or 'dynamic', which is for "
        f"generators, but it returned a {type(value).__name__}. Use yield in it, or leave "
        "num_returns out."
    )
