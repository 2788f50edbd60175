"""The rows of :mod:`raylite.util.state`, and the list that shows itself as a table.

In Ray: ``python/ray/util/state/common.py``. A row's fields are attributes and keys alike.

A field has two marks: ``detail``, if it is only filled in where ``detail=True`` asks for it, and
``filter``, if rows can be chosen by it. Both are as in Ray.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any, Final, Generic, Self, TypeVar

from raylite._html_table import counted, html_table
from raylite._memory_rows import in_units

__all__ = [
    "ActorState",
    "JobState",
    "MetricState",
    "NodeState",
    "ObjectState",
    "PlacementGroupState",
    "StateSchema",
    "StateTable",
    "TaskState",
    "WorkerState",
]

_FILTER: Final = MappingProxyType({"filter": True})
_DETAIL: Final = MappingProxyType({"detail": True})
_DETAIL_FILTER: Final = MappingProxyType({"detail": True, "filter": True})
ADDRESS: Final = "127.0.0.1"


class StateSchema:
    """What the rows have in common."""

    @classmethod
    def columns(cls) -> set[str]:
        """The names of all fields."""
        return {one.name for one in fields(cls)}  # type: ignore[arg-type]  # every subclass is a dataclass

    @classmethod
    def detail_columns(cls) -> set[str]:
        """The names of those that are None without ``detail=True``."""
        return {one.name for one in fields(cls) if one.metadata.get("detail")}  # type: ignore[arg-type]  # as above

    @classmethod
    def base_columns(cls) -> list[str]:
        """The names of the others, in order."""
        return [one.name for one in fields(cls) if not one.metadata.get("detail")]  # type: ignore[arg-type]  # as above

    @classmethod
    def filterable_columns(cls) -> dict[str, Any]:
        """The fields that rows can be chosen by, with their types."""
        return {one.name: one.type for one in fields(cls) if one.metadata.get("filter")}  # type: ignore[arg-type]  # as above

    def brief(self) -> Self:
        """A copy without the details."""
        return replace(self, **dict.fromkeys(self.detail_columns()))  # type: ignore[type-var]  # as above

    def asdict(self) -> dict[str, Any]:
        """All fields, by name."""
        return dict(vars(self))

    def get(self, key: str, default: Any = None) -> Any:
        """A field, or ``default`` if there is none of that name."""
        return getattr(self, key, default)

    def __getitem__(self, key: str) -> Any:
        return getattr(self, key)

    def __repr__(self) -> str:
        known = ", ".join(f"{name}={it!r}" for name, it in vars(self).items() if it is not None)
        return f"{type(self).__name__}({known})"


@dataclass(kw_only=True, repr=False)
class ActorState(StateSchema):
    """An actor."""

    actor_id: str = field(metadata=_FILTER)
    class_name: str = field(metadata=_FILTER)
    state: str = field(metadata=_FILTER)
    job_id: str = field(metadata=_FILTER)
    name: str = field(metadata=_FILTER)
    node_id: str | None = field(metadata=_FILTER)
    pid: int | None = field(metadata=_FILTER)
    ray_namespace: str = field(metadata=_FILTER)
    serialized_runtime_env: str | None = field(default=None, metadata=_DETAIL)
    required_resources: dict[str, float] | None = field(default=None, metadata=_DETAIL)
    death_cause: dict[str, Any] | None = field(default=None, metadata=_DETAIL)
    is_detached: bool | None = field(default=None, metadata=_DETAIL)
    placement_group_id: str | None = field(default=None, metadata=_DETAIL_FILTER)
    repr_name: str | None = field(default=None, metadata=_DETAIL_FILTER)
    num_restarts: int | None = field(default=None, metadata=_DETAIL)
    num_restarts_due_to_lineage_reconstruction: int | None = field(default=None, metadata=_DETAIL)
    num_restarts_due_to_node_preemption: int | None = field(default=None, metadata=_DETAIL)
    call_site: str | None = field(default=None, metadata=_DETAIL)
    label_selector: dict[str, str] | None = field(default=None, metadata=_DETAIL)
    fallback_strategy: dict[str, Any] | None = field(default=None, metadata=_DETAIL)


@dataclass(kw_only=True, repr=False)
class TaskState(StateSchema):
    """A task, a call of an actor's method, or the creation of an actor."""

    task_id: str = field(metadata=_FILTER)
    attempt_number: int = field(default=0, metadata=_FILTER)
    name: str = field(metadata=_FILTER)
    state: str = field(metadata=_FILTER)
    job_id: str = field(metadata=_FILTER)
    actor_id: str | None = field(default=None, metadata=_FILTER)
    type: str = field(metadata=_FILTER)
    func_or_class_name: str = field(metadata=_FILTER)
    parent_task_id: str | None = field(default=None, metadata=_FILTER)
    node_id: str | None = field(default=None, metadata=_FILTER)
    worker_id: str | None = field(default=None, metadata=_FILTER)
    worker_pid: int | None = field(default=None, metadata=_FILTER)
    error_type: str | None = field(default=None, metadata=_FILTER)
    language: str | None = field(default=None, metadata=_DETAIL_FILTER)
    required_resources: dict[str, float] | None = field(default=None, metadata=_DETAIL)
    runtime_env_info: dict[str, Any] | None = field(default=None, metadata=_DETAIL)
    placement_group_id: str | None = field(default=None, metadata=_DETAIL_FILTER)
    events: list[dict[str, Any]] | None = field(default=None, metadata=_DETAIL)
    profiling_data: dict[str, Any] | None = field(default=None, metadata=_DETAIL)
    creation_time_ms: int | None = field(default=None, metadata=_DETAIL)
    start_time_ms: int | None = field(default=None, metadata=_DETAIL)
    end_time_ms: int | None = field(default=None, metadata=_DETAIL)
    task_log_info: dict[str, Any] | None = field(default=None, metadata=_DETAIL)
    error_message: str | None = field(default=None, metadata=_DETAIL)
    is_debugger_paused: bool | None = field(default=None, metadata=_DETAIL_FILTER)
    call_site: str | None = field(default=None, metadata=_DETAIL)
    label_selector: dict[str, str] | None = field(default=None, metadata=_DETAIL)
    fallback_strategy: dict[str, Any] | None = field(default=None, metadata=_DETAIL)


