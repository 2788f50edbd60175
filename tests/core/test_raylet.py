import pytest

from raylite._core.common.ids import LeaseID, WorkerID
from raylite._core.common.instructions import (
    GrantWorkerLease,
)
from raylite._core.common.resources import ResourceSet
from raylite._core.common.scheduling_strategy import SchedulingStrategy
from raylite._core.common.states import WorkerState
from tests.core.raylet_story import DRIVER, NODE, NOTHING, START, Story, granted, reclaimed


def test_a_request_that_fits_has_a_worker_started():
    story = Story()
    assert story.request("a") == [START]
    assert story.starting("w") == []
    assert story.registered("w") == [
        GrantWorkerLease(
            lease_id=LeaseID("a"),
            worker_id=WorkerID("w"),
            node_id=NODE,
            holder_id=DRIVER,
            actor_id=None,
        )
    ]
    assert story.states() == {"w": WorkerState.LEASED}
    assert story.raylet.available() == ResourceSet()


def test_an_idle_worker_is_granted_at_once():
    story = Story()
    story.up("w")
    assert granted(story.request("a")) == [("a", "w")]


def test_a_returned_worker_serves_the_next_in_line():
    story = Story()
    story.up("w")
    for lease in ("a", "b", "c"):
        story.request(lease)
    assert granted(story.give_back("a")) == [("b", "w")]
    assert granted(story.give_back("b")) == [("c", "w")]
    story.give_back("c")
    assert story.cpus() == 1.0
    assert story.raylet.leases() == []


def test_a_request_that_does_not_fit_starts_no_worker():
    story = Story()
    story.up("w")
    story.request("a")
    assert START not in story.request("b")
    assert story.waiting() == ["b"]


def test_no_more_workers_are_started_than_requests_can_be_served():
    story = Story(cpus=2)
    todo = [do for lease in "abcde" for do in story.request(lease)]
    assert todo == [START, START]
    assert story.raylet.statistics().starting == 2


def test_only_so_many_workers_start_at_once():
    story = Story(max_starting=3)
    todo = [do for n in range(5) for do in story.request(f"{n}", NOTHING)]
    assert todo == [START] * 3
    assert story.starting("v", "w", "x") == []
    assert story.registered("v")[1:] == [START]


def test_a_worker_that_died_in_its_start_is_replaced_and_counted():
    story = Story()
    story.request("a")
    story.starting("w")
    assert story.dies("w") == [START]
    assert story.raylet.statistics().failed_starts == 1
    story.up("v")
    assert story.raylet.statistics().failed_starts == 0


def test_a_worker_that_was_ended_in_its_start_is_replaced_and_not_counted():
    story = Story()
    story.request("a")
    story.starting("w")
    assert story.dies("w", intended=True) == [START]
    assert story.raylet.statistics().failed_starts == 0


def test_a_small_request_may_pass_a_big_one_that_has_to_wait():
    story = Story(cpus=2)
    story.up("v", "w")
    story.request("a")
    story.request("big", {"CPU": 2})
    assert granted(story.request("small")) == [("small", "v")]
    story.give_back("a")
    assert granted(story.give_back("small")) == [("big", "v")]


def test_between_shapes_the_earliest_that_fits_goes_first():
    story = Story(cpus=1, gpus=1)
    story.up("w")
    story.request("a")
    story.request("half", {"CPU": 0.5})
    story.request("whole")
    story.request("half too", {"CPU": 0.5})
    assert granted(story.give_back("a")) == [("half", "w")]
    assert granted(story.up("v")) == [("half too", "v")]


def test_an_actor_that_holds_nothing_is_placed_while_every_cpu_is_in_use():
    story = Story()
    story.up("w")
    story.request("a")
    assert story.request_actor("b") == [START]
    assert granted(story.up("v")) == [("b", "v")]
    assert story.states()["v"] is WorkerState.ACTOR
    assert story.cpus() == 0.0


def test_an_actor_never_gets_a_node_that_is_too_small_for_it():
    story = Story(cpus=0)
    assert story.request_actor("a") == []
    assert story.up("w") == []
    assert story.waiting() == ["a"]
    assert story.raylet.infeasible(ResourceSet.of({"CPU": 1}))
    assert not story.raylet.infeasible(ResourceSet())


def test_a_request_that_can_never_be_granted_takes_no_idle_lease_from_anyone():
    story = Story()
    story.up("w")
    story.request("a")
    assert story.request("too big", {"CPU": 9}) == []


def test_the_lease_of_an_actor_ends_with_its_worker():
    story = Story()
    story.up("w")
    story.request("a", actor="counter")
    assert story.give_back("a") == []
    assert story.ignored() == ["ReturnWorkerLease"]
    story.dies("w")
    assert story.cpus() == 1.0
    assert story.raylet.workers() == []
    assert story.raylet.leases() == []


def test_a_blocked_worker_lends_its_cpu():
    story = Story()
    story.up("w")
    story.request("parent")
    story.request("child", holder=WorkerID("w"))
    assert story.blocked("w") == [START]
    assert granted(story.up("v")) == [("child", "v")]
    assert story.raylet.statistics().lending == 1
    story.give_back("child")
    story.unblocked("w")
    assert story.cpus() == 0.0


