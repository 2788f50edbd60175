"""One node after the other, and the place in the round that the caller keeps."""

from raylite._core.common.ids import NodeID
from raylite._core.common.node_resources import NodeResources
from raylite._core.common.resources import ResourceSet
from raylite._core.common.scheduling_strategy import SchedulingStrategy
from raylite._core.scheduling.choice import INFEASIBLE, Choice, Verdict
from raylite._core.scheduling.policy import choose_node

ONE_CPU = ResourceSet.of({"CPU": 1})
SPREAD = SchedulingStrategy(spread=True)


def node(name: str, total: float, used: float = 0) -> NodeResources:
    return NodeResources(
        node_id=NodeID(name),
        total=ResourceSet.of({"CPU": total}),
        available=ResourceSet.of({"CPU": total}) - ResourceSet.of({"CPU": used}),
    )


def choose(nodes: list[NodeResources], cursor: int) -> Choice:
    return choose_node(ONE_CPU, ONE_CPU, nodes, local=NodeID("a"), strategy=SPREAD, cursor=cursor)


def round_of(nodes: list[NodeResources], length: int) -> str:
    cursor, names = 0, ""
    for _ in range(length):
        choice = choose(nodes, cursor)
        assert choice.node_id is not None
        names, cursor = names + choice.node_id, choice.cursor
    return names


def test_every_node_has_its_turn() -> None:
    assert round_of([node("a", 4), node("b", 4), node("c", 4)], 5) == "abcab"


def test_a_full_node_is_passed_over_while_another_has_room() -> None:
    assert round_of([node("a", 4), node("b", 1, used=1), node("c", 4)], 4) == "acac"


def test_when_all_are_full_those_that_are_large_enough_have_their_turns() -> None:
    full = [node("a", 0.5), node("b", 1, used=1), node("c", 2, used=2)]
    assert round_of(full, 3) == "bcb"
    assert choose(full, 0).verdict is Verdict.LATER


def test_when_all_are_too_small_it_waits_for_a_node() -> None:
    assert choose([node("a", 0.5)], 0) == INFEASIBLE
    assert choose([], 3) == INFEASIBLE


def test_a_place_beyond_the_end_of_a_round_that_became_shorter_begins_anew() -> None:
    assert choose([node("a", 4), node("b", 4)], 5).node_id == "b"
