"""The life of a placement group: placed whole or not at all."""

from typing import Any

from raylite._core.common.events import PlacementGroupStateChanged
from raylite._core.common.ids import NodeID, PlacementGroupID
from raylite._core.common.instructions import PublishPlacementGroup, TellRaylet
from raylite._core.common.messages import CommitBundles, PrepareBundles, ReturnBundles
from raylite._core.common.placement_group_spec import PlacementStrategy
from raylite._core.common.states import PlacementGroupState
from raylite._core.gcs.placement_group_table import Progress
from tests.core.group_story import G, Story, bundles_of

A, B = NodeID("a"), NodeID("b")
PENDING, PREPARED = PlacementGroupState.PENDING, PlacementGroupState.PREPARED
CREATED, REMOVED = PlacementGroupState.CREATED, PlacementGroupState.REMOVED
RESCHEDULING = PlacementGroupState.RESCHEDULING
SPREAD, STRICT_SPREAD = PlacementStrategy.SPREAD, PlacementStrategy.STRICT_SPREAD
PUBLISHED = PublishPlacementGroup(group_id=G)
OTHER = PlacementGroupID("other")


def test_a_new_group_waits_until_it_is_told_what_the_nodes_have() -> None:
    assert not Story(a=2).groups.needs_resources
    story = Story(a=2)
    assert story.create(1) == [PUBLISHED]
    assert story.groups.needs_resources
    assert story.group.state is PENDING
    assert story.group.progress is Progress.QUEUED


def test_each_node_is_asked_for_its_bundles_before_any_may_be_used() -> None:
    story = Story(a=1, b=1)
    story.create(1, 1, strategy=SPREAD)
    first, second = bundles_of(1, 1)
    facts: dict[str, Any] = {"group_id": G, "attempt": 1, "at_s": 2.0}
    assert story.report() == [
        TellRaylet(message=PrepareBundles(node_id=A, bundles=(first,), **facts)),
        TellRaylet(message=PrepareBundles(node_id=B, bundles=(second,), **facts)),
    ]
    assert story.group.progress is Progress.SCHEDULING_STARTED
    assert not story.groups.needs_resources
    assert story.prepared("b") == []
    facts["at_s"] = 4.0
    assert story.prepared("a") == [
        TellRaylet(message=CommitBundles(node_id=A, **facts)),
        TellRaylet(message=CommitBundles(node_id=B, **facts)),
    ]
    assert story.group.state is PREPARED


def test_a_group_is_created_when_every_node_has_committed() -> None:
    story = Story(a=1, b=1)
    story.create(1, 1)
    story.settle()
    assert story.states() == [PENDING, PREPARED, CREATED]
    assert story.nodes == [A, B]
    assert story.group.progress is Progress.FINISHED
    assert story.raylets.held() == {0: A, 1: B}
    assert story.published == [G, G]
    assert not story.groups.needs_resources


def test_what_has_happened_says_where_the_bundles_are() -> None:
    story = Story(a=1)
    story.create(1, name="mine")
    story.settle()
    assert story.events[-1] == PlacementGroupStateChanged(
        group_id=G,
        name="mine",
        old=PREPARED,
        new=CREATED,
        node_ids=(A,),
        at_s=story.now_s,
        why="all bundles can be used",
        bundles=({"CPU": 1.0},),
        strategy="PACK",
    )


def test_a_group_for_which_there_is_no_room_waits_for_it() -> None:
    story = Story(a=2)
    story.create(1, group_id=OTHER)
    story.settle()
    story.create(2)
    story.settle()
    assert (story.group.state, story.group.progress) == (PENDING, Progress.NO_RESOURCES)
    assert story.raylets.held() == {}
    story.remove(OTHER)
    story.settle()
    assert story.group.state is CREATED


def test_a_group_that_no_node_is_large_enough_for_is_told_of_once() -> None:
    story = Story(a=2)
    story.create(3)
    assert story.report() == [PUBLISHED]
    assert (story.group.state, story.group.progress) == (PENDING, Progress.INFEASIBLE)
    story.create(1, group_id=OTHER)
    story.settle()
    assert story.published.count(G) == 2
    story.raylets.add("b", 3)
    story.settle()
    assert (story.group.state, story.group.attempt) == (CREATED, 2)


