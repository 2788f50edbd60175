# mypy: disable-error-code="arg-type,dict-item"
# Wrong arguments are what is tested.
"""What becomes of ``scheduling_strategy`` and the options beside it."""

import pickle

import pytest

from raylite._core.common.public_ids import PlacementGroupID
from raylite._core.common.scheduling_strategy import SchedulingStrategy
from raylite._options import Target, check_options, task_options
from raylite._placement_group import PlacementGroup
from raylite._scheduling import Where, where
from raylite.util.scheduling_strategies import (
    DoesNotExist,
    Exists,
    In,
    NodeAffinitySchedulingStrategy,
    NodeLabelSchedulingStrategy,
    NotIn,
    PlacementGroupSchedulingStrategy,
)

NODE = "ab" * 28
ONE_CPU = {"CPU": 1.0}


@pytest.fixture
def group():
    return PlacementGroup(PlacementGroupID(b"g" * 18), [{"CPU": 1.0}, {"CPU": 2.0, "GPU": 1.0}])


def told(needed=ONE_CPU, placement=None, /, **options):
    return where("f", options, needed, needed if placement is None else placement)


@pytest.mark.parametrize("options", [{}, {"num_cpus": 2}, {"scheduling_strategy": None}])
def test_who_says_nothing_goes_where_the_caller_captures(options):
    assert told(**options) == Where(strategy=None, joins_group=None)


def test_default_is_outside_of_all_groups():
    assert told(scheduling_strategy="DEFAULT") == Where(strategy=None, joins_group=False)


def test_spread():
    found = told(scheduling_strategy="SPREAD")
    assert found == Where(strategy=SchedulingStrategy(spread=True), joins_group=False)


def test_a_node():
    wish = NodeAffinitySchedulingStrategy(NODE, soft=True, _spill_on_unavailable=True)
    strategy = SchedulingStrategy(node_id=NODE, soft=True, spills_when_full=True)
    assert told(scheduling_strategy=wish) == Where(strategy=strategy, joins_group=False)


def test_a_node_may_be_named_by_its_id_object():
    class NodeID:
        def hex(self):
            return NODE

    assert NodeAffinitySchedulingStrategy(NodeID(), soft=False).node_id == NODE


def test_labels_of_a_node():
    wish = NodeLabelSchedulingStrategy(
        {"a": In("x", "y"), "b": NotIn("z"), "c": Exists(), "d": DoesNotExist()}
    )
    labels = (("a", "in(x,y)"), ("b", "!in(z)"), ("c", "*"), ("d", "!*"))
    assert told(scheduling_strategy=wish).strategy == SchedulingStrategy(labels=labels)


def test_labels_that_had_better_be_so_are_left_out_second():
    wish = NodeLabelSchedulingStrategy({"a": Exists()}, soft={"b": In("x")})
    strategy = told(scheduling_strategy=wish).strategy
    assert strategy.labels == (("a", "*"), ("b", "in(x)"))
    assert strategy.fallbacks == ((("a", "*"),),)


def test_a_label_that_cannot_be_one():
    wish = NodeLabelSchedulingStrategy({"a": In("two words")})
    with pytest.raises(ValueError, match="two words"):
        told(scheduling_strategy=wish)


def test_a_selector_comes_on_top_and_still_goes_where_the_caller_captures():
    found = told(
        label_selector={"zone": "b"}, fallback_strategy=[{"label_selector": {"zone": "c"}}]
    )
    strategy = SchedulingStrategy(labels=(("zone", "b"),), fallbacks=((("zone", "c"),),))
    assert found == Where(strategy=strategy, joins_group=None)


def test_a_group(group):
    wish = PlacementGroupSchedulingStrategy(group, 1, placement_group_capture_child_tasks=True)
    strategy = SchedulingStrategy(group_id=group.id.hex(), bundle_index=1, captures_children=True)
    assert told(scheduling_strategy=wish) == Where(strategy=strategy, joins_group=True)


def test_a_group_in_the_older_way(group):
    new = told(scheduling_strategy=PlacementGroupSchedulingStrategy(group, 1))
    assert told(placement_group=group, placement_group_bundle_index=1) == new
    assert new.joins_group is None


