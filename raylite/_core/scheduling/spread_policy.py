"""One node after the other.

In Ray: ``src/ray/raylet/scheduling/policy/spread_scheduling_policy.h``. There the policy keeps
its place in the round; here the caller does, so that the policy stays a function.
"""

from collections.abc import Sequence

from raylite._core.common.node_resources import NodeResources
from raylite._core.scheduling.choice import INFEASIBLE, Choice, Demand, at

__all__ = ["choose_spread"]


def choose_spread(demand: Demand, nodes: Sequence[NodeResources], cursor: int) -> Choice:
    """Pick the next node in the round that has room; if none has, the next that is large enough.

    Args:
        demand: the request.
        nodes: the round.
        cursor: the place in the round where the search begins.

    Returns:
        A choice whose ``cursor`` is the place behind the node.
    """
    places = [(cursor + step) % len(nodes) for step in range(len(nodes))]
    for fits in (demand.is_available_on, demand.is_feasible_on):
        for place in places:
            node = nodes[place]
            if fits(node):
                return at(node, demand, (place + 1) % len(nodes))
    return INFEASIBLE
