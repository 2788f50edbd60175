"""What happened. Widgets, timeline and exercises read this and nothing else.

In Ray: ``src/ray/core_worker/task_event_buffer.h`` and the export events of the GCS. An
event is in the past tense, frozen, and stamped with ``at_s``: seconds since the session
began, on the clock that all processes of the machine share.
"""

from typing import TypeAlias

from raylite._core.common.ids import ActorID, LeaseID, NodeID, PlacementGroupID, WorkerID
from raylite._core.common.record import Record
from raylite._core.common.states import (
    ActorState,
    LeaseState,
    NodeState,
    PlacementGroupState,
    TaskState,
    WorkerState,
)

__all__ = [
    "ActorStateChanged",
    "Event",
    "LeaseStateChanged",
    "MessageIgnored",
    "NodeStateChanged",
    "PlacementGroupStateChanged",
    "TaskEnded",
    "TaskStateChanged",
    "WorkerStateChanged",
]


class ActorStateChanged(Record):
    """An actor moved from one state to another."""

    actor_id: ActorID
    class_name: str
    name: str | None
    old: ActorState | None
    """None when the actor was first registered."""
    new: ActorState
    worker_id: WorkerID | None
    """The process it lives in, as far as it has one."""
    num_restarts: int
    at_s: float
    why: str


class WorkerStateChanged(Record):
    """A worker process moved from one state to another."""

    worker_id: WorkerID
    node_id: NodeID
    pid: int | None
    old: WorkerState | None
    new: WorkerState
    at_s: float
    why: str


class LeaseStateChanged(Record):
    """A request for a worker moved from one state to another."""

    lease_id: LeaseID
    holder_id: WorkerID
    worker_id: WorkerID | None
    actor_id: ActorID | None
    old: LeaseState | None
    new: LeaseState
    at_s: float


class NodeStateChanged(Record):
    """A node came or went."""

    node_id: NodeID
    old: NodeState | None
    new: NodeState
    at_s: float


class PlacementGroupStateChanged(Record):
    """A placement group moved from one state to another."""

    group_id: PlacementGroupID
    name: str
    old: PlacementGroupState | None
    new: PlacementGroupState
    node_ids: tuple[NodeID | None, ...]
    """Where each bundle is, in order; None for one that is nowhere."""
    at_s: float
    why: str


class TaskStateChanged(Record):
    """A task or an actor's call entered a state that lasts long enough to be seen."""

    task_id: str
    name: str
    actor_id: ActorID | None
    worker_id: WorkerID
    """Who reports it."""
    new: TaskState
    at_s: float


class TaskEnded(Record):
    """The whole life of a task or call in one event, told by its owner when the reply came.

    Four times on one clock: what lies between them is the time in the submitter's queue
    and on the wire, the time of execution, and the time of the reply.
    """

    task_id: str
    name: str
    actor_id: ActorID | None
    owner_id: WorkerID
    state: TaskState
    """FINISHED or FAILED."""
    submitted_s: float
    started_s: float
    ended_s: float
    at_s: float
    """When the owner had the reply."""
    worker_id: WorkerID | None = None
    """Who has run it; None if nobody has answered."""
    error_type: str | None = None
    """Ray's word for what has gone wrong; None if nothing has."""


class MessageIgnored(Record):
    """News that came too late to matter, which is normal where processes die."""

    kind: str
    """The class of the message."""
    about: str
    """The id of the actor, worker or lease."""
    at_s: float
    why: str


Event: TypeAlias = (
    ActorStateChanged
    | WorkerStateChanged
    | LeaseStateChanged
    | NodeStateChanged
    | PlacementGroupStateChanged
    | TaskStateChanged
    | TaskEnded
    | MessageIgnored
)
