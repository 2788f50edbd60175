"""What the control plane remembers of each placement group, and the one place where it moves.

In Ray: ``PlacementGroupTableData`` in ``src/ray/protobuf/gcs.proto`` and ``GcsPlacementGroup`` in
``src/ray/gcs/gcs_placement_group.h``. Left out here: saving the table, since the session ends
with its head.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from raylite._core.common.events import Event, PlacementGroupStateChanged
from raylite._core.common.ids import NodeID, PlacementGroupID
from raylite._core.common.placement_group_spec import BundleSpec, PlacementGroupSpec
from raylite._core.common.record import Record
from raylite._core.common.states import PlacementGroupState, check_transition
from raylite._core.gcs.actor_table import NameTakenError

__all__ = [
    "MAX_REMOVED_GROUPS",
    "PlacementGroupRecord",
    "PlacementGroupTable",
    "PlacementGroupView",
    "Progress",
]

MAX_REMOVED_GROUPS: Final = 1_000
"""Removed groups remembered, so that their state can still be looked up."""
_MS_PER_S: Final = 1000


class Progress(Enum):
    """How far the search for nodes has come. Names are Ray's ``scheduling_state``."""

    QUEUED = "QUEUED"
    SCHEDULING_STARTED = "SCHEDULING_STARTED"
    NO_RESOURCES = "NO_RESOURCES"
    """There is no room at the moment."""
    INFEASIBLE = "INFEASIBLE"
    """There would be no room even if nothing else ran: nodes must come first."""
    FINISHED = "FINISHED"
    REMOVED = "REMOVED"


class PlacementGroupView(Record):
    """A placement group as others may see it, at one moment."""

    spec: PlacementGroupSpec
    state: PlacementGroupState
    node_ids: tuple[NodeID | None, ...]
    """Where each bundle is, in order; None for one that is nowhere."""
    progress: Progress
    attempt: int
    """How often nodes have been looked for."""
    creation_s: float
    """Seconds from the call to the last time that all bundles were there; 0.0 before."""
    scheduling_s: float
    """Seconds that the attempt took that succeeded; 0.0 before."""

    def to_row(self) -> dict[str, Any]:
        """The group as a row of Ray's ``placement_group_table``."""
        spec = self.spec
        return {
            "placement_group_id": spec.group_id,
            "name": spec.name,
            "bundles": {bundle.index: bundle.resources.to_dict() for bundle in spec.bundles},
            "bundles_to_node_id": {
                bundle.index: node_id or ""
                for bundle, node_id in zip(spec.bundles, self.node_ids, strict=True)
            },
            "strategy": spec.strategy.value,
            "state": self.state.value,
            "stats": {
                "end_to_end_creation_latency_ms": round(self.creation_s * _MS_PER_S, 3),
                "scheduling_latency_ms": round(self.scheduling_s * _MS_PER_S, 3),
                "scheduling_attempt": self.attempt,
                "highest_retry_delay_ms": 0.0,  # It is tried again when there is news, not later.
                "scheduling_state": self.progress.value,
            },
        }


@dataclass(slots=True, eq=False)
class PlacementGroupRecord:
    """A group as its manager sees it. Only :class:`PlacementGroupTable` changes its state."""

    spec: PlacementGroupSpec
    created_s: float
    state: PlacementGroupState = PlacementGroupState.PENDING
    nodes: dict[int, NodeID] = field(default_factory=dict)
    """Where the bundles are that are committed or about to be, by their index."""
    progress: Progress = Progress.QUEUED
    attempt: int = 0
    attempt_s: float = 0.0
    asked: dict[int, NodeID] = field(default_factory=dict)
    """What the attempt under way has asked for, by the bundle's index; empty: none is."""
    awaited: set[NodeID] = field(default_factory=set)
    """The nodes that have not answered yet, to the phase that is under way."""
    creation_s: float = 0.0
    scheduling_s: float = 0.0
    owner_gone: bool = False

    @property
    def lost(self) -> tuple[BundleSpec, ...]:
        """The bundles that are nowhere."""
        return tuple(bundle for bundle in self.spec.bundles if bundle.index not in self.nodes)

    @property
    def waits_for_nodes(self) -> bool:
        """Whether nodes have to be found, and no attempt is under way."""
        waiting = (PlacementGroupState.PENDING, PlacementGroupState.RESCHEDULING)
        return self.state in waiting and not self.asked

    def view(self) -> PlacementGroupView:
        """A copy that stays as it is."""
        return PlacementGroupView(
            spec=self.spec,
            state=self.state,
            node_ids=tuple(self.nodes.get(bundle.index) for bundle in self.spec.bundles),
            progress=self.progress,
            attempt=self.attempt,
            creation_s=self.creation_s,
            scheduling_s=self.scheduling_s,
        )


