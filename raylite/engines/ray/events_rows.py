"""What Ray's tables say at one moment, in raylite's words: the rows that events are made from.

In Ray: ``ActorTableData``, ``WorkerTableData``, ``GcsNodeInfo``, ``PlacementGroupTableData`` in
``src/ray/protobuf/gcs.proto`` and ``TaskEvents`` in ``src/ray/protobuf/task_events.proto``. Left
out here: everything that no picture shows. All times are seconds since the session began.
"""

from collections.abc import Mapping
from typing import Final

from raylite._core.common.events import NO_AMOUNTS
from raylite._core.common.ids import ActorID, NodeID, PlacementGroupID, WorkerID
from raylite._core.common.record import Record
from raylite._core.common.states import ActorState, PlacementGroupState, TaskState

__all__ = ["NO_TIMES", "ActorRow", "GroupRow", "NodeRow", "Snapshot", "TaskRow", "WorkerRow"]

NO_TIMES: Final[Mapping[TaskState, float]] = {}


class ActorRow(Record):
    """An actor, as the GCS has it."""

    actor_id: ActorID
    class_name: str
    state: ActorState
    name: str | None = None
    namespace: str = ""
    owner_id: WorkerID = WorkerID("")
    is_detached: bool = False
    resources: Mapping[str, float] = NO_AMOUNTS
    max_restarts: int = 0
    num_restarts: int = 0
    worker_id: WorkerID | None = None
    started_s: float | None = None
    """When it came alive for the first time; None: never."""
    changed_s: float | None = None
    """When it came into its state, where Ray tells."""
    why: str = ""
    """Why it has died."""


class WorkerRow(Record):
    """A driver or a worker process."""

    worker_id: WorkerID
    node_id: NodeID
    pid: int
    is_alive: bool
    is_driver: bool = False
    started_s: float | None = None
    ended_s: float | None = None
    why: str = ""
    entrypoint: str = ""


class NodeRow(Record):
    """A node."""

    node_id: NodeID
    is_alive: bool
    resources: Mapping[str, float] = NO_AMOUNTS
    labels: Mapping[str, str] = {}
    is_head: bool = False
    started_s: float | None = None
    ended_s: float | None = None


class GroupRow(Record):
    """A placement group."""

    group_id: PlacementGroupID
    name: str
    state: PlacementGroupState
    bundles: tuple[Mapping[str, float], ...] = ()
    node_ids: tuple[NodeID | None, ...] = ()
    strategy: str = ""


class TaskRow(Record):
    """One attempt of a task or of an actor's call."""

    task_id: str
    attempt: int
    name: str
    actor_id: ActorID | None = None
    owner_id: WorkerID = WorkerID("")
    worker_id: WorkerID | None = None
    times: Mapping[TaskState, float] = NO_TIMES
    """When it came into each state it was in."""
    ran_s: float | None = None
    """When its code had ended, where its worker tells; the answer came later."""
    fetched_s: float = 0.0
    error_type: str | None = None
    resources: Mapping[str, float] = NO_AMOUNTS
    is_creation: bool = False


class Snapshot(Record):
    """All tables at one moment."""

    at_s: float
    nodes: tuple[NodeRow, ...] = ()
    workers: tuple[WorkerRow, ...] = ()
    actors: tuple[ActorRow, ...] = ()
    groups: tuple[GroupRow, ...] = ()
    tasks: tuple[TaskRow, ...] | None = None
    """Those that have not ended, and the newest of those that have; None: nobody has asked."""
    missed: int = 0
    """Tasks that came and went between two looks without being seen."""
