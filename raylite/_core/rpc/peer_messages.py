"""The rare messages between processes: everything but calls and replies.

In Ray: ``src/ray/protobuf/core_worker.proto`` and ``gcs_service.proto``. Each is pickled as it
stands. Those to the head's pure parts are in :mod:`raylite._core.common.messages`; these are
about connections, objects and news.
"""

from collections.abc import Mapping
from typing import Any, Final

from raylite._core.common.call_options import ONE_CPU
from raylite._core.common.environment import NO_ENVIRONMENT, Environment
from raylite._core.common.event_batch import CallRows
from raylite._core.common.events import Event
from raylite._core.common.ids import ActorID, JobID, LeaseID, NodeID, ObjectID, WorkerID
from raylite._core.common.message_rows import MessageRow
from raylite._core.common.record import Record
from raylite._core.common.scheduling_strategy import (
    DEFAULT_STRATEGY,
    LeaseRejection,
    SchedulingStrategy,
)
from raylite._core.common.states import ActorState
from raylite._core.common.task_rows import TaskRows

__all__ = [
    "ALL_ITEMS",
    "ORDINARY",
    "ActorUpdate",
    "BorrowerAdded",
    "BorrowerCounted",
    "CancelAnswered",
    "CancelObject",
    "CancelTask",
    "CreateActor",
    "DefineEnvironment",
    "DefineFunction",
    "DrainOutput",
    "Drained",
    "EventNews",
    "EventsWatched",
    "ExitWorker",
    "FoldersRestored",
    "ForgetFunction",
    "ForkWorker",
    "GetObject",
    "HandBackTasks",
    "Hello",
    "ItemsTaken",
    "LeaseContext",
    "LeaseGranted",
    "LeaseRejected",
    "Notice",
    "ObjectValue",
    "RefsArrived",
    "RefsInReply",
    "ReleaseBorrow",
    "Request",
    "Response",
    "ReturnIdleLeases",
    "SegmentsReleased",
    "SubscribeActor",
    "TaskEvents",
    "Welcome",
    "WorkerExited",
]


ALL_ITEMS: Final = -1


class Hello(Record):
    """The first frame on every connection; without the session's key it is the last."""

    key: bytes
    worker_id: WorkerID
    pid: int
    role: str
    """``driver``, ``worker``, ``fork_server``, ``peer``, or ``visitor``, who only asks."""
    address: str = ""
    """Where others reach the sender."""
    import_path: tuple[str, ...] = ()
    """A driver's ``sys.path``: where its modules are found."""
    cwd: str = ""
    namespace: str = ""
    entrypoint: str = ""
    """Of a driver: its command line."""
    as_ray: bool = False
    """Of a driver: ``import ray`` is to give raylite in its workers."""


class Welcome(Record):
    """The head's answer to a driver or worker."""

    job_id: JobID
    node_id: NodeID
    namespace: str
    import_path: tuple[str, ...]
    cwd: str
    num_cpus: float
    env_key: str = ""
    """The environment of what the process submits, where it does not say otherwise."""
    environment: Environment = NO_ENVIRONMENT
    """What is behind this key."""
    task_events: bool = True
    """Whether the head wants to know what becomes of calls."""


class DefineEnvironment(Record):
    """What is behind the key of an environment of the sender's job. Told before it is used."""

    env_key: str
    environment: Environment


class Request(Record):
    """A question to the head; answered by a ``Response`` of the same number."""

    number: int
    what: str
    args: tuple[Any, ...] = ()


class Response(Record):
    """The head's answer."""

    number: int
    value: Any = None
    error: BaseException | None = None


class SubscribeActor(Record):
    """Tell me what becomes of this actor."""

    actor_id: ActorID


class ActorUpdate(Record):
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
    rejection: LeaseRejection | None = None
    """Why there was no worker for it, if it is dead for that."""
    max_restarts: int = 0
    at_s: float = 0.0
    """When it came to be in this state."""


class LeaseGranted(Record):
    """The worker is yours until you return it."""

    lease_id: LeaseID
    worker_id: WorkerID
    address: str
    gpu_ids: tuple[int, ...] = ()


class LeaseRejected(Record):
    """You wait in vain: the request will never be granted."""

    lease_id: LeaseID
    rejection: LeaseRejection
    text: str
    """A whole sentence for the user, without the final stop."""


class LeaseContext(Record):
    """Sent to a leased worker ahead of tasks whose lease is not an ordinary one."""

    resources: Mapping[str, float] = ONE_CPU
    gpu_ids: tuple[int, ...] = ()
    strategy: SchedulingStrategy = DEFAULT_STRATEGY


