"""What there is in the session at the moment: tables of actors, tasks, objects, workers and others.

In Ray: ``python/ray/util/state``, whose field names are kept. Left out here: log files, runtime
environments and events of a cluster, and what only a cluster has, which is None. Metrics are added.

Each question is answered anew. To ask does not start a session. The newest 100,000 tasks are known.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

from raylite.object_ref import ObjectRef
from raylite.util.state.choosing import LIMIT, Filters, chosen
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
from raylite.util.state.sources import Source, session
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


def list_actors(  # noqa: PLR0917  # Ray's signature
    address: str | None = None,
    filters: Filters = None,
    limit: int = LIMIT,
    timeout: int = 30,
    detail: bool = False,  # noqa: FBT001, FBT002  # Ray's signature
    raise_on_missing_output: bool = True,  # noqa: FBT001, FBT002  # as above
    _explain: bool = False,  # noqa: FBT001, FBT002  # as above
) -> StateTable[ActorState]:
    """The actors, the dead ones too, as far as they are remembered.

    Args:
        address: without effect: the session is always the one of this process.
        filters: all of which have to hold: ``[("state", "=", "ALIVE"), ("pid", "!=", 17)]``. Texts
            are compared without regard to upper and lower case.
        limit: how many at most.
        timeout: without effect.
        detail: True fills in the fields that are None otherwise.
        raise_on_missing_output: without effect.

    Raises:
        ConnectionError: if there is no session.
        ValueError: for filters that are no list of triples, or another predicate.
        RayStateApiException: for a field that there is not, a value that cannot be one of the
            field's, or a limit below 0 or above 10,000.
    """
    del address, timeout, raise_on_missing_output, _explain
    return chosen(ActorState, Source(session()).actors(), filters, limit, detail=detail)


def list_tasks(  # noqa: PLR0917  # Ray's signature
    address: str | None = None,
    filters: Filters = None,
    limit: int = LIMIT,
    timeout: int = 30,
    detail: bool = False,  # noqa: FBT001, FBT002  # Ray's signature
    raise_on_missing_output: bool = True,  # noqa: FBT001, FBT002  # as above
    _explain: bool = False,  # noqa: FBT001, FBT002  # as above
) -> StateTable[TaskState]:
    """Tasks, calls of methods, and creations of actors, oldest first; see :func:`list_actors`."""
    del address, timeout, raise_on_missing_output, _explain
    return chosen(TaskState, tasks_of(Source(session())), filters, limit, detail=detail)


def list_objects(  # noqa: PLR0917  # Ray's signature
    address: str | None = None,
    filters: Filters = None,
    limit: int = LIMIT,
    timeout: int = 30,
    detail: bool = False,  # noqa: FBT001, FBT002  # Ray's signature
    raise_on_missing_output: bool = True,  # noqa: FBT001, FBT002  # as above
    _explain: bool = False,  # noqa: FBT001, FBT002  # as above
) -> StateTable[ObjectState]:
    """The objects, one row for each process that has a ref to one; see :func:`list_actors`.

    Raises:
        RayStateApiException: also if a process does not answer in time, unless
            ``raise_on_missing_output`` is False.
    """
    del address, timeout, _explain
    found = Source(session()).objects(complete=raise_on_missing_output)
    return chosen(ObjectState, found, filters, limit, detail=detail)


def list_workers(  # noqa: PLR0917  # Ray's signature
    address: str | None = None,
    filters: Filters = None,
    limit: int = LIMIT,
    timeout: int = 30,
    detail: bool = False,  # noqa: FBT001, FBT002  # Ray's signature
    raise_on_missing_output: bool = True,  # noqa: FBT001, FBT002  # as above
    _explain: bool = False,  # noqa: FBT001, FBT002  # as above
) -> StateTable[WorkerState]:
    """The worker processes, those that have ended too, and the drivers; see :func:`list_actors`."""
    del address, timeout, raise_on_missing_output, _explain
    return chosen(WorkerState, Source(session()).workers(), filters, limit, detail=detail)


def list_nodes(  # noqa: PLR0917  # Ray's signature
    address: str | None = None,
    filters: Filters = None,
    limit: int = LIMIT,
    timeout: int = 30,
    detail: bool = False,  # noqa: FBT001, FBT002  # Ray's signature
    raise_on_missing_output: bool = True,  # noqa: FBT001, FBT002  # as above
    _explain: bool = False,  # noqa: FBT001, FBT002  # as above
) -> StateTable[NodeState]:
    """The nodes; see :func:`list_actors`."""
    del address, timeout, raise_on_missing_output, _explain
    return chosen(NodeState, Source(session()).nodes(), filters, limit, detail=detail)


def list_placement_groups(  # noqa: PLR0917  # Ray's signature
    address: str | None = None,
    filters: Filters = None,
    limit: int = LIMIT,
    timeout: int = 30,
    detail: bool = False,  # noqa: FBT001, FBT002  # Ray's signature
    raise_on_missing_output: bool = True,  # noqa: FBT001, FBT002  # as above
    _explain: bool = False,  # noqa: FBT001, FBT002  # as above
) -> StateTable[PlacementGroupState]:
    """The placement groups, the removed ones too; see :func:`list_actors`."""
    del address, timeout, raise_on_missing_output, _explain
    found = Source(session()).placement_groups()
    return chosen(PlacementGroupState, found, filters, limit, detail=detail)


def list_jobs(  # noqa: PLR0917  # Ray's signature
    address: str | None = None,
    filters: Filters = None,
    limit: int = LIMIT,
    timeout: int = 30,
    detail: bool = False,  # noqa: FBT001, FBT002  # Ray's signature
    raise_on_missing_output: bool = True,  # noqa: FBT001, FBT002  # as above
    _explain: bool = False,  # noqa: FBT001, FBT002  # as above
) -> StateTable[JobState]:
    """The jobs, one for each driver; see :func:`list_actors`."""
    del address, timeout, raise_on_missing_output, _explain
    return chosen(JobState, Source(session()).jobs(), filters, limit, detail=detail)


def list_metrics(  # noqa: PLR0917  # Ray's signature
    address: str | None = None,
    filters: Filters = None,
    limit: int = LIMIT,
    timeout: int = 30,
    detail: bool = False,  # noqa: FBT001, FBT002  # as the others
    raise_on_missing_output: bool = True,  # noqa: FBT001, FBT002  # as above
) -> StateTable[MetricState]:
    """What the program counts and measures with :mod:`raylite.util.metrics`.

    Counters and histograms are summed up over all processes; a gauge is one row a process. See
    :func:`list_actors` for the arguments, and :func:`list_objects` for the last one.
    """
    del address, timeout
    found = Source(session()).metrics(complete=raise_on_missing_output)
    return chosen(MetricState, found, filters, limit, detail=detail)


def get_actor(
    id: str,  # noqa: A002  # Ray's signature
    address: str | None = None,
    timeout: int = 30,
    _explain: bool = False,  # noqa: FBT001, FBT002  # as above
) -> ActorState | None:
    """Everything about one actor; None if there is none of that id.

    Args:
        id: 32 hexadecimal digits.
        address: without effect.
        timeout: without effect.

    Raises:
        ConnectionError: if there is no session.
        RayStateApiException: if the id is none.
    """
    del address, timeout, _explain
    return _one(Source(session()).actors(), "actor_id", _checked(id, 16))


def get_task(
    id: str | ObjectRef[Any],  # noqa: A002  # Ray's signature
    address: str | None = None,
    timeout: int = 30,
    _explain: bool = False,  # noqa: FBT001, FBT002  # as above
) -> TaskState | None:
    """Everything about one task, by its id or by the ref of its value; see :func:`get_actor`."""
    del address, timeout, _explain
    task_id = id.task_id().hex() if isinstance(id, ObjectRef) else id
    return _one(tasks_of(Source(session())), "task_id", _checked(task_id, 24))


def get_objects(
    id: str,  # noqa: A002  # Ray's signature
    address: str | None = None,
    timeout: int = 30,
    _explain: bool = False,  # noqa: FBT001, FBT002  # as above
) -> list[ObjectState]:
    """The rows of one object, one for each process that has a ref to it; see :func:`get_actor`."""
    del address, timeout, _explain
    found = Source(session()).objects(complete=False)
    return StateTable(ObjectState, [one for one in found if one.object_id == id])


def get_worker(
    id: str,  # noqa: A002  # Ray's signature
    address: str | None = None,
    timeout: int = 30,
    _explain: bool = False,  # noqa: FBT001, FBT002  # as above
) -> WorkerState | None:
    """Everything about one worker process or driver; None if there is none of that id."""
    del address, timeout, _explain
    return _one(Source(session()).workers(), "worker_id", id)


def get_node(
    id: str,  # noqa: A002  # Ray's signature
    address: str | None = None,
    timeout: int = 30,
    _explain: bool = False,  # noqa: FBT001, FBT002  # as above
) -> NodeState | None:
    """Everything about one node; see :func:`get_actor`."""
    del address, timeout, _explain
    return _one(Source(session()).nodes(), "node_id", _checked(id, 28))


def get_placement_group(
    id: str,  # noqa: A002  # Ray's signature
    address: str | None = None,
    timeout: int = 30,
    _explain: bool = False,  # noqa: FBT001, FBT002  # as above
) -> PlacementGroupState | None:
    """Everything about one placement group; None if there is none of that id."""
    del address, timeout, _explain
    return _one(Source(session()).placement_groups(), "placement_group_id", id)


def get_job(
    id: str,  # noqa: A002  # Ray's signature
    address: str | None = None,
    timeout: int = 30,
    _explain: bool = False,  # noqa: FBT001, FBT002  # as above
) -> JobState | None:
    """Everything about one job; None if there is none of that id."""
    del address, timeout, _explain
    return _one(Source(session()).jobs(), "job_id", id)


def summarize_tasks(
    address: str | None = None,
    timeout: int = 30,
    raise_on_missing_output: bool = True,  # noqa: FBT001, FBT002  # Ray's signature
    _explain: bool = False,  # noqa: FBT001, FBT002  # as above
) -> dict[str, Any]:
    """How many tasks of each function, and calls of each method, are in which state."""
    del address, timeout, raise_on_missing_output, _explain
    return {"cluster": task_summary(tasks_of(Source(session())))}


def summarize_actors(
    address: str | None = None,
    timeout: int = 30,
    raise_on_missing_output: bool = True,  # noqa: FBT001, FBT002  # Ray's signature
    _explain: bool = False,  # noqa: FBT001, FBT002  # as above
) -> dict[str, Any]:
    """How many actors of each class are in which state."""
    del address, timeout, raise_on_missing_output, _explain
    return {"cluster": actor_summary(Source(session()).actors())}


def summarize_objects(
    address: str | None = None,
    timeout: int = 30,
    raise_on_missing_output: bool = True,  # noqa: FBT001, FBT002  # Ray's signature
    _explain: bool = False,  # noqa: FBT001, FBT002  # as above
) -> dict[str, Any]:
    """How many objects there are, how large they are, and who refers to them."""
    del address, timeout, _explain
    source = Source(session())
    return {"cluster": object_summary(source.objects(complete=raise_on_missing_output))}


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
