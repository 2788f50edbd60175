"""What happened. Widgets, timeline and exercises read this and nothing else.

In Ray: ``src/ray/core_worker/task_event_buffer.h`` and the export events of the GCS. An
event is in the past tense, frozen, and stamped with ``at_s``: seconds since the session
began, on the clock that all processes of the machine share.
"""

from collections.abc import Mapping
from typing import Final, TypeAlias

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
    "GCS",
    "NO_AMOUNTS",
    "ActorRegistered",
    "ActorStateChanged",
    "DriverStateChanged",
    "Event",
    "LeaseStateChanged",
    "MessageIgnored",
    "MessageSent",
    "NodeStateChanged",
    "ObjectSealed",
    "ObjectsFreed",
    "PendingCallsChanged",
    "PlacementGroupStateChanged",
    "TaskEnded",
    "TaskStateChanged",
    "WorkerStateChanged",
]


GCS: Final = "gcs"
"""The control plane, as the sender or receiver of a message. A raylet is ``raylet:`` and the id of
its node; a driver or worker its ``WorkerID``; the process that forks workers ``fork-server``."""

NO_AMOUNTS: Final[Mapping[str, float]] = {}


class ActorRegistered(Record):
    """The control plane has heard of an actor: what does not change in its life."""

    actor_id: ActorID
    class_name: str
    name: str | None
    namespace: str
    owner_id: WorkerID
    is_detached: bool
    resources: Mapping[str, float]
    """Held as long as it lives."""
    max_restarts: int
    """-1: as often as needed."""
    at_s: float


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


class DriverStateChanged(Record):
    """A driver joined the session or has left it."""

    worker_id: WorkerID
    node_id: NodeID
    pid: int
    is_alive: bool
    entrypoint: str
    at_s: float


class LeaseStateChanged(Record):
    """A request for a worker moved from one state to another."""

    lease_id: LeaseID
    holder_id: WorkerID
    worker_id: WorkerID | None
    actor_id: ActorID | None
    old: LeaseState | None
    new: LeaseState
    at_s: float
    resources: Mapping[str, float] = NO_AMOUNTS
    """What it takes while it is granted."""
    group_id: PlacementGroupID | None = None
    """The placement group it takes that from, and which bundle."""
    bundle_index: int = -1


class NodeStateChanged(Record):
    """A node came or went."""

    node_id: NodeID
    old: NodeState | None
    new: NodeState
    at_s: float
    resources: Mapping[str, float] = NO_AMOUNTS
    """All that it has."""
    labels: Mapping[str, str] = {}
    is_head: bool = False
    """Where the drivers are."""


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
    bundles: tuple[Mapping[str, float], ...] = ()
    """What each reserves, in order."""
    strategy: str = ""


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

    Its times are on one clock, each not before the one above it: ``submitted_s``, ``sent_s``,
    ``started_s``, ``ended_s``, ``at_s``.
    """

    task_id: str
    name: str
    actor_id: ActorID | None
    owner_id: WorkerID
    state: TaskState
    """FINISHED or FAILED."""
    submitted_s: float
    started_s: float
    """When it began to run."""
    ended_s: float
    at_s: float
    """When the owner had the reply."""
    worker_id: WorkerID | None = None
    """Who has run it; None if nobody has answered."""
    error_type: str | None = None
    """Ray's word for what has gone wrong; None if nothing has."""
    sent_s: float = 0.0
    """When it left its submitter's queue, where it had waited for an argument, for its actor or for
    a lease."""
    fetched_s: float = 0.0
    """How long its executor took to unpack or map the arguments, before ``started_s``."""
    args_bytes: int = 0
    result_bytes: int = 0


class MessageSent(Record):
    """One process, or part of the head, told another something.

    Calls and their replies are not among these: a :class:`TaskEnded` says when both were sent.
    """

    kind: str
    """The class of the message, such as ``RegisterActor``."""
    source_id: str
    """A ``WorkerID``, or as :data:`GCS` says."""
    target_id: str
    about: str
    """The id of the actor, lease, worker, group, task or object that it is about; may be empty."""
    size_bytes: int
    """0: both live in the head, so that nothing was written."""
    sent_s: float
    at_s: float
    """When it was taken; ``sent_s`` where nobody has noted that."""


class ObjectSealed(Record):
    """A large value has been written to a file."""

    object_id: str
    owner_id: WorkerID
    worker_id: WorkerID
    """Who has written it."""
    size_bytes: int
    on_disk: bool
    at_s: float


class ObjectsFreed(Record):
    """The owner has let go of large values: nobody can get them any more."""

    object_ids: tuple[str, ...]
    at_s: float


class PendingCallsChanged(Record):
    """A process waits for so many calls of an actor. Told while somebody watches, and only then."""

    owner_id: WorkerID
    actor_id: ActorID
    pending: int
    queued: int
    """Those of them that have not been sent."""
    at_s: float


class MessageIgnored(Record):
    """News that came too late to matter, which is normal where processes die."""

    kind: str
    """The class of the message."""
    about: str
    """The id of the actor, worker or lease."""
    at_s: float
    why: str


Event: TypeAlias = (
    ActorRegistered
    | ActorStateChanged
    | WorkerStateChanged
    | DriverStateChanged
    | LeaseStateChanged
    | NodeStateChanged
    | PlacementGroupStateChanged
    | TaskStateChanged
    | TaskEnded
    | MessageSent
    | ObjectSealed
    | ObjectsFreed
    | PendingCallsChanged
    | MessageIgnored
)
