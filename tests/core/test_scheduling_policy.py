from raylite._core.common.ids import NodeID
from raylite._core.common.resources import ResourceSet
from raylite._core.scheduling.policy import NodeResources, choose_node, utilization

ONE_CPU = ResourceSet.of({"CPU": 1})


def node(name: str, total: float, used: float = 0, **more: float) -> NodeResources:
    all_of_it = ResourceSet.of({"CPU": total, **more})
    return NodeResources(
        node_id=NodeID(name),
        total=all_of_it,
        available=all_of_it - ResourceSet.of({"CPU": used}),
    )


def test_on_one_node_everything_that_can_ever_fit_goes_there():
    assert choose_node(ONE_CPU, [node("only", 1, used=1)]) == "only"


def test_a_request_that_fits_nowhere_gets_no_node():
    assert choose_node(ResourceSet.of({"GPU": 1}), [node("a", 8), node("b", 8)]) is None
    assert choose_node(ONE_CPU, []) is None


def test_nodes_are_packed_until_they_are_half_full():
    assert choose_node(ONE_CPU, [node("first", 4, used=1), node("second", 4)]) == "first"


def test_above_half_the_least_used_node_wins():
    nodes = [node("first", 4, used=3), node("second", 4, used=2), node("third", 4)]
    assert choose_node(ONE_CPU, nodes) == "third"
    assert choose_node(ONE_CPU, nodes[:2]) == "second"


def test_a_node_that_can_start_now_comes_before_an_emptier_one_that_cannot():
    small = node("small", 1, used=0.5)
    large = node("large", 8, used=7)
    assert choose_node(ONE_CPU, [small, large]) == "large"


def test_the_scarcest_resource_counts():
    busy = NodeResources(
        node_id=NodeID("busy"),
        total=ResourceSet.of({"CPU": 8, "GPU": 1}),
        available=ResourceSet.of({"CPU": 8}),
    )
    assert utilization(busy) == 1.0
    assert choose_node(ONE_CPU, [busy, node("free", 8)]) == "free"


def test_a_node_without_resources_is_empty_and_takes_what_needs_nothing():
    bare = NodeResources(node_id=NodeID("bare"), total=ResourceSet(), available=ResourceSet())
    assert utilization(bare) == 0.0
    assert choose_node(ResourceSet(), [bare]) == "bare"


def test_an_overdrawn_node_is_more_than_full():
    assert utilization(node("lent", 2, used=3)) == 1.5
