"""What the bundle policy is held against: conditions, and a search that tries everything."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

from raylite._core.common.ids import NodeID
from raylite._core.common.label_selector import labels_match
from raylite._core.common.node_resources import NodeResources
from raylite._core.common.placement_group_spec import BundleSpec, PlacementStrategy
from raylite._core.common.resources import ResourceSet

__all__ = ["has_room", "keeps_strategy", "some_placement", "total_of"]


def total_of(bundles: Iterable[BundleSpec]) -> ResourceSet:
    return sum((bundle.resources for bundle in bundles), ResourceSet())


def has_room(
    placement: Mapping[int, NodeID], bundles: Sequence[BundleSpec], nodes: Sequence[NodeResources]
) -> bool:
    """Whether each node can hold what it was given, and has the labels for it."""
    for node in nodes:
        mine = [bundle for bundle in bundles if placement[bundle.index] == node.node_id]
        if not total_of(mine).fits_in(node.available):
            return False
        if not all(labels_match(bundle.labels, node.labels) for bundle in mine):
            return False
    return True


def keeps_strategy(
    strategy: PlacementStrategy, placement: Mapping[int, NodeID], in_use: frozenset[NodeID]
) -> bool:
    """Whether a placement is what the strategy demands, if it demands anything."""
    chosen = list(placement.values())
    if strategy is PlacementStrategy.STRICT_PACK:
        return len(set(chosen)) == 1
    if strategy is PlacementStrategy.STRICT_SPREAD:
        return len(set(chosen)) == len(chosen) and not in_use & set(chosen)
    return True


def some_placement(
    strategy: PlacementStrategy,
    bundles: Sequence[BundleSpec],
    nodes: Sequence[NodeResources],
    in_use: frozenset[NodeID] = frozenset(),
) -> Mapping[int, NodeID] | None:
    """Any placement that is right, found by trying all of them."""
    for chosen in product([node.node_id for node in nodes], repeat=len(bundles)):
        placement = {bundle.index: where for bundle, where in zip(bundles, chosen, strict=True)}
        if keeps_strategy(strategy, placement, in_use) and has_room(placement, bundles, nodes):
            return placement
    return None
