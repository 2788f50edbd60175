"""What a worker does: run one call after the other, in its main thread.

In Ray: ``src/ray/core_worker/task_execution/task_receiver.h`` and ``execute_task`` in
``python/ray/_raylet.pyx``. Left out here: concurrency groups, asyncio, generators.

Rule 1: calls run in the order in which they arrived; those of one caller arrive in the order in
        which he submitted them.
Rule 2: replies are gathered while more calls wait, and written when none does, or when the
        running call takes its time.
Rule 3: a leased worker whose running task takes its time hands back what it has not begun.
"""

import contextlib
import os
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from raylite._core.common.call_options import RuntimeFacts
from raylite._core.common.events import TaskStateChanged
from raylite._core.common.messages import WorkerStays
from raylite._core.common.states import TaskState
from raylite._core.core_worker.actor_instance import ActorInstance, Leave
from raylite._core.core_worker.definitions import receive
from raylite._core.core_worker.failures import pack_task_error
from raylite._core.core_worker.output import OutputState
from raylite._core.object_store.plasma import SURELY_INLINE_BYTES
from raylite._core.object_store.serialization import (
    NotSerializableError,
    dumps,
    join_call,
    loads_call,
)
from raylite._core.rpc.codec import (
    CALL,
    FLAG_FAILED,
    FLAG_HOLDS_REFS,
    FLAG_PRINTED,
    TASK,
    pack_reply,
    unpack_call,
)
from raylite._core.rpc.connection import Connection
from raylite._core.rpc.peer_messages import (
    CreateActor,
    DefineFunction,
    ExitWorker,
    HandBackTasks,
    RefsInReply,
)
from raylite.exceptions import RayTaskError, TaskCancelledError

__all__ = ["TaskExecutor"]

_GATHER: Final = 32
_Job = tuple[Connection | None, int, Any]


