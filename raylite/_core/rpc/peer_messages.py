"""The rare messages between processes: everything but calls and replies.

In Ray: ``src/ray/protobuf/core_worker.proto`` and ``gcs_service.proto``. Each is pickled as it
stands. Those to the head's pure parts are in :mod:`raylite._core.common.messages`; these are
about connections, objects and news.
"""

from dataclasses import dataclass
from typing import Any

from raylite._core.common.ids import ActorID, JobID, LeaseID, NodeID, ObjectID, WorkerID
from raylite._core.common.states import ActorState

__all__ = [
    "ActorUpdate",
    "BorrowerAdded",
    "BorrowerCounted",
    "CreateActor",
    "DefineFunction",
    "DrainOutput",
    "Drained",
    "EventBatch",
    "ExitWorker",
    "ForkWorker",
    "GetObject",
    "HandBackTasks",
    "Hello",
    "LeaseGranted",
    "Notice",
    "ObjectValue",
    "OutputLines",
    "RefsArrived",
    "RefsInReply",
    "ReleaseBorrow",
    "Request",
    "Response",
    "ReturnIdleLeases",
    "SubscribeActor",
    "TaskEvents",
    "Welcome",
    "WorkerExited",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """The first frame on every connection; without the session's key it is the last."""

    key: bytes
    worker_id: WorkerID
    pid: int
    role: str
    """``driver``, ``worker``, ``fork_server`` or ``peer``."""
    address: str = ""
    """Where others reach the sender."""
    import_path: tuple[str, ...] = ()
    """A driver's ``sys.path``: where its modules are found."""
    cwd: str = ""
    namespace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """The head's answer to a driver or worker."""

    job_id: JobID
    node_id: NodeID
    namespace: str
    import_path: tuple[str, ...]
    cwd: str
    num_cpus: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A question to the head; answered by a ``Response`` of the same number."""

    number: int
    what: str
    args: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The head's answer."""

    number: int
    value: Any = None
    error: BaseException | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscribeActor:
    """Tell me what becomes of this actor."""

    actor_id: ActorID


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorUpdate:
    """What has become of an actor, and where it is reached."""

    actor_id: ActorID
    state: ActorState
    worker_id: WorkerID | None
    address: str
    num_restarts: int
    error: bytes
    """The packed exception of a constructor that raised."""
    reason: str
    class_name: str
    name: str | None
    pid: int | None
    stderr_tail: str
    intended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseGranted:
    """The worker is yours until you return it."""

    lease_id: LeaseID
    worker_id: WorkerID
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnIdleLeases:
    """Somebody waits for the workers that you keep warm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateActor:
    """Become an actor: run its constructor, then serve its calls."""

    actor_id: ActorID
    owner_id: WorkerID
    creation_task: bytes
    num_restarts: int
    class_name: str
    name: str | None
    namespace: str
    held: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitWorker:
    """End in an orderly way."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DefineFunction:
    """A remote function, sent once to each worker before its first call."""

    key: str
    name: str
    blob: bytes
    source_files: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandBackTasks:
    """These tasks were not started and will not be: give them to another worker."""

    seqs: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GetObject:
    """A borrower asks the owner for a value."""

    object_id: ObjectID


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectValue:
    """The owner's answer, once the value is there."""

    object_id: ObjectID
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class BorrowerAdded:
    """The sender holds a ref to an object of the receiver's."""

    object_id: ObjectID
    number: int
    """Not 0: the sender waits for ``BorrowerCounted`` of this number before it goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BorrowerCounted:
    """The owner has counted the borrower."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseBorrow:
    """The sender's last ref to an object of the receiver's is gone."""

    object_id: ObjectID


@dataclass(frozen=True, slots=True, kw_only=True)
class RefsInReply:
    """Sent ahead of a reply whose value contains refs: their names, as ``pickle`` writes them."""

    seq: int
    names: list[tuple[ObjectID, WorkerID, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefsArrived:
    """The refs in a reply are counted: the executor need not hold them any longer."""

    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEvents:
    """Calls that ended, as rows: seq, name, actor, failed, submitted, started, ended, replied."""

    owner_id: WorkerID
    rows: list[tuple[Any, ...]]
    dropped: int = 0
    """Rows that were too many and are not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventBatch:
    """News from the event log for a subscriber."""

    events: list[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something the user of a driver should know, said once."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputLines:
    """What a worker printed."""

    worker_id: WorkerID
    pid: int
    stream: str
    """``stdout`` or ``stderr``."""
    lines: list[str]
    prefix: str = ""
    """Who printed it: the actor's class or repr, or the function's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainOutput:
    """Forward what the worker has printed up to now, then answer."""

    worker_id: WorkerID
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """From the fork server: the output asked for is on its way, ahead of this."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkWorker:
    """To the fork server: start one more worker."""

    worker_id: WorkerID


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerExited:
    """From the fork server: a worker process is gone."""

    worker_id: WorkerID
    pid: int
    status: int
    """As ``os.waitpid`` gives it."""
    stderr_tail: str
