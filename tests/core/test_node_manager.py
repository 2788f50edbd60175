"""Nodes that come and go."""

import pytest

from raylite._core.common.events import Event, MessageIgnored, NodeStateChanged
from raylite._core.common.ids import NodeID
from raylite._core.common.messages import AddNode, RemoveNode
from raylite._core.common.resources import ResourceSet
from raylite._core.common.states import NodeState
from raylite._core.gcs.gcs import Gcs
from raylite._core.gcs.node_manager import NodeManager, NodeView

A, B = NodeID("a"), NodeID("b")
TWO_CPUS = ResourceSet.of({"CPU": 2})


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def nodes(events: list[Event]) -> NodeManager:
    manager = NodeManager(events.append)
    manager.add(A, TWO_CPUS, at_s=1.0)
    manager.add(B, ResourceSet.of({"CPU": 1, "GPU": 1}), at_s=2.0, labels={"zone": "eu"})
    return manager


def test_a_node_is_alive_when_it_is_added(nodes: NodeManager) -> None:
    view = NodeView(node_id=A, total=TWO_CPUS, state=NodeState.ALIVE, since_s=1.0)
    assert nodes.view(A) == view
    assert view.alive
    assert nodes.view(NodeID("stranger")) is None


def test_the_cluster_has_what_its_nodes_have(nodes: NodeManager) -> None:
    assert nodes.total().to_dict() == {"CPU": 3.0, "GPU": 1.0}


def test_a_dead_node_keeps_its_row_and_adds_nothing(nodes: NodeManager) -> None:
    nodes.remove(B, at_s=3.0)
    assert [(view.alive, view.ended_s) for view in nodes.views()] == [(True, None), (False, 3.0)]
    assert [view.node_id for view in nodes.alive()] == [A]
    assert nodes.total() == TWO_CPUS


def test_a_node_cannot_come_twice_nor_back(nodes: NodeManager) -> None:
    nodes.remove(B, at_s=3.0)
    for node_id in (A, B):
        with pytest.raises(ValueError, match="registered already"):
            nodes.add(node_id, TWO_CPUS, at_s=3.0)


@pytest.mark.parametrize("node_id", [B, NodeID("stranger")])
def test_the_end_of_a_node_that_is_not_there_is_ignored(
    nodes: NodeManager, events: list[Event], node_id: NodeID
) -> None:
    nodes.remove(B, at_s=3.0)
    nodes.remove(node_id, at_s=4.0)
    assert isinstance(events[-1], MessageIgnored)
    assert events[-1].about == node_id
    assert nodes.view(NodeID("stranger")) is None


def test_what_becomes_of_a_node_is_in_the_log() -> None:
    events: list[Event] = []
    gcs = Gcs(record=events.append)
    assert gcs.handle(AddNode(node_id=A, total=TWO_CPUS, labels={"zone": "eu"}, at_s=1.0)) == []
    assert gcs.handle(RemoveNode(node_id=A, at_s=2.0)) == []
    came = NodeStateChanged(
        node_id=A,
        old=None,
        new=NodeState.ALIVE,
        at_s=1.0,
        resources={"CPU": 2.0},
        labels={"zone": "eu"},
        is_head=True,
    )
    assert events == [came, came.replaced(old=NodeState.ALIVE, new=NodeState.DEAD, at_s=2.0)]
    view = gcs.nodes.view(A)
    assert view is not None
    assert view.labels == {"zone": "eu"}


def test_the_control_plane_has_a_table_of_actors_of_nodes_and_of_groups() -> None:
    gcs = Gcs(record=lambda _event: None)
    gcs.nodes.add(A, TWO_CPUS, at_s=0.0)
    assert gcs.nodes.total() == TWO_CPUS
    assert gcs.actors.views() == []
    assert gcs.groups.views() == []
