"""The hybrid policy, labels and locality; SPREAD and node affinity have files of their own."""

from collections.abc import Sequence

from raylite._core.common.ids import NodeID
from raylite._core.common.node_resources import NodeResources
from raylite._core.common.resources import ResourceSet
from raylite._core.common.scheduling_strategy import SchedulingStrategy
from raylite._core.scheduling.choice import INFEASIBLE, Choice, Verdict
from raylite._core.scheduling.hybrid_policy import utilization
from raylite._core.scheduling.policy import choose_node

NOTHING = ResourceSet()
ONE_CPU = ResourceSet.of({"CPU": 1})
LOCAL = NodeID("local")


def node(name: str, total: float, used: float = 0, **more: float) -> NodeResources:
    all_of_it = ResourceSet.of({"CPU": total, **more})
    return NodeResources(
        node_id=NodeID(name),
        total=all_of_it,
        available=all_of_it - ResourceSet.of({"CPU": used}),
    )


def labelled(name: str, **labels: str) -> NodeResources:
    return node(name, 1).replaced(labels=labels)


def choose(need: ResourceSet, nodes: Sequence[NodeResources], **how: object) -> Choice:
    return choose_node(need, need, nodes, **{"local": LOCAL, **how})  # type: ignore[arg-type]  # by name


def where(need: ResourceSet, nodes: Sequence[NodeResources], **how: object) -> str | None:
    return choose(need, nodes, **how).node_id


def test_what_can_run_at_once_is_told_from_what_must_wait() -> None:
    assert choose(ONE_CPU, [node("only", 1)]) == Choice(verdict=Verdict.NOW, node_id=NodeID("only"))
    assert choose(ONE_CPU, [node("only", 1, used=1)]) == Choice(
        verdict=Verdict.LATER, node_id=NodeID("only")
    )


def test_a_request_that_fits_nowhere_waits_for_a_node() -> None:
    assert choose(ResourceSet.of({"GPU": 1}), [node("a", 8), node("b", 8)]) == INFEASIBLE
    assert choose(ONE_CPU, []) == INFEASIBLE


def test_nodes_are_packed_until_they_are_half_full() -> None:
    assert where(ONE_CPU, [node("first", 4, used=1), node("second", 4)]) == "first"


def test_above_half_the_least_used_node_wins() -> None:
    nodes = [node("first", 4, used=3), node("second", 4, used=2), node("third", 4)]
    assert where(ONE_CPU, nodes) == "third"
    assert where(ONE_CPU, nodes[:2]) == "second"


def test_the_own_node_wins_among_equals_and_loses_when_it_is_fuller() -> None:
    assert where(ONE_CPU, [node("other", 4), node("local", 4, used=1)]) == "local"
    assert where(ONE_CPU, [node("other", 4), node("local", 4, used=2)]) == "other"


def test_a_node_that_can_start_now_comes_before_an_emptier_one_that_cannot() -> None:
    small = node("small", 1, used=0.5)
    large = node("large", 8, used=7)
    assert where(ONE_CPU, [small, large]) == "large"


def test_nodes_with_gpus_are_left_to_those_who_need_them() -> None:
    nodes = [node("local", 4, GPU=1), node("plain", 4, used=3)]
    assert where(ONE_CPU, nodes) == "plain"
    assert where(ResourceSet.of({"CPU": 1, "GPU": 1}), nodes) == "local"


def test_a_node_with_gpus_is_better_than_waiting() -> None:
    assert where(ONE_CPU, [node("gpu", 4, GPU=1), node("plain", 1, used=1)]) == "gpu"


def test_among_nodes_where_it_must_wait_gpus_do_not_matter() -> None:
    assert where(ONE_CPU, [node("gpu", 2, used=2, GPU=1), node("plain", 2, used=2)]) == "gpu"


def test_the_scarcest_resource_counts() -> None:
    busy = NodeResources(
        node_id=NodeID("busy"),
        total=ResourceSet.of({"CPU": 8, "memory": 1}),
        available=ResourceSet.of({"CPU": 8}),
    )
    assert utilization(busy) == 1.0
    assert where(ONE_CPU, [busy, node("free", 8)]) == "free"


