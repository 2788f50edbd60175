"""What the control plane asks the node to do. The head's loop is the only reader."""

from typing import TypeAlias

from raylite._core.common.ids import ActorID, LeaseID, NodeID, WorkerID
from raylite._core.common.record import Record
from raylite._core.common.resources import ResourceSet

__all__ = [
    "CancelActorLease",
    "GrantWorkerLease",
    "Instruction",
    "PublishActor",
    "PushCreationTask",
    "ReclaimIdleLeases",
    "RequestActorLease",
    "StartWorker",
    "StopWorker",
]


class RequestActorLease(Record):
    """Find a worker for the actor: ask the raylet of a node that fits."""

    actor_id: ActorID
    lease_id: LeaseID
    placement: ResourceSet
    held: ResourceSet
    holder_id: WorkerID


class CancelActorLease(Record):
    """The actor died before it got a worker: withdraw the request."""

    actor_id: ActorID
    lease_id: LeaseID


class PushCreationTask(Record):
    """Send the call of ``__init__`` to the worker."""

    actor_id: ActorID
    worker_id: WorkerID
    creation_task: bytes
    num_restarts: int
    """0 for the first life."""


class PublishActor(Record):
    """Tell every process that holds a handle what has become of the actor."""

    actor_id: ActorID


class StartWorker(Record):
    """Start one more worker process on the node."""

    node_id: NodeID


class StopWorker(Record):
    """End a worker process."""

    worker_id: WorkerID
    reason: str
    """A whole sentence for the user, without the final stop."""
    force: bool
    """True: SIGKILL at once. False: let it run ``__ray_shutdown__`` and atexit first."""


class GrantWorkerLease(Record):
    """Tell the holder that the worker is his until he returns it."""

    lease_id: LeaseID
    worker_id: WorkerID
    node_id: NodeID
    holder_id: WorkerID
    actor_id: ActorID | None


class ReclaimIdleLeases(Record):
    """Ask the holder to return at once the leases he keeps warm without using them."""

    holder_id: WorkerID


Instruction: TypeAlias = (
    RequestActorLease
    | CancelActorLease
    | PushCreationTask
    | PublishActor
    | StartWorker
    | StopWorker
    | GrantWorkerLease
    | ReclaimIdleLeases
)
