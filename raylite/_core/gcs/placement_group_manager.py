"""The life of placement groups: nodes are found for all bundles, or for none.

In Ray: ``src/ray/gcs/gcs_placement_group_manager.cc`` and ``gcs_placement_group_scheduler.cc``.
Left out here: waiting longer after each attempt; a group is tried again when something has changed.

The nodes are asked in two phases. First each sets its bundles aside (*prepare*), which it may
refuse; only when all have done so may the bundles be used (*commit*), which nobody can refuse.
Between the two nothing runs in them, so an attempt that fails is taken back without a trace.

Rule 1: an attempt that fails is returned by every node that was asked, whether it has answered yet
or not. What is told to a node arrives in order, so a late answer needs no answer of its own: it is
recorded as ``MessageIgnored``.
Rule 2: when a node dies, the bundles that were there are placed anew, as the strategy demands, and
those on living nodes stay where they are with all that runs in them.
Rule 3: groups that have lost a node come first, then the others in the order they were made. One
that finds no room does not stop those behind it.
Rule 4: nodes are chosen from a report and never from memory, so nothing here can be out of date.
Rule 5: a removed group is removed at once. Its name is free, and its state is told, before the
nodes have taken back what they hold.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import assert_never

from raylite._core.common.events import Event, MessageIgnored
from raylite._core.common.ids import ActorID, NodeID, PlacementGroupID
from raylite._core.common.instructions import Instruction, PublishPlacementGroup, TellRaylet
from raylite._core.common.messages import (
    BundlesCommitted,
    BundlesPrepared,
    CommitBundles,
    CreatePlacementGroup,
    PlacementGroupMessage,
    PrepareBundles,
    RemoveNode,
    RemovePlacementGroup,
    ReportResources,
    ReturnBundles,
    WorkerDied,
)
from raylite._core.common.node_resources import NodeResources
from raylite._core.common.resources import ResourceSet
from raylite._core.common.states import PlacementGroupState
from raylite._core.gcs.placement_group_table import (
    MAX_REMOVED_GROUPS,
    PlacementGroupRecord,
    PlacementGroupTable,
    PlacementGroupView,
    Progress,
)
from raylite._core.scheduling.bundle_policy import can_ever_be_placed, place_bundles

__all__ = ["PlacementGroupManager"]

REMOVED_BY_PROGRAM = "it was removed by `remove_placement_group`"
OWNER_GONE = "the program that created it has ended"
ATTEMPT_OVER = "the attempt it belongs to is over"


class PlacementGroupManager:
    """Keeps the table of groups and decides what a change in it calls for.

    Args:
        record: called with every event, in order, before a method returns.
        actor_lives: whether an actor is there and not dead.
        max_removed: how many removed groups to remember; the oldest are forgotten first.
    """

    def __init__(
        self,
        record: Callable[[Event], None],
        actor_lives: Callable[[ActorID], bool],
        max_removed: int = MAX_REMOVED_GROUPS,
    ) -> None:
        self._record = record
        self._actor_lives = actor_lives
        self._table = PlacementGroupTable(record, max_removed)
        # What the groups that wait were tried with; None: one of them was not tried with it.
        self._reported: tuple[NodeResources, ...] | None = None
        # A report may be older than the news of a node's end, and that node would never answer.
        self._gone_nodes: set[NodeID] = set()

    @property
    def needs_resources(self) -> bool:
        """Whether a group waits for nodes.

        While it does, ``ReportResources`` is to be sent after every message that may have changed
        what the nodes have left. A report in which nothing is new changes nothing.
        """
        return any(group.waits_for_nodes for group in self._table.living())

    def nodes_wanted(self, nodes: Sequence[NodeResources]) -> set[NodeID]:
        """The nodes that waiting groups would go to if the nodes had as much left as this."""
        waiting = [group for group in self._table.living() if group.waits_for_nodes]
        places = [_find(group, nodes) for group in waiting] if nodes else []
        return {node_id for found in places if found for node_id in found.values()}

    def name_taken(self, namespace: str, name: str) -> bool:
        """Whether a group that is not removed has the name. Ask before ``CreatePlacementGroup``."""
        return self._table.named(namespace, name) is not None

    def lookup(self, namespace: str, name: str) -> PlacementGroupView | None:
        """The group that has the name and is not removed."""
        group = self._table.named(namespace, name)
        return None if group is None else group.view()

    def view(self, group_id: PlacementGroupID) -> PlacementGroupView | None:
        """The group, living or lately removed; None if it is not remembered."""
        group = self._table.get(group_id)
        return None if group is None else group.view()

    def views(self) -> list[PlacementGroupView]:
        """Every group that is remembered, in the order of creation."""
        return [group.view() for group in self._table.records()]

    def handle(self, message: PlacementGroupMessage) -> list[Instruction]:
        """Apply one message to the table.

        Returns:
            What the head must do, in order. Often nothing.

        Raises:
            NameTakenError: if a group is created under a name that is taken.
            ValueError: if a group is created twice.
        """
        match message:
            case CreatePlacementGroup():
                group = self._table.add(message.spec, message.at_s)
                self._reported = None
                return [_publish(group)]
            case RemovePlacementGroup():
                return self._remove_on_demand(message)
            case ReportResources():
                return self._place_waiting(message)
            case BundlesPrepared() | BundlesCommitted():
                return self._answered(message)
            case RemoveNode():
                return self._node_gone(message)
            case WorkerDied():
                return self._worker_died(message)
            case _:
                assert_never(message)

    def actor_died(self, actor_id: ActorID, at_s: float) -> list[Instruction]:
        """Remove the groups of an actor that has outlived the program it was created by."""
        orphans = [
            group
            for group in self._table.living()
            if group.spec.actor_id == actor_id and group.owner_gone
        ]
        return [done for group in orphans for done in self._remove(group, at_s, OWNER_GONE)]

    # Finding nodes.

    def _place_waiting(self, report: ReportResources) -> list[Instruction]:
        if report.nodes == self._reported:
            return []
        self._reported = report.nodes
        nodes = {n.node_id: n for n in report.nodes if n.node_id not in self._gone_nodes}
        waiting = [group for group in self._table.living() if group.waits_for_nodes]
        waiting.sort(key=lambda group: group.state is PlacementGroupState.PENDING)
        return [done for group in waiting for done in self._place(group, nodes, report.at_s)]

    def _place(
        self, group: PlacementGroupRecord, nodes: dict[NodeID, NodeResources], at_s: float
    ) -> list[Instruction]:
        """Begin an attempt, if there is room, and take the room off ``nodes``."""
        spec = group.spec
        placement = _find(group, nodes.values())
        if placement is None:
            return self._note_no_room(group, nodes)
        group.attempt += 1
        group.attempt_s = at_s
        group.progress = Progress.SCHEDULING_STARTED
        group.asked = dict(placement)
        # A dictionary as an ordered set: the same input always asks in the same order.
        asked_nodes = list(dict.fromkeys(placement.values()))
        group.awaited = set(asked_nodes)
        found: list[Instruction] = []
        for node_id in asked_nodes:
            bundles = tuple(b for b in group.lost if placement[b.index] == node_id)
            wanted = sum((bundle.resources for bundle in bundles), ResourceSet())
            left = nodes[node_id].available - wanted
            nodes[node_id] = nodes[node_id].replaced(available=left)
            prepare = PrepareBundles(
                group_id=spec.group_id,
                attempt=group.attempt,
                node_id=node_id,
                bundles=bundles,
                at_s=at_s,
            )
            found.append(TellRaylet(message=prepare))
        return found

    def _note_no_room(
        self, group: PlacementGroupRecord, nodes: dict[NodeID, NodeResources]
    ) -> list[Instruction]:
        was_infeasible = group.progress is Progress.INFEASIBLE
        if can_ever_be_placed(group.spec.strategy, group.spec.bundles, nodes.values()):
            group.progress = Progress.NO_RESOURCES
        else:
            group.progress = Progress.INFEASIBLE
        is_infeasible = group.progress is Progress.INFEASIBLE
        if was_infeasible and is_infeasible:
            return []
        group.attempt += 1
        # Somebody may want to warn the user.
        return [_publish(group)] if is_infeasible else []

    # The two phases.

    def _answered(self, message: BundlesPrepared | BundlesCommitted) -> list[Instruction]:
        group = self._table.get(message.group_id)
        if group is None or not _is_awaited(message, group):
            return self._ignore(message, message.group_id, ATTEMPT_OVER)
        if isinstance(message, BundlesPrepared) and not message.prepared:
            return self._fail_attempt(group, message.node_id, message.at_s)
        group.awaited.discard(message.node_id)
        if group.awaited:
            return []
        if isinstance(message, BundlesPrepared):
            return self._commit(group, message.at_s)
        return self._finish(group, message.at_s)

    def _commit(self, group: PlacementGroupRecord, at_s: float) -> list[Instruction]:
        """Begin the second phase: nothing can be refused any more, so the bundles are there."""
        group.nodes.update(group.asked)
        why = "all bundles are set aside"
        self._table.move(group, PlacementGroupState.PREPARED, at_s, why)
        asked_nodes = list(dict.fromkeys(group.asked.values()))
        group.awaited = set(asked_nodes)
        commits = [
            CommitBundles(
                group_id=group.spec.group_id, attempt=group.attempt, node_id=node_id, at_s=at_s
            )
            for node_id in asked_nodes
        ]
        return [TellRaylet(message=commit) for commit in commits]

    def _finish(self, group: PlacementGroupRecord, at_s: float) -> list[Instruction]:
        group.asked = {}
        group.progress = Progress.FINISHED
        group.creation_s = at_s - group.created_s
        group.scheduling_s = at_s - group.attempt_s
        self._table.move(group, PlacementGroupState.CREATED, at_s, "all bundles can be used")
        return [_publish(group)]

    def _fail_attempt(
        self, group: PlacementGroupRecord, without: NodeID, at_s: float
    ) -> list[Instruction]:
        """Take an attempt in its first phase back, from all nodes but the one it failed at."""
        asked_nodes = dict.fromkeys(group.asked.values())
        group.asked, group.awaited = {}, set()
        group.progress = Progress.NO_RESOURCES
        self._reported = None
        returns = [
            ReturnBundles(
                group_id=group.spec.group_id,
                node_id=node_id,
                removed=False,
                attempt=group.attempt,
                at_s=at_s,
            )
            for node_id in asked_nodes
            if node_id != without
        ]
        return [TellRaylet(message=message) for message in returns]

    # Ends.

    def _node_gone(self, message: RemoveNode) -> list[Instruction]:
        self._gone_nodes.add(message.node_id)
        return [
            done
            for group in self._table.living()
            for done in self._lose_node(group, message.node_id, message.at_s)
        ]

    def _lose_node(
        self, group: PlacementGroupRecord, node_id: NodeID, at_s: float
    ) -> list[Instruction]:
        lost = [index for index, where in group.nodes.items() if where == node_id]
        if not lost and node_id not in group.asked.values():
            return []
        found: list[Instruction] = []
        if group.state is PlacementGroupState.PREPARED:
            # The other nodes are being told to commit, and will: there is nothing to take back.
            group.asked, group.awaited = {}, set()
        elif group.asked:
            found += self._fail_attempt(group, node_id, at_s)
        for index in lost:
            del group.nodes[index]
        self._reported = None
        if not lost or group.state is PlacementGroupState.RESCHEDULING:
            return found
        group.progress = Progress.QUEUED
        why = f"node {node_id} is gone"
        self._table.move(group, PlacementGroupState.RESCHEDULING, at_s, why)
        return [*found, _publish(group)]

    def _worker_died(self, message: WorkerDied) -> list[Instruction]:
        found: list[Instruction] = []
        for group in self._table.living():
            spec = group.spec
            if spec.detached or spec.owner_id != message.worker_id:
                continue
            group.owner_gone = True
            if spec.actor_id is None or not self._actor_lives(spec.actor_id):
                found += self._remove(group, message.at_s, OWNER_GONE)
        return found

    def _remove_on_demand(self, message: RemovePlacementGroup) -> list[Instruction]:
        group = self._table.get(message.group_id)
        if group is None or group.state is PlacementGroupState.REMOVED:
            why = "there is no such group" if group is None else "the group is removed already"
            return self._ignore(message, message.group_id, why)
        return self._remove(group, message.at_s, REMOVED_BY_PROGRAM)

    def _remove(self, group: PlacementGroupRecord, at_s: float, why: str) -> list[Instruction]:
        group.asked, group.awaited = {}, set()
        group.progress = Progress.REMOVED
        self._table.move(group, PlacementGroupState.REMOVED, at_s, why)
        everything = ReturnBundles(
            group_id=group.spec.group_id, node_id=None, removed=True, at_s=at_s
        )
        return [_publish(group), TellRaylet(message=everything)]

    def _ignore(self, message: PlacementGroupMessage, about: str, why: str) -> list[Instruction]:
        kind = type(message).__name__
        self._record(MessageIgnored(kind=kind, about=about, at_s=message.at_s, why=why))
        return []


def _find(
    group: PlacementGroupRecord, nodes: Iterable[NodeResources]
) -> Mapping[int, NodeID] | None:
    return place_bundles(
        group.spec.strategy,
        group.lost,
        nodes,
        in_use=frozenset(group.nodes.values()),
        target=group.spec.target_node_id,
    )


def _publish(group: PlacementGroupRecord) -> PublishPlacementGroup:
    return PublishPlacementGroup(group_id=group.spec.group_id)


def _is_awaited(message: BundlesPrepared | BundlesCommitted, group: PlacementGroupRecord) -> bool:
    """Whether an answer belongs to the attempt under way, and to its phase."""
    in_second_phase = group.state is PlacementGroupState.PREPARED
    return (
        group.attempt == message.attempt
        and message.node_id in group.awaited
        and isinstance(message, BundlesCommitted) is in_second_phase
    )
