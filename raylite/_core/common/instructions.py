"""What the control plane asks the node to do. The head's loop is the only reader."""

from collections.abc import Mapping
from typing import TypeAlias

from raylite._core.common.ids import ActorID, LeaseID, NodeID, PlacementGroupID, WorkerID
from raylite._core.common.messages import (
    NO_LOCALITY,
    BundlesCommitted,
    BundlesPrepared,
    CommitBundles,
    PrepareBundles,
    ReturnBundles,
)
from raylite._core.common.record import Record
from raylite._core.common.resources import ResourceSet
from raylite._core.common.scheduling_strategy import (
    DEFAULT_STRATEGY,
    LeaseRejection,
    SchedulingStrategy,
)

__all__ = [
    "CancelActorLease",
    "GrantWorkerLease",
    "Instruction",
    "PublishActor",
    "PublishPlacementGroup",
    "PushCreationTask",
    "ReclaimIdleLeases",
    "RejectWorkerLease",
    "RequestActorLease",
    "StartWorker",
    "StopWorker",
    "TellGcs",
    "TellRaylet",
]


class RequestActorLease(Record):
    """Find a worker for the actor: ask the raylet of a node that fits."""

    actor_id: ActorID
    lease_id: LeaseID
    placement: ResourceSet
    held: ResourceSet
    holder_id: WorkerID
    env_key: str = ""
    strategy: SchedulingStrategy = DEFAULT_STRATEGY
    locality: Mapping[str, int] = NO_LOCALITY


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


class PublishPlacementGroup(Record):
    """Tell whoever asked what has become of a placement group."""

    group_id: PlacementGroupID


class TellRaylet(Record):
    """Pass a message of the control plane on to the raylet of ``message.node_id``."""

    message: PrepareBundles | CommitBundles | ReturnBundles


class TellGcs(Record):
    """Pass a raylet's message on to the control plane."""

    message: BundlesPrepared | BundlesCommitted


class StartWorker(Record):
    """Start one more worker process on the node."""

    node_id: NodeID
    env_key: str = ""


class StopWorker(Record):
    """End a worker process."""

    worker_id: WorkerID
    reason: str
    """A whole sentence for the user, without the final stop."""
    is_crash: bool = False
    """True: an actor that is in it may be restarted, as if the process had died by itself."""
    force: bool
    """True: SIGKILL at once. False: let it run ``__ray_shutdown__`` and atexit first."""


class GrantWorkerLease(Record):
    """Tell the holder that the worker is his until he returns it."""

    lease_id: LeaseID
    worker_id: WorkerID
    node_id: NodeID
    holder_id: WorkerID
    actor_id: ActorID | None
    gpu_ids: tuple[int, ...] = ()
    """The numbers of the logical GPUs that are the worker's while the lease lasts."""


class RejectWorkerLease(Record):
    """Tell the holder, or the control plane where it is an actor's, that it waits in vain."""

    lease_id: LeaseID
    holder_id: WorkerID
    actor_id: ActorID | None
    rejection: LeaseRejection
    text: str
    """A whole sentence for the user, without the final stop."""


class ReclaimIdleLeases(Record):
    """Ask the holder to return at once the leases he keeps warm without using them."""

    holder_id: WorkerID


Instruction: TypeAlias = (
    RequestActorLease
    | CancelActorLease
    | PushCreationTask
    | PublishActor
    | PublishPlacementGroup
    | TellRaylet
    | TellGcs
    | StartWorker
    | StopWorker
    | GrantWorkerLease
    | RejectWorkerLease
    | ReclaimIdleLeases
)
