from raylite._core.common.ids import WorkerID
from raylite._core.common.instructions import StartWorker, StopWorker
from raylite._core.common.scheduling_strategy import LeaseRejection
from tests.core.raylet_story import DRIVER, NODE, START, Story, granted, rejected, stopped

START_IN_ENV = StartWorker(node_id=NODE, env_key="env")
ENDED = LeaseRejection.ENVIRONMENT_GONE


def test_a_request_is_granted_only_a_worker_of_its_environment():
    story = Story()
    story.up("w")
    assert story.request("a", env="env") == [START_IN_ENV]
    assert granted(story.up("v", env="env")) == [("a", "v")]
    assert {view.worker_id: view.env_key for view in story.raylet.workers()} == {
        "w": "",
        "v": "env",
    }


def test_who_came_later_does_not_take_what_another_waits_to_have_a_process_for():
    story = Story()
    story.up("w", env="env")
    story.request("a", env="env")
    story.request("b")
    story.request("c", env="env")
    assert story.give_back("a") == [START]
    assert story.waiting() == ["b", "c"]
    assert granted(story.up("v")) == [("b", "v")]
    assert granted(story.give_back("b")) == [("c", "w")]


def test_a_process_that_is_being_started_keeps_nobody_from_what_came_before():
    story = Story(cpus=2)
    story.up("w", env="env")
    story.request("a", env="env")
    story.request("big", {"CPU": 2})
    assert granted(story.request("b", env="env")) == []
    story.request("c")
    story.request("d")
    assert granted(story.give_back("a")) == []
    assert granted(story.cancel("big")) == [("b", "w")]


def test_as_many_workers_start_as_each_environment_has_use_for():
    story = Story(cpus=3)
    assert story.request("a") == [START]
    assert story.request("b", env="env") == [START_IN_ENV]
    assert story.request("c", env="env") == [START_IN_ENV]
    assert story.request("d", env="env") == []


def test_only_so_many_workers_start_at_once_in_all_environments_together():
    story = Story(cpus=4, max_starting=2)
    story.request("a")
    assert story.request("b", env="env") == [START_IN_ENV]
    assert story.request("c", env="third") == []
    assert StartWorker(node_id=NODE, env_key="third") in story.up("w")


def test_a_start_for_one_environment_is_none_for_another():
    story = Story(cpus=2)
    story.request("a", env="env")
    story.cancel("a")
    assert story.request("b") == [START]


def test_warm_workers_are_of_their_environment():
    story = Story(num_warm=1, warm_env_key="env")
    story.up("w")
    assert story.raylet.statistics().starting == 1
    assert stopped(story.up("v", env="env")) == []
    assert granted(story.request("a", env="env")) == [("a", "v")]


def test_the_limit_for_idle_workers_counts_all_environments_and_the_longest_idle_goes_first():
    story = Story(max_idle=2, idle_grace_s=0.0)
    assert stopped(story.up("u", env="env")) == []
    assert stopped(story.up("v")) == []
    assert stopped(story.up("w")) == ["u"]


def test_a_warm_worker_is_not_surplus_however_long_it_has_been_idle():
    story = Story(num_warm=1, max_idle=1, idle_grace_s=0.0)
    story.up("warm")
    assert story.up("v", env="env") == [
        StopWorker(
            worker_id=WorkerID("v"), reason="It was idle, and enough others were", force=False
        )
    ]


def test_when_an_environment_is_gone_its_idle_workers_end():
    story = Story(cpus=2)
    story.up("v", env="env")
    story.up("w")
    (stop,) = story.gone("env")
    assert isinstance(stop, StopWorker)
    assert (stop.worker_id, stop.reason, stop.force) == ("v", "Its driver has ended", False)
    assert story.gone("env") == []


def test_workers_of_a_gone_environment_end_when_they_become_idle_or_say_hello():
    story = Story(cpus=2)
    story.up("v", env="env")
    story.request("a", env="env")
    story.starting("w", env="env")
    assert stopped(story.gone("env")) == []
    assert stopped(story.give_back("a")) == ["v"]
    assert stopped(story.registered("w")) == ["w"]


def test_a_worker_of_a_gone_environment_that_stays_is_asked_again_after_the_grace():
    story = Story(idle_grace_s=10.0)
    story.up("w", env="env")
    story.gone("env")
    assert stopped(story.stays("w")) == []
    due_s = story.raylet.next_tick_s()
    assert due_s is not None
    assert due_s > 10
    assert stopped(story.raylet.tick(due_s)) == ["w"]


def test_requests_for_tasks_of_a_gone_environment_are_rejected_now_and_later():
    story = Story()
    story.up("w")
    story.request("other")
    story.request("a", env="env")
    story.request("b", env="env")
    assert rejected(story.gone("env")) == [("a", ENDED), ("b", ENDED)]
    assert rejected(story.request("c", env="env")) == [("c", ENDED)]
    assert story.waiting() == []
    assert [view.lease_id for view in story.raylet.leases()] == ["other"]


def test_a_detached_actor_is_restarted_in_an_environment_that_is_gone():
    story = Story()
    story.request("a", actor="detached", env="env")
    assert rejected(story.gone("env")) == []
    assert granted(story.up("w", env="env")) == [("a", "w")]
    story.dies("w")
    assert story.request("b", actor="detached", env="env") == [START_IN_ENV]


def test_no_warm_workers_are_kept_for_a_gone_environment():
    story = Story(num_warm=1, warm_env_key="env")
    assert story.raylet.tick(0.0) == [START_IN_ENV]
    story.up("w", env="env")
    assert [type(do) for do in story.gone("env")] == [StopWorker]
    assert story.dies("w") == []


def test_a_holder_is_asked_to_make_room_for_his_own_work_in_another_environment():
    story = Story()
    story.up("w")
    story.request("a")
    assert [do.holder_id for do in story.request("b", env="env")] == [DRIVER]  # type: ignore[union-attr]  # ReclaimIdleLeases
