"""What the control plane is told.

Every message is frozen and carries ``at_s``, seconds since the session began on the one
monotonic clock that all processes of a machine share. A pure part learns the time, ids and
the fate of processes from messages and from nowhere else.
"""

from collections.abc import Mapping
from typing import Final, TypeAlias

from raylite._core.common.ids import ActorID, LeaseID, NodeID, PlacementGroupID, WorkerID
from raylite._core.common.node_resources import NodeResources
from raylite._core.common.placement_group_spec import BundleSpec, PlacementGroupSpec
from raylite._core.common.record import Record
from raylite._core.common.resources import ResourceSet
from raylite._core.common.scheduling_strategy import (
    DEFAULT_STRATEGY,
    LeaseRejection,
    SchedulingStrategy,
)
from raylite._core.common.task_spec import ActorSpec, WorkerExit

__all__ = [
    "NO_LOCALITY",
    "ActorDependenciesReady",
    "ActorExiting",
    "ActorLeaseRejected",
    "ActorMessage",
    "ActorOutOfScope",
    "ActorWorkerLeased",
    "AddNode",
    "BundlesCommitted",
    "BundlesPrepared",
    "CancelWorkerLease",
    "ClusterMessage",
    "CommitBundles",
    "CreatePlacementGroup",
    "CreationFailed",
    "CreationFinished",
    "EnvironmentGone",
    "GcsMessage",
    "KillActor",
    "PlacementGroupMessage",
    "PrepareBundles",
    "RayletMessage",
    "RegisterActor",
    "RemoveNode",
    "RemovePlacementGroup",
    "ReportResources",
    "RequestWorkerLease",
    "ReturnBundles",
    "ReturnWorkerLease",
    "WorkerBlocked",
    "WorkerDied",
    "WorkerRegistered",
    "WorkerStarting",
    "WorkerStays",
    "WorkerUnblocked",
]

NO_LOCALITY: Final[Mapping[str, int]] = {}


class RegisterActor(Record):
    """A driver or worker called ``ActorClass.remote()``."""

    spec: ActorSpec
    at_s: float


class ActorDependenciesReady(Record):
    """Every ref among the constructor's arguments has a value: the actor may be created."""

    actor_id: ActorID
    creation_task: bytes
    """The packed call of ``__init__``, kept for restarts. Opaque to the control plane."""
    locality: Mapping[str, int] = NO_LOCALITY
    """Bytes of its large arguments, by the first 12 digits of the process that wrote them."""
    at_s: float


class ActorWorkerLeased(Record):
    """A raylet has found a worker process for the actor."""

    actor_id: ActorID
    lease_id: LeaseID
    worker_id: WorkerID
    node_id: NodeID
    at_s: float


class ActorLeaseRejected(Record):
    """No raylet will ever find a worker for the actor."""

    actor_id: ActorID
    lease_id: LeaseID
    rejection: LeaseRejection
    text: str
    """A whole sentence for the user, without the final stop."""
    at_s: float


class CreationFinished(Record):
    """The actor's ``__init__`` returned."""

    actor_id: ActorID
    worker_id: WorkerID
    """Where: news from a worker that is no longer the actor's is stale."""
    at_s: float
    repr_name: str = ""
    """What its own ``__repr__`` says of it; empty if its class has none."""


class CreationFailed(Record):
    """The actor's ``__init__`` raised."""

    actor_id: ActorID
    worker_id: WorkerID
    error: bytes
    """The packed exception, for the callers. Opaque to the control plane."""
    summary: str
    """One line for people."""
    at_s: float


class KillActor(Record):
    """Somebody called ``kill(handle)``."""

    actor_id: ActorID
    no_restart: bool
    at_s: float


class ActorOutOfScope(Record):
    """The owner knows of no handle any more, in any process, and no call is pending."""

    actor_id: ActorID
    at_s: float


class ActorExiting(Record):
    """The actor ends on purpose: ``exit_actor``, ``sys.exit(0)`` or ``__ray_terminate__``."""

    actor_id: ActorID
    worker_id: WorkerID
    reason: str
    at_s: float


class WorkerDied(Record):
    """A process of the session is gone. Told to the GCS and to the worker's raylet."""

    worker_id: WorkerID
    exit: WorkerExit
    at_s: float


class AddNode(Record):
    """A further node of the session, on this machine like all of them."""

    node_id: NodeID
    total: ResourceSet
    labels: Mapping[str, str]
    at_s: float


class RemoveNode(Record):
    """A node is gone with all that ran on it."""

    node_id: NodeID
    at_s: float


class CreatePlacementGroup(Record):
    """Somebody called ``placement_group(bundles)``."""

    spec: PlacementGroupSpec
    at_s: float


class RemovePlacementGroup(Record):
    """Somebody called ``remove_placement_group(group)``."""

    group_id: PlacementGroupID
    at_s: float


