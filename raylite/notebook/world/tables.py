"""The rows of the tables in :mod:`raylite.notebook.world.world`: actors, processes, nodes, groups.

In Ray: ``python/ray/util/state/common.py``. They change, and only the world changes them.
"""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from raylite._core.common.events import (
    ActorStateChanged,
    PendingCallsChanged,
    TaskStateChanged,
)
from raylite._core.common.ids import ActorID, NodeID, PlacementGroupID, WorkerID
from raylite._core.common.states import (
    ActorState,
    NodeState,
    PlacementGroupState,
    WorkerState,
)
from raylite.notebook.world.recent import RecentCalls

__all__ = ["RECENT_CALLS", "Actor", "Group", "Node", "Process"]

RECENT_CALLS: Final = 12
"""Calls of an actor that are kept one by one."""
_SAMPLES: Final = 120
"""Of the depth of a mailbox."""


@dataclass(slots=True, eq=False)
class Actor:
    """One actor: what does not change, its life, its calls."""

    actor_id: ActorID
    class_name: str
    name: str | None = None
    namespace: str = ""
    owner_id: WorkerID | None = None
    is_detached: bool = False
    resources: Mapping[str, float] = field(default_factory=dict)
    max_restarts: int = 0
    registered_s: float | None = None
    state: ActorState | None = None
    """None: nobody has told yet."""
    why: str = ""
    """What has brought it into its state."""
    worker_id: WorkerID | None = None
    num_restarts: int = 0
    life: list[ActorStateChanged] = field(default_factory=list)
    num_finished: int = 0
    num_failed: int = 0
    by_method: Counter[str] = field(default_factory=Counter)
    """Calls that ended, by the name of the method."""
    recent: RecentCalls = field(default_factory=lambda: RecentCalls(RECENT_CALLS))
    """The newest calls that ended, oldest first."""
    running: dict[str, TaskStateChanged] = field(default_factory=dict)
    """Calls that take long enough to be seen, by task id."""
    waiting_for: dict[WorkerID, PendingCallsChanged] = field(default_factory=dict)
    """Who waits for how many calls."""
    depths: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=_SAMPLES))
    """When, and how many calls were pending then."""

    @property
    def num_pending(self) -> int:
        """Calls that have not ended, wherever they are."""
        return sum(one.pending for one in self.waiting_for.values())

    @property
    def restarts_left(self) -> int | None:
        """None: as many as it needs."""
        return None if self.max_restarts < 0 else max(0, self.max_restarts - self.num_restarts)


@dataclass(slots=True, eq=False)
class Process:
    """A driver or a worker."""

    worker_id: WorkerID
    node_id: NodeID
    is_driver: bool
    pid: int | None
    state: WorkerState | None
    """None for a driver."""
    is_alive: bool
    since_s: float
    ended_s: float | None = None
    why: str = ""
    actor_id: ActorID | None = None
    """The actor that lives in it, or last did."""
    num_ended: int = 0
    """Calls it has run."""


@dataclass(slots=True, eq=False)
class Node:
    """A node."""

    node_id: NodeID
    state: NodeState
    resources: Mapping[str, float]
    labels: Mapping[str, str]
    is_head: bool
    since_s: float


@dataclass(slots=True, eq=False)
class Group:
    """A placement group."""

    group_id: PlacementGroupID
    name: str
    state: PlacementGroupState
    bundles: tuple[Mapping[str, float], ...]
    node_ids: tuple[NodeID | None, ...]
    strategy: str
    why: str
    since_s: float