def test_a_report_in_which_nothing_is_new_changes_nothing() -> None:
    story = Story(a=2)
    story.create(1, group_id=OTHER)
    story.settle()
    story.create(2)
    for _ in range(3):
        assert story.report() == []
    assert story.group.attempt == 1


def test_a_group_that_waits_says_which_nodes_would_do_if_they_had_more_left() -> None:
    story = Story(a=2, b=1)
    story.create(2, group_id=OTHER)
    story.settle()
    story.create(2)
    story.settle()
    assert story.groups.nodes_wanted(()) == set()
    a, b = story.raylets.report(0.0).nodes
    assert story.groups.nodes_wanted((a, b)) == set()
    assert story.groups.nodes_wanted((a.replaced(available=a.total), b)) == {A}
    story.remove(G)
    assert story.groups.nodes_wanted((a.replaced(available=a.total), b)) == set()


def test_a_big_group_does_not_stop_a_small_one_behind_it() -> None:
    story = Story(a=2)
    story.create(1, group_id=PlacementGroupID("first"))
    story.settle()
    story.create(2)
    story.create(1, group_id=OTHER)
    story.settle()
    assert story.group.state is PENDING
    assert story.raylets.held(OTHER) == {0: A}


def test_two_groups_of_one_report_do_not_get_the_same_room() -> None:
    story = Story(a=1, b=1)
    story.create(1)
    story.create(1, group_id=OTHER)
    asked = [told.message.node_id for told in story.report() if isinstance(told, TellRaylet)]
    assert asked == [A, B]
    story.settle()
    assert [view.state for view in story.groups.views()] == [CREATED, CREATED]


def test_a_refusal_takes_back_what_the_other_nodes_have_set_aside() -> None:
    story = Story(a=1, b=1)
    story.create(1, 1, strategy=SPREAD)
    story.report()
    story.raylets.living[B].refuses = True
    story.node_works("a")
    assert story.raylets.held() == {0: A}
    story.node_works("b")
    story.node_works("a")
    assert story.raylets.held() == {}
    assert (story.group.state, story.group.progress) == (PENDING, Progress.NO_RESOURCES)
    story.raylets.living[B].refuses = False
    assert story.groups.needs_resources
    story.settle()
    assert (story.group.state, story.group.attempt) == (CREATED, 2)


def test_a_node_that_has_not_answered_yet_is_told_as_well() -> None:
    story = Story(a=1, b=1, c=1)
    story.create(1, 1, 1, strategy=SPREAD)
    story.report()
    back: dict[str, Any] = {"group_id": G, "removed": False, "attempt": 1, "at_s": 3.0}
    assert story.prepared("b", yes=False) == [
        TellRaylet(message=ReturnBundles(node_id=A, **back)),
        TellRaylet(message=ReturnBundles(node_id=NodeID("c"), **back)),
    ]
    assert story.prepared("a") == []
    assert story.ignored() == ["BundlesPrepared"]


def test_an_answer_to_an_earlier_attempt_is_ignored() -> None:
    story = Story(a=1, b=1)
    story.create(1, 1, strategy=SPREAD)
    story.report()
    story.raylets.living[B].refuses = True
    story.node_works("b")
    story.raylets.living[B].refuses = False
    story.report()
    assert story.group.attempt == 2
    story.prepared("a", attempt=1)
    story.prepared("stranger", attempt=2)
    assert story.ignored() == ["BundlesPrepared"] * 2
    story.node_works("b")
    assert story.group.state is PENDING
    story.node_works("a")
    assert story.group.state is PREPARED
    story.settle()
    assert story.group.state is CREATED


def test_an_answer_of_a_group_that_is_not_known_is_ignored() -> None:
    story = Story()
    assert story.prepared("a") == []
    assert story.ignored() == ["BundlesPrepared"]


def test_a_second_answer_of_the_same_node_is_ignored() -> None:
    story = Story(a=1, b=1)
    story.create(1, 1, strategy=SPREAD)
    story.report()
    story.prepared("a")
    story.prepared("a")
    story.prepared("b")
    assert story.group.state is PREPARED
    story.prepared("b")
    assert story.ignored() == ["BundlesPrepared"] * 2


