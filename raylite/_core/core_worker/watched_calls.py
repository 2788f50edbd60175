"""Calls on their way, told while somebody watches the event log, and only then.

In Ray: the states that ``TaskEventBuffer`` reports of each task, whether anybody looks or not.

What is told goes with the calls that have ended, at most every 50 milliseconds, and only where
something has changed: the number of calls that wait for an actor, and which of the oldest calls
have been in a state for longer than a moment. A new call is noticed by the number that it takes,
the end of one by its row; so nothing is added to the way of a call while nobody watches.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from raylite._core.common.events import Event, PendingCallsChanged, TaskStateChanged
from raylite._core.common.ids import ActorID
from raylite._core.common.states import TaskState
from raylite._core.core_worker.task_submission.calls import PendingCall, all_ready
from raylite._core.rpc.connection import Connection
from raylite._core.rpc.poller import TICK_S

__all__ = ["WatchedCalls"]

_LOOK_AT: Final = 50
"""Calls, the oldest of each way: nobody looks at more of them one by one."""
_NO_CALLS: Final = 0, 0
_UNSENT: Final = {
    False: TaskState.PENDING_ARGS_AVAIL,
    True: TaskState.PENDING_NODE_ASSIGNMENT,
}
"""What a call that was not sent is in, by whether its arguments have values."""


class WatchedCalls:
    """Compares what there is with what was told last.

    Args:
        core: the process.
        changed: has :meth:`news` asked for soon.
    """

    def __init__(self, core: Any, changed: Callable[[], None]) -> None:
        self._core = core
        self._changed = changed
        self._plain: Callable[[], int] = core.next_seq
        self._pending: dict[ActorID, tuple[int, int]] = {}
        self._states: dict[int, TaskState] = {}
        self._looks_again = False
        """Some call has just come, or come into its state."""
        self._told_running: frozenset[str] = frozenset()
        core.next_seq = self._next_seq
        self._executor: Any = core._executor  # noqa: SLF001  # A part of the process, as this is.
        if self._executor is not None:
            # In the place of the method, so that it costs nothing while nobody watches.
            self._executor.__dict__["accept"] = self._accept

    def end(self) -> None:
        """Nobody watches any more."""
        self._core.next_seq = self._plain
        if self._executor is not None:
            self._executor.__dict__.pop("accept", None)

    def _accept(self, connection: Connection, kind: int, body: bytes) -> None:
        """Take a call, and note that there may be one more that runs beside the main thread."""
        executor = self._executor
        type(executor).accept(executor, connection, kind, body)
        self._note()

    def _next_seq(self) -> int:
        """Number a call, or an object, and note that there is something new: once is enough."""
        self._core.next_seq = self._plain
        self._note()
        return self._plain()

    def _note(self) -> None:
        """There is a new call, but maybe it is not where it will be looked for yet."""
        self._looks_again = True
        self._changed()

    def news(self) -> list[Event]:
        """What has changed since this was last asked."""
        core = self._core
        core.next_seq = self._next_seq
        at_s = core.now_s() - core.session_began_s
        looks_again, self._looks_again = self._looks_again, False
        found = [*self._pending_calls(at_s), *self._new_states(at_s), *self._running(at_s)]
        if looks_again or self._looks_again:
            self._changed()
        return found

    def _lasts(self, at_s: float, entered_s: float) -> bool:
        """Whether a call has been in its state for a moment; if not, it may at the next look."""
        lasts = at_s - entered_s >= TICK_S
        self._looks_again = self._looks_again or not lasts
        return lasts

    def _pending_calls(self, at_s: float) -> Iterator[Event]:
        found: dict[ActorID, tuple[int, int]] = {}
        for client in self._core.clients():
            now = client.num_unanswered(), client.num_waiting()
            if now != _NO_CALLS:
                found[client.actor_id] = now
        before, self._pending = self._pending, found
        for actor_id, (pending, queued) in _changes(before, found):
            yield PendingCallsChanged(
                owner_id=self._core.worker_id,
                actor_id=actor_id,
                pending=pending,
                queued=queued,
                at_s=at_s,
            )

    def _new_states(self, at_s: float) -> Iterator[Event]:
        core = self._core
        before, self._states = self._states, {}
        ways = list(self._ways())
        most = max(1, _LOOK_AT // max(1, len(ways)))
        for calls, sent in ways:
            for call in _first(calls, most):
                entered_s = (call.sent_s or call.submitted_s) - core.session_began_s
                if not self._lasts(at_s, entered_s):
                    break  # Those behind it came later.
                if call.quiet:
                    continue
                state = TaskState.SUBMITTED_TO_WORKER if sent else _UNSENT[all_ready(call)]
                self._states[call.seq] = state
                if before.get(call.seq) is not state:
                    yield TaskStateChanged(
                        task_id=f"{core.worker_id[:32]}{call.seq:016x}",
                        name=call.name,
                        actor_id=getattr(call.submitter, "actor_id", None),
                        worker_id=core.worker_id,
                        new=state,
                        at_s=entered_s,
                    )

    def _running(self, at_s: float) -> Iterator[Event]:
        """Calls beside the main thread; of one in the main thread its executor tells."""
        core = self._core
        before, told = self._told_running, list[str]()
        no_calls: tuple[list[Any], bool] = [], False
        calls, others_wait = self._executor.lane_calls() if self._executor is not None else no_calls
        self._looks_again = self._looks_again or others_wait  # Nobody says when one begins.
        for call in calls:
            entered_s = call.started_s - core.session_began_s
            if call.quiet or len(told) >= _LOOK_AT or not self._lasts(at_s, entered_s):
                continue
            told.append(call.task_id)
            if call.task_id not in before:
                yield TaskStateChanged(
                    task_id=call.task_id,
                    name=call.name,
                    actor_id=core.facts().actor_id,
                    worker_id=core.worker_id,
                    new=TaskState.RUNNING,
                    at_s=entered_s,
                )
        self._told_running = frozenset(told)

    def _ways(self) -> Iterator[tuple[Mapping[int, PendingCall], bool]]:
        """Calls that are under way together, oldest first, and whether they were sent."""
        core = self._core
        for connection in core.peers.connections():
            if connection.inflight:
                yield connection.inflight, True
        for waiting in [*(client.waiting() for client in core.clients()), core.tasks.waiting()]:
            for calls in waiting:
                if calls:
                    yield calls, False


def _first(calls: Mapping[int, PendingCall], most: int) -> Iterable[PendingCall]:
    try:
        return list(islice(calls.values(), most))
    except RuntimeError:  # Another thread has changed it; it is looked at again soon.
        return ()


def _changes(
    before: Mapping[ActorID, tuple[int, int]], now: Mapping[ActorID, tuple[int, int]]
) -> Iterator[tuple[ActorID, tuple[int, int]]]:
    for actor_id, numbers in now.items():
        if before.get(actor_id) != numbers:
            yield actor_id, numbers
    for actor_id in before.keys() - now.keys():
        yield actor_id, _NO_CALLS