ORDINARY: Final = LeaseContext()
"""What is so of a lease of which nothing was said."""


class ReturnIdleLeases(Record):
    """Somebody waits for the workers that you keep warm."""


class CreateActor(Record):
    """Become an actor: run its constructor, then serve its calls."""

    actor_id: ActorID
    owner_id: WorkerID
    creation_task: bytes
    num_restarts: int
    class_name: str
    name: str | None
    namespace: str
    held: dict[str, float]
    handle: bytes
    """What makes a handle to the actor, for itself."""
    gpu_ids: tuple[int, ...] = ()
    strategy: SchedulingStrategy = DEFAULT_STRATEGY
    max_restarts: int = 0


class ExitWorker(Record):
    """End in an orderly way."""

    reason: str


class DefineFunction(Record):
    """A remote function, sent once to each worker before its first call."""

    key: str
    name: str
    blob: bytes
    source_files: dict[str, str]
    max_calls: int = 0
    """After how many calls of it the worker ends; 0: never."""


class ForgetFunction(Record):
    """Nobody can call a remote function any more."""

    key: str


class HandBackTasks(Record):
    """These tasks were not started and will not be: give them to another worker."""

    seqs: tuple[int, ...]


class CancelTask(Record):
    """To whoever was sent a call: its caller does not want it any more."""

    seq: int
    force: bool
    """End the process, if it runs the task."""
    recursive: bool
    """The calls it has made are not wanted either."""


class CancelObject(Record):
    """A borrower asks the owner to cancel the call that is to give a value."""

    object_id: ObjectID
    number: int
    """Of the question; the answer has the same."""
    force: bool
    recursive: bool


class CancelAnswered(Record):
    """The owner's answer."""

    number: int
    refused: str = ""
    """Why it cannot be done; empty if there is no reason."""


class ItemsTaken(Record):
    """The caller of a generator has taken so many of its items."""

    seq: int
    number: int
    """``ALL_ITEMS``: nobody will take any, so that there is nothing to wait for."""


class GetObject(Record):
    """A borrower asks the owner for a value."""

    object_id: ObjectID


class ObjectValue(Record):
    """The owner's answer, once the value is there."""

    object_id: ObjectID
    payload: bytes


class BorrowerAdded(Record):
    """The sender holds a ref to an object of the receiver's."""

    object_id: ObjectID
    number: int
    """Not 0: the sender waits for ``BorrowerCounted`` of this number before it goes on."""


class BorrowerCounted(Record):
    """The owner has counted the borrower."""

    number: int


class ReleaseBorrow(Record):
    """The sender's last ref to an object of the receiver's is gone."""

    object_id: ObjectID


class RefsInReply(Record):
    """Sent ahead of a reply whose value contains refs: their names, as ``pickle`` writes them."""

    seq: int
    names: list[tuple[ObjectID, WorkerID, str]]
    index: int = -1
    """Of a generator: the number of the item; -1 for a reply."""


class RefsArrived(Record):
    """The refs in a reply are counted: the executor need not hold them any longer."""

    seq: int
    index: int = -1


class TaskEvents(Record):
    """Calls that ended."""

    owner_id: WorkerID
    rows: TaskRows
    dropped: int = 0
    """Rows that were too many and are not told."""
    messages: tuple[tuple[str, str, str, int, float], ...] = ()
    """What the process has told others: kind, target, about, bytes, and when that was, in seconds
    since the session began."""
    messages_dropped: int = 0
    events: tuple[Event, ...] = ()
    """What has become of its large objects, and of its calls while somebody watches."""


class EventNews(Record):
    """News from the event log for a subscriber. Nobody unpacks them on the way."""

    events: tuple[Event, ...]
    messages: tuple[MessageRow, ...]
    calls: tuple[CallRows, ...]
    dropped: int


class EventsWatched(Record):
    """From the head: somebody watches the event log, or nobody does any more."""

    on: bool


class Notice(Record):
    """Something the user of a driver should know, said once."""

    text: str


class SegmentsReleased(Record):
    """To the writer of large values: their owner has let go of them, the files are free."""

    paths: list[str]


class DrainOutput(Record):
    """Forward what all workers have printed up to now, then answer."""

    number: int


class Drained(Record):
    """From the fork server: the output asked for is on its way, ahead of this."""

    number: int


class FoldersRestored(Record):
    """From the head: somebody had removed the session's folders. Listen again where you did."""


class ForkWorker(Record):
    """To the fork server: start one more worker."""

    worker_id: WorkerID


class WorkerExited(Record):
    """From the fork server: a worker process is gone."""

    worker_id: WorkerID
    pid: int
    status: int
    """As ``os.waitpid`` gives it."""
    stderr_tail: str
