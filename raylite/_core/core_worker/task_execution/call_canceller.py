"""What a worker does when a caller does not want a call any more.

In Ray: ``HandleCancelTask`` in ``src/ray/core_worker/core_worker.cc``. Left out here: waiting for
the end of an actor's call whose caller has given up; his ref fails at once.

Rule 1: a call that waits for the main thread never runs.
Rule 2: a task that runs is interrupted, and what it makes of that is its answer.
Rule 3: a call of an actor is answered at once. One in a thread runs to its end, which nobody
        learns: it may ask ``is_canceled()``. A coroutine gets CancelledError, a generator is not
        asked for further items, and where a method waits for an object it is interrupted.
Rule 4: what has ended keeps its result. A call that is in no place at all may be on its way from
        one to the next, so we look a few times.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

from raylite._core.core_worker.task_execution.actor_lanes import ActorLanes
from raylite._core.core_worker.task_execution.executing_call import ExecutingCall
from raylite._core.core_worker.task_execution.queue_index import Job, QueueIndex
from raylite._core.core_worker.task_execution.replies import Replies
from raylite._core.core_worker.task_execution.task_interrupt import TaskInterrupt
from raylite._core.rpc.connection import Connection
from raylite._core.rpc.peer_messages import CancelTask

__all__ = ["CallCanceller"]

_LOOK_AGAIN_S: Final = (0.001, 0.01, 0.1)
_CHILDREN_FIRST_S: Final = 0.2
"""How long a method that waits for cancelled calls of its own has to hear of that from them."""


class CallCanceller:
    """Cancels calls in one worker.

    Args:
        queue: calls that wait for the main thread.
        running: gives the call that the main thread is at.
        replies: answers calls.
        interrupt: interrupts the call in the main thread.
    """

    def __init__(
        self,
        queue: deque[Job],
        running: Callable[[], ExecutingCall | None],
        replies: Replies,
        interrupt: TaskInterrupt,
    ) -> None:
        self._waiting = QueueIndex(queue, self._call_later)
        self._running = running
        self._replies = replies
        self._interrupt = interrupt

    def cancel(self, connection: Connection, message: CancelTask, num_looks: int = 0) -> None:
        """Cancel a call of ``connection``, wherever it is. Called by whoever reads."""
        if self._waiting.take(connection, message.seq):
            self._replies.cancelled(connection, message.seq, None)
        elif (call := self._running()) is not None and _is(call, connection, message.seq):
            self._cancel_in_main(call, message)
        elif not self._cancel_in_lane(connection, message) and num_looks < len(_LOOK_AGAIN_S):
            self._call_later(
                _LOOK_AGAIN_S[num_looks],
                lambda: self.cancel(connection, message, num_looks + 1),
            )

    def _call_later(self, delay_s: float, action: Callable[[], None]) -> None:
        self._replies.core.poller.call_later(delay_s, action)

    def _cancel_in_main(self, call: ExecutingCall, message: CancelTask) -> None:
        actor = self._replies.actor
        call.is_cancelled = True
        if actor is not None:
            self._replies.give_up(call, in_coroutine=False)
        self._cancel_children(call, message)
        if actor is None:
            # What is answered already is not to be lost with the process.
            self._replies.write_gathered()
            self._request_interrupt(call, force=message.force)
        elif message.recursive:
            self._replies.core.poller.call_later(
                _CHILDREN_FIRST_S, lambda: self._request_interrupt(call, waits_only=True)
            )
        else:
            self._request_interrupt(call, waits_only=True)

    def _request_interrupt(
        self, call: ExecutingCall, *, force: bool = False, waits_only: bool = False
    ) -> None:
        self._interrupt.request(
            call,
            lambda: self._running() is call,
            self._replies.core.poller.call_later,
            force=force,
            waits_only=waits_only,
        )

    def _cancel_in_lane(self, connection: Connection, message: CancelTask) -> bool:
        actor = self._replies.actor
        lanes: ActorLanes | None = actor.lanes if actor is not None else None
        found = lanes.lane_with(connection, message.seq) if lanes is not None else None
        if lanes is None or found is None:
            return False
        lane, call = found
        call.is_cancelled = True
        self._replies.give_up(call, in_coroutine=lanes.are_loops)
        self._cancel_children(call, message)
        lane.interrupt(call)
        return True

    def _cancel_children(self, call: ExecutingCall, message: CancelTask) -> None:
        if message.recursive:
            self._replies.core.cancellation.cancel_children(call, force=message.force)


def _is(call: ExecutingCall, connection: Connection, seq: int) -> bool:
    return call.seq == seq and call.connection is connection
