"""A certain node: hard, soft, and the two ways to be impatient."""

import pytest

from raylite._core.common.ids import NodeID
from raylite._core.common.node_resources import NodeResources
from raylite._core.common.resources import ResourceSet
from raylite._core.common.scheduling_strategy import SchedulingStrategy
from raylite._core.scheduling.choice import INFEASIBLE, Choice, Verdict
from raylite._core.scheduling.policy import choose_node

ONE_CPU = ResourceSet.of({"CPU": 1})
A, B = NodeID("a"), NodeID("b")
HARD, SOFT = SchedulingStrategy(node_id=A), SchedulingStrategy(node_id=A, soft=True)
FAILS = HARD.replaced(fails_when_full=True)
SPILLS = SOFT.replaced(spills_when_full=True)
NOW_ON_A = Choice(verdict=Verdict.NOW, node_id=A)
LATER_ON_A = Choice(verdict=Verdict.LATER, node_id=A)
NOW_ON_B = Choice(verdict=Verdict.NOW, node_id=B)


def node(node_id: NodeID, total: float, used: float = 0) -> NodeResources:
    return NodeResources(
        node_id=node_id,
        total=ResourceSet.of({"CPU": total}),
        available=ResourceSet.of({"CPU": total - used}),
    )


def choose(strategy: SchedulingStrategy, *nodes: NodeResources) -> Choice:
    return choose_node(ONE_CPU, ONE_CPU, nodes, local=B, strategy=strategy)


@pytest.mark.parametrize("strategy", [HARD, SOFT, FAILS, SPILLS])
def test_the_node_is_taken_while_it_has_room(strategy: SchedulingStrategy) -> None:
    assert choose(strategy, node(B, 8), node(A, 2, used=1)) == NOW_ON_A


@pytest.mark.parametrize("strategy", [HARD, SOFT])
def test_when_the_node_is_full_it_is_waited_for(strategy: SchedulingStrategy) -> None:
    assert choose(strategy, node(B, 8), node(A, 1, used=1)) == LATER_ON_A


@pytest.mark.parametrize("nodes", [[node(B, 8)], [node(B, 8), node(A, 0.5)]])
def test_when_the_node_is_gone_or_too_small_a_hard_wish_is_never_fulfilled(
    nodes: list[NodeResources],
) -> None:
    for strategy in (HARD, FAILS):
        answer = choose(strategy, *nodes)
        assert answer.verdict is Verdict.NEVER
        assert "doesn't exist any more or is infeasible" in answer.why
    for strategy in (SOFT, SPILLS):
        assert choose(strategy, *nodes) == NOW_ON_B


def test_a_soft_wish_waits_for_a_node_if_none_is_large_enough() -> None:
    assert choose(SOFT, node(A, 0.5), node(B, 0.5)) == INFEASIBLE


def test_one_that_spills_goes_elsewhere_when_the_node_is_full() -> None:
    assert choose(SPILLS, node(A, 1, used=1), node(B, 1)) == NOW_ON_B


def test_one_that_fails_gives_up_when_the_node_is_full() -> None:
    answer = choose(FAILS, node(A, 1, used=1), node(B, 1))
    assert answer.verdict is Verdict.NEVER
    assert "_fail_on_unavailable" in answer.why


def test_labels_count_as_well() -> None:
    strategy = HARD.replaced(labels=(("zone", "eu"),))
    assert choose(strategy, node(A, 1)).verdict is Verdict.NEVER
    assert choose(strategy, node(A, 1).replaced(labels={"zone": "eu"})) == NOW_ON_A
