"""Where the bundles of a placement group go."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raylite._core.common.ids import NodeID
from raylite._core.common.node_resources import NodeResources
from raylite._core.common.placement_group_spec import BundleSpec, PlacementStrategy
from raylite._core.common.resources import ResourceSet
from raylite._core.scheduling.bundle_policy import can_ever_be_placed, place_bundles
from tests.core.bundle_search import has_room, keeps_strategy, some_placement

PACK, SPREAD = PlacementStrategy.PACK, PlacementStrategy.SPREAD
STRICT_PACK, STRICT_SPREAD = PlacementStrategy.STRICT_PACK, PlacementStrategy.STRICT_SPREAD
ALL = list(PlacementStrategy)


def node(name: str, cpus: float, used: float = 0, **more: float) -> NodeResources:
    return NodeResources(
        node_id=NodeID(name),
        total=ResourceSet.of({"CPU": cpus, **more}),
        available=ResourceSet.of({"CPU": cpus - used, **more}),
    )


def bundles(*amounts: float | dict[str, float]) -> list[BundleSpec]:
    sets = [one if isinstance(one, dict) else {"CPU": one} for one in amounts]
    return [BundleSpec(index=n, resources=ResourceSet.of(one)) for n, one in enumerate(sets)]


def placed(
    strategy: PlacementStrategy, wanted: list[BundleSpec], *nodes: NodeResources
) -> str | None:
    """The nodes in the order of the bundles, as one word."""
    placement = place_bundles(strategy, wanted, nodes)
    return None if placement is None else "".join(placement[b.index] for b in wanted)


def test_pack_uses_as_few_nodes_as_it_can() -> None:
    assert placed(PACK, bundles(1, 1, 1), node("a", 2), node("b", 4)) == "bbb"
    assert placed(PACK, bundles(1, 1, 1, 1, 1), node("a", 2), node("b", 4)) == "bbbba"


def test_spread_uses_all_nodes_before_it_uses_one_again() -> None:
    assert placed(SPREAD, bundles(1, 1, 1), node("a", 4), node("b", 4)) == "aba"


def test_strict_pack_uses_one_node() -> None:
    assert placed(STRICT_PACK, bundles(1, 2), node("a", 2), node("b", 3)) == "bb"
    assert placed(STRICT_PACK, bundles(1, 2), node("a", 2), node("b", 2)) is None


def test_strict_spread_uses_no_node_twice() -> None:
    assert placed(STRICT_SPREAD, bundles(1, 1), node("a", 4), node("b", 1)) == "ab"
    assert placed(STRICT_SPREAD, bundles(1, 1, 1), node("a", 4), node("b", 4)) is None


@pytest.mark.parametrize("strategy", ALL)
def test_there_is_no_half_placement(strategy: PlacementStrategy) -> None:
    assert place_bundles(strategy, bundles(1, 9), [node("a", 2), node("b", 2)]) is None
    assert place_bundles(strategy, bundles(1), []) is None


@pytest.mark.parametrize("strategy", ALL)
def test_among_equal_nodes_the_first_wins(strategy: PlacementStrategy) -> None:
    assert placed(strategy, bundles(1), node("a", 2), node("b", 2)) == "a"


def test_the_node_that_is_left_emptiest_wins() -> None:
    assert placed(PACK, bundles(1), node("a", 2), node("b", 8, used=4), node("c", 3)) == "b"


@pytest.mark.parametrize("strategy", [PACK, SPREAD, STRICT_SPREAD])
def test_what_is_hard_to_place_goes_first(strategy: PlacementStrategy) -> None:
    nodes = [node("a", 4, GPU=1), node("b", 4, gold=1), node("c", 4)]
    wanted = bundles(4, {"gold": 1, "CPU": 4}, {"GPU": 1, "CPU": 4})
    assert placed(strategy, wanted, *nodes) == "cba"
    assert placed(strategy, bundles(1, 3), node("a", 1), node("b", 3)) == "ab"


@pytest.mark.parametrize(
    ("second", "target", "expected"), [(1, "b", "b"), (2, "b", "a"), (1, "gone", "a")]
)
def test_the_target_of_strict_pack_is_taken_if_it_has_room(
    second: float, target: str, expected: str
) -> None:
    nodes = [node("a", 8), node("b", 2)]
    placement = place_bundles(STRICT_PACK, bundles(1, second), nodes, target=NodeID(target))
    assert placement == {0: expected, 1: expected}


def test_spread_avoids_nodes_that_hold_other_bundles_of_the_group() -> None:
    nodes = [node("a", 8), node("b", 2)]
    assert place_bundles(SPREAD, bundles(1), nodes, in_use=frozenset({NodeID("a")})) == {0: "b"}
    assert place_bundles(SPREAD, bundles(4), nodes, in_use=frozenset({NodeID("a")})) == {0: "a"}


def test_strict_spread_does_not_touch_them() -> None:
    nodes = [node("a", 8), node("b", 2)]
    in_use = frozenset({NodeID("a")})
    assert place_bundles(STRICT_SPREAD, bundles(1), nodes, in_use=in_use) == {0: "b"}
    assert place_bundles(STRICT_SPREAD, bundles(4), nodes, in_use=in_use) is None


@pytest.mark.parametrize("strategy", ALL)
def test_bundles_go_only_where_their_labels_match(strategy: PlacementStrategy) -> None:
    eu = [bundle.replaced(labels=(("zone", "eu"),)) for bundle in bundles(1)]
    plain, right = node("a", 8), node("b", 2).replaced(labels={"zone": "eu"})
    assert placed(strategy, eu, plain, right) == "b"
    assert placed(strategy, eu, plain) is None


def test_strict_pack_needs_a_node_with_the_labels_of_every_bundle() -> None:
    first, second = bundles(1, 1)
    wanted = [first.replaced(labels=(("zone", "eu"),)), second.replaced(labels=(("disk", "ssd"),))]
    half = node("a", 8).replaced(labels={"zone": "eu"})
    both = node("b", 8).replaced(labels={"zone": "eu", "disk": "ssd"})
    assert placed(STRICT_PACK, wanted, half) is None
    assert placed(STRICT_PACK, wanted, half, both) == "bb"


def test_a_full_node_is_told_from_one_that_is_too_small() -> None:
    assert not can_ever_be_placed(PACK, bundles(3), [node("a", 2), node("b", 2)])
    assert can_ever_be_placed(PACK, bundles(2), [node("a", 2, used=2)])


def test_an_overdrawn_node_gets_nothing_but_what_needs_nothing_of_it() -> None:
    lent = NodeResources(
        node_id=NodeID("a"),
        total=ResourceSet.of({"CPU": 1, "gold": 1}),
        available=ResourceSet.of({"gold": 1}) - ResourceSet.of({"CPU": 1}),
    )
    assert placed(PACK, bundles(0.5), lent) is None
    assert placed(PACK, bundles({"gold": 1}), lent) == "a"


AMOUNTS = st.dictionaries(st.sampled_from(["CPU", "GPU", "gold"]), st.integers(1, 3), min_size=1)
LABELS = st.sampled_from([{}, {"zone": "eu"}, {"zone": "us"}])
SELECTORS = st.sampled_from([(), (), (("zone", "eu"),), (("zone", "!eu"),)])


@st.composite
def some_bundles(draw: st.DrawFn) -> list[BundleSpec]:
    amounts = draw(st.lists(AMOUNTS, min_size=1, max_size=4))
    return [
        BundleSpec(index=n, resources=ResourceSet.of(one), labels=draw(SELECTORS))
        for n, one in enumerate(amounts)
    ]


@st.composite
def some_nodes(draw: st.DrawFn) -> list[NodeResources]:
    found = []
    for n in range(draw(st.integers(0, 4))):
        total = ResourceSet.of(draw(AMOUNTS))
        share = draw(st.sampled_from([0, 1, 2]))
        left = ResourceSet.of({k: max(v - share, 0) for k, v in total.to_dict().items()})
        found.append(
            NodeResources(node_id=NodeID(f"n{n}"), total=total, available=left, labels=draw(LABELS))
        )
    return found


@settings(max_examples=150, deadline=None)
@given(
    strategy=st.sampled_from(ALL),
    wanted=some_bundles(),
    nodes=some_nodes(),
    used=st.sets(st.sampled_from([NodeID("n0"), NodeID("n1"), NodeID("n9")])),
)
def test_what_is_found_is_right_and_what_exists_is_mostly_found(
    strategy: PlacementStrategy,
    wanted: list[BundleSpec],
    nodes: list[NodeResources],
    used: set[NodeID],
) -> None:
    in_use = frozenset(used)
    found = place_bundles(strategy, wanted, nodes, in_use=in_use)
    exists = some_placement(strategy, wanted, nodes, in_use)
    if found is not None:
        assert sorted(found) == [bundle.index for bundle in wanted]
        assert keeps_strategy(strategy, found, in_use)
        assert has_room(found, wanted, nodes)
        assert exists is not None
        assert can_ever_be_placed(strategy, wanted, nodes)
    # The search is greedy. It misses nothing where there is nothing to choose wrongly: one node
    # for all, or a single bundle.
    if strategy is STRICT_PACK or len(wanted) == 1:
        assert (found is None) == (exists is None)


@settings(max_examples=100, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    rooms=st.lists(st.integers(0, 4), max_size=4),
)
def test_strict_spread_of_a_single_resource_misses_nothing(
    sizes: list[int], rooms: list[int]
) -> None:
    """The largest bundle to the largest node: an exchange shows that nothing is lost by it."""
    wanted = bundles(*(float(size) for size in sizes))
    nodes = [node(f"n{n}", room) for n, room in enumerate(rooms)]
    found = place_bundles(STRICT_SPREAD, wanted, nodes)
    assert (found is None) == (some_placement(STRICT_SPREAD, wanted, nodes) is None)
