"""The worker processes of one node, and the one place where a worker changes its state.

In Ray: ``src/ray/raylet/worker_pool.h``, the part that keeps books. Left out here: starting
processes, which the node does, and pools for runtime environments and languages.

Idle workers are lent out last in, first out, since the one that worked last is the warmest;
the ones that were idle longest are the first to be stopped.

A worker that died is forgotten; the event log remembers it.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from raylite._core.common.events import Event, WorkerStateChanged
from raylite._core.common.ids import LeaseID, NodeID, WorkerID
from raylite._core.common.record import Record
from raylite._core.common.states import WorkerState, check_transition

__all__ = ["Worker", "WorkerTable", "WorkerView"]


class WorkerView(Record):
    """A worker process as others may see it, at one moment."""

    worker_id: WorkerID
    pid: int | None
    """None until it has said hello."""
    state: WorkerState
    lease_id: LeaseID | None
    since_s: float
    """When it entered its state, in seconds since the session began."""
    stopping: bool
    """It was asked to end, and is given no further work."""


@dataclass(slots=True, eq=False)
class Worker:
    """A worker as its raylet sees it."""

    worker_id: WorkerID
    since_s: float
    state: WorkerState = WorkerState.STARTING
    pid: int | None = None
    lease_id: LeaseID | None = None
    stopping: bool = False

    def view(self) -> WorkerView:
        """A copy that stays as it is."""
        return WorkerView(
            worker_id=self.worker_id,
            pid=self.pid,
            state=self.state,
            lease_id=self.lease_id,
            since_s=self.since_s,
            stopping=self.stopping,
        )


class WorkerTable:
    """All worker processes that are starting or running.

    Args:
        node_id: for the events.
        record: called with every change of a state, before the method returns.
    """

    def __init__(self, node_id: NodeID, record: Callable[[Event], None]) -> None:
        self._node_id = node_id
        self._record = record
        self._workers: dict[WorkerID, Worker] = {}
        self._counts: Counter[WorkerState] = Counter()
        # Idle and not stopping, the longest idle first.
        self._idle: OrderedDict[WorkerID, Worker] = OrderedDict()

    def get(self, worker_id: WorkerID) -> Worker | None:
        """The worker, or None if there never was one or it has died."""
        return self._workers.get(worker_id)

    def workers(self) -> list[Worker]:
        """Every worker, in the order they were started."""
        return list(self._workers.values())

    def count(self, state: WorkerState) -> int:
        """How many workers are in a state."""
        return self._counts[state]

    @property
    def num_usable(self) -> int:
        """How many workers are idle and may be given work."""
        return len(self._idle)

    def warmest(self) -> Worker | None:
        """The idle worker to use next."""
        return next(reversed(self._idle.values()), None)

    def longest_idle(self) -> Worker | None:
        """The idle worker to stop next."""
        return next(iter(self._idle.values()), None)

    def add(self, worker_id: WorkerID, at_s: float) -> None:
        """Enter a process that is being started."""
        worker = Worker(worker_id=worker_id, since_s=at_s)
        self._workers[worker_id] = worker
        self._counts[worker.state] += 1
        self._report(worker, None, at_s, "the raylet asked for it")

    def mark_stopping(self, worker: Worker) -> None:
        """Note that the worker was asked to end: it gets no further work."""
        worker.stopping = True
        self._idle.pop(worker.worker_id, None)

    def mark_staying(self, worker: Worker, at_s: float) -> None:
        """Note that an idle worker does not end after all."""
        worker.stopping, worker.since_s = False, at_s
        self._idle[worker.worker_id] = worker

    def move(self, worker: Worker, new: WorkerState, at_s: float, why: str) -> None:
        """Change the state of a worker: the only function that does.

        Raises:
            InvalidTransitionError: if the table of states has no such move.
        """
        check_transition(worker.state, new)
        old, worker.state, worker.since_s = worker.state, new, at_s
        self._counts[old] -= 1
        self._idle.pop(worker.worker_id, None)
        if new is WorkerState.DEAD:
            del self._workers[worker.worker_id]
        else:
            self._counts[new] += 1
        if new is WorkerState.IDLE and not worker.stopping:
            self._idle[worker.worker_id] = worker
        self._report(worker, old, at_s, why)

    def _report(self, worker: Worker, old: WorkerState | None, at_s: float, why: str) -> None:
        self._record(
            WorkerStateChanged(
                worker_id=worker.worker_id,
                node_id=self._node_id,
                pid=worker.pid,
                old=old,
                new=worker.state,
                at_s=at_s,
                why=why,
            )
        )
