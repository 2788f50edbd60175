"""Ray's tables, as snapshots for the event log and as the rows of raylite's state API.

In Ray: ``python/ray/dashboard/state_aggregator.py``. What belongs to other programs of the cluster
is left out, but for nodes, and actors that have a name.
"""

import importlib
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from raylite._core.common.ids import WorkerID
from raylite._core.common.states import ActorState, WorkerState
from raylite.engines.ray.events_rows import ActorRow, Snapshot, TaskRow
from raylite.engines.ray.gcs_reader import NEWEST, GcsReader
from raylite.engines.ray.gcs_rows import RowMaker

__all__ = ["OF_RAYLITE", "GcsTables"]

_FIRST: Final = 10_000
"""Tasks of before, of which the first look asks for."""
_DRIVER_ID_DIGITS: Final = 56
OF_RAYLITE: Final = "_raylite_"
"""How the names of what raylite itself runs begin."""


class GcsTables:
    """The tables of one session.

    Args:
        began_unix_s: when it began, in seconds since 1970.
        job_id: of the driver.
    """

    def __init__(self, began_unix_s: float, job_id: str) -> None:
        self._began_unix_s = began_unix_s
        self._reader = GcsReader()
        self._maker = RowMaker(began_unix_s)
        self.job_id = job_id
        self.driver_id = WorkerID(job_id + "f" * (_DRIVER_ID_DIGITS - len(job_id)))
        self._num_stored = 0
        self._is_first = True
        self._readers: dict[str, Callable[[], list[dict[str, Any]]]] = {
            "actors": self._actors,
            "workers": self._workers,
            "worker_history": self._worker_history,
            "node_history": self._node_history,
            "jobs": self._jobs,
        }

    def snapshot(self, *, with_tasks: bool) -> Snapshot:
        """All tables at this moment.

        Args:
            with_tasks: also that of tasks, which takes longest.
        """
        raw = self._reader.tables()
        maker = self._maker
        found = [maker.actor(one) for one in raw.actors]
        actors = tuple(row for row, told in found if self._is_shown(row, told))
        hidden = _hidden(row for row, _ in found)
        workers = [maker.worker(one) for one in raw.workers]
        tasks, missed = self._task_rows() if with_tasks else (None, 0)
        return Snapshot(
            at_s=time.time() - self._began_unix_s,
            nodes=tuple(map(maker.node, raw.nodes)),
            workers=tuple(
                row
                for row, told in workers
                if self._is_ours(row, told) and row.worker_id not in hidden
            ),
            actors=actors,
            groups=tuple(map(maker.group, raw.groups)),
            tasks=tasks,
            missed=missed,
        )

    def _is_shown(self, row: ActorRow, told: Any) -> bool:
        if row.class_name.startswith(OF_RAYLITE):
            return False
        if told.job_id.hex() == self.job_id:
            return True
        return row.name is not None and row.state is not ActorState.DEAD

    def _is_ours(self, row: Any, told: Any) -> bool:
        if row.is_driver:
            return bool(row.worker_id == self.driver_id)
        job_id = told.job_id.hex()
        return bool(row.is_alive or job_id == self.job_id)

    def _task_rows(self) -> tuple[tuple[TaskRow, ...], int]:
        newest = _FIRST if self._is_first else NEWEST
        job_id = bytes.fromhex(self.job_id)
        raw = self._reader.tasks(job_id, newest)
        came = raw.num_stored - self._num_stored
        if not self._is_first and came > newest:
            raw = self._reader.tasks(job_id, came)
        missed = 0 if self._is_first else max(0, came - len(raw.open) - len(raw.ended))
        self._num_stored, self._is_first = raw.num_stored, False
        made = [self._maker.task(one, self.driver_id) for one in (*raw.ended, *raw.open)]
        return tuple(row for row in made if row is not None), missed

    def parent_tasks(self, task_ids: list[bytes]) -> dict[bytes, bytes]:
        """Which task has submitted each, as far as that is known."""
        gcs_pb2: Any = importlib.import_module("ray.core.generated.gcs_pb2")
        told = map(gcs_pb2.TaskEvents.FromString, self._reader.parents(task_ids))
        return {
            one.task_id: one.task_info.parent_task_id for one in told if one.HasField("task_info")
        }

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table of the state API, in the shape that raylite's own engine gives them.

        Raises:
            ValueError: if there is no such table.
        """
        if table not in self._readers:
            msg = f"There is no table {table!r}; there are {', '.join(sorted(self._readers))}."
            raise ValueError(msg)
        return self._readers[table]()

    def _actors(self) -> list[dict[str, Any]]:
        raw = self._reader.tables()
        found = map(self._maker.actor, raw.actors)
        return [_actor(row, told) for row, told in found if self._is_shown(row, told)]

    def _workers(self) -> list[dict[str, Any]]:
        raw = self._reader.tables()
        found = [row for row, _ in map(self._maker.actor, raw.actors)]
        hidden, actors = _hidden(found), {row.worker_id for row in found}
        return [
            {
                "worker_id": row.worker_id,
                "pid": row.pid,
                "state": (WorkerState.ACTOR if row.worker_id in actors else WorkerState.IDLE).name,
                "node_id": row.node_id,
            }
            for row, _ in map(self._maker.worker, raw.workers)
            if row.is_alive and not row.is_driver and row.worker_id not in hidden
        ]

    def _worker_history(self) -> list[dict[str, Any]]:
        raw = self._reader.tables()
        hidden = _hidden(row for row, _ in map(self._maker.actor, raw.actors))
        found = map(self._maker.worker, raw.workers)
        return [
            _worker(row, told)
            for row, told in found
            if self._is_ours(row, told) and row.worker_id not in hidden
        ]

    def _node_history(self) -> list[dict[str, Any]]:
        return [
            {
                "node_id": row.node_id,
                "state": "ALIVE" if row.is_alive else "DEAD",
                "is_head_node": row.is_head,
                "resources_total": dict(row.resources),
                "labels": dict(row.labels),
                "start_s": row.started_s or 0.0,
                "end_s": row.ended_s,
            }
            for row in map(self._maker.node, self._reader.tables().nodes)
        ]

    def _jobs(self) -> list[dict[str, Any]]:
        raw = self._reader.tables()
        found = (self._maker.worker(one) for one in raw.workers)
        return [
            {
                "job_id": row.worker_id[:8],
                "driver_id": row.worker_id,
                "status": "RUNNING" if row.is_alive else "SUCCEEDED",
                "entrypoint": row.entrypoint,
                "runtime_env": {},
                "pid": row.pid,
                "namespace": "",
                "start_s": row.started_s or 0.0,
                "end_s": None if row.is_alive else row.ended_s,
            }
            for row, _ in found
            if row.is_driver
        ]

    def close(self) -> None:
        """Ask nothing any more."""
        self._reader.close()


def _actor(row: ActorRow, told: Any) -> dict[str, Any]:
    left = -1 if row.max_restarts < 0 else max(0, row.max_restarts - row.num_restarts)
    is_there = row.state is ActorState.ALIVE
    return {
        "job_id": told.job_id.hex(),
        "runtime_env": {},
        "actor_id": row.actor_id,
        "class_name": row.class_name,
        "state": row.state.name,
        "name": row.name,
        "ray_namespace": row.namespace,
        "pid": (told.pid or None) if is_there else None,
        "worker_id": row.worker_id,
        "node_id": told.address.node_id.hex() if is_there else None,
        "owner_id": row.owner_id,
        "is_detached": row.is_detached,
        "required_resources": dict(row.resources),
        "placement_group_id": told.placement_group_id.hex() or None,
        "num_restarts": row.num_restarts,
        "restarts_left": left,
        "death_cause": row.why or None,
        "constructor_raised": told.death_cause.HasField("creation_task_failure_context"),
    }


def _worker(row: Any, told: Any) -> dict[str, Any]:
    found = {
        "worker_id": row.worker_id,
        "worker_type": "DRIVER" if row.is_driver else "WORKER",
        "pid": row.pid,
        "is_alive": row.is_alive,
        "node_id": row.node_id,
        "job_id": told.job_id.hex() or None,
        "launch_s": row.started_s or 0.0,
        "start_s": row.started_s or 0.0,
    }
    if row.is_alive:
        return found
    exits: Any = importlib.import_module("ray.core.generated.common_pb2").WorkerExitType
    return {
        **found,
        "end_s": row.ended_s,
        "exit_type": exits.Name(told.exit_type),
        "exit_detail": row.why,
    }


def _hidden(actors: Iterable[ActorRow]) -> set[WorkerID | None]:
    """The workers of raylite's own actors."""
    return {row.worker_id for row in actors if row.class_name.startswith(OF_RAYLITE)}