class ReportResources(Record):
    """What the nodes have and have left. Told while placement groups wait for it to change."""

    nodes: tuple[NodeResources, ...]
    at_s: float


class PrepareBundles(Record):
    """First phase: set these bundles aside on the node, all of them or none."""

    group_id: PlacementGroupID
    attempt: int
    """Counts the group's attempts to be placed: an answer to an earlier one is stale."""
    node_id: NodeID
    bundles: tuple[BundleSpec, ...]
    at_s: float


class BundlesPrepared(Record):
    """A raylet's answer to ``PrepareBundles``."""

    group_id: PlacementGroupID
    attempt: int
    node_id: NodeID
    prepared: bool
    """False: the node has no room for them any more, and has set nothing aside."""
    at_s: float


class CommitBundles(Record):
    """Second phase: every node is prepared, so the bundles can be used."""

    group_id: PlacementGroupID
    attempt: int
    node_id: NodeID
    at_s: float


class BundlesCommitted(Record):
    """A raylet's answer to ``CommitBundles``."""

    group_id: PlacementGroupID
    attempt: int
    node_id: NodeID
    at_s: float


class ReturnBundles(Record):
    """Give the group's bundles on the node back, and end what runs in them."""

    group_id: PlacementGroupID
    node_id: NodeID | None
    """None: wherever it has any. Told so also for a removed group that has none yet, whose
    requests would wait for ever."""
    removed: bool
    """True: the group is gone for good. False: it will be placed anew."""
    attempt: int | None = None
    """Only what this attempt has prepared and not committed; None: everything."""
    at_s: float


class EnvironmentGone(Record):
    """No more work will come for this environment, since its driver has ended.

    Idle workers of it end; requests of it are rejected, but for those of actors that live on.
    """

    env_key: str
    at_s: float


class WorkerStarting(Record):
    """The node has begun to start a worker process, as the raylet had asked."""

    worker_id: WorkerID
    node_id: NodeID
    env_key: str
    at_s: float


class WorkerRegistered(Record):
    """A worker process is up and has said hello."""

    worker_id: WorkerID
    pid: int
    at_s: float


class RequestWorkerLease(Record):
    """Somebody has work of a given shape: tasks of his own, or the creation of an actor."""

    lease_id: LeaseID
    holder_id: WorkerID
    """Who will push tasks to the worker; for an actor, its owner."""
    placement: ResourceSet
    """What must be free on the node."""
    held: ResourceSet
    """What the lease takes from the node while it lasts."""
    actor_id: ActorID | None = None
    """Set where the lease is for an actor; it then ends with the worker."""
    env_key: str = ""
    """The environment: a worker process belongs to one of them for life."""
    strategy: SchedulingStrategy = DEFAULT_STRATEGY
    locality: Mapping[str, int] = NO_LOCALITY
    """Bytes of large arguments, by the first 12 digits of the process that wrote them."""
    at_s: float


class CancelWorkerLease(Record):
    """The holder has no more work of that shape, and the lease was not granted yet."""

    lease_id: LeaseID
    at_s: float


class ReturnWorkerLease(Record):
    """The holder has no more work for the worker, which is idle."""

    lease_id: LeaseID
    at_s: float


class WorkerBlocked(Record):
    """The task on the worker waits in ``get`` or ``wait``: it lends its CPU."""

    worker_id: WorkerID
    at_s: float


class WorkerUnblocked(Record):
    """The task on the worker goes on."""

    worker_id: WorkerID
    at_s: float


class WorkerStays(Record):
    """An idle worker was asked to end, and does not: others need what it owns."""

    worker_id: WorkerID
    at_s: float


ActorMessage: TypeAlias = (
    RegisterActor
    | ActorDependenciesReady
    | ActorWorkerLeased
    | ActorLeaseRejected
    | CreationFinished
    | CreationFailed
    | KillActor
    | ActorOutOfScope
    | ActorExiting
    | WorkerDied
)

PlacementGroupMessage: TypeAlias = (
    CreatePlacementGroup
    | RemovePlacementGroup
    | ReportResources
    | BundlesPrepared
    | BundlesCommitted
    | RemoveNode
    | WorkerDied
)

GcsMessage: TypeAlias = ActorMessage | PlacementGroupMessage | AddNode

RayletMessage: TypeAlias = (
    RequestWorkerLease
    | CancelWorkerLease
    | ReturnWorkerLease
    | WorkerStarting
    | WorkerRegistered
    | WorkerBlocked
    | WorkerUnblocked
    | WorkerStays
    | WorkerDied
    | PrepareBundles
    | CommitBundles
    | ReturnBundles
    | EnvironmentGone
)

ClusterMessage: TypeAlias = RayletMessage | AddNode | RemoveNode
"""What is told to the one who composes the raylets of all nodes."""
