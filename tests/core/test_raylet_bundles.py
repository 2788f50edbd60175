from collections.abc import Mapping

import pytest

from raylite._core.common.instructions import RejectWorkerLease, StopWorker
from raylite._core.common.resources import ResourceSet
from raylite._core.common.scheduling_strategy import LeaseRejection
from tests.core.raylet_story import (
    ANY_BUNDLE,
    DRIVER,
    NOTHING,
    START,
    Story,
    bundle,
    committed,
    granted,
    prepared,
    reclaimed,
    rejected,
    stopped,
)

ONE_CPU = {"CPU": 1}


def with_bundles(*bundles: Mapping[str, float], cpus: float = 4, gpus: float = 0) -> Story:
    """A node with four idle workers and a placement group."""
    story = Story(cpus=cpus, gpus=gpus)
    story.up("s", "t", "u", "v")
    story.prepare(*bundles)
    story.commit()
    return story


def test_prepared_bundles_are_no_longer_available():
    story = Story(cpus=4)
    assert prepared(story.prepare({"CPU": 1}, {"CPU": 2})) == [True]
    assert story.cpus() == 1.0


def test_all_bundles_are_set_aside_or_none():
    story = Story(cpus=2, gpus=1)
    assert prepared(story.prepare({"CPU": 1}, {"CPU": 2})) == [False]
    assert story.raylet.available() == story.raylet.total
    assert prepared(story.prepare({"GPU": 0.5}, {"GPU": 0.6}, attempt=2)) == [False]
    assert story.raylet.available() == story.raylet.total


def test_bundles_are_set_aside_once_however_often_it_is_asked():
    story = Story(cpus=4)
    assert prepared(story.prepare({"CPU": 2})) == [True]
    assert prepared(story.prepare({"CPU": 2})) == [True]
    assert committed(story.commit()) == 1
    assert committed(story.commit()) == 1
    assert prepared(story.prepare({"CPU": 2}, attempt=2)) == [True]
    assert committed(story.commit(attempt=2)) == 1
    assert story.cpus() == 2.0


def test_what_an_earlier_attempt_has_prepared_makes_room_for_the_next():
    story = Story(cpus=2)
    story.prepare({"CPU": 2})
    assert prepared(story.prepare({"CPU": 1}, {"CPU": 1}, attempt=2)) == [True]
    assert story.cpus() == 0.0
    assert committed(story.commit(attempt=1)) == 0
    assert story.ignored() == ["CommitBundles"]


def test_a_lease_takes_what_it_holds_from_the_bundle():
    story = with_bundles(ONE_CPU, cpus=2)
    assert granted(story.request("a", strategy=bundle(0))) == [("a", "v")]
    assert story.cpus() == 1.0
    assert story.request("b", strategy=bundle(0)) == []
    assert granted(story.request("c")) == [("c", "u")]
    assert granted(story.give_back("a")) == [("b", "v")]


def test_a_lease_waits_for_its_bundle_to_be_committed():
    story = Story(cpus=2)
    story.up("w")
    story.prepare(ONE_CPU)
    assert story.request("a", strategy=bundle(0)) == []
    todo = story.commit()
    assert granted(todo) == [("a", "w")]
    assert committed(todo) == 1


def test_any_bundle_with_room_will_do_for_a_lease_that_names_none():
    story = with_bundles(ONE_CPU, ONE_CPU)
    assert granted(story.request("a", strategy=ANY_BUNDLE)) == [("a", "v")]
    assert granted(story.request("b", strategy=bundle(0))) == [("b", "u")]
    assert granted(story.request("c", strategy=ANY_BUNDLE)) == []


def test_a_lease_does_not_spread_over_two_bundles():
    story = with_bundles({"CPU": 0.5}, {"CPU": 0.5})
    assert story.request("a", strategy=ANY_BUNDLE) == []
    assert story.waiting() == ["a"]


def test_a_lease_that_names_a_bundle_waits_for_that_one():
    story = with_bundles(ONE_CPU, ONE_CPU)
    story.request("a", strategy=bundle(1))
    assert story.request("b", strategy=bundle(1)) == []
    assert story.request("c", strategy=bundle(7)) == []


def test_work_that_holds_nothing_fits_in_any_bundle():
    story = with_bundles({"GPU": 1}, gpus=1)
    assert granted(story.request("task", NOTHING, strategy=bundle(0))) == [("task", "v")]


def test_an_actor_that_names_no_resources_needs_a_bundle_with_a_cpu():
    story = with_bundles({"GPU": 1}, gpus=1)
    story.request("a", NOTHING, placement=ONE_CPU, actor="a", strategy=ANY_BUNDLE)
    assert story.waiting() == ["a"]
    story = with_bundles(ONE_CPU)
    for name in ("a", "b"):
        todo = story.request(name, NOTHING, placement=ONE_CPU, actor=name, strategy=ANY_BUNDLE)
        assert len(granted(todo)) == 1


def test_a_blocked_worker_lends_its_cpu_to_others_of_its_bundle():
    story = with_bundles(ONE_CPU, cpus=1)
    story.request("parent", strategy=bundle(0))
    story.request("outside")
    story.request("child", strategy=bundle(0))
    assert granted(story.blocked("v")) == [("child", "u")]
    assert story.cpus() == 0.0
    story.unblocked("v")
    story.give_back("child")
    assert story.request("next", strategy=bundle(0)) == []
    assert granted(story.give_back("parent")) == [("next", "v")]