class PlacementGroupTable:
    """All groups, living and lately removed, by id and by name.

    Args:
        record: called with every change of a state, before :meth:`move` returns.
        max_removed: how many removed groups to remember.
    """

    def __init__(
        self, record: Callable[[Event], None], max_removed: int = MAX_REMOVED_GROUPS
    ) -> None:
        self._record = record
        self._max_removed = max_removed
        self._groups: dict[PlacementGroupID, PlacementGroupRecord] = {}
        self._living: dict[PlacementGroupID, PlacementGroupRecord] = {}
        self._removed: OrderedDict[PlacementGroupID, None] = OrderedDict()
        self._by_name: dict[tuple[str, str], PlacementGroupRecord] = {}

    def get(self, group_id: PlacementGroupID) -> PlacementGroupRecord | None:
        """The group, or None if there never was one or it was removed long ago."""
        return self._groups.get(group_id)

    def named(self, namespace: str, name: str) -> PlacementGroupRecord | None:
        """The group that has the name and is not removed."""
        return self._by_name.get((namespace, name))

    def records(self) -> list[PlacementGroupRecord]:
        """Every group that is remembered, in the order of creation."""
        return list(self._groups.values())

    def living(self) -> list[PlacementGroupRecord]:
        """The groups that are not removed, in the order of creation."""
        return list(self._living.values())

    def add(self, spec: PlacementGroupSpec, at_s: float) -> PlacementGroupRecord:
        """Enter a new group.

        Raises:
            NameTakenError: if a group that is not removed has its name; nothing has changed then.
            ValueError: if the id is known already.
        """
        if spec.group_id in self._groups:
            msg = f"placement group {spec.group_id} is registered already"
            raise ValueError(msg)
        if self.named(spec.namespace, spec.name) is not None:
            msg = f"the name {spec.name!r} is taken in namespace {spec.namespace!r}"
            raise NameTakenError(msg)
        group = PlacementGroupRecord(spec=spec, created_s=at_s)
        self._groups[spec.group_id] = self._living[spec.group_id] = group
        if spec.name:
            self._by_name[spec.namespace, spec.name] = group
        self._report(group, None, at_s, "created by a program")
        return group

    def move(
        self, group: PlacementGroupRecord, new: PlacementGroupState, at_s: float, why: str
    ) -> None:
        """Change the state of a group: the only function that does.

        Raises:
            InvalidTransitionError: if the table of states has no such move.
        """
        check_transition(group.state, new)
        old, group.state = group.state, new
        if new is PlacementGroupState.REMOVED:
            self._forget_living(group)
        self._report(group, old, at_s, why)

    def _forget_living(self, group: PlacementGroupRecord) -> None:
        spec = group.spec
        self._by_name.pop((spec.namespace, spec.name), None)
        del self._living[spec.group_id]
        self._removed[spec.group_id] = None
        if len(self._removed) > self._max_removed:
            oldest, _ = self._removed.popitem(last=False)
            del self._groups[oldest]

    def _report(
        self,
        group: PlacementGroupRecord,
        old: PlacementGroupState | None,
        at_s: float,
        why: str,
    ) -> None:
        self._record(
            PlacementGroupStateChanged(
                group_id=group.spec.group_id,
                name=group.spec.name,
                old=old,
                new=group.state,
                node_ids=group.view().node_ids,
                at_s=at_s,
                why=why,
                bundles=tuple(bundle.resources.to_dict() for bundle in group.spec.bundles),
                strategy=group.spec.strategy.value,
            )
        )
