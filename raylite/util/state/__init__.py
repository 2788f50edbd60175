"""What there is in the session at the moment: tables of actors, tasks, workers and nodes.

In Ray: ``python/ray/util/state``, whose field names are kept. Left out here: objects, placement
groups, jobs, runtime environments and logs; what Ray knows of a cluster is None.

Times count from the beginning of the session, not from 1970. The newest 100,000 tasks are known:
those that have ended, and those that run for longer than a moment.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import raylite
from raylite import _engine
from raylite._core.common.events import TaskEnded, TaskStateChanged
from raylite.object_ref import ObjectRef
from raylite.util.state.common import (
    ActorState,
    NodeState,
    StateSchema,
    StateTable,
    TaskState,
    WorkerState,
)

__all__ = [
    "ActorState",
    "NodeState",
    "StateSchema",
    "StateTable",
    "TaskState",
    "WorkerState",
    "get_actor",
    "get_node",
    "get_task",
    "get_worker",
    "list_actors",
    "list_nodes",
    "list_tasks",
    "list_workers",
    "summarize_actors",
    "summarize_tasks",
]

Filters = Sequence[tuple[str, str, Any]] | None
"""Such as ``[("state", "=", "ALIVE")]``: a field, ``"="`` or ``"!="``, and a value."""

S = TypeVar("S", bound=StateSchema)

_LIMIT = 100
_MAX_LIMIT = 10_000


def list_actors(
    address: str | None = None,
    filters: Filters = None,
    limit: int = _LIMIT,
    timeout: float = 30,
    detail: bool = False,  # noqa: FBT001, FBT002  # Ray's signature
    **_of_ray: Any,
) -> StateTable[ActorState]:
    """The actors, living and lately dead, oldest first.

    Args:
        address: without effect.
        filters: which to list, such as ``[("state", "=", "ALIVE"), ("pid", "!=", 17)]``. Texts
            are compared without regard to upper and lower case.
        limit: how many at most.
        timeout: without effect.
        detail: True fills in the fields that are None otherwise.

    Raises:
        ValueError: for a filter on a field that there is not, another predicate, or a limit above
            10,000.
    """
    del address, timeout
    return _table(ActorState, _actors(), filters, limit, detail)


def list_tasks(
    address: str | None = None,
    filters: Filters = None,
    limit: int = _LIMIT,
    timeout: float = 30,
    detail: bool = False,  # noqa: FBT001, FBT002  # Ray's signature
    **_of_ray: Any,
) -> StateTable[TaskState]:
    """The tasks and the calls of actors' methods, oldest first; see :func:`list_actors`."""
    del address, timeout
    return _table(TaskState, _tasks(), filters, limit, detail)


def list_workers(
    address: str | None = None,
    filters: Filters = None,
    limit: int = _LIMIT,
    timeout: float = 30,
    detail: bool = False,  # noqa: FBT001, FBT002  # Ray's signature
    **_of_ray: Any,
) -> StateTable[WorkerState]:
    """The worker processes; see :func:`list_actors`."""
    del address, timeout
    return _table(WorkerState, _workers(), filters, limit, detail)


def list_nodes(
    address: str | None = None,
    filters: Filters = None,
    limit: int = _LIMIT,
    timeout: float = 30,
    detail: bool = False,  # noqa: FBT001, FBT002  # Ray's signature
    **_of_ray: Any,
) -> StateTable[NodeState]:
    """The nodes; see :func:`list_actors`."""
    del address, timeout
    return _table(NodeState, _nodes(), filters, limit, detail)


def get_actor(id: str, address: str | None = None, timeout: float = 30) -> ActorState | None:  # noqa: A002  # Ray's signature
    """Everything about one actor; None if there is none of that id.

    Args:
        id: 32 hexadecimal digits.
        address: without effect.
        timeout: without effect.
    """
    del address, timeout
    return _one(_actors(), "actor_id", id)


def get_task(
    id: str | ObjectRef[Any],  # noqa: A002  # Ray's signature
    address: str | None = None,
    timeout: float = 30,
) -> TaskState | None:
    """Everything about one task, by its id or by the ref of its value; None if it is not known."""
    del address, timeout
    return _one(_tasks(), "task_id", id.task_id() if isinstance(id, ObjectRef) else id)


def get_worker(id: str, address: str | None = None, timeout: float = 30) -> WorkerState | None:  # noqa: A002  # as above
    """Everything about one worker process; None if there is none of that id."""
    del address, timeout
    return _one(_workers(), "worker_id", id)


def get_node(id: str, address: str | None = None, timeout: float = 30) -> NodeState | None:  # noqa: A002  # as above
    """Everything about one node; None if there is none of that id."""
    del address, timeout
    return _one(_nodes(), "node_id", id)


def summarize_tasks(**_of_ray: Any) -> dict[str, Any]:
    """How many tasks of each function, and calls of each method, are in which state."""
    tasks = _tasks()
    types = Counter(task.type for task in tasks)
    summary = _summary(
        tasks,
        lambda task: {"func_or_class_name": task.func_or_class_name, "type": task.type},
        "func_or_class_name",
    )
    return {
        "cluster": {
            "summary": summary,
            "total_tasks": types["NORMAL_TASK"],
            "total_actor_tasks": types["ACTOR_TASK"],
            "total_actor_scheduled": types["ACTOR_CREATION_TASK"],
            "summary_by": "func_name",
        }
    }


