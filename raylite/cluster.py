"""Virtual nodes: several nodes on this one machine, to see how work is spread over a cluster.

In Ray: ``python/ray/cluster_utils.py``, which its own tests use. A node here is a share of the
session with resources and labels of its own, and worker processes that belong to it::

    from raylite import cluster

    node = cluster.add_node(num_cpus=2, labels={"zone": "b"})
    ...
    cluster.remove_node(node)     # kills what runs there, as if the machine had died
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from raylite import _engine
from raylite._core.common.ids import NodeID
from raylite._html_table import ShownList, amounts, html_table
from raylite._nodes import checked_node
from raylite._scheduling_strategies import is_node_id

__all__ = ["Node", "add_node", "nodes", "remove_node"]


@dataclass(frozen=True, slots=True)
class Node:
    """A virtual node.

    Two are equal if they are the same node, also when something was asked about it in between.
    """

    node_id: str
    """56 hexadecimal digits, as ``NodeAffinitySchedulingStrategy`` takes them."""
    resources: Mapping[str, float] = field(default_factory=dict, compare=False)
    """What it has in all."""
    labels: Mapping[str, str] = field(default_factory=dict, compare=False)
    """As ``label_selector`` names them."""

    def __repr__(self) -> str:
        has, labels = amounts(self.resources), amounts(self.labels)
        return f"Node({self.node_id!r}, {has}{f', {labels}' if labels else ''})"

    def _repr_html_(self) -> str:
        return html_table("1 node", [_row(self)])


def add_node(
    num_cpus: int = 1,
    num_gpus: int = 0,
    resources: Mapping[str, float] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Node:
    """Add a node to the session. What waits for room starts there at once.

    Args:
        num_cpus: how many CPUs it has; they need not exist.
        num_gpus: the same for GPUs.
        resources: further resources, by name.
        labels: what ``label_selector`` finds it by.

    Raises:
        TypeError: for a value of the wrong type.
        ValueError: for a value out of range.
    """
    config = checked_node(num_cpus=num_cpus, num_gpus=num_gpus, resources=resources, labels=labels)
    engine = _engine.current()
    node_id = engine.add_node(config.total(), config.labels)
    return next(node for node in nodes() if node.node_id == node_id)


def remove_node(node: Node | str) -> None:
    """Remove a node. The processes on it are killed; what may be restarted is, elsewhere.

    1. Tasks that ran there are run again on other nodes, ``max_retries`` times.
    2. Actors that lived there restart elsewhere, ``max_restarts`` times, or are dead.
    3. Placement groups look for room for the bundles that were there.

    Args:
        node: the node, or its id.

    Raises:
        TypeError: for what is no node.
        ValueError: if it is gone already, or is the first one, on which the driver is.
    """
    node_id: Any = node.node_id if isinstance(node, Node) else node
    if not isinstance(node_id, str):
        msg = f"remove_node({node!r}): give what add_node() returned, or a node's id."
        raise TypeError(msg)
    if not is_node_id(node_id):
        msg = f"remove_node({node!r}): this is no node's id. See raylite.cluster.nodes()."
        raise ValueError(msg)
    _engine.current().remove_node(NodeID(node_id))


def nodes() -> list[Node]:
    """The nodes that are there, the driver's first."""
    rows = _engine.current().state("nodes")
    found = [
        Node(node_id=row["NodeID"], resources=row["Resources"], labels=row["Labels"])
        for row in rows
        if row["Alive"]
    ]
    return ShownList(found, "node", _row)


def _row(node: Node) -> dict[str, Any]:
    return {
        "node_id": node.node_id,
        "resources": amounts(node.resources),
        "labels": amounts(node.labels),
    }
