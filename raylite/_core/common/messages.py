"""What the control plane is told.

Every message is frozen and carries ``at_s``, seconds since the session began on the one
monotonic clock that all processes of a machine share. A pure part learns the time, ids and
the fate of processes from messages and from nowhere else.
"""

from typing import TypeAlias

from raylite._core.common.ids import ActorID, LeaseID, NodeID, WorkerID
from raylite._core.common.record import Record
from raylite._core.common.resources import ResourceSet
from raylite._core.common.task_spec import ActorSpec, WorkerExit

__all__ = [
    "ActorDependenciesReady",
    "ActorExiting",
    "ActorOutOfScope",
    "ActorWorkerLeased",
    "CancelWorkerLease",
    "CreationFailed",
    "CreationFinished",
    "GcsMessage",
    "KillActor",
    "RayletMessage",
    "RegisterActor",
    "RequestWorkerLease",
    "ReturnWorkerLease",
    "WorkerBlocked",
    "WorkerDied",
    "WorkerRegistered",
    "WorkerStarting",
    "WorkerStays",
    "WorkerUnblocked",
]


class RegisterActor(Record):
    """A driver or worker called ``ActorClass.remote()``."""

    spec: ActorSpec
    at_s: float


class ActorDependenciesReady(Record):
    """Every ref among the constructor's arguments has a value: the actor may be created."""

    actor_id: ActorID
    creation_task: bytes
    """The packed call of ``__init__``, kept for restarts. Opaque to the control plane."""
    at_s: float


class ActorWorkerLeased(Record):
    """A raylet has found a worker process for the actor."""

    actor_id: ActorID
    lease_id: LeaseID
    worker_id: WorkerID
    node_id: NodeID
    at_s: float


class CreationFinished(Record):
    """The actor's ``__init__`` returned."""

    actor_id: ActorID
    worker_id: WorkerID
    """Where: news from a worker that is no longer the actor's is stale."""
    at_s: float


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


class WorkerStarting(Record):
    """The node has begun to start a worker process, as the raylet had asked."""

    worker_id: WorkerID
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


GcsMessage: TypeAlias = (
    RegisterActor
    | ActorDependenciesReady
    | ActorWorkerLeased
    | CreationFinished
    | CreationFailed
    | KillActor
    | ActorOutOfScope
    | ActorExiting
    | WorkerDied
)

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
)