@dataclass(kw_only=True, repr=False)
class ObjectState(StateSchema):
    """An object, as one process that has a ref to it knows it."""

    object_id: str = field(metadata=_FILTER)
    object_size: int = field(metadata=_FILTER)
    """In bytes; -1 while there is no value."""
    task_status: str = field(metadata=_FILTER)
    attempt_number: int = field(default=1, metadata=_FILTER)
    reference_type: str = field(metadata=_FILTER)
    call_site: str = field(default="disabled", metadata=_FILTER)
    """What has made it, and where: ``(put object)  | Cell In[3]:<module>:2``."""
    type: str = field(metadata=_FILTER)
    """``DRIVER`` or ``WORKER``."""
    pid: int = field(metadata=_FILTER)
    ip: str = field(default=ADDRESS, metadata=_FILTER)
    owner_pid: int | None = field(default=None, metadata=_DETAIL)
    """The process that made the ref; this one and the next two are raylite's own."""
    borrower_pids: list[int] | None = field(default=None, metadata=_DETAIL)
    """The other processes that hold refs to it."""
    stored: str | None = field(default=None, metadata=_DETAIL)
    """``INLINE``, ``MEMORY`` or ``DISK``; empty while there is no value."""


@dataclass(kw_only=True, repr=False)
class WorkerState(StateSchema):
    """A worker process, or a driver."""

    worker_id: str = field(metadata=_FILTER)
    is_alive: bool = field(metadata=_FILTER)
    worker_type: str = field(default="WORKER", metadata=_FILTER)
    exit_type: str | None = field(default=None, metadata=_FILTER)
    node_id: str = field(metadata=_FILTER)
    ip: str = field(default=ADDRESS, metadata=_FILTER)
    pid: int | None = field(metadata=_FILTER)
    exit_detail: str | None = field(default=None, metadata=_DETAIL)
    worker_launch_time_ms: int | None = field(default=None, metadata=_DETAIL)
    worker_launched_time_ms: int | None = field(default=None, metadata=_DETAIL)
    start_time_ms: int | None = field(default=None, metadata=_DETAIL)
    end_time_ms: int | None = field(default=None, metadata=_DETAIL)
    debugger_port: int | None = field(default=None, metadata=_DETAIL_FILTER)
    num_paused_threads: int | None = field(default=None, metadata=_DETAIL_FILTER)