def test_a_node_without_resources_is_empty_and_takes_what_needs_nothing() -> None:
    bare = NodeResources(node_id=NodeID("bare"), total=NOTHING, available=NOTHING)
    assert utilization(bare) == 0.0
    assert where(NOTHING, [bare]) == "bare"


def test_an_overdrawn_node_is_more_than_full() -> None:
    assert utilization(node("lent", 2, used=3)) == 1.5


def test_an_actor_that_holds_nothing_runs_at_once_where_there_was_no_room_to_place_it() -> None:
    full, free = node("local", 1, used=1), node("other", 1)
    assert choose_node(ONE_CPU, NOTHING, [full], local=LOCAL).verdict is Verdict.NOW
    assert choose_node(ONE_CPU, NOTHING, [full, free], local=LOCAL).node_id == "other"
    assert choose_node(ONE_CPU, NOTHING, [node("bare", 0)], local=LOCAL) == INFEASIBLE


def test_labels_leave_nodes_out() -> None:
    nodes = [labelled("a", zone="eu"), labelled("b", zone="us")]
    wish = SchedulingStrategy(labels=(("zone", "!eu"),))
    assert where(ONE_CPU, nodes, strategy=wish) == "b"


def test_a_request_whose_labels_no_node_has_waits_for_one() -> None:
    wish = SchedulingStrategy(labels=(("zone", "mars"),))
    assert choose(ONE_CPU, [labelled("a", zone="eu")], strategy=wish) == INFEASIBLE


def test_a_request_for_a_node_that_is_gone_by_its_label_is_never_granted() -> None:
    gone = SchedulingStrategy(labels=(("ray.io/node-id", "in(b,c)"),))
    other = SchedulingStrategy(labels=(("ray.io/node-id", "!a"),))
    nodes = [node("a", 1).replaced(labels={"ray.io/node-id": "a"})]
    answer = choose(ONE_CPU, nodes, strategy=gone)
    assert answer.verdict is Verdict.NEVER
    assert "label_selector" in answer.why
    assert choose(ONE_CPU, nodes, strategy=other) == INFEASIBLE


def test_work_goes_where_most_bytes_of_its_arguments_are() -> None:
    nodes = [node("local", 4), node("some", 4), node("most", 4, used=3)]
    sizes = {NodeID("some"): 10, NodeID("most"): 20}
    assert where(ONE_CPU, nodes, locality=sizes) == "most"


def test_nobody_waits_for_a_shorter_way() -> None:
    nodes = [node("local", 4), node("most", 4, used=4)]
    assert where(ONE_CPU, nodes, locality={NodeID("most"): 20}) == "local"
    assert where(ONE_CPU, nodes, locality={NodeID("gone"): 20, LOCAL: 0}) == "local"


def test_other_labels_are_looked_for_in_turn_where_no_node_has_the_first_ones() -> None:
    nodes = [labelled("a", zone="a"), labelled("b", zone="b"), node("c", 1)]
    fallbacks = ((("zone", "d"),), (("zone", "b"),), ())
    strategy = SchedulingStrategy(labels=(("zone", "c"),), fallbacks=fallbacks)
    assert where(ONE_CPU, nodes, strategy=strategy) == "b"
    assert where(ONE_CPU, nodes[2:], strategy=strategy) == "c"
    assert choose(ONE_CPU, [], strategy=strategy) == INFEASIBLE


def test_a_busy_node_with_the_first_labels_is_waited_for() -> None:
    nodes = [node("a", 1, used=1).replaced(labels={"zone": "a"}), node("b", 1)]
    strategy = SchedulingStrategy(labels=(("zone", "a"),), fallbacks=((),))
    assert choose(ONE_CPU, nodes, strategy=strategy) == Choice(
        verdict=Verdict.LATER, node_id=NodeID("a")
    )


def test_a_node_that_is_gone_may_be_made_up_for_by_other_labels() -> None:
    gone = (("ray.io/node-id", "gone"),)
    strategy = SchedulingStrategy(labels=gone)
    assert choose(ONE_CPU, [node("a", 1)], strategy=strategy).verdict is Verdict.NEVER
    strategy = strategy.replaced(fallbacks=((("zone", "a"),),))
    assert choose(ONE_CPU, [node("a", 1)], strategy=strategy) == INFEASIBLE