def summarize_actors(**_of_ray: Any) -> dict[str, Any]:
    """How many actors of each class are in which state."""
    actors = _actors()
    summary = _summary(actors, lambda actor: {"class_name": actor.class_name}, "class_name")
    return {"cluster": {"summary": summary, "total_actors": len(actors), "summary_by": "class"}}


def _summary(
    found: Sequence[Any], describe: Callable[[Any], dict[str, Any]], key: str
) -> dict[str, dict[str, Any]]:
    summary: dict[str, dict[str, Any]] = {}
    for one in found:
        about = describe(one)
        entry = summary.setdefault(about[key], {**about, "state_counts": Counter()})
        entry["state_counts"][one.state] += 1
    return {
        name: {**entry, "state_counts": dict(entry["state_counts"])}
        for name, entry in summary.items()
    }


def _table(
    schema: type[S],
    found: Iterable[S],
    filters: Filters,
    limit: int,
    detail: bool,  # noqa: FBT001  # Ray's own
) -> StateTable[S]:
    if limit > _MAX_LIMIT:
        msg = f"limit={limit}: at most {_MAX_LIMIT} can be listed. Write filters instead."
        raise ValueError(msg)
    tests = [_test(schema, *given) for given in filters or ()]
    chosen = [one for one in found if all(test(one) for test in tests)][: max(limit, 0)]
    return StateTable(schema, chosen if detail else [one.brief() for one in chosen])


def _test(schema: type[StateSchema], key: str, predicate: str, value: Any) -> Callable[[Any], bool]:
    if predicate not in {"=", "!="}:
        msg = f"Unsupported filter predicate {predicate!r} is given. There are '=' and '!='."
        raise ValueError(msg)
    columns = sorted(schema.columns())
    if key not in columns:
        msg = f"{schema.__name__} cannot be filtered by {key!r}. Its fields are {columns}."
        raise ValueError(msg)
    wanted = _comparable(value)
    return lambda one: (_comparable(one[key]) == wanted) is (predicate == "=")


def _comparable(value: Any) -> str:
    """A command line knows texts only: 3 equals "3", and True "true"."""
    return str(value).lower()


def _one(found: Iterable[S], key: str, value: str) -> S | None:
    return next((one for one in found if one[key] == value), None)


def _job_id() -> str:
    return raylite.get_runtime_context().get_job_id()


def _actors() -> list[ActorState]:
    job_id = _job_id()
    return [
        ActorState(
            actor_id=row["actor_id"],
            class_name=row["class_name"],
            state=row["state"],
            job_id=job_id,
            name=row["name"] or "",
            node_id=row["node_id"],
            pid=row["pid"],
            ray_namespace=row["ray_namespace"],
            required_resources=row["required_resources"],
            death_cause=row["death_cause"],
            is_detached=row["is_detached"],
            num_restarts=row["num_restarts"],
        )
        for row in _engine.current().state("actors")
    ]


def _workers() -> list[WorkerState]:
    return [
        WorkerState(
            worker_id=row["worker_id"],
            is_alive=row["state"] != "DEAD",
            node_id=row["node_id"],
            pid=row["pid"],
        )
        for row in _engine.current().state("workers")
    ]


def _nodes() -> list[NodeState]:
    return [
        NodeState(
            node_id=row["NodeID"],
            node_ip=row["NodeManagerAddress"],
            is_head_node=index == 0,
            state="ALIVE" if row["Alive"] else "DEAD",
            node_name=row["NodeManagerAddress"],
            resources_total=row["Resources"],
        )
        for index, row in enumerate(_engine.current().state("nodes"))
    ]


def _tasks() -> list[TaskState]:
    """The last that the event log says of each task."""
    engine = _engine.current()
    actors = {row["actor_id"]: row for row in engine.state("actors")}
    pids = {row["worker_id"]: row["pid"] for row in engine.state("workers")}
    job_id = _job_id()
    found: dict[str, TaskState] = {}
    for event in engine.events():
        if not isinstance(event, TaskStateChanged | TaskEnded):
            continue
        actor = actors.get(event.actor_id or "", {})
        name = f"{actor['class_name']}.{event.name}" if actor else event.name
        said = _said_at_end(event) if isinstance(event, TaskEnded) else _said_while_running(event)
        before = found.get(event.task_id)
        worker_id = said.pop("worker_id", None) or (before and before.worker_id)
        found[event.task_id] = TaskState(
            task_id=event.task_id,
            name=name,
            job_id=job_id,
            actor_id=event.actor_id,
            type="ACTOR_TASK" if event.actor_id else "NORMAL_TASK",
            func_or_class_name=name,
            worker_id=worker_id or actor.get("worker_id"),
            worker_pid=pids.get(worker_id or actor.get("worker_id")),
            **said,
        )
    return list(found.values())


def _said_while_running(event: TaskStateChanged) -> dict[str, Any]:
    return {
        "state": event.new.name,
        "worker_id": event.worker_id,
        "start_time_ms": _ms(event.at_s),
    }


def _said_at_end(event: TaskEnded) -> dict[str, Any]:
    failed = event.state.name == "FAILED"
    return {
        "state": event.state.name,
        "error_type": "TASK_EXECUTION_EXCEPTION" if failed else None,
        "creation_time_ms": _ms(event.submitted_s),
        "start_time_ms": _ms(event.started_s),
        "end_time_ms": _ms(event.ended_s),
    }


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
