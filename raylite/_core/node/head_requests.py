"""Questions to the head, and where the answers are found.

In Ray: ``src/ray/gcs/grpc_services.h``. One method a question; its name is the question's.
"""

import heapq
from collections.abc import Callable
from typing import Any, Final

from raylite._core.common.events import Event
from raylite._core.common.ids import ActorID, WorkerID
from raylite._core.common.messages import KillActor, RegisterActor
from raylite._core.common.task_spec import WorkerExit
from raylite._core.gcs.actor_table import ActorView
from raylite._core.rpc.connection import Connection
from raylite._core.rpc.peer_messages import Request, Response

__all__ = ["HeadRequests"]

_MAX_EXITS: Final = 256
"""How many ends of workers are remembered."""


class HeadRequests:
    """Answers what processes ask.

    Args:
        head: whose tables are looked at.
    """

    LATER: Final = object()
    """The answer follows when the head has it."""

    def __init__(self, head: Any) -> None:
        self._head = head
        self._drains: dict[int, tuple[Connection, int]] = {}
        self._drain_number = 0
        self._exits: dict[WorkerID, WorkerExit] = {}
        self._exit_askers: dict[WorkerID, list[tuple[Connection, int]]] = {}

    def handle(self, connection: Connection, request: Request) -> Any:
        """The answer, or :attr:`LATER`.

        Raises:
            Exception: what the asker is to be told.
        """
        questions: dict[str, Callable[..., Any]] = {
            "register_named_actor": self.register_named_actor,
            "get_named_actor": self.get_named_actor,
            "kill_actor": self.kill_actor,
            "resources": self.resources,
            "state": self.state,
            "events": self.events,
            "subscribe_events": self.subscribe_events,
            "drain_output": self.drain_output,
            "worker_exit": self.worker_exit,
        }
        return questions[request.what](connection, request.number, *request.args)

    def register_named_actor(
        self, connection: Connection, _number: int, message: RegisterActor
    ) -> tuple[ActorID, bytes] | None:
        """None if the actor is registered now, else who has the name."""
        spec = message.spec
        holder: ActorView | None = self._head.gcs.actors.lookup(spec.namespace, spec.name)
        if holder is not None:
            return holder.spec.actor_id, holder.spec.handle
        self._head.publisher.subscribe_actor(spec.actor_id, connection.peer_id)
        self._head.tell_gcs(message)
        return None

    def get_named_actor(
        self, _connection: Connection, _number: int, name: str, namespace: str
    ) -> tuple[ActorID, bytes] | None:
        """A living actor's id and handle."""
        view: ActorView | None = self._head.gcs.actors.lookup(namespace, name)
        return None if view is None else (view.spec.actor_id, view.spec.handle)

    def kill_actor(
        self,
        _connection: Connection,
        _number: int,
        actor_id: ActorID,
        no_restart: bool,  # noqa: FBT001  # As it came over the wire.
    ) -> None:
        """End an actor; when the answer is there, its name is free."""
        self._head.tell_gcs(KillActor(actor_id=actor_id, no_restart=no_restart, at_s=0.0))

    def resources(
        self,
        _connection: Connection,
        _number: int,
        available: bool,  # noqa: FBT001  # As it came over the wire.
    ) -> dict[str, float]:
        """What the session has, or has left."""
        raylet = self._head.raylet
        found: dict[str, float] = (
            raylet.available().positive() if available else raylet.total
        ).to_dict()
        return found

    def state(self, _connection: Connection, _number: int, table: str) -> list[dict[str, Any]]:
        """Rows of a table.

        Raises:
            ValueError: if there is no such table.
        """
        tables: dict[str, Callable[[], list[dict[str, Any]]]] = {
            "actors": self._actors,
            "workers": self._workers,
            "nodes": self._nodes,
            "tasks": self._tasks,
            "statistics": self._statistics,
        }
        if table not in tables:
            msg = f"There is no table {table!r}; there are {', '.join(sorted(tables))}."
            raise ValueError(msg)
        return tables[table]()

    def events(self, _connection: Connection, _number: int) -> list[Event]:
        """The event log and the log of calls, merged, oldest first."""
        head = self._head
        merged = heapq.merge(
            sorted(head.events.events(), key=_at_s),
            sorted(head.task_log.events(), key=_at_s),
            key=_at_s,
        )
        return list(merged)

    def subscribe_events(
        self,
        connection: Connection,
        _number: int,
        on: bool,  # noqa: FBT001  # As it came over the wire.
    ) -> None:
        """Begin or end to report events to a process."""
        self._head.publisher.read_events(connection.peer_id, on=on)

    def drain_output(self, connection: Connection, number: int, worker_id: WorkerID) -> Any:
        """Answered when all that the worker has printed is on its way to the driver."""
        self._drain_number += 1
        if not self._head.pool.drain_output(worker_id, self._drain_number):
            return None
        self._drains[self._drain_number] = (connection, number)
        return self.LATER

    def drained(self, drain_number: int) -> None:
        """The fork server has forwarded what there was."""
        connection, number = self._drains.pop(drain_number)
        connection.send_message(Response(number=number))

    def worker_exit(self, connection: Connection, number: int, worker_id: WorkerID) -> Any:
        """How a worker ended, answered when it is known; None if it was too long ago."""
        known = self._exits.get(worker_id)
        if known is not None or not self._head.pool.knows(worker_id):
            return known
        self._exit_askers.setdefault(worker_id, []).append((connection, number))
        return self.LATER

    def worker_exited(self, worker_id: WorkerID, exit_: WorkerExit) -> None:
        """Remember how a worker ended, and tell those who have asked."""
        self._exits[worker_id] = exit_
        if len(self._exits) > _MAX_EXITS:
            del self._exits[next(iter(self._exits))]
        for connection, number in self._exit_askers.pop(worker_id, []):
            connection.send_message(Response(number=number, value=exit_))

    def _actors(self) -> list[dict[str, Any]]:
        pid_of = self._head.pool.pid_of
        return [
            {
                "actor_id": view.spec.actor_id,
                "class_name": view.spec.class_name,
                "state": view.state.name,
                "name": view.spec.name,
                "ray_namespace": view.spec.namespace,
                "pid": pid_of(view.worker_id) if view.worker_id else None,
                "worker_id": view.worker_id,
                "node_id": view.node_id,
                "is_detached": view.spec.detached,
                "required_resources": view.spec.held.to_dict(),
                "num_restarts": view.num_restarts,
                "restarts_left": view.restarts_left,
                "death_cause": view.death_reason or None,
            }
            for view in self._head.gcs.actors.views()
        ]

    def _workers(self) -> list[dict[str, Any]]:
        return [
            {
                "worker_id": worker.worker_id,
                "pid": worker.pid,
                "state": worker.state.name,
                "node_id": self._head.node_id,
            }
            for worker in self._head.raylet.workers()
        ]

    def _nodes(self) -> list[dict[str, Any]]:
        return [
            {
                "NodeID": node.node_id,
                "Alive": node.alive,
                "Resources": node.total.to_dict(),
                "NodeManagerAddress": "127.0.0.1",
                "alive": node.alive,
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
            for task in self._head.task_log.events()
        ]

    def _statistics(self) -> list[dict[str, Any]]:
        head = self._head
        parts = {
            "raylet": head.raylet.statistics(),
            "worker_pool": head.pool.statistics(),
            "event_log": head.events.statistics(),
        }
        return [
            {"part": part, **{name: getattr(found, name) for name in found.field_names}}
            for part, found in parts.items()
        ]


def _at_s(event: Event) -> float:
    return event.at_s