def test_a_worker_takes_its_cpu_back_even_while_it_is_in_use():
    story = Story()
    story.up("w", "v")
    story.request("a")
    story.blocked("v")
    story.request("b")
    story.unblocked("v")
    assert story.cpus() == -1.0
    story.request("c")
    assert granted(story.give_back("a")) == []
    assert granted(story.give_back("b")) == [("c", "w")]


def test_only_the_cpu_is_lent():
    story = Story(cpus=1, gpus=1)
    story.up("w")
    story.request("a", {"CPU": 1, "GPU": 1})
    story.blocked("w")
    assert story.raylet.available().to_dict() == {"CPU": 1.0}


def test_blocked_twice_is_blocked_once():
    story = Story()
    story.up("w")
    story.request("a")
    story.blocked("w")
    story.blocked("w")
    assert story.cpus() == 1.0
    story.unblocked("w")
    story.unblocked("w")
    assert story.cpus() == 0.0


@pytest.mark.parametrize("end", ["returned", "died"])
def test_what_was_lent_is_not_given_back_twice(end: str):
    story = Story()
    story.up("w")
    story.request("a")
    story.blocked("w")
    if end == "returned":
        story.give_back("a")
    else:
        story.dies("w")
    assert story.cpus() == 1.0


def test_a_worker_without_a_lease_has_nothing_to_lend():
    story = Story()
    story.up("w")
    story.blocked("w")
    story.unblocked("driver")
    assert story.cpus() == 1.0
    assert story.ignored() == ["WorkerBlocked", "WorkerUnblocked"]


def test_a_cancelled_request_is_not_granted():
    story = Story()
    story.request("a")
    story.request("b")
    story.cancel("a")
    assert granted(story.up("w")) == [("b", "w")]


@pytest.mark.parametrize("lease", ["unknown", "granted"])
def test_a_cancellation_that_comes_too_late_is_ignored(lease: str):
    story = Story()
    story.up("w")
    story.request("granted")
    assert story.cancel(lease) == []
    assert story.ignored() == ["CancelWorkerLease"]
    assert story.states() == {"w": WorkerState.LEASED}


@pytest.mark.parametrize("lease", ["unknown", "pending"])
def test_a_return_of_what_was_not_granted_is_ignored(lease: str):
    story = Story()
    story.request("pending")
    assert story.give_back(lease) == []
    assert story.ignored() == ["ReturnWorkerLease"]
    assert story.waiting() == ["pending"]


def test_a_second_request_under_the_same_id_is_ignored():
    story = Story(cpus=2)
    story.up("v", "w")
    story.request("a")
    assert story.request("a") == []
    assert story.ignored() == ["RequestWorkerLease"]
    assert story.cpus() == 1.0


def test_holders_are_asked_once_for_leases_they_keep_warm():
    story = Story(cpus=2)
    story.up("v", "w")
    story.request("a")
    story.request("b", holder=WorkerID("v"))
    assert reclaimed(story.request("c", {"CPU": 2})) == [DRIVER, "v"]
    assert reclaimed(story.request("d", {"CPU": 2})) == []


def test_a_holder_is_asked_again_when_he_has_got_another_lease():
    story = Story(cpus=1)
    story.up("w")
    story.request("a")
    story.request("b")
    assert reclaimed(story.request("c", holder=WorkerID("other"))) == [DRIVER]
    assert reclaimed(story.request("d", holder=WorkerID("other"))) == []
    assert reclaimed(story.give_back("a")) == [DRIVER]


def test_a_holder_is_not_asked_to_make_room_for_more_of_his_own_of_the_same_shape():
    story = Story(cpus=1)
    story.up("w")
    story.request("a")
    assert reclaimed(story.request("b")) == []
    assert reclaimed(story.request("other shape", {"CPU": 0.5})) == [DRIVER]


def test_a_holder_makes_room_for_tasks_of_his_own_that_want_to_be_elsewhere():
    story = Story(cpus=1)
    story.up("w")
    story.request("a")
    spread = SchedulingStrategy(spread=True)
    assert reclaimed(story.request("b", strategy=spread)) == [DRIVER]


def test_an_actor_is_somebody_else_even_to_its_own_maker():
    story = Story(cpus=1)
    story.up("w")
    story.request("a")
    story.request("b")
    assert reclaimed(story.request("c", actor="counter")) == [DRIVER]


def test_a_holder_is_asked_again_when_he_has_given_something_back():
    story = Story(cpus=2)
    story.up("v", "w")
    story.request("a")
    story.request("b")
    assert reclaimed(story.request("big", {"CPU": 2})) == [DRIVER]
    assert reclaimed(story.give_back("a")) == [DRIVER]
    assert granted(story.give_back("b")) == [("big", "v")]


def test_a_holder_is_asked_again_when_a_small_lease_of_his_has_passed_the_big_one():
    story = Story(cpus=2)
    story.up("v", "w")
    story.request("a")
    assert reclaimed(story.request("big", {"CPU": 2})) == [DRIVER]
    assert reclaimed(story.request("small")) == [DRIVER]


def test_a_dead_holder_is_asked_for_nothing():
    story = Story(cpus=1)
    story.up("w")
    story.request("a")
    story.dies(DRIVER)
    assert story.request("b", holder=WorkerID("other")) == []


def test_actors_are_not_asked_for_their_leases():
    story = Story()
    story.up("w")
    story.request("a", actor="counter")
    assert story.request("b") == []
