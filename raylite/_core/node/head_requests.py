"""Questions to the head, and where the answers are found.

In Ray: ``src/ray/gcs/grpc_services.h``. One method a question; its name is the question's.
"""

from collections.abc import Callable
from typing import Any, Final

from raylite._core.common.event_batch import CallRows
from raylite._core.common.event_log import PackedEvents
from raylite._core.common.ids import ActorID, WorkerID
from raylite._core.common.messages import KillActor, RegisterActor
from raylite._core.common.task_spec import WorkerExit
from raylite._core.gcs.actor_table import ActorView
from raylite._core.node.cluster_requests import LATER, ClusterRequests
from raylite._core.node.state_tables import StateTables
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

    LATER: Final = LATER
    """The answer follows when the head has it."""

    def __init__(self, head: Any) -> None:
        self._head = head
        self._tables = StateTables(head)
        self.cluster = ClusterRequests(head)
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
            "report": self.report,
            "state": self.state,
            "history": self.history,
            "subscribe_events": self.subscribe_events,
            "drain_output": self.drain_output,
            "worker_exit": self.worker_exit,
            "restore_folders": self.restore_folders,
            "who_was": self.who_was,
            "stand_in_for_ray": self.stand_in_for_ray,
            "stands_in_for_ray": self.stands_in_for_ray,
            **self.cluster.questions,
            "leave": self.leave,
            "stop": self.stop,
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

    def report(self, connection: Connection, number: int, what: str) -> Any:
        """What all processes have of something, and how many have not answered in time."""
        self._head.reports.ask(connection, number, what)
        return self.LATER

    def state(self, _connection: Connection, _number: int, table: str) -> list[dict[str, Any]]:
        """Rows of a table.

        Raises:
            ValueError: if there is no such table.
        """
        return self._tables.rows(table)

    def history(
        self, _connection: Connection, _number: int
    ) -> tuple[PackedEvents, PackedEvents, tuple[CallRows, ...], int]:
        """Events, messages and calls as they lie in memory, and how many were dropped."""
        events, messages, calls = self._head.events, self._head.messages, self._head.task_log
        dropped = events.dropped + messages.log.dropped + messages.never_came + calls.dropped
        return events.packed(), messages.log.packed(), calls.rows(), dropped

    def subscribe_events(
        self,
        connection: Connection,
        number: int,
        on: bool,  # noqa: FBT001  # As it came over the wire.
        with_history: bool,  # noqa: FBT001  # As above.
    ) -> Any:
        """Begin or end to report events to a process; all there are, if that is wanted."""
        self._head.readers.read(connection.peer_id, on=on)
        return self.history(connection, number) if with_history else None

    def stand_in_for_ray(self, connection: Connection, _number: int) -> None:
        """From now on ``import ray`` is to give raylite in the workers of the asker's job."""
        job = self._head.members.job_of(connection.peer_id)
        if job is not None:
            job.as_ray = True

    def stands_in_for_ray(self, connection: Connection, _number: int) -> bool:
        """What a worker asks when ``ray`` is imported there for the first time."""
        job = self._head.members.job_of(connection.peer_id)
        return job is not None and job.as_ray

    def leave(self, connection: Connection, _number: int) -> None:
        """A driver's last word; when the answer is there, what had no other owner is ended."""
        self._head.members.driver_left(connection.peer_id)

    def stop(self, _connection: Connection, _number: int) -> None:
        """End the session with all that is in it."""
        self._head.end()

    def restore_folders(self, _connection: Connection, _number: int) -> bool:
        """Somebody has found that a folder of the session is gone; whether it is there now."""
        found: bool = self._head.folders.look()
        return found

    def drain_output(self, connection: Connection, number: int) -> Any:
        """Answered when all that workers have printed is on its way to their drivers."""
        self._drain_number += 1
        if not self._head.pool.drain_output(self._drain_number):
            return None
        self._drains[self._drain_number] = (connection, number)
        return self.LATER

    def drained(self, drain_number: int) -> None:
        """The fork server has forwarded what there was."""
        self._head.output.tell_left_out()
        connection, number = self._drains.pop(drain_number)
        connection.send_message(Response(number=number))

    def drains_lost(self) -> None:
        """The fork server has died: what workers have printed lately is lost."""
        for drain_number in list(self._drains):
            self.drained(drain_number)

    def worker_exit(self, connection: Connection, number: int, worker_id: WorkerID) -> Any:
        """How a worker ended, answered when it is known; None if it was too long ago."""
        known = self._exits.get(worker_id)
        if known is not None or not self._head.pool.knows(worker_id):
            return known
        self._exit_askers.setdefault(worker_id, []).append((connection, number))
        return self.LATER

    def who_was(self, _connection: Connection, _number: int, worker_id: WorkerID) -> str:
        """A process that has ended, in words, and why it has."""
        for view in self._head.gcs.actors.views():
            if view.worker_id == worker_id and view.death_reason:
                name = f"{view.spec.class_name} ({view.spec.actor_id[:8]}…)"
                return f"the actor {name}, which is dead because {view.death_reason}"
        exit_ = self._exits.get(worker_id)
        why = exit_.reason if exit_ is not None else "it has left the session"
        return f"the process {worker_id[:8]}…, which is gone: {why}"

    def known_exit(self, worker_id: WorkerID) -> WorkerExit | None:
        """How a worker ended; None if it has not, or too long ago."""
        return self._exits.get(worker_id)

    def worker_exited(self, worker_id: WorkerID, exit_: WorkerExit) -> None:
        """Remember how a worker ended, and tell those who have asked."""
        self._exits[worker_id] = exit_
        if len(self._exits) > _MAX_EXITS:
            del self._exits[next(iter(self._exits))]
        for connection, number in self._exit_askers.pop(worker_id, []):
            connection.send_message(Response(number=number, value=exit_))
