"""The default: pack the nodes until they are half full, then spread.

In Ray: ``src/ray/raylet/scheduling/policy/hybrid_scheduling_policy.h``. Left out here: the
random choice among the best few nodes, which would make the same input give two answers.

Packing first leaves whole nodes free for a request that needs one; spreading above half keeps
neighbours from slowing each other down. On one node, the common case, both come to the same.
"""

from collections.abc import Sequence
from typing import Final

from raylite._core.common.ids import NodeID
from raylite._core.common.node_resources import NodeResources
from raylite._core.common.resources import GPU
from raylite._core.scheduling.choice import INFEASIBLE, Choice, Demand, at

__all__ = ["SPREAD_THRESHOLD", "choose_hybrid", "utilization"]

SPREAD_THRESHOLD: Final = 0.5
"""The share of its scarcest resource up to which a node counts as empty."""


def utilization(node: NodeResources) -> float:
    """The share in use of the node's scarcest resource: 0.0 empty, 1.0 full, more if overdrawn."""
    available = dict(node.available.units)
    return max(
        (1 - available.get(name, 0) / total for name, total in node.total.units), default=0.0
    )


def choose_hybrid(demand: Demand, nodes: Sequence[NodeResources], local: NodeID) -> Choice:
    """Pick the node by how much of it is in use.

    1. Nodes that could never hold the request are left out.
    2. Nodes that have room for it now come before those where it would have to wait.
    3. Among those with room, nodes with GPUs come last if the request needs none.
    4. Among these the least used wins, where everything below the threshold counts as unused.
    5. Among equals ``local`` wins, then the first in ``nodes``.
    """
    feasible = [node for node in nodes if demand.is_feasible_on(node)]
    if not feasible:
        return INFEASIBLE
    if len(feasible) == 1:
        return at(feasible[0], demand)
    needs_gpu = demand.placement.amount(GPU) > 0

    def badness(node: NodeResources) -> tuple[bool, bool, float, bool]:
        used = utilization(node)
        has_room = demand.is_available_on(node)
        wastes_gpu = has_room and not needs_gpu and node.total.amount(GPU) > 0
        score = used if used >= SPREAD_THRESHOLD else 0.0
        return not has_room, wastes_gpu, score, node.node_id != local

    return at(min(feasible, key=badness), demand)
