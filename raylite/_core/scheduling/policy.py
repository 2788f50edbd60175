"""Which node gets a request: pack the nodes until they are half full, then spread.

In Ray: ``src/ray/raylet/scheduling/policy/hybrid_scheduling_policy.h``. Left out here: the
random choice among the best few nodes, which would make the same input give two answers,
and the preference for nodes without GPUs.

Packing first leaves whole nodes free for a request that needs one; spreading above half keeps
neighbours from slowing each other down. On one node, the common case, both come to the same.
"""

from collections.abc import Iterable
from typing import Final

from raylite._core.common.ids import NodeID
from raylite._core.common.record import Record
from raylite._core.common.resources import ResourceSet

__all__ = ["SPREAD_THRESHOLD", "NodeResources", "choose_node", "utilization"]

SPREAD_THRESHOLD: Final = 0.5
"""The share of its scarcest resource up to which a node counts as empty."""


class NodeResources(Record):
    """What a policy knows of a node."""

    node_id: NodeID
    total: ResourceSet
    available: ResourceSet


def utilization(node: NodeResources) -> float:
    """The share in use of the node's scarcest resource: 0.0 empty, 1.0 full, more if overdrawn."""
    available = dict(node.available.units)
    return max(
        (1 - available.get(name, 0) / total for name, total in node.total.units), default=0.0
    )


def choose_node(placement: ResourceSet, nodes: Iterable[NodeResources]) -> NodeID | None:
    """Pick the node a request should be sent to.

    1. Nodes that could never hold the request are left out.
    2. Nodes that can hold it now come before those where it would have to wait.
    3. Among these the least used wins, where everything below the threshold counts as unused.
    4. Among equals the first in ``nodes`` wins, so put the requester's own node first.

    Args:
        placement: what must be free on the node.
        nodes: those alive, in the order of preference.

    Returns:
        The node, or None if the request fits in none of them even when they are empty.
    """
    feasible = [node for node in nodes if placement.fits_in(node.total)]
    if not feasible:
        return None

    def badness(node: NodeResources) -> tuple[bool, float]:
        used = utilization(node)
        must_wait = not placement.fits_in(node.available)
        return must_wait, used if used >= SPREAD_THRESHOLD else 0.0

    return min(feasible, key=badness).node_id