class TaskExecutor:
    """Runs calls.

    Args:
        output: learns who prints, and knows whether anything was printed.
    """

    def __init__(self, output: OutputState) -> None:
        self._output = output
        self._queue: deque[_Job] = deque()
        self._definitions: dict[str, tuple[str, Callable[..., Any]]] = {}
        self._actor: ActorInstance | None = None
        self._running: tuple[Connection, int, str] | None = None
        self._holding: dict[Connection, dict[int, Any]] = {}
        self._unwritten: set[Connection] = set()
        self._late: tuple[Connection, int] | None = None
        """The call that was running when it was found to take its time."""
        self._core: Any = None

    def run(self, core: Any) -> None:
        """Serve until the session, or the head, says that it is enough.

        Raises:
            Leave: with the exit code of the process.
        """
        self._core = core
        queue = self._queue
        while True:
            while queue:
                try:
                    job = queue.popleft()
                except IndexError:  # The reader has handed it back meanwhile.
                    break
                self._execute(*job)
            if core.over:
                raise Leave(0)
            core.poller.run_until(lambda: bool(queue) or core.over)

    # Called by whoever reads.

    def accept(self, connection: Connection, kind: int, body: bytes) -> None:
        """A call has arrived."""
        self._queue.append((connection, kind, body))
        running = self._running
        if kind == TASK and running is not None and running[:2] == self._late:
            self._hand_back()

    def on_head_message(self, message: object) -> None:
        """A definition, the creation of an actor, or the end."""
        if isinstance(message, DefineFunction):
            # Unpacked when it is first called: its module may take long to import.
            self._define_later(message)
        elif isinstance(message, (CreateActor, ExitWorker)):
            self._queue.append((None, 0, message))

    def connection_lost(self, connection: Connection) -> None:
        """A caller is gone: what he wanted is no longer wanted."""
        self._holding.pop(connection, None)
        if self._actor is None:
            for job in [job for job in list(self._queue) if job[0] is connection]:
                with contextlib.suppress(ValueError):  # It was begun meanwhile.
                    self._queue.remove(job)

    def refs_arrived(self, connection: Connection, seq: int) -> None:
        """The caller holds the refs of a reply himself now."""
        held = self._holding.get(connection, {})
        held.pop(seq, None)
        if not held:
            self._holding.pop(connection, None)

    def on_takeover(self) -> None:
        """The running call is taking its time: nothing is to wait for it without need."""
        for connection in list(self._unwritten):
            connection.flush()
        self._unwritten.clear()
        running = self._running
        if running is None:
            self._late = None
            return
        if self._late != running[:2]:
            self._report_running(*running)
        self._late = running[:2]
        if self._actor is None:
            self._hand_back()

    def caller(self) -> Connection | None:
        """The connection of the call that is running."""
        return self._running[0] if self._running is not None else None

    def facts(self, base: RuntimeFacts) -> RuntimeFacts:
        """Where the running code runs."""
        if self._running is not None:
            connection, seq, name = self._running
            base = base.replaced(task_id=_task_id(connection, seq), task_name=name)
        return base if self._actor is None else self._actor.facts(base)

    def _report_running(self, connection: Connection, seq: int, name: str) -> None:
        """Say that a call runs: of short ones only the end is told."""
        actor = self._actor
        self._core.head.push(
            TaskStateChanged(
                task_id=_task_id(connection, seq),
                name=name,
                actor_id=actor.actor_id if actor is not None else None,
                worker_id=self._core.worker_id,
                new=TaskState.RUNNING,
                at_s=time.monotonic(),
            )
        )

    def _define_later(self, message: DefineFunction) -> None:
        def first_call(*args: Any, **kwargs: Any) -> Any:
            function = receive(message.blob, message.source_files)
            self._definitions[message.key] = (message.name, function)
            return function(*args, **kwargs)

        self._definitions[message.key] = (message.name, first_call)

    def _hand_back(self) -> None:
        kept: list[_Job] = []
        back: dict[Connection, list[int]] = {}
        while self._queue:
            try:
                job = self._queue.popleft()
            except IndexError:  # The main thread has begun it meanwhile.
                break
            if job[1] == TASK and job[0] is not None:
                back.setdefault(job[0], []).append(unpack_call(job[2])[0])
            else:
                kept.append(job)
        self._queue.extend(kept)
        for connection, seqs in back.items():
            connection.send_message(HandBackTasks(seqs=tuple(seqs)))

    # Called by the main thread.

    def _execute(self, connection: Connection | None, kind: int, body: Any) -> None:
        if connection is None:
            self._obey(body)
            return
        seq, view = unpack_call(body)
        started_s = time.monotonic()
        name = "?"
        flags = 0
        refs: list[Any] = []
        try:
            self._running = (connection, seq, name)
            call = loads_call(view)
            name = call[0]
            if kind == CALL:
                function = self._actor.method(name)  # type: ignore[union-attr]  # Calls reach actors only.
                self._running = (connection, seq, name)
            else:
                name, function = self._definitions[name]
                self._running = (connection, seq, name)
                self._output.prefix = name
            value = function(*call[1], **call[2])
            payload, refs = self._pack(value, call[3] if len(call) > 3 else 1)  # noqa: PLR2004  # The fourth is there only where it is not 1.
        except Leave:
            raise
        except BaseException as error:  # Whatever user code raised goes to the caller.
            payload = self._pack_error(error, name)
            flags = FLAG_FAILED
        finally:
            self._running = None
        if self._output.printed:
            self._output.printed = False
            flags |= FLAG_PRINTED
            self._flush_streams()
        self._reply(connection, seq, flags, started_s, payload, refs)

    def _reply(  # noqa: PLR0917  # The parts of a frame, by position on the hot path.
        self,
        connection: Connection,
        seq: int,
        flags: int,
        started_s: float,
        payload: bytes,
        refs: list[Any],
    ) -> None:
        core = self._core
        if not core.ownership.is_settled():
            core.settle()
        if refs:
            flags |= FLAG_HOLDS_REFS
            self._holding.setdefault(connection, {})[seq] = refs
            names = [core.ownership.name_of(entry) for entry in refs]
            connection.send_message(RefsInReply(seq=seq, names=names))
        connection.push(pack_reply(seq, flags, started_s, time.monotonic(), payload))
        if not self._queue or len(self._unwritten) > 1:
            connection.flush()
            if self._unwritten:
                self.on_takeover()
        else:
            self._unwritten.add(connection)
            if connection.num_pushed() >= _GATHER:
                connection.flush()
            else:
                core.poller.flush_later(connection)

    def _pack(self, value: Any, num_returns: int) -> tuple[bytes, list[Any]]:
        if num_returns == 1:
            data, buffers, refs = dumps(value)
            if not buffers and len(data) < SURELY_INLINE_BYTES:
                return data, refs
            payload, file = self._core.store.pack(data, buffers)
            if file is not None:
                file.hand_over()
            return payload, refs
        if num_returns == 0:
            return b"N.", []
        return self._pack_several(value, num_returns)

    def _pack_several(self, value: Any, num_returns: int) -> tuple[bytes, list[Any]]:
        values = list(value)
        if len(values) != num_returns:
            msg = f"Task returned {len(values)} objects, but num_returns={num_returns}."
            raise ValueError(msg)
        packed = [self._pack(part, 1) for part in values]
        refs = [ref for _, part_refs in packed for ref in part_refs]
        return join_call(b"", [payload for payload, _ in packed]), refs

    def _pack_error(self, error: BaseException, name: str) -> bytes:
        actor = self._actor
        if isinstance(error, NotSerializableError):
            error = TypeError(f"Could not serialize what {name} returned: {error}")
        if isinstance(error, KeyboardInterrupt):
            error = TaskCancelledError().with_traceback(error.__traceback__)
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
        )
        return pack_task_error(wrapped)

    def _obey(self, message: object) -> None:
        if isinstance(message, CreateActor):
            self._actor = ActorInstance(self._core, self._output, message)
            self._actor.create()
        elif isinstance(message, ExitWorker):
            if self._actor is not None:
                self._actor.shut_down()
            elif self._holding or self._core.is_needed():
                self._core.head.send(WorkerStays(worker_id=self._core.worker_id, at_s=0.0))
                return
            raise Leave(0)

    def _flush_streams(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):  # A stream of the user's own may be closed.
                stream.flush()


def _task_id(connection: Connection, seq: int) -> str:
    """The id of a call, as its owner's refs spell it: the owner's prefix and the number."""
    return f"{connection.peer_id[:32]}{seq:016x}"
