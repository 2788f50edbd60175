"""Which nodes get the bundles of a placement group: all of them, or none gets any.

In Ray: ``src/ray/raylet/scheduling/policy/bundle_scheduling_policy.h`` and ``scorer.h``.

The search is greedy, as in Ray: the bundle that is hardest to place goes first, to the node that
would be left emptiest, and no choice is taken back. So a placement that a full search would find
may be missed; it is never one that breaks the strategy.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, assert_never

from raylite._core.common.ids import NodeID
from raylite._core.common.label_selector import labels_match
from raylite._core.common.node_resources import NodeResources
from raylite._core.common.placement_group_spec import BundleSpec, PlacementStrategy
from raylite._core.common.resources import CPU, GPU, ResourceSet

__all__ = ["NOWHERE", "can_ever_be_placed", "place_bundles"]

NOWHERE: Final[frozenset[NodeID]] = frozenset()
_PLAIN: Final = ("object_store_memory", "memory", CPU)
"""Resources that every node has, the scarcest first."""

Placement = dict[int, NodeID]
"""Nodes, by the index of the bundle."""


def place_bundles(
    strategy: PlacementStrategy,
    bundles: Sequence[BundleSpec],
    nodes: Iterable[NodeResources],
    *,
    in_use: frozenset[NodeID] = NOWHERE,
    target: NodeID | None = None,
) -> Mapping[int, NodeID] | None:
    """Find a node for each bundle, with what the nodes have left at this moment.

    Args:
        strategy: what the placement has to be like.
        bundles: at least one; of a group that has lost a node, only those that were there.
        nodes: those alive; among equals the first wins.
        in_use: nodes that hold other bundles of the group. SPREAD avoids them, STRICT_SPREAD
            does not touch them.
        target: STRICT_PACK alone: the node to take if it has room.

    Returns:
        The nodes, by the index of the bundle; None if they do not have room for all bundles.
    """
    room = {node.node_id: _Room(node) for node in nodes}
    match strategy:
        case PlacementStrategy.STRICT_PACK:
            return _strict_pack(bundles, room, target)
        case PlacementStrategy.PACK:
            return _pack(bundles, room)
        case PlacementStrategy.SPREAD:
            return _spread(bundles, room, in_use)
        case PlacementStrategy.STRICT_SPREAD:
            return _strict_spread(bundles, room, in_use)
        case _:
            assert_never(strategy)


def can_ever_be_placed(
    strategy: PlacementStrategy, bundles: Sequence[BundleSpec], nodes: Iterable[NodeResources]
) -> bool:
    """Whether the bundles of a whole group would find room if nothing else ran on the nodes."""
    empty = [node.replaced(available=node.total) for node in nodes]
    return place_bundles(strategy, bundles, empty) is not None


class _Room:
    """What a node has left while a placement is being put together."""

    def __init__(self, node: NodeResources) -> None:
        self.node_id = node.node_id
        self.labels = node.labels
        self.left = node.available

    def score(self, bundle: BundleSpec) -> float | None:
        """How empty the node would be left, summed over what the bundle needs; None: no room."""
        if not bundle.resources.fits_in(self.left):
            return None
        if not labels_match(bundle.labels, self.labels):
            return None
        left = dict(self.left.units)
        return sum((left[name] - wanted) / left[name] for name, wanted in bundle.resources.units)

    def take(self, bundle: BundleSpec) -> None:
        """Set the bundle aside."""
        self.left -= bundle.resources


Rooms = dict[NodeID, _Room]


def _pack(bundles: Sequence[BundleSpec], rooms: Rooms) -> Placement | None:
    """Fill one node after the other."""
    placement: Placement = {}
    waiting = _hardest_first(bundles)
    while waiting:
        room = _best(waiting[0], rooms)
        if room is None:
            return None
        rest = []
        for bundle in waiting:
            if room.score(bundle) is None:
                rest.append(bundle)
            else:
                room.take(bundle)
                placement[bundle.index] = room.node_id
        del rooms[room.node_id]
        waiting = rest
    return placement


def _spread(
    bundles: Sequence[BundleSpec], rooms: Rooms, in_use: frozenset[NodeID]
) -> Placement | None:
    """A node of its own for each bundle while there are such nodes; then the others again."""
    used = {node_id: rooms.pop(node_id) for node_id in list(rooms) if node_id in in_use}
    placement: Placement = {}
    for bundle in _hardest_first(bundles):
        room = _best(bundle, rooms) or _best(bundle, used)
        if room is None:
            return None
        room.take(bundle)
        placement[bundle.index] = room.node_id
        used[room.node_id] = room
        rooms.pop(room.node_id, None)
    return placement


def _strict_pack(
    bundles: Sequence[BundleSpec], rooms: Rooms, target: NodeID | None
) -> Placement | None:
    """One node for the sum of the bundles."""
    whole = BundleSpec(
        index=0,
        resources=sum((bundle.resources for bundle in bundles), ResourceSet()),
        labels=tuple(term for bundle in bundles for term in bundle.labels),
    )
    wanted = {target: rooms[target]} if target in rooms else {}
    room = _best(whole, wanted) or _best(whole, rooms)
    return None if room is None else {bundle.index: room.node_id for bundle in bundles}


def _strict_spread(
    bundles: Sequence[BundleSpec], rooms: Rooms, in_use: frozenset[NodeID]
) -> Placement | None:
    """A node of its own for each bundle."""
    free = {node_id: room for node_id, room in rooms.items() if node_id not in in_use}
    placement: Placement = {}
    for bundle in _hardest_first(bundles):
        room = _best(bundle, free)
        if room is None:
            return None
        placement[bundle.index] = room.node_id
        del free[room.node_id]
    return placement


def _best(bundle: BundleSpec, rooms: Rooms) -> _Room | None:
    best, best_score = None, -1.0
    for room in rooms.values():
        score = room.score(bundle)
        if score is not None and score > best_score:
            best, best_score = room, score
    return best


def _hardest_first(bundles: Sequence[BundleSpec]) -> list[BundleSpec]:
    """GPUs first, then what only some nodes have, then the rest; more of it before less."""
    names = {name for bundle in bundles for name, _units in bundle.resources.units}
    order = [GPU, *sorted(names - {GPU, *_PLAIN}), *_PLAIN]

    def hardness(bundle: BundleSpec) -> list[int]:
        units = dict(bundle.resources.units)
        return [-units.get(name, 0) for name in order]

    return sorted(bundles, key=hardness)
