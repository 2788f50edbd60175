"""The worker processes of one node, and the one place where a worker changes its state.

In Ray: ``src/ray/raylet/worker_pool.h``, the part that keeps books. Left out here: starting
processes, which the node does, and pools for languages.

A worker belongs to one environment for life. Idle workers of an environment are lent out last in,
first out, since the one that worked last is the warmest; the ones that were idle longest are the
first to be stopped.

A worker that died is forgotten; the event log remembers it.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from raylite._core.common.events import Event, WorkerStateChanged
from raylite._core.common.ids import LeaseID, NodeID, WorkerID
from raylite._core.common.instructions import StopWorker
from raylite._core.common.record import Record
from raylite._core.common.states import WorkerState, check_transition

__all__ = ["Worker", "WorkerTable", "WorkerView"]


class WorkerView(Record):
    """A worker process as others may see it, at one moment."""

    worker_id: WorkerID
    node_id: NodeID
    env_key: str
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
    node_id: NodeID
    env_key: str
    since_s: float
    state: WorkerState = WorkerState.STARTING
    pid: int | None = None
    lease_id: LeaseID | None = None
    stopping: bool = False
    killed: bool = False
    """It is about to be dead, whatever it says."""
    stayed: bool = False
    """It was asked to end once, and did not."""

    def view(self) -> WorkerView:
        """A copy that stays as it is."""
        return WorkerView(
            worker_id=self.worker_id,
            node_id=self.node_id,
            env_key=self.env_key,
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
        self._starting: Counter[str] = Counter()
        # Idle and not stopping, the longest idle first: all of them, and by environment.
        self._idle: OrderedDict[WorkerID, Worker] = OrderedDict()
        self._idle_of: dict[str, OrderedDict[WorkerID, Worker]] = {}

    def get(self, worker_id: WorkerID) -> Worker | None:
        """The worker, or None if there never was one or it has died."""
        return self._workers.get(worker_id)

    def workers(self) -> list[Worker]:
        """Every worker, in the order they were started."""
        return list(self._workers.values())

    def count(self, state: WorkerState) -> int:
        """How many workers are in a state."""
        return self._counts[state]

    def num_starting(self, env_key: str) -> int:
        """How many workers of an environment are being started."""
        return self._starting[env_key]

    @property
    def num_usable(self) -> int:
        """How many workers are idle and may be given work."""
        return len(self._idle)

    def num_usable_of(self, env_key: str) -> int:
        """How many of these belong to an environment."""
        return len(self._idle_of.get(env_key, ()))

    def warmest(self, env_key: str) -> Worker | None:
        """The idle worker of an environment to use next."""
        idle = self._idle_of.get(env_key)
        return next(reversed(idle.values())) if idle else None

    def usable(self) -> Iterable[Worker]:
        """The idle workers that may be given work, the longest idle first."""
        return self._idle.values()

    def add(self, worker_id: WorkerID, env_key: str, at_s: float) -> None:
        """Enter a process that is being started."""
        worker = Worker(worker_id, self._node_id, env_key, since_s=at_s)
        self._workers[worker_id] = worker
        self._counts[worker.state] += 1
        self._starting[env_key] += 1
        self._report(worker, None, at_s, "the raylet asked for it")

    def stop(
        self, worker: Worker, reason: str, *, force: bool, is_crash: bool = False
    ) -> StopWorker:
        """Have a worker asked to end: it gets no further work.

        Args:
            worker: the worker.
            reason: a whole sentence for the user, without the final stop.
            force: do not let it run what it wants to run at its end.
            is_crash: whether an actor that is in it may be restarted.
        """
        worker.stopping, worker.killed = True, worker.killed or force
        self._remove_idle(worker)
        return StopWorker(worker_id=worker.worker_id, reason=reason, force=force, is_crash=is_crash)

    def mark_staying(self, worker: Worker, at_s: float) -> None:
        """Note that an idle worker does not end after all."""
        worker.stopping, worker.stayed, worker.since_s = False, True, at_s
        self._add_idle(worker)

    def move(self, worker: Worker, new: WorkerState, at_s: float, why: str) -> None:
        """Change the state of a worker: the only function that does.

        Raises:
            InvalidTransitionError: if the table of states has no such move.
        """
        check_transition(worker.state, new)
        old, worker.state, worker.since_s = worker.state, new, at_s
        self._counts[old] -= 1
        if old is WorkerState.STARTING:
            self._starting[worker.env_key] -= 1
        elif old is WorkerState.IDLE:
            self._remove_idle(worker)
        if new is WorkerState.DEAD:
            del self._workers[worker.worker_id]
        else:
            self._counts[new] += 1
        if new is WorkerState.IDLE and not worker.stopping:
            self._add_idle(worker)
        self._report(worker, old, at_s, why)

    def _add_idle(self, worker: Worker) -> None:
        self._idle[worker.worker_id] = worker
        self._idle_of.setdefault(worker.env_key, OrderedDict())[worker.worker_id] = worker

    def _remove_idle(self, worker: Worker) -> None:
        if self._idle.pop(worker.worker_id, None) is not None:
            del self._idle_of[worker.env_key][worker.worker_id]

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
