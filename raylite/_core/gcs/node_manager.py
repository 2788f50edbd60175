"""The nodes of the session and what each of them has.

In Ray: ``src/ray/gcs/gcs_node_manager.h``. Left out here: draining and the health checks, since a
virtual node is a part of the head process: it ends when somebody removes it, or with the session.
"""

from collections.abc import Callable, Mapping
from typing import Final

from raylite._core.common.events import Event, MessageIgnored, NodeStateChanged
from raylite._core.common.ids import NodeID
from raylite._core.common.record import Record
from raylite._core.common.resources import ResourceSet
from raylite._core.common.states import NodeState, check_transition

__all__ = ["NodeManager", "NodeView"]

_NO_LABELS: Final[Mapping[str, str]] = {}


class NodeView(Record):
    """One node at one moment."""

    node_id: NodeID
    total: ResourceSet
    labels: Mapping[str, str] = _NO_LABELS
    state: NodeState
    since_s: float
    """When it was added, in seconds since the session began."""
    ended_s: float | None = None
    """When it was removed; None while it is there."""

    @property
    def alive(self) -> bool:
        """Whether it can take work."""
        return self.state is NodeState.ALIVE


class NodeManager:
    """Keeps the table of nodes, in the order they came. The drivers are at the first.

    Args:
        record: called with every event, in order, before a method returns.
    """

    def __init__(self, record: Callable[[Event], None]) -> None:
        self._record = record
        self._nodes: dict[NodeID, NodeView] = {}

    def add(
        self,
        node_id: NodeID,
        total: ResourceSet,
        at_s: float,
        labels: Mapping[str, str] = _NO_LABELS,
    ) -> NodeView:
        """Enter a node.

        Raises:
            ValueError: if the node is known already, dead or alive.
        """
        if node_id in self._nodes:
            msg = f"node {node_id} is registered already; a node that died never comes back"
            raise ValueError(msg)
        view = NodeView(
            node_id=node_id, total=total, labels=labels, state=NodeState.ALIVE, since_s=at_s
        )
        self._set(view, None, at_s)
        return view

    def remove(self, node_id: NodeID, at_s: float) -> None:
        """Note that a node is gone. Its row stays."""
        node = self._nodes.get(node_id)
        if node is None or not node.alive:
            why = "there is no such node" if node is None else "the node is gone already"
            self._record(MessageIgnored(kind="RemoveNode", about=node_id, at_s=at_s, why=why))
            return
        self._set(node.replaced(state=NodeState.DEAD, ended_s=at_s), node.state, at_s)

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

    def _set(self, view: NodeView, old: NodeState | None, at_s: float) -> None:
        if old is not None:
            check_transition(old, view.state)
        self._nodes[view.node_id] = view
        self._record(
            NodeStateChanged(
                node_id=view.node_id,
                old=old,
                new=view.state,
                at_s=at_s,
                resources=view.total.to_dict(),
                labels=dict(view.labels),
                is_head=view.node_id == next(iter(self._nodes)),
            )
        )