def test_a_dead_worker_gives_its_part_of_the_bundle_back():
    story = with_bundles(ONE_CPU)
    story.request("a", strategy=bundle(0), actor="a")
    story.dies("v")
    assert story.cpus() == 3.0
    assert granted(story.request("b", strategy=bundle(0))) == [("b", "u")]


@pytest.mark.parametrize("blocked", [False, True])
def test_returned_bundles_are_available_when_their_workers_are_dead(*, blocked: bool):
    story = with_bundles(ONE_CPU, {"CPU": 2})
    story.request("a", strategy=bundle(0))
    story.request("b", strategy=bundle(1), actor="b")
    if blocked:
        story.blocked("u")
    todo = story.return_bundles()
    assert stopped(todo) == ["v", "u"]
    for stop in todo:
        assert isinstance(stop, StopWorker)
        assert stop.force
        assert stop.reason == "its placement group group was removed"
    assert story.cpus() == (3.0 if blocked else 2.0)
    story.unblocked("u")
    story.dies("u")
    assert story.cpus() == 3.0
    story.give_back("a")
    assert story.cpus() == 4.0
    assert stopped(story.return_bundles()) == []


def test_a_lent_cpu_that_is_in_use_is_owed_by_the_node_when_the_bundle_goes():
    story = with_bundles(ONE_CPU, cpus=1)
    story.request("a", strategy=bundle(0))
    story.blocked("v")
    story.request("b", strategy=bundle(0))
    story.unblocked("v")
    story.return_bundles()
    assert story.cpus() == -1.0
    story.dies("v")
    story.dies("u")
    assert story.cpus() == 1.0


def test_a_group_that_will_be_placed_anew_says_so():
    story = with_bundles(ONE_CPU)
    story.request("a", strategy=bundle(0))
    story.request("b", strategy=bundle(0))
    todo = story.return_bundles(removed=False)
    assert [do.reason for do in todo if isinstance(do, StopWorker)] == [
        "its placement group group is placed anew"
    ]
    assert story.waiting() == ["b"]
    story.dies("v")
    story.prepare(ONE_CPU, attempt=2)
    assert granted(story.commit(attempt=2)) == [("b", "u")]


def test_a_worker_that_is_being_killed_is_not_killed_again():
    story = with_bundles(ONE_CPU)
    story.request("a", strategy=bundle(0))
    assert stopped(story.dies(DRIVER)) == ["v"]
    assert stopped(story.return_bundles()) == []


def test_what_waits_for_a_removed_group_is_rejected():
    story = with_bundles(ONE_CPU)
    story.request("a", strategy=bundle(0))
    story.request("b", strategy=bundle(0))
    story.request("c", strategy=ANY_BUNDLE, actor="c")
    story.request("big", {"CPU": 9})
    todo = story.return_bundles()
    assert rejected(todo) == [
        ("b", LeaseRejection.GROUP_REMOVED),
        ("c", LeaseRejection.GROUP_REMOVED),
    ]
    texts = [do.text for do in todo if isinstance(do, RejectWorkerLease)]
    assert "the task belongs to has been removed" in texts[0]
    assert "the actor belongs to has been removed" in texts[1]
    assert story.waiting() == ["big"]


def test_an_attempt_that_failed_gives_back_only_what_it_has_prepared():
    story = Story(cpus=4)
    story.prepare(ONE_CPU)
    story.commit()
    story.prepare({"CPU": 2}, first=1, attempt=2)
    assert story.cpus() == 1.0
    assert story.return_bundles(removed=False, attempt=2) == []
    assert story.cpus() == 3.0
    story.up("w")
    assert granted(story.request("a", strategy=bundle(0))) == [("a", "w")]


def test_bundles_nobody_has_are_returned_without_effect():
    story = Story()
    assert story.return_bundles() == []
    assert story.return_bundles(removed=False, attempt=3) == []
    assert story.raylet.available() == ResourceSet.of({"CPU": 1})


def test_as_many_workers_start_as_the_bundles_have_room_for():
    story = Story(cpus=4)
    story.prepare(ONE_CPU, ONE_CPU)
    story.commit()
    assert story.request("a", strategy=ANY_BUNDLE) == [START]
    assert story.request("b", strategy=ANY_BUNDLE) == [START]
    assert story.request("c", strategy=ANY_BUNDLE) == []


def test_a_holder_is_asked_only_for_leases_that_would_make_room_where_it_is_needed():
    story = with_bundles(ONE_CPU, cpus=2)
    story.request("a")
    assert reclaimed(story.request("b", {"CPU": 1}, strategy=bundle(0))) == []
    assert reclaimed(story.request("c", {"CPU": 0.5}, strategy=bundle(0))) == [DRIVER]
    story = with_bundles(ONE_CPU, cpus=2)
    story.request("a", strategy=bundle(0))
    story.request("b")
    assert reclaimed(story.give_back("a")) == []
    assert reclaimed(story.request("c", {"CPU": 0.5})) == [DRIVER]
