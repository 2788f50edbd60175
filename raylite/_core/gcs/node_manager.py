"""The nodes of the session and what each of them has.

In Ray: ``src/ray/gcs/gcs_node_manager.h``. Left out here: draining, labels and the health
checks, since a virtual node is a part of the head process and lives as long as it.
"""

from raylite._core.common.ids import NodeID
from raylite._core.common.record import Record
from raylite._core.common.resources import ResourceSet

__all__ = ["NodeManager", "NodeView"]


class NodeView(Record):
    """One node at one moment."""

    node_id: NodeID
    total: ResourceSet
    alive: bool
    since_s: float
    """When it was added, in seconds since the session began."""


class NodeManager:
    """Keeps the table of nodes, in the order they came."""

    def __init__(self) -> None:
        self._nodes: dict[NodeID, NodeView] = {}

    def add(self, node_id: NodeID, total: ResourceSet, at_s: float) -> NodeView:
        """Enter a node.

        Raises:
            ValueError: if the node is known already, dead or alive.
        """
        if node_id in self._nodes:
            msg = f"node {node_id} is registered already; a node that died never comes back"
            raise ValueError(msg)
        node = NodeView(node_id=node_id, total=total, alive=True, since_s=at_s)
        self._nodes[node_id] = node
        return node

    def mark_dead(self, node_id: NodeID) -> None:
        """Note that a node is gone. Its row stays.

        Raises:
            KeyError: if there is no such node.
        """
        self._nodes[node_id] = self._nodes[node_id].replaced(alive=False)

    def view(self, node_id: NodeID) -> NodeView | None:
        """The node, dead or alive; None if it was never added."""
        return self._nodes.get(node_id)

    def views(self) -> list[NodeView]:
        """All nodes, dead ones too, in the order they came."""
        return list(self._nodes.values())

    def alive(self) -> list[NodeView]:
        """The nodes that can take work, in the order they came."""
        return [node for node in self._nodes.values() if node.alive]

    def total(self) -> ResourceSet:
        """What all living nodes have together: ``cluster_resources()``."""
        return sum((node.total for node in self.alive()), ResourceSet())
