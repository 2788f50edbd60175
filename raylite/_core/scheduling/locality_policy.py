"""Where the large arguments are, there the work should be.

In Ray: ``src/ray/core_worker/lease_policy.h``, and ``is_selected_based_on_locality`` in
``src/ray/raylet/scheduling/cluster_lease_manager.h``.
"""

from collections.abc import Mapping, Sequence

from raylite._core.common.ids import NodeID
from raylite._core.common.node_resources import NodeResources
from raylite._core.scheduling.choice import Choice, Demand, at

__all__ = ["choose_by_locality"]


def choose_by_locality(
    demand: Demand, nodes: Sequence[NodeResources], locality: Mapping[NodeID, int]
) -> Choice | None:
    """Pick the node that has most bytes of the arguments, among those with room now.

    Returns:
        None if no node that has any of them has room: nobody waits for a shorter way.
    """
    with_room = [
        node for node in nodes if locality.get(node.node_id) and demand.is_available_on(node)
    ]
    if not with_room:
        return None
    return at(max(with_room, key=lambda node: locality[node.node_id]), demand)
