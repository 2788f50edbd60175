"""What a worker does: take calls in order and have them run.

In Ray: ``src/ray/core_worker/task_execution/task_receiver.h``. What ends a call before its time is
:mod:`.call_canceller`.

Rule 1: calls are begun in the order in which they arrived; those of one caller arrive in the
        order in which he submitted them.
Rule 2: tasks, and calls of an actor that has one thread, run in the main thread. Threads and
        event loops are :mod:`.lanes`; who hands calls to them is :mod:`.dispatcher`'s.
Rule 3: a leased worker whose running task takes its time hands back what it has not begun.
"""

import contextlib
import gc
import threading
import time
from collections import deque
from typing import Any, Final

from raylite._core.common.call_options import RuntimeFacts
from raylite._core.common.events import TaskStateChanged
from raylite._core.common.messages import WorkerStays
from raylite._core.common.scheduling_strategy import SchedulingStrategy
from raylite._core.common.states import TaskState
from raylite._core.core_worker.task_execution.actor_instance import ActorInstance, Leave
from raylite._core.core_worker.task_execution.actor_lanes import ActorLanes
from raylite._core.core_worker.task_execution.assignment import Assignment
from raylite._core.core_worker.task_execution.call_canceller import CallCanceller
from raylite._core.core_worker.task_execution.dispatcher import Dispatcher
from raylite._core.core_worker.task_execution.executing_call import CURRENT, ExecutingCall, name_of
from raylite._core.core_worker.task_execution.known_functions import KnownFunctions
from raylite._core.core_worker.task_execution.lanes import Lane
from raylite._core.core_worker.task_execution.output import OutputState
from raylite._core.core_worker.task_execution.replies import Replies
from raylite._core.core_worker.task_execution.task_interrupt import TaskInterrupt
from raylite._core.object_store.serialization import (
    FETCHED,
    FIRST_OF_A_VALUE,
    loads_call,
    loads_value,
)
from raylite._core.rpc.codec import CALL, CALL_HEAD_BYTES, TASK, unpack_call_head
from raylite._core.rpc.connection import Connection
from raylite._core.rpc.peer_messages import (
    CancelTask,
    CreateActor,
    DefineFunction,
    ExitWorker,
    ForgetFunction,
    HandBackTasks,
    ItemsTaken,
    LeaseContext,
    RefsArrived,
)

__all__ = ["TaskExecutor"]

_LOOK_S: Final = 0.1
"""While the main thread computes, how often to look which call it is at."""
_Job = tuple[Connection | None, int, Any]


