"""The states an actor, a worker, a lease and a task can be in, and the only moves between them.

In Ray: ``ActorTableData.ActorState`` in ``src/ray/protobuf/gcs.proto`` with the diagram at
the top of ``src/ray/gcs/actor/gcs_actor_manager.h``, and ``TaskStatus`` in
``src/ray/protobuf/common.proto``. Left out here: the reconstruction of a dead actor that
went out of scope, and the task states ``PENDING_OBJ_STORE_MEM_AVAIL``,
``PENDING_ARGS_FETCH`` and ``GETTING_AND_PINNING_ARGS``, since arguments arrive with the
call or are mapped in place.

Rule 1: a state changes through :func:`check_transition` or not at all.
Rule 2: a move that is refused changes nothing.
Rule 3: this file knows nothing of processes, sockets or clocks.

The state diagrams in the notebooks are drawn from these tables, so the picture cannot
disagree with the program.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final, TypeVar

__all__ = [
    "ACTOR_TRANSITIONS",
    "LEASE_TRANSITIONS",
    "NODE_TRANSITIONS",
    "PLACEMENT_GROUP_TRANSITIONS",
    "TASK_TRANSITIONS",
    "WORKER_TRANSITIONS",
    "ActorState",
    "InvalidTransitionError",
    "LeaseState",
    "NodeState",
    "PlacementGroupState",
    "TaskState",
    "WorkerState",
    "check_transition",
]


class ActorState(Enum):
    """Where an actor is in its life. Names are Ray's."""

    DEPENDENCIES_UNREADY = "DEPENDENCIES_UNREADY"
    PENDING_CREATION = "PENDING_CREATION"
    ALIVE = "ALIVE"
    RESTARTING = "RESTARTING"
    DEAD = "DEAD"


class WorkerState(Enum):
    """What a worker process is there for at the moment."""

    STARTING = "STARTING"
    IDLE = "IDLE"
    LEASED = "LEASED"
    ACTOR = "ACTOR"
    DEAD = "DEAD"


class LeaseState(Enum):
    """Where the request for a worker is."""

    PENDING = "PENDING"
    GRANTED = "GRANTED"
    RETURNED = "RETURNED"
    CANCELLED = "CANCELLED"


class NodeState(Enum):
    """Whether a node can take work. Names are Ray's."""

    ALIVE = "ALIVE"
    DEAD = "DEAD"


class PlacementGroupState(Enum):
    """Where a placement group is in its life. Names are Ray's."""

    PENDING = "PENDING"
    PREPARED = "PREPARED"
    CREATED = "CREATED"
    REMOVED = "REMOVED"
    RESCHEDULING = "RESCHEDULING"


class TaskState(Enum):
    """Where a task is on its way. Names are Ray's."""

    PENDING_ARGS_AVAIL = "PENDING_ARGS_AVAIL"
    PENDING_NODE_ASSIGNMENT = "PENDING_NODE_ASSIGNMENT"
    SUBMITTED_TO_WORKER = "SUBMITTED_TO_WORKER"
    PENDING_ACTOR_TASK_ORDERING_OR_CONCURRENCY = "PENDING_ACTOR_TASK_ORDERING_OR_CONCURRENCY"
    RUNNING = "RUNNING"
    RUNNING_IN_RAY_GET = "RUNNING_IN_RAY_GET"
    RUNNING_IN_RAY_WAIT = "RUNNING_IN_RAY_WAIT"
    FINISHED = "FINISHED"
    FAILED = "FAILED"


StateT = TypeVar("StateT", bound=Enum)

ACTOR_TRANSITIONS: Final[Mapping[ActorState, frozenset[ActorState]]] = {
    ActorState.DEPENDENCIES_UNREADY: frozenset({ActorState.PENDING_CREATION, ActorState.DEAD}),
    ActorState.PENDING_CREATION: frozenset(
        {ActorState.ALIVE, ActorState.RESTARTING, ActorState.DEAD}
    ),
    ActorState.ALIVE: frozenset({ActorState.RESTARTING, ActorState.DEAD}),
    # A restarting actor whose worker dies again starts a further restart.
    ActorState.RESTARTING: frozenset({ActorState.ALIVE, ActorState.RESTARTING, ActorState.DEAD}),
    ActorState.DEAD: frozenset(),
}

WORKER_TRANSITIONS: Final[Mapping[WorkerState, frozenset[WorkerState]]] = {
    WorkerState.STARTING: frozenset({WorkerState.IDLE, WorkerState.DEAD}),
    WorkerState.IDLE: frozenset({WorkerState.LEASED, WorkerState.ACTOR, WorkerState.DEAD}),
    WorkerState.LEASED: frozenset({WorkerState.IDLE, WorkerState.DEAD}),
    # A worker that has held an actor is never used again: its memory is the actor's.
    WorkerState.ACTOR: frozenset({WorkerState.DEAD}),
    WorkerState.DEAD: frozenset(),
}