@dataclass(kw_only=True, repr=False)
class NodeState(StateSchema):
    """A node."""

    node_id: str = field(metadata=_FILTER)
    node_ip: str = field(metadata=_FILTER)
    is_head_node: bool = field(metadata=_FILTER)
    state: str = field(metadata=_FILTER)
    state_message: str | None = None
    node_name: str = field(metadata=_FILTER)
    resources_total: dict[str, float]
    labels: dict[str, str] = field(default_factory=dict)
    start_time_ms: int | None = field(default=None, metadata=_DETAIL)
    end_time_ms: int | None = field(default=None, metadata=_DETAIL)


@dataclass(kw_only=True, repr=False)
class PlacementGroupState(StateSchema):
    """A placement group."""

    placement_group_id: str = field(metadata=_FILTER)
    name: str = field(metadata=_FILTER)
    creator_job_id: str = field(metadata=_FILTER)
    state: str = field(metadata=_FILTER)
    bundles: list[dict[str, Any]] | None = field(default=None, metadata=_DETAIL)
    is_detached: bool | None = field(default=None, metadata=_DETAIL_FILTER)
    stats: dict[str, Any] | None = field(default=None, metadata=_DETAIL)
    topology_strategy: dict[str, Any] | None = field(default=None, metadata=_DETAIL)
    topology_assignments: dict[str, Any] | None = field(default=None, metadata=_DETAIL)


@dataclass(kw_only=True, repr=False)
class JobState(StateSchema):
    """What one driver does in the session."""

    job_id: str = field(metadata=_FILTER)
    type: str = field(default="DRIVER", metadata=_FILTER)
    submission_id: str | None = field(default=None, metadata=_FILTER)
    status: str = field(metadata=_FILTER)
    """``RUNNING``, or ``SUCCEEDED`` when the driver has left."""
    entrypoint: str = ""
    message: str | None = None
    error_type: str | None = None
    driver_info: dict[str, Any] | None = None
    start_time: int | None = field(default=None, metadata=_DETAIL)
    end_time: int | None = field(default=None, metadata=_DETAIL)
    metadata: dict[str, str] | None = field(default=None, metadata=_DETAIL)
    runtime_env: dict[str, Any] | None = field(default=None, metadata=_DETAIL)


@dataclass(kw_only=True, repr=False)
class MetricState(StateSchema):
    """A metric with one set of tags. Not in Ray, where Prometheus keeps them."""

    name: str = field(metadata=_FILTER)
    type: str = field(metadata=_FILTER)
    """``counter``, ``gauge`` or ``histogram``."""
    tags: dict[str, str]
    value: float
    """A counter's sum, a gauge's last value, a histogram's mean."""
    count: int | None = None
    """Of a histogram: how many values it was given."""
    worker_id: str | None = field(default=None, metadata=_FILTER)
    """Of a gauge: the process that has set it."""
    description: str | None = field(default=None, metadata=_DETAIL)
    sum: float | None = field(default=None, metadata=_DETAIL)
    buckets: dict[str, int] | None = field(default=None, metadata=_DETAIL)
    """Of a histogram: how many values are not above each boundary."""


S = TypeVar("S", bound=StateSchema)


class StateTable(list[S], Generic[S]):
    """A list of rows, which a notebook shows as a table.

    Args:
        schema: what the rows are.
        rows: the rows.
        num_left_out: how many rows the limit has cut off.
    """

    def __init__(self, schema: type[S], rows: Iterable[S], num_left_out: int = 0) -> None:
        super().__init__(rows)
        self._schema = schema
        self._num_left_out = num_left_out

    def _repr_html_(self) -> str:
        columns = self._schema.base_columns() + sorted(self._schema.detail_columns())
        return html_table(self._caption(), [{name: row[name] for name in columns} for row in self])

    def _caption(self) -> str:
        words = re.findall("[A-Z][a-z]+", self._schema.__name__.removesuffix("State"))
        more = f", and {self._num_left_out} more: raise limit" if self._num_left_out else ""
        return f"{counted(len(self), ' '.join(words).lower())}{self._sum()}{more}"

    def _sum(self) -> str:
        """Of objects: how large they are together, each counted once."""
        sizes = {one.object_id: one.object_size for one in self if isinstance(one, ObjectState)}
        if not sizes:
            return ""
        return f", {in_units(sum(size for size in sizes.values() if size > 0))}"
