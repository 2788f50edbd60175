"""What there is in the session at the moment: tables of actors, tasks, objects, workers and others.

In Ray: ``python/ray/util/state``, whose field names are kept. Left out here: log files, runtime
environments and events of a cluster, and what only a cluster has, which is None. Metrics are added.

Each question is answered anew. To ask does not start a session. The newest 100,000 tasks are known;
of a session that began with the environment variable ``RAYLITE_TASK_EVENTS=0`` only those that have
not ended, and a warning says so.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

from raylite.object_ref import ObjectRef
from raylite.util.state.common import (
    ActorState,
    JobState,
    MetricState,
    NodeState,
    ObjectState,
    PlacementGroupState,
    StateSchema,
    StateTable,
    TaskState,
    WorkerState,
)
from raylite.util.state.exception import RayStateApiException
from raylite.util.state.questions import gets, lists, summarizes
from raylite.util.state.sources import Source
from raylite.util.state.summaries import actor_summary, object_summary, task_summary
from raylite.util.state.tasks import tasks_of

__all__ = [
    "ActorState",
    "JobState",
    "MetricState",
    "NodeState",
    "ObjectState",
    "PlacementGroupState",
    "RayStateApiException",
    "StateSchema",
    "StateTable",
    "TaskState",
    "WorkerState",
    "get_actor",
    "get_job",
    "get_node",
    "get_objects",
    "get_placement_group",
    "get_task",
    "get_worker",
    "list_actors",
    "list_jobs",
    "list_metrics",
    "list_nodes",
    "list_objects",
    "list_placement_groups",
    "list_tasks",
    "list_workers",
    "summarize_actors",
    "summarize_objects",
    "summarize_tasks",
]

S = TypeVar("S", bound=StateSchema)

_UNSUPPORTED = {
    "get_log": "what a worker prints is shown by the driver, and kept in no file",
    "list_logs": "what a worker prints is shown by the driver, and kept in no file",
    "list_cluster_events": "there is no autoscaler; subscribe to the event log of the session",
    "list_runtime_envs": "see the runtime_env of actors and jobs",
    "StateApiClient": "there is no server; call the functions of raylite.util.state",
}


def __getattr__(name: str) -> Any:
    """Say of what Ray has here, and raylite has not, what to use instead."""
    if name in _UNSUPPORTED:
        msg = f"raylite.util.state has no {name}: {_UNSUPPORTED[name]}."
        raise AttributeError(msg)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


@lists(ActorState)
def list_actors(source: Source) -> list[ActorState]:  # noqa: D417  # The arguments are those that programs give.
    """The actors, the dead ones too, as far as they are remembered.

    Args:
        address: without effect: the session is always the one of this process.
        filters: all of which have to hold: ``[("state", "=", "ALIVE"), ("pid", "!=", 17)]``. Texts
            are compared without regard to upper and lower case.
        limit: how many at most.
        timeout: without effect.
        detail: True fills in the fields that are None otherwise.
        raise_on_missing_output: False shows what there is when a process does not answer in time.

    Raises:
        ConnectionError: if there is no session.
        ValueError: for filters that are no list of triples, or another predicate.
        RayStateApiException: for a field that there is not, a value that cannot be one of the
            field's, or a limit below 0 or above 10,000.
    """
    return source.actors()


@lists(TaskState)
def list_tasks(source: Source) -> Iterable[TaskState]:
    """Tasks, calls of methods, and creations of actors, oldest first; see :func:`list_actors`."""
    return tasks_of(source)


@lists(ObjectState)
def list_objects(source: Source) -> list[ObjectState]:
    """The objects, one row for each process that has a ref to one; see :func:`list_actors`.

    Raises:
        RayStateApiException: also if a process does not answer in time, unless
            ``raise_on_missing_output`` is False.
    """
    return source.objects()


@lists(WorkerState)
def list_workers(source: Source) -> list[WorkerState]:
    """The worker processes, those that have ended too, and the drivers; see :func:`list_actors`."""
    return source.workers()


@lists(NodeState)
def list_nodes(source: Source) -> list[NodeState]:
    """The nodes; see :func:`list_actors`."""
    return source.nodes()


@lists(PlacementGroupState)
def list_placement_groups(source: Source) -> list[PlacementGroupState]:
    """The placement groups, the removed ones too; see :func:`list_actors`."""
    return source.placement_groups()


@lists(JobState)
def list_jobs(source: Source) -> list[JobState]:
    """The jobs, one for each driver; see :func:`list_actors`."""
    return source.jobs()


@lists(MetricState)
def list_metrics(source: Source) -> list[MetricState]:
    """What the program counts and measures with :mod:`raylite.util.metrics`.

    Counters and histograms are summed up over all processes; a gauge is one row a process. See
    :func:`list_actors` for the arguments, and :func:`list_objects` for the last one.
    """
    return source.metrics()


@gets
def get_actor(source: Source, id_: str) -> ActorState | None:  # noqa: D417  # As above.
    """Everything about one actor; None if there is none of that id.

    Args:
        id: 32 hexadecimal digits.
        address: without effect.
        timeout: without effect.

    Raises:
        ConnectionError: if there is no session.
        RayStateApiException: if the id is none.
    """
    return _one(source.actors(), "actor_id", _checked(id_, 16))


@gets
def get_task(source: Source, id_: str | ObjectRef[Any]) -> TaskState | None:
    """Everything about one task, by its id or by the ref of its value; see :func:`get_actor`."""
    task_id = id_.task_id().hex() if isinstance(id_, ObjectRef) else id_
    return _one(tasks_of(source), "task_id", _checked(task_id, 24))


@gets
def get_objects(source: Source, id_: str) -> list[ObjectState]:
    """The rows of one object, one for each process that has a ref to it; see :func:`get_actor`."""
    return StateTable(ObjectState, [one for one in source.objects() if one.object_id == id_])


@gets
def get_worker(source: Source, id_: str) -> WorkerState | None:
    """Everything about one worker process or driver; None if there is none of that id."""
    return _one(source.workers(), "worker_id", id_)


@gets
def get_node(source: Source, id_: str) -> NodeState | None:
    """Everything about one node; see :func:`get_actor`."""
    return _one(source.nodes(), "node_id", _checked(id_, 28))


@gets
def get_placement_group(source: Source, id_: str) -> PlacementGroupState | None:
    """Everything about one placement group; None if there is none of that id."""
    return _one(source.placement_groups(), "placement_group_id", id_)


@gets
def get_job(source: Source, id_: str) -> JobState | None:
    """Everything about one job; None if there is none of that id."""
    return _one(source.jobs(), "job_id", id_)


@summarizes
def summarize_tasks(source: Source) -> dict[str, Any]:
    """How many tasks of each function, and calls of each method, are in which state."""
    return task_summary(tasks_of(source))


@summarizes
def summarize_actors(source: Source) -> dict[str, Any]:
    """How many actors of each class are in which state."""
    return actor_summary(source.actors())


@summarizes
def summarize_objects(source: Source) -> dict[str, Any]:
    """How many objects there are, how large they are, and who refers to them."""
    return object_summary(source.objects())


def _one(found: Iterable[S], key: str, value: str) -> S | None:
    return next((one for one in found if one[key] == value), None)


def _checked(id_: Any, num_bytes: int) -> str:
    """An id as the runtime spells it; ids of other kinds, and of Ray's own classes, are none."""
    text = id_ if isinstance(id_, str) else ""
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != num_bytes:
        msg = (
            f"{id_!r} is no id of {num_bytes} bytes. Write it in {2 * num_bytes} hexadecimal "
            "digits, as .hex() gives it."
        )
        raise RayStateApiException(msg)
    return text.lower()