LEASE_TRANSITIONS: Final[Mapping[LeaseState, frozenset[LeaseState]]] = {
    LeaseState.PENDING: frozenset({LeaseState.GRANTED, LeaseState.CANCELLED}),
    LeaseState.GRANTED: frozenset({LeaseState.RETURNED}),
    LeaseState.RETURNED: frozenset(),
    LeaseState.CANCELLED: frozenset(),
}

NODE_TRANSITIONS: Final[Mapping[NodeState, frozenset[NodeState]]] = {
    NodeState.ALIVE: frozenset({NodeState.DEAD}),
    NodeState.DEAD: frozenset(),
}

PLACEMENT_GROUP_TRANSITIONS: Final[Mapping[PlacementGroupState, frozenset[PlacementGroupState]]] = {
    PlacementGroupState.PENDING: frozenset(
        {PlacementGroupState.PREPARED, PlacementGroupState.REMOVED}
    ),
    # A node may die before the second phase is over: then what was there is placed anew.
    PlacementGroupState.PREPARED: frozenset(
        {
            PlacementGroupState.CREATED,
            PlacementGroupState.RESCHEDULING,
            PlacementGroupState.REMOVED,
        }
    ),
    PlacementGroupState.CREATED: frozenset(
        {PlacementGroupState.RESCHEDULING, PlacementGroupState.REMOVED}
    ),
    PlacementGroupState.RESCHEDULING: frozenset(
        {PlacementGroupState.PREPARED, PlacementGroupState.REMOVED}
    ),
    PlacementGroupState.REMOVED: frozenset(),
}

_RUNNING: Final = frozenset(
    {TaskState.RUNNING, TaskState.RUNNING_IN_RAY_GET, TaskState.RUNNING_IN_RAY_WAIT}
)
_ENDED: Final = frozenset({TaskState.FINISHED, TaskState.FAILED})

TASK_TRANSITIONS: Final[Mapping[TaskState, frozenset[TaskState]]] = {
    TaskState.PENDING_ARGS_AVAIL: frozenset(
        {TaskState.PENDING_NODE_ASSIGNMENT, TaskState.SUBMITTED_TO_WORKER, TaskState.FAILED}
    ),
    TaskState.PENDING_NODE_ASSIGNMENT: frozenset({TaskState.SUBMITTED_TO_WORKER, TaskState.FAILED}),
    # Back to PENDING_NODE_ASSIGNMENT: a worker that blocks hands unstarted tasks back.
    TaskState.SUBMITTED_TO_WORKER: frozenset(
        {
            TaskState.PENDING_NODE_ASSIGNMENT,
            TaskState.PENDING_ACTOR_TASK_ORDERING_OR_CONCURRENCY,
            TaskState.RUNNING,
            *_ENDED,
        }
    ),
    TaskState.PENDING_ACTOR_TASK_ORDERING_OR_CONCURRENCY: frozenset({TaskState.RUNNING, *_ENDED}),
    TaskState.RUNNING: frozenset(
        {TaskState.RUNNING_IN_RAY_GET, TaskState.RUNNING_IN_RAY_WAIT, *_ENDED}
    ),
    TaskState.RUNNING_IN_RAY_GET: frozenset({TaskState.RUNNING, *_ENDED}),
    TaskState.RUNNING_IN_RAY_WAIT: frozenset({TaskState.RUNNING, *_ENDED}),
    TaskState.FINISHED: frozenset(),
    # A failed attempt may be followed by the next one.
    TaskState.FAILED: frozenset({TaskState.PENDING_NODE_ASSIGNMENT, TaskState.SUBMITTED_TO_WORKER}),
}

_TABLES: Final[Mapping[type[Enum], tuple[str, Mapping[Enum, frozenset[Enum]]]]] = {
    ActorState: ("an actor", ACTOR_TRANSITIONS),  # type: ignore[dict-item]  # Mapping is invariant in its key
    WorkerState: ("a worker", WORKER_TRANSITIONS),  # type: ignore[dict-item]  # as above
    LeaseState: ("a lease", LEASE_TRANSITIONS),  # type: ignore[dict-item]  # as above
    NodeState: ("a node", NODE_TRANSITIONS),  # type: ignore[dict-item]  # as above
    PlacementGroupState: ("a placement group", PLACEMENT_GROUP_TRANSITIONS),  # type: ignore[dict-item]  # as above
    TaskState: ("a task", TASK_TRANSITIONS),  # type: ignore[dict-item]  # as above
}


class InvalidTransitionError(RuntimeError):
    """A bug in raylite: the runtime tried a move the table does not allow."""


def check_transition(old: StateT, new: StateT) -> None:
    """Refuse a move that is not in the table of its kind.

    Args:
        old: the state the thing is in.
        new: the state it is about to enter, of the same enumeration.

    Raises:
        InvalidTransitionError: if the table has no such move.
    """
    thing, table = _TABLES[type(old)]
    allowed = table[old]
    if new not in allowed:
        names = ", ".join(sorted(state.name for state in allowed)) or "no other state"
        msg = f"{thing} cannot go from {old.name} to {new.name}; it can go to {names}"
        raise InvalidTransitionError(msg)
