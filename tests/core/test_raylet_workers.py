import pytest

from raylite._core.common.events import (
    LeaseStateChanged,
    WorkerStateChanged,
)
from raylite._core.common.ids import WorkerID
from raylite._core.common.instructions import (
    StopWorker,
)
from raylite._core.common.states import InvalidTransitionError, LeaseState, WorkerState
from raylite._core.raylet.raylet_statistics import RayletStatistics
from tests.core.raylet_story import CRASH, DRIVER, START, Story, granted, stopped


def test_when_a_holder_dies_his_requests_are_cancelled():
    story = Story()
    story.up("w")
    story.request("a")
    story.request("b", holder=WorkerID("somebody"))
    story.request("c")
    story.dies("somebody")
    assert story.waiting() == ["c"]


def test_when_a_holder_dies_the_workers_of_his_tasks_are_killed():
    story = Story()
    story.up("w")
    story.request("a")
    (stop,) = story.dies(DRIVER)
    assert isinstance(stop, StopWorker)
    assert (stop.worker_id, stop.force) == ("w", True)
    assert story.cpus() == 0.0, "until it is dead it uses what it holds"
    assert story.dies(DRIVER) == []
    story.dies("w")
    assert story.cpus() == 1.0


def test_a_worker_that_is_being_killed_gets_no_further_work():
    story = Story()
    story.up("w")
    story.request("a")
    story.dies(DRIVER)
    story.give_back("a")
    assert story.request("b", holder=WorkerID("other")) == [START]


def test_the_actors_of_a_dead_holder_are_left_to_the_control_plane():
    story = Story(cpus=2)
    story.up("w")
    story.request_actor("a")
    story.request_actor("b")
    assert story.dies(DRIVER) == []
    assert [view.lease_id for view in story.raylet.leases()] == ["a", "b"]


def test_a_worker_dies_as_a_worker_and_as_a_holder():
    story = Story(cpus=2)
    story.up("parent", "child")
    story.request("a")
    story.request("b", holder=WorkerID("child"))
    story.request("c", holder=WorkerID("child"))
    assert stopped(story.dies("child")) == ["parent"]
    assert story.waiting() == []
    assert story.cpus() == 1.0


def test_the_last_worker_in_is_the_first_out():
    story = Story(cpus=2)
    story.up("cold", "warm")
    assert granted(story.request("a")) == [("a", "warm")]


def test_surplus_workers_are_stopped_when_they_have_been_idle_for_long():
    story = Story(max_idle=1, idle_grace_s=1.0)
    story.up("u", "v", "w")
    due_s = story.raylet.next_tick_s()
    assert due_s is not None
    assert story.raylet.tick(due_s - 0.0001) == []
    (stop,) = story.raylet.tick(due_s)
    assert isinstance(stop, StopWorker)
    assert (stop.worker_id, stop.force) == ("u", False)
    assert stopped(story.raylet.tick(due_s + 1)) == ["v"]
    assert story.raylet.next_tick_s() is None
    assert stopped(story.raylet.tick(due_s + 99)) == []
    assert story.raylet.statistics().idle == 3
    assert granted(story.request("a")) == [("a", "w")]


def test_a_worker_that_stays_is_of_use_and_asked_again_after_the_grace():
    story = Story(max_idle=1, idle_grace_s=10.0)
    story.up("u", "v")
    due_s = story.raylet.next_tick_s()
    assert due_s is not None
    assert stopped(story.raylet.tick(due_s)) == ["u"]
    assert story.stays("u") == []
    again_s = story.raylet.next_tick_s()
    assert again_s is not None
    assert stopped(story.raylet.tick(again_s)) == ["v"]
    assert granted(story.request("a")) == [("a", "u")]


def test_only_who_was_asked_to_end_can_stay():
    story = Story()
    story.up("w")
    story.stays("w")
    story.stays("unknown")
    assert story.ignored() == ["WorkerStays", "WorkerStays"]


def test_as_many_idle_workers_stay_as_there_are_cpus():
    story = Story(cpus=2, idle_grace_s=0.0)
    assert stopped(story.up("u", "v")) == []
    assert stopped(story.up("w")) == ["u"]


def test_warm_workers_are_started_before_anyone_asks_and_replaced():
    story = Story(num_warm=2)
    assert story.raylet.tick(0.0) == [START, START]
    story.up("v", "w")
    assert story.raylet.tick(99.0) == []
    assert granted(story.request_actor("a")) == [("a", "w")]
    assert story.raylet.statistics().starting == 1


def test_the_node_may_start_a_worker_of_its_own_accord():
    story = Story()
    story.up("w")
    assert story.raylet.statistics().starting == 0
    assert granted(story.request("a")) == [("a", "w")]


def test_a_worker_starts_once():
    story = Story()
    story.starting("w")
    story.starting("w")
    assert story.ignored() == ["WorkerStarting"]
    assert story.raylet.statistics().starting == 1


def test_the_hello_of_a_dead_worker_is_ignored():
    story = Story()
    story.starting("w")
    story.dies("w")
    assert story.registered("w") == []
    assert story.ignored() == ["WorkerRegistered"]


def test_a_second_hello_is_a_bug():
    story = Story()
    story.up("w")
    with pytest.raises(InvalidTransitionError, match="from IDLE to IDLE"):
        story.registered("w")


def test_the_statistics_say_what_the_raylet_is_busy_with():
    story = Story(cpus=1)
    story.up("v", "w")
    story.request("a")
    story.request_actor("b")
    story.request("c")
    story.request_actor("d")
    assert story.raylet.statistics() == RayletStatistics(
        starting=1, idle=0, leased=1, actors=1, waiting=2, lending=0, failed_starts=0
    )


def test_every_change_is_an_event():
    story = Story()
    story.request("a")
    story.up("w")
    story.give_back("a")
    story.dies("w")
    workers = [event for event in story.events if isinstance(event, WorkerStateChanged)]
    assert [event.new for event in workers] == [
        *(WorkerState.STARTING, WorkerState.IDLE, WorkerState.LEASED),
        *(WorkerState.IDLE, WorkerState.DEAD),
    ]
    assert [event.old for event in workers] == [None, *(event.new for event in workers[:-1])]
    assert workers[-1].why == CRASH.reason
    assert workers[-1].pid == 42
    leases = [event for event in story.events if isinstance(event, LeaseStateChanged)]
    assert [event.new for event in leases] == [
        *(LeaseState.PENDING, LeaseState.GRANTED, LeaseState.RETURNED)
    ]
    assert leases[-1].worker_id == "w"


def test_a_view_stays_as_it_was():
    story = Story()
    story.up("w")
    story.request("a")
    (worker,), (lease,) = story.raylet.workers(), story.raylet.leases()
    story.give_back("a")
    assert worker.state is WorkerState.LEASED
    assert worker.lease_id == "a"
    assert lease.state is LeaseState.GRANTED
    assert lease.worker_id == "w"