class TaskExecutor:
    """Runs calls.

    Args:
        output: learns who prints, and knows whether anything was printed.
        interrupt: interrupts the call in the main thread.
    """

    def __init__(self, output: OutputState, interrupt: TaskInterrupt) -> None:
        self._output = output
        self.note_printed = output.note_printed
        self._queue: deque[_Job] = deque()
        self.functions = KnownFunctions()
        self._actor: ActorInstance | None = None
        self._dispatcher: Dispatcher | None = None
        """Of an actor that has lanes."""
        self._replies = Replies(output, self._queue, self._leave)
        self._running: ExecutingCall | None = None
        """The call in the main thread; of an actor with lanes, the one that is being unpacked."""
        self._assignment = Assignment()
        self._interrupt = interrupt
        self._canceller = CallCanceller(
            self._queue, lambda: self._running, self._replies, interrupt
        )
        self._looks_again = False
        self._late: ExecutingCall | None = None
        """The call in the main thread that was found to take its time."""
        self._reported: ExecutingCall | None = None
        """The last one that was said to run."""
        self._core: Any = None
        self._main_thread = threading.get_ident()

    def run(self, core: Any) -> None:
        """Serve until the session, or the head, says that it is enough.

        Raises:
            Leave: with the exit code of the process.
        """
        self._core = self._replies.core = core
        queue = self._queue
        while True:
            while queue and self._dispatcher is None:
                try:
                    connection, kind, body = queue.popleft()
                except IndexError:  # The reader has handed it back meanwhile.
                    break
                self._begin(connection, kind, body)
            if core.over:
                raise Leave(0)
            if self._dispatcher is None:
                core.poller.run_until(queue.__len__, None, True)  # Soon: there may be the next.
            else:
                self._dispatcher.serve()

    # Called by whoever reads.

    def accept(self, connection: Connection, kind: int, body: bytes) -> None:
        """A call has arrived."""
        self._queue.append((connection, kind, body))
        if kind == TASK:
            if self._late is not None and self._late is self._running:
                self._hand_back()
        elif self._dispatcher is not None:
            self._dispatcher.arrived()

    def on_head_message(self, message: object) -> None:
        """A definition, the creation of an actor, or the end."""
        if isinstance(message, DefineFunction):
            self.functions.define(message)
        elif isinstance(message, (CreateActor, ExitWorker, ForgetFunction)):
            self._queue.append((None, 0, message))
            if self._dispatcher is not None:
                self._dispatcher.wake_main()

    def on_session_over(self) -> None:
        """There will be no more calls: what has come is done, and then the worker ends."""
        self._queue.append((None, 0, Leave(0)))
        if self._dispatcher is not None:
            self._dispatcher.wake_main()

    def connection_lost(self, connection: Connection) -> None:
        """A caller is gone: what he wanted is no longer wanted."""
        self._replies.connection_lost(connection)
        if self._actor is None:
            for job in [job for job in list(self._queue) if job[0] is connection]:
                with contextlib.suppress(ValueError):  # It was begun meanwhile.
                    self._queue.remove(job)

    def on_peer_message(
        self, connection: Connection, message: RefsArrived | ItemsTaken | CancelTask | LeaseContext
    ) -> None:
        """A caller says something about a call that runs here, or has run."""
        match message:
            case RefsArrived():
                self._replies.refs_arrived(connection, (message.seq, message.index))
            case ItemsTaken():
                self._replies.items_taken(connection, message.seq, message.number)
            case CancelTask():
                self._canceller.cancel(connection, message)
            case LeaseContext():
                connection.lease_context = message

    def on_takeover(self) -> None:
        """The running call is taking its time: nothing is to wait for it without need."""
        self._replies.write_gathered()
        running = self._running
        # One whose arguments are being fetched does not run yet, and its name is not known.
        if running is not None and running is not self._reported and running.name != "?":
            self._reported = running
            self._report_running(running)
        self._late = running
        if self._actor is None and running is not None:
            self._hand_back()
        if not self._looks_again and self._core is not None:
            self._looks_again = True
            self._core.poller.call_later(_LOOK_S, self._look_again)

    def _look_again(self) -> None:
        """The next call may take its time, too, and was begun without a look at the sockets."""
        self._looks_again = False
        if self._core.poller.reads_in_background:
            self.on_takeover()

    def is_idle(self) -> bool:
        """Whether the main thread has nothing to do, nor who reads in its place."""
        if self._dispatcher is not None and not self._dispatcher.is_led():
            return False
        return self._running is None and not self._queue

    def current_call(self) -> ExecutingCall | None:
        """The call whose code runs in this thread, or coroutine."""
        return CURRENT.get()

    def lane_calls(self) -> tuple[list[ExecutingCall], bool]:
        """The calls that run beside the main thread, and whether others wait to."""
        lanes = self._actor.lanes if self._actor is not None else None
        if lanes is None:
            return [], False
        running, others_wait = lanes.running()
        return running, others_wait or bool(self._queue)  # Those have yet to be given to a lane.

    def is_cancelled(self) -> bool:
        """Whether the call whose code asks is not wanted any more."""
        call = CURRENT.get()
        return call is not None and call.is_cancelled

    def caller(self) -> Connection | None:
        """The connection of the call whose code runs here."""
        call = CURRENT.get()
        return call.connection if call is not None else None

    def facts(self, base: RuntimeFacts) -> RuntimeFacts:
        """Where the running code runs."""
        call = CURRENT.get()
        if call is not None:
            base = base.replaced(
                task_id=call.task_id,
                task_name=call.given_name or self._full_name(call.name),
                function_name=name_of(call.function),
            )
        base = self._assignment.facts(base)
        return base if self._actor is None else self._actor.facts(base)

    def _full_name(self, name: str) -> str:
        return name if self._actor is None else f"{self._actor.class_name}.{name}"

    def place_of_child(
        self, strategy: SchedulingStrategy | None, *, joins_group: bool | None
    ) -> SchedulingStrategy | None:
        """Where something is to run that the running code starts."""
        return self._assignment.place_of_child(strategy, joins_group=joins_group)

    def _report_running(self, call: ExecutingCall) -> None:
        """Say that a call runs: of short ones only the end is told."""
        if call.quiet or not self._core.tells_events:
            return
        actor = self._actor
        self._core.head.push(
            TaskStateChanged(
                task_id=call.task_id,
                name=call.name,
                actor_id=actor.actor_id if actor is not None else None,
                worker_id=self._core.worker_id,
                new=TaskState.RUNNING,
                at_s=call.started_s,
            )
        )

    def _hand_back(self) -> None:
        kept: list[_Job] = []
        back: dict[Connection, list[int]] = {}
        while self._queue:
            try:
                job = self._queue.popleft()
            except IndexError:  # The main thread has begun it meanwhile.
                break
            if job[1] == TASK and job[0] is not None:
                back.setdefault(job[0], []).append(unpack_call_head(job[2])[0])
            else:
                kept.append(job)
        self._queue.extend(kept)
        for connection, seqs in back.items():
            connection.send_message(HandBackTasks(seqs=tuple(seqs)))

    def _leave(self, leave: Leave) -> None:
        """End the worker: at once from the main thread, which hears of it from any other."""
        if threading.get_ident() == self._main_thread:
            raise leave
        self._queue.appendleft((None, 0, leave))
        if self._dispatcher is not None:
            self._dispatcher.wake_main()
        else:
            self._core.poller.poke()

    # Called by the main thread.

    def _begin(self, connection: Connection | None, kind: int, body: Any) -> None:
        if connection is None:
            self._obey(body)
            return
        if kind == TASK and connection.lease_context is not self._assignment.told:
            self._assignment.change(connection.lease_context)
        seq, origin, submitted_s = unpack_call_head(body)
        view = memoryview(body)[CALL_HEAD_BYTES:]
        call = ExecutingCall(connection, seq, origin, submitted_s, len(view), self._replies)
        self._running = call
        CURRENT.set(call)
        try:
            self._unpack(call, kind, view)
        except BaseException as error:  # An argument's own code may raise anything.
            self._replies.error(call, error)
        else:
            call.run_in_main(self._interrupt)
            if call.is_last and self._replies.is_last_sent:
                raise Leave(0)
        finally:
            self._running = None

    # Called by the dispatcher, in any thread.

    def _hand_over(self, connection: Connection | None, kind: int, body: Any) -> Lane | None:
        """Unpack a call and give it to its lane, which is returned."""
        if connection is None:
            self._obey(body)
            return None
        seq, origin, submitted_s = unpack_call_head(body)
        view = memoryview(body)[CALL_HEAD_BYTES:]
        call = ExecutingCall(connection, seq, origin, submitted_s, len(view), self._replies)
        self._running = call
        CURRENT.set(call)
        try:
            lane = self._unpack(call, kind, view)
        except BaseException as error:  # An argument's own code may raise anything.
            self._replies.error(call, error)
            return None
        finally:
            CURRENT.set(None)
            self._running = None  # Whoever wants to cancel it has to look in the lane.
        assert lane is not None  # Where one call has a lane, all have.
        lane.submit(call)
        return lane

    def _begin_to_dispatch(self, lanes: ActorLanes | None) -> None:
        """Have idle threads of the actor's lanes hand out what is to come."""
        first = lanes.first() if lanes is not None else None
        if lanes is not None and first is not None:
            core = self._core
            self._dispatcher = Dispatcher(
                self._queue, self._hand_over, core.poller, lambda: core.over, first
            )
            lanes.follow(self._dispatcher)

    # Called by the main thread, or by the dispatcher.

    def _unpack(self, call: ExecutingCall, kind: int, view: memoryview) -> Lane | None:
        """Fill in the call; where it is to run, None for here."""
        first, group = view[0], None
        key, call.args, call.kwargs, *rest = (
            loads_value(view) if first >= FIRST_OF_A_VALUE else loads_call(view)
        )
        if first in FETCHED:
            call.fetched_s = time.monotonic() - call.started_s
        if rest:
            call.num_returns, group, call.items_ahead, call.quiet, call.given_name = rest
        if kind != CALL:
            self.functions.fill_in(call, key)
            output = self._output
            if call.origin != output.origin or call.name is not output.task_name:
                self._begin_for(call)
            return None
        actor = self._actor
        assert actor is not None  # An address is told only when the constructor has returned.
        if call.origin != self._output.origin:
            self._begin_for(call)
        call.name = key
        call.function = actor.methods[key]
        has_lanes = group is not None or self._dispatcher is not None
        return actor.lane_for(key, group) if has_lanes else None

    def _begin_for(self, call: ExecutingCall) -> None:
        """From here on it is another cell, or function, that threads and children belong to."""
        self._core.origin = call.origin
        self._output.begin_for(call.origin, call.name, call.started_s)

    def _obey(self, message: object) -> None:
        if isinstance(message, Leave):
            raise message
        if isinstance(message, CreateActor):
            self._assignment.change(
                LeaseContext(
                    resources=message.held, gpu_ids=message.gpu_ids, strategy=message.strategy
                )
            )
            self._actor = self._replies.actor = ActorInstance(self._core, self._output, message)
            self._actor.create()
            self._begin_to_dispatch(self._actor.lanes)
        elif isinstance(message, ForgetFunction):
            self.functions.forget(message.key)
            self._late = self._reported = None
            gc.collect()  # A function and its globals are a circle, and refs may be in it.
        elif isinstance(message, ExitWorker):
            if self._actor is not None:
                self._actor.shut_down()
            elif self._replies.is_holding() or self._core.is_needed():
                self._core.head.send(WorkerStays(worker_id=self._core.worker_id, at_s=0.0))
                return
            raise Leave(0)