@pytest.mark.parametrize("nothing", [None, PlacementGroup.empty()], ids=["None", "empty"])
def test_no_group_is_not_even_the_callers(nothing):
    assert told(placement_group=nothing) == Where(joins_group=False)
    wish = PlacementGroupSchedulingStrategy(nothing)
    assert told(scheduling_strategy=wish) == Where(joins_group=False)


@pytest.mark.parametrize("captures", [True, False])
def test_the_callers_group_by_wish(captures):
    assert told(placement_group_capture_child_tasks=captures) == Where(joins_group=captures)


def test_two_ways_at_once(group):
    both = {"placement_group": group, "scheduling_strategy": "SPREAD"}
    with pytest.raises(ValueError, match="one of the two"):
        told(**both)
    with pytest.raises(ValueError, match="one of the two"):
        check_options(Target.TASK, both)
    told(placement_group=None, scheduling_strategy="SPREAD")
    told(placement_group="default", scheduling_strategy="SPREAD")


@pytest.mark.parametrize("index", [2, -2])
def test_a_bundle_that_is_not_there(group, index):
    with pytest.raises(ValueError, match=rf"bundle index {index} is invalid.*0 to 1"):
        told(scheduling_strategy=PlacementGroupSchedulingStrategy(group, index))


@pytest.mark.parametrize("index", ["0", None])
def test_a_bundle_index_that_is_no_number(group, index):
    with pytest.raises(TypeError, match="bundle_index"):
        told(scheduling_strategy=PlacementGroupSchedulingStrategy(group, index))


def test_a_bundle_of_no_group():
    with pytest.raises(ValueError, match="without a group it must be -1"):
        told(placement_group_bundle_index=0)
    with pytest.raises(ValueError, match="without a group it must be -1"):
        told(scheduling_strategy=PlacementGroupSchedulingStrategy(None, 0))


def test_something_that_is_no_group():
    with pytest.raises(AssertionError, match="'here' is no placement group"):
        told(placement_group="here")


def test_what_fits_into_no_bundle(group):
    told({"CPU": 2.0, "GPU": 1.0}, placement_group=group)
    with pytest.raises(ValueError, match=r"Cannot schedule f .*\{'CPU': 3.0\} cannot fit"):
        told({"CPU": 3.0}, placement_group=group)


def test_what_does_not_fit_into_the_bundle_that_is_named(group):
    told({"GPU": 1.0}, placement_group=group, placement_group_bundle_index=1)
    with pytest.raises(ValueError, match="cannot fit"):
        told({"GPU": 1.0}, placement_group=group, placement_group_bundle_index=0)


def test_an_actor_that_fits_but_cannot_be_placed(group):
    group.bundle_cache = [{"GPU": 1.0}]
    told({"GPU": 1.0}, placement_group=group)
    with pytest.raises(ValueError, match="requires 1 CPU for its creation"):
        told({}, ONE_CPU, placement_group=group)


def test_what_comes_later_is_looked_at_together_with_what_was_there(group):
    with pytest.raises(ValueError, match="one of the two"):
        task_options("f", {"placement_group": group, "scheduling_strategy": "SPREAD"})


@pytest.mark.parametrize(
    "made",
    [
        lambda: NodeAffinitySchedulingStrategy("x", soft=False),
        lambda: NodeAffinitySchedulingStrategy("ff" * 28, soft=False),
        lambda: NodeAffinitySchedulingStrategy("zz" * 28, soft=False),
        lambda: NodeAffinitySchedulingStrategy(NODE, soft=False, _spill_on_unavailable=True),
        lambda: NodeAffinitySchedulingStrategy(NODE, soft=True, _fail_on_unavailable=True),
        lambda: NodeLabelSchedulingStrategy({}),
        lambda: NodeLabelSchedulingStrategy(None),
        lambda: NodeLabelSchedulingStrategy("zone"),
        lambda: NodeLabelSchedulingStrategy({"zone": "b"}),
        lambda: NodeLabelSchedulingStrategy({3: In("b")}),
        lambda: In(),  # noqa: PLW0108  # Each is made by a call.
        lambda: NotIn(3),
    ],
)
def test_strategies_that_cannot_be(made):
    with pytest.raises(ValueError, match=r"."):
        made()


def test_strategies_and_groups_can_be_pickled(group):
    again = pickle.loads(pickle.dumps(PlacementGroupSchedulingStrategy(group, 1)))
    assert again.placement_group == group
    assert hash(again.placement_group) == hash(group)
    assert again.placement_group.bundle_specs == group.bundle_specs
