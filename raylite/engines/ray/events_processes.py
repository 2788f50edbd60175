"""The lives of nodes, drivers and workers, from what their tables say now and then.

In Ray: ``gcs_node_manager.h`` and ``gcs_worker_manager.h``. What a worker is there for is not in
its row: it follows from the actors that live and the tasks that run.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from raylite._core.common.events import (
    DriverStateChanged,
    Event,
    NodeStateChanged,
    WorkerStateChanged,
)
from raylite._core.common.ids import NodeID, WorkerID
from raylite._core.common.states import NodeState, WorkerState
from raylite.engines.ray.events_moves import worker_way
from raylite.engines.ray.events_rows import NodeRow, WorkerRow

__all__ = ["NodeLives", "ProcessLives"]


class NodeLives:
    """Which nodes there were when they were last seen."""

    def __init__(self) -> None:
        self._seen: dict[NodeID, NodeState] = {}
        self._is_first = True

    def take(self, rows: tuple[NodeRow, ...], at_s: float) -> Iterator[Event]:
        """What has happened since the last look.

        Args:
            rows: of all nodes.
            at_s: the time of the look.
        """
        for row in sorted(rows, key=lambda row: not row.is_head):  # The head counts as the first.
            old = self._seen.get(row.node_id)
            if old is None:
                yield self._came(row, at_s)
                old = NodeState.ALIVE
            if not row.is_alive and old is NodeState.ALIVE:
                yield self._went(row, at_s)
        self._is_first = False

    def _came(self, row: NodeRow, at_s: float) -> Event:
        self._seen[row.node_id] = NodeState.ALIVE
        # What is there at the first look was there before the session.
        came_s = 0.0 if row.started_s is None and self._is_first else row.started_s
        return _node_event(row, None, NodeState.ALIVE, _earlier(came_s, at_s))

    def _went(self, row: NodeRow, at_s: float) -> Event:
        self._seen[row.node_id] = NodeState.DEAD
        ended_s = max(_earlier(row.ended_s, at_s), _earlier(row.started_s, at_s))
        return _node_event(row, NodeState.ALIVE, NodeState.DEAD, ended_s)


def _earlier(told_s: float | None, at_s: float) -> float:
    return at_s if told_s is None else min(told_s, at_s)


def _node_event(row: NodeRow, old: NodeState | None, new: NodeState, at_s: float) -> Event:
    return NodeStateChanged(
        node_id=row.node_id,
        old=old,
        new=new,
        at_s=at_s,
        resources=row.resources,
        labels=row.labels,
        is_head=row.is_head,
    )


class ProcessLives:
    """What each driver and worker was when it was last seen."""

    def __init__(self) -> None:
        self._seen: dict[WorkerID, WorkerState] = {}
        self._last_s: dict[WorkerID, float] = {}
        self._drivers: dict[WorkerID, bool] = {}

    def take(
        self,
        rows: tuple[WorkerRow, ...],
        with_actor: AbstractSet[WorkerID],
        with_task: AbstractSet[WorkerID],
        at_s: float,
    ) -> Iterator[Event]:
        """What has happened since the last look.

        Args:
            rows: of all drivers and workers.
            with_actor: the workers in which an actor lives.
            with_task: those in which a task was seen to run.
            at_s: the time of the look.
        """
        for row in rows:
            if row.is_driver:
                yield from self._driver(row, at_s)
                continue
            old = self._seen.get(row.worker_id)
            new = self._state(row, old, with_actor, with_task)
            if new is not old:
                yield from self._moved(row, old, new, at_s)
        for worker_id in self._seen.keys() - {row.worker_id for row in rows}:
            del self._seen[worker_id]
            self._last_s.pop(worker_id, None)

    def _state(
        self,
        row: WorkerRow,
        old: WorkerState | None,
        with_actor: AbstractSet[WorkerID],
        with_task: AbstractSet[WorkerID],
    ) -> WorkerState:
        if not row.is_alive or old is WorkerState.DEAD:
            return WorkerState.DEAD
        # A worker that has held an actor is never used again.
        if row.worker_id in with_actor or old is WorkerState.ACTOR:
            return WorkerState.ACTOR
        return WorkerState.LEASED if row.worker_id in with_task else WorkerState.IDLE

    def _moved(
        self, row: WorkerRow, old: WorkerState | None, new: WorkerState, at_s: float
    ) -> Iterator[Event]:
        way = worker_way(old, new) or ()
        for state in way:
            yield WorkerStateChanged(
                worker_id=row.worker_id,
                node_id=row.node_id,
                pid=row.pid,
                old=old,
                new=state,
                at_s=self._time(row, state, at_s),
                why=row.why if state is WorkerState.DEAD else "",
            )
            old = state
        self._seen[row.worker_id] = new

    def _time(self, row: WorkerRow, state: WorkerState, at_s: float) -> float:
        if state in {WorkerState.STARTING, WorkerState.IDLE} and row.worker_id not in self._seen:
            told_s = row.started_s
        else:
            told_s = row.ended_s if state is WorkerState.DEAD else at_s
        last_s = self._last_s.get(row.worker_id, 0.0)
        chosen = self._last_s[row.worker_id] = max(last_s, _earlier(told_s, at_s))
        return chosen

    def _driver(self, row: WorkerRow, at_s: float) -> Iterator[Event]:
        was_alive = self._drivers.get(row.worker_id)
        if was_alive is None:
            yield _driver_event(row, _earlier(row.started_s, at_s), is_alive=True)
            was_alive = True
        if was_alive and not row.is_alive:
            started_s = _earlier(row.started_s, at_s)
            yield _driver_event(row, max(_earlier(row.ended_s, at_s), started_s), is_alive=False)
            was_alive = False
        self._drivers[row.worker_id] = was_alive


def _driver_event(row: WorkerRow, at_s: float, *, is_alive: bool) -> Event:
    return DriverStateChanged(
        worker_id=row.worker_id,
        node_id=row.node_id,
        pid=row.pid,
        is_alive=is_alive,
        entrypoint=row.entrypoint,
        at_s=at_s,
    )
