"""The rows of :mod:`raylite.util.state`, and the list that shows itself as a table.

In Ray: ``python/ray/util/state/common.py``. A row's fields are attributes and keys alike.
"""

import html
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any, Final, Generic, Self, TypeVar

__all__ = [
    "ActorState",
    "NodeState",
    "StateSchema",
    "StateTable",
    "TaskState",
    "WorkerState",
]


_DETAIL: Final = MappingProxyType({"detail": True})
"""Marks a field that is only filled in where ``detail=True`` asks for it."""


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


@dataclass(kw_only=True)
class ActorState(StateSchema):
    """An actor."""

    actor_id: str
    class_name: str
    state: str
    job_id: str
    name: str
    node_id: str | None
    pid: int | None
    ray_namespace: str
    serialized_runtime_env: str | None = field(default=None, metadata=_DETAIL)
    required_resources: dict[str, float] | None = field(default=None, metadata=_DETAIL)
    death_cause: str | None = field(default=None, metadata=_DETAIL)
    is_detached: bool | None = field(default=None, metadata=_DETAIL)
    placement_group_id: str | None = field(default=None, metadata=_DETAIL)
    repr_name: str | None = field(default=None, metadata=_DETAIL)
    num_restarts: int | None = field(default=None, metadata=_DETAIL)


@dataclass(kw_only=True)
class TaskState(StateSchema):
    """A task, or a call of an actor's method. Times are milliseconds since the session began."""

    task_id: str
    attempt_number: int | None = None
    name: str
    state: str
    job_id: str
    actor_id: str | None
    type: str
    func_or_class_name: str
    parent_task_id: str | None = None
    node_id: str | None = None
    worker_id: str | None
    worker_pid: int | None
    error_type: str | None = None
    required_resources: dict[str, float] | None = field(default=None, metadata=_DETAIL)
    placement_group_id: str | None = field(default=None, metadata=_DETAIL)
    creation_time_ms: int | None = field(default=None, metadata=_DETAIL)
    start_time_ms: int | None = field(default=None, metadata=_DETAIL)
    end_time_ms: int | None = field(default=None, metadata=_DETAIL)
    error_message: str | None = field(default=None, metadata=_DETAIL)


@dataclass(kw_only=True)
class WorkerState(StateSchema):
    """A worker process."""

    worker_id: str
    is_alive: bool
    worker_type: str = "WORKER"
    exit_type: str | None = None
    node_id: str
    ip: str = "127.0.0.1"
    pid: int | None
    exit_detail: str | None = field(default=None, metadata=_DETAIL)
    start_time_ms: int | None = field(default=None, metadata=_DETAIL)
    end_time_ms: int | None = field(default=None, metadata=_DETAIL)


@dataclass(kw_only=True)
class NodeState(StateSchema):
    """A node."""

    node_id: str
    node_ip: str
    is_head_node: bool
    state: str
    state_message: str | None = None
    node_name: str
    resources_total: dict[str, float]
    labels: dict[str, str] = field(default_factory=dict)
    start_time_ms: int | None = field(default=None, metadata=_DETAIL)
    end_time_ms: int | None = field(default=None, metadata=_DETAIL)


S = TypeVar("S", bound=StateSchema)


class StateTable(list[S], Generic[S]):
    """A list of rows, which a notebook shows as a table.

    Args:
        schema: what the rows are.
        rows: the rows.
    """

    def __init__(self, schema: type[S], rows: Iterable[S]) -> None:
        super().__init__(rows)
        self._schema = schema

    def _repr_html_(self) -> str:
        columns = self._schema.base_columns()
        columns += sorted(
            name
            for name in self._schema.detail_columns()
            if any(row[name] is not None for row in self)
        )
        head = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
        body = "".join(
            f"<tr>{''.join(f'<td>{_cell(row[name])}</td>' for name in columns)}</tr>"
            for row in self
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: Any) -> str:
    return "" if value is None else html.escape(str(value))