def test_a_node_that_dies_before_it_answers_ends_the_attempt() -> None:
    story = Story(a=1, b=1, c=1)
    story.create(1, 1, strategy=SPREAD)
    story.report()
    story.node_works("a")
    story.node_dies("b")
    assert story.group.state is PENDING
    story.settle()
    assert story.group.state is CREATED
    assert story.raylets.held() == {0: A, 1: NodeID("c")}


def test_a_node_that_dies_before_it_commits_loses_only_its_own_bundles() -> None:
    story = Story(a=1, b=1, c=1)
    story.create(1, 1, strategy=SPREAD)
    story.report()
    story.prepared("a")
    story.prepared("b")
    assert story.node_dies("b") == [PUBLISHED]
    assert story.group.state is RESCHEDULING
    assert story.nodes == [A, None]


def test_bundles_on_living_nodes_stay_when_a_node_dies() -> None:
    story = Story(a=1, b=1)
    story.create(1, 1, strategy=STRICT_SPREAD)
    story.settle()
    assert story.node_dies("a") == [PUBLISHED]
    story.settle()
    assert story.group.state is RESCHEDULING
    assert story.nodes == [None, B]
    assert story.group.progress is Progress.INFEASIBLE
    story.raylets.add("c", 1)
    story.settle()
    assert story.nodes == ["c", B]
    assert story.states()[-3:] == [RESCHEDULING, PREPARED, CREATED]


def test_a_group_that_has_lost_its_node_comes_before_those_that_have_never_had_one() -> None:
    story = Story(a=1)
    story.create(2, group_id=OTHER)
    story.create(1)
    story.settle()
    story.create(1, group_id=PlacementGroupID("third"))
    story.node_dies("a")
    story.raylets.add("b", 1)
    story.settle()
    assert story.group.state is CREATED
    assert story.raylets.held() == {0: B}


def test_strict_spread_leaves_the_nodes_alone_that_hold_the_others() -> None:
    story = Story(a=1, b=4)
    story.create(1, 1, strategy=STRICT_SPREAD)
    story.settle()
    story.node_dies("a")
    story.raylets.add("c", 1)
    story.settle()
    assert story.nodes == [B, "c"]


def test_a_second_death_while_bundles_are_placed_anew_ends_that_attempt() -> None:
    story = Story(a=1, b=1, c=1)
    story.create(1, 1, strategy=STRICT_SPREAD)
    story.settle()
    story.node_dies("a")
    story.report()
    assert story.node_dies("b") == [
        TellRaylet(
            message=ReturnBundles(
                group_id=G, node_id=NodeID("c"), removed=False, attempt=2, at_s=story.now_s
            )
        )
    ]
    assert story.nodes == [None, None]
    story.raylets.add("d", 1)
    story.settle()
    assert sorted(story.raylets.held().values()) == ["c", "d"]


def test_a_failed_attempt_to_place_lost_bundles_leaves_the_others_alone() -> None:
    story = Story(a=1, b=2)
    story.create(1, 1, strategy=SPREAD)
    story.settle()
    story.node_dies("a")
    story.raylets.living[B].refuses = True
    story.report()
    story.node_works("b")
    assert story.raylets.held() == {0: B}
    assert story.nodes == [B, None]
    story.raylets.living[B].refuses = False
    story.settle()
    assert story.nodes == [B, B]


def test_a_node_that_holds_nothing_of_the_group_may_die() -> None:
    story = Story(a=1, b=1)
    story.create(1)
    story.settle()
    assert story.node_dies("b") == []
    assert story.group.state is CREATED


def test_a_report_that_is_older_than_a_node_s_end_does_not_bring_it_back() -> None:
    story = Story(a=1)
    story.create(1)
    old = story.raylets.report(at_s=1.0)
    story.node_dies("a")
    assert story.tell(old) == [PUBLISHED]  # There is no node that is large enough.
    assert story.group.progress is Progress.INFEASIBLE


def test_a_target_is_taken_if_it_can_be() -> None:
    story = Story(a=4, b=2)
    story.create(1, 1, strategy=PlacementStrategy.STRICT_PACK, target_node_id=B)
    story.settle()
    assert story.nodes == [B, B]
