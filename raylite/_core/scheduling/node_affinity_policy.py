"""A certain node, or, if the wish is soft, another.

In Ray: ``src/ray/raylet/scheduling/policy/node_affinity_scheduling_policy.h``.
"""

from collections.abc import Sequence
from typing import Final

from raylite._core.common.ids import NodeID
from raylite._core.common.node_resources import NodeResources
from raylite._core.common.scheduling_strategy import SchedulingStrategy
from raylite._core.scheduling.choice import Choice, Demand, at, never
from raylite._core.scheduling.hybrid_policy import choose_hybrid

__all__ = ["NODE_GONE", "NODE_UNAVAILABLE", "choose_by_affinity"]

NODE_GONE: Final = (
    "The node specified via NodeAffinitySchedulingStrategy doesn't exist any more or is "
    "infeasible, and soft=False was specified"
)
NODE_UNAVAILABLE: Final = (
    "The node specified via NodeAffinitySchedulingStrategy has no room at the moment, and "
    "_fail_on_unavailable=True was specified"
)


def choose_by_affinity(
    demand: Demand, strategy: SchedulingStrategy, nodes: Sequence[NodeResources], local: NodeID
) -> Choice:
    """Pick the node that is wished for, even if the request has to wait there.

    1. If it is gone, too small or of the wrong labels, a hard wish is never fulfilled.
    2. A soft one then becomes the hybrid policy's business. It does not so when the node is merely
       full, unless ``spills_when_full`` is set.
    """
    wanted = next((node for node in nodes if node.node_id == strategy.node_id), None)
    if wanted is not None and demand.is_feasible_on(wanted):
        picky = strategy.spills_when_full or strategy.fails_when_full
        if not picky or demand.is_available_on(wanted):
            return at(wanted, demand)
        if strategy.fails_when_full:
            return never(NODE_UNAVAILABLE)
    if not strategy.soft:
        return never(NODE_GONE)
    return choose_hybrid(demand, nodes, local)
