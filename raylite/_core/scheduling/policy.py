"""Which node gets a request for a worker: the one door to the policies.

In Ray: ``src/ray/raylet/scheduling/policy/composite_scheduling_policy.h`` and
``GetBestSchedulableNode`` in ``cluster_resource_scheduler.h``. Left out here: the random policy.

Requests for a bundle of a placement group do not come here: where the bundle is, there they go.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from raylite._core.common.ids import NodeID
from raylite._core.common.label_selector import labels_match, names_a_node
from raylite._core.common.node_resources import NodeResources
from raylite._core.common.resources import ResourceSet
from raylite._core.common.scheduling_strategy import DEFAULT_STRATEGY, SchedulingStrategy
from raylite._core.scheduling.choice import INFEASIBLE, Choice, Demand, never
from raylite._core.scheduling.hybrid_policy import choose_hybrid
from raylite._core.scheduling.locality_policy import choose_by_locality
from raylite._core.scheduling.node_affinity_policy import choose_by_affinity
from raylite._core.scheduling.spread_policy import choose_spread

__all__ = ["choose_node"]

_NO_LOCALITY: Final[Mapping[NodeID, int]] = {}


def choose_node(
    placement: ResourceSet,
    held: ResourceSet,
    nodes: Sequence[NodeResources],
    *,
    local: NodeID,
    strategy: SchedulingStrategy = DEFAULT_STRATEGY,
    locality: Mapping[NodeID, int] = _NO_LOCALITY,
    cursor: int = 0,
) -> Choice:
    """Choose where a request should run, with what the nodes have at this moment.

    1. Nodes whose labels do not match are left out. If that leaves none that is large enough, the
       next of the strategy's fallbacks is tried.
    2. The strategy decides: a certain node, one after the other, or the hybrid policy, which is
       asked only if no node that has some of the large arguments can start at once.
    3. Whatever it is, a node that can start now comes before one where the request must wait.

    The same input always gives the same answer, so a request that has to wait is asked about
    again whenever something has become free or a node has come or gone.

    Args:
        placement: what a node must have, and had better have free.
        held: what the request takes from the node while it runs; never more than ``placement``.
        nodes: those alive, in the order in which they came.
        local: the requester's own node, which the hybrid policy prefers.
        strategy: the requester's wish. Not a bundle of a placement group.
        locality: bytes of large arguments, by the node that has them.
        cursor: for ``spread``: what the last :class:`Choice` for it said; at first 0.

    Returns:
        A node where it can run now; or one where it has to wait; or that it must wait for a node
        to come; or that it will never run, and why.
    """
    demand = Demand(placement=placement, held=held)
    for labels in (strategy.labels, *strategy.fallbacks):
        matching = [node for node in nodes if labels_match(labels, node.labels)]
        if strategy.node_id is not None:
            choice = choose_by_affinity(demand, strategy, matching, local)
        elif strategy.spread:
            choice = choose_spread(demand, matching, cursor)
        else:
            choice = choose_by_locality(demand, matching, locality) or choose_hybrid(
                demand, matching, local
            )
        if choice.node_id is not None:
            return choice
    if choice == INFEASIBLE and not strategy.fallbacks and names_a_node(strategy.labels):
        return never("The node that label_selector names doesn't exist any more or is infeasible")
    return choice
