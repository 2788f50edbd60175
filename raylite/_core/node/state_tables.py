"""The rows of the tables that describe the session at the moment.

In Ray: ``python/ray/dashboard/state_aggregator.py`` and the tables of ``src/ray/gcs``. One method a
table. Times in them are seconds since the session began.
"""

import gc
import platform
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from raylite._core.common.environment import NO_ENVIRONMENT
from raylite._core.common.events import WorkerStateChanged
from raylite._core.common.states import WorkerState
from raylite._core.gcs.actor_table import ActorView
from raylite._core.gcs.node_manager import NodeView
from raylite._core.node.jobs import Job

__all__ = ["StateTables"]

_ADDRESS: Final = "127.0.0.1"
_NO_PORT: Final = -1


class StateTables:
    """Makes rows of what the head knows.

    Args:
        head: whose parts are looked at.
    """

    def __init__(self, head: Any) -> None:
        self._head = head
        # The two clocks are compared once: what is told of one session is to agree with itself.
        self._began_unix_s = time.time() - time.monotonic() + head.session.began_s
        self._tables: dict[str, Callable[[], list[dict[str, Any]]]] = {
            "actors": self._actors,
            "workers": self._workers,
            "worker_history": self._worker_history,
            "nodes": self._nodes,
            "node_history": self._node_history,
            "tasks": self._tasks,
            "placement_groups": self._placement_groups,
            "jobs": self._jobs,
            "session": self._session,
            "statistics": self._statistics,
            "head_objects": _head_objects,
        }

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table.

        Raises:
            ValueError: if there is no such table.
        """
        if table not in self._tables:
            msg = f"There is no table {table!r}; there are {', '.join(sorted(self._tables))}."
            raise ValueError(msg)
        return self._tables[table]()

    def _actors(self) -> list[dict[str, Any]]:
        return [self._actor(view) for view in self._head.gcs.actors.views()]

    def _actor(self, view: ActorView) -> dict[str, Any]:
        spec = view.spec
        job = self._head.members.jobs.of_environment(spec.env_key)
        return {
            "job_id": job.job_id if job is not None else None,
            "runtime_env": _environment(job, spec.env_key) if job is not None else {},
            "actor_id": spec.actor_id,
            "class_name": spec.class_name,
            "state": view.state.name,
            "name": spec.name,
            "ray_namespace": spec.namespace,
            "pid": self._head.pool.pid_of(view.worker_id) if view.worker_id else None,
            "worker_id": view.worker_id,
            "node_id": view.node_id,
            "owner_id": spec.owner_id,
            "is_detached": spec.detached,
            "required_resources": spec.held.to_dict(),
            "placement_group_id": getattr(spec.strategy, "group_id", None),
            "num_restarts": view.num_restarts,
            "restarts_left": view.restarts_left,
            "death_cause": view.death_reason or None,
            "constructor_raised": bool(view.error),
            "repr_name": view.repr_name,
        }

    def _workers(self) -> list[dict[str, Any]]:
        return [
            {
                "worker_id": worker.worker_id,
                "pid": worker.pid,
                "state": worker.state.name,
                "node_id": worker.node_id,
            }
            for worker in self._head.raylet.workers()
        ]

    def _worker_history(self) -> list[dict[str, Any]]:
        """All workers of which the event log still knows, the dead ones too, and the drivers."""
        rows = {job.driver_id: self._driver(job) for job in self._head.members.jobs.all()}
        for event in self._head.events.events():
            if isinstance(event, WorkerStateChanged):
                row = rows.setdefault(event.worker_id, {"worker_id": event.worker_id})
                row.setdefault("worker_type", "WORKER")
                row["node_id"] = event.node_id
                row["pid"] = event.pid or row.get("pid")
                row["is_alive"] = event.new is not WorkerState.DEAD
                job = self._head.members.job_of(event.worker_id)
                row["job_id"] = job.job_id if job is not None else None
                self._note_time(row, event)
        return list(rows.values())

    def _driver(self, job: Job) -> dict[str, Any]:
        row = {
            "worker_id": job.driver_id,
            "pid": job.pid,
            "is_alive": job.ended_s is None,
            "node_id": self._head.node_id,
            "worker_type": "DRIVER",
            "job_id": job.job_id,
            "start_s": job.began_s,
        }
        if job.ended_s is not None:
            row |= {"end_s": job.ended_s, "exit_type": "INTENDED_USER_EXIT"}
        return row

    def _note_time(self, row: dict[str, Any], event: WorkerStateChanged) -> None:
        if event.new is WorkerState.STARTING:
            row["launch_s"] = event.at_s
        elif event.new is WorkerState.IDLE:
            row.setdefault("start_s", event.at_s)
        elif event.new is WorkerState.DEAD:
            exit_ = self._head.requests.known_exit(event.worker_id)
            intended = exit_.intended if exit_ is not None else True
            row["end_s"] = event.at_s
            row["exit_type"] = "INTENDED_SYSTEM_EXIT" if intended else "SYSTEM_ERROR"
            row["exit_detail"] = exit_.reason if exit_ is not None else event.why

    def _nodes(self) -> list[dict[str, Any]]:
        return [self._node(node) for node in self._head.gcs.nodes.views()]

    def _node(self, node: NodeView) -> dict[str, Any]:
        return {
            "NodeID": node.node_id,
            "Alive": node.alive,
            "NodeManagerAddress": _ADDRESS,
            "NodeManagerHostname": platform.node(),
            # There is nothing to connect to from outside.
            "NodeManagerPort": _NO_PORT,
            "ObjectManagerPort": _NO_PORT,
            "ObjectStoreSocketName": "",
            "RayletSocketName": self._head.session.head_address,
            "MetricsExportPort": _NO_PORT,
            "MetricsAgentPort": _NO_PORT,
            "DashboardAgentListenPort": _NO_PORT,
            "NodeName": _ADDRESS,
            "RuntimeEnvAgentPort": _NO_PORT,
            "DeathReason": 0 if node.alive else 1,
            "DeathReasonMessage": "" if node.alive else "it was removed",
            "alive": node.alive,
            "Resources": node.total.to_dict() if node.alive else {},
            "Labels": {"ray.io/node-id": node.node_id, **node.labels},
        }

    def _node_history(self) -> list[dict[str, Any]]:
        """When the nodes came and went, and which is the first."""
        return [
            {
                "node_id": node.node_id,
                "state": node.state.name,
                "is_head_node": node.node_id == self._head.node_id,
                "resources_total": node.total.to_dict(),
                "labels": {"ray.io/node-id": node.node_id, **node.labels},
                "start_s": node.since_s,
                "end_s": node.ended_s,
            }
            for node in self._head.gcs.nodes.views()
        ]

    def _tasks(self) -> list[dict[str, Any]]:
        return [
            {
                "task_id": task.task_id,
                "name": task.name,
                "state": task.state.name,
                "actor_id": task.actor_id,
                "creation_time_s": task.submitted_s,
                "start_time_s": task.started_s,
                "end_time_s": task.ended_s,
            }
            for rows in self._head.task_log.rows()
            for task in rows.events()
        ]

    def _placement_groups(self) -> list[dict[str, Any]]:
        return [
            {
                **view.to_row(),
                "is_detached": view.spec.detached,
                "owner_id": view.spec.owner_id,
                "label_selectors": [dict(bundle.labels) for bundle in view.spec.bundles],
            }
            for view in self._head.gcs.groups.views()
        ]

    def _jobs(self) -> list[dict[str, Any]]:
        return [
            {
                "job_id": job.job_id,
                "driver_id": job.driver_id,
                "status": "RUNNING" if job.ended_s is None else "SUCCEEDED",
                "entrypoint": job.entrypoint,
                "runtime_env": _environment(job),
                "pid": job.pid,
                "namespace": job.namespace,
                "start_s": job.began_s,
                "end_s": job.ended_s,
            }
            for job in self._head.members.jobs.all()
        ]

    def _session(self) -> list[dict[str, Any]]:
        """One row: where the session is found, and when it began."""
        session = self._head.session
        return [
            {
                "session_id": session.session_id,
                "folder": session.folder,
                "address": session.head_address,
                "began_s": session.began_s,
                "began_unix_s": self._began_unix_s,
                "task_events": self._head.task_events,
            }
        ]

    def _statistics(self) -> list[dict[str, Any]]:
        head = self._head
        parts = {
            "raylet": head.raylet.statistics(),
            "worker_pool": head.pool.statistics(),
            "event_log": head.events.statistics(),
            "message_log": head.messages.log.statistics(),
        }
        return [
            {"part": part, **{name: getattr(found, name) for name in found.field_names}}
            for part, found in parts.items()
        ]


def _head_objects() -> list[dict[str, Any]]:
    """How many objects of each of raylite's classes the head holds: are they ever more?"""
    gc.collect()
    kinds = Counter(map(type, gc.get_objects()))
    return [
        {"type": kind.__qualname__, "count": count}
        for kind, count in kinds.items()
        if str(kind.__module__).startswith("raylite.")
    ]


def _environment(job: Job, env_key: str = "") -> dict[str, Any]:
    """What workers of a job are started with, where they are told nothing else or that."""
    found = job.environments.get(env_key or job.job_id, NO_ENVIRONMENT)
    return found.to_dict()
