import pytest

from raylite._core.common.ids import NodeID
from raylite._core.common.resources import ResourceSet
from raylite._core.gcs.gcs import Gcs
from raylite._core.gcs.node_manager import NodeManager, NodeView

A, B = NodeID("a"), NodeID("b")
TWO_CPUS = ResourceSet.of({"CPU": 2})


@pytest.fixture
def nodes() -> NodeManager:
    manager = NodeManager()
    manager.add(A, TWO_CPUS, at_s=1.0)
    manager.add(B, ResourceSet.of({"CPU": 1, "GPU": 1}), at_s=2.0)
    return manager


def test_a_node_is_alive_when_it_is_added(nodes: NodeManager):
    assert nodes.view(A) == NodeView(node_id=A, total=TWO_CPUS, alive=True, since_s=1.0)
    assert nodes.view(NodeID("stranger")) is None


def test_the_cluster_has_what_its_nodes_have(nodes: NodeManager):
    assert nodes.total().to_dict() == {"CPU": 3.0, "GPU": 1.0}


def test_a_dead_node_keeps_its_row_and_adds_nothing(nodes: NodeManager):
    nodes.mark_dead(B)
    assert [view.alive for view in nodes.views()] == [True, False]
    assert [view.node_id for view in nodes.alive()] == [A]
    assert nodes.total() == TWO_CPUS


def test_a_node_cannot_come_twice_nor_back(nodes: NodeManager):
    with pytest.raises(ValueError, match="registered already"):
        nodes.add(A, TWO_CPUS, at_s=3.0)


def test_a_node_that_never_came_cannot_die(nodes: NodeManager):
    with pytest.raises(KeyError):
        nodes.mark_dead(NodeID("stranger"))


def test_the_control_plane_has_an_actor_table_and_a_node_table():
    gcs = Gcs(record=lambda _event: None)
    gcs.nodes.add(A, TWO_CPUS, at_s=0.0)
    assert gcs.nodes.total() == TWO_CPUS
    assert gcs.actors.views() == []
