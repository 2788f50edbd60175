import pytest

from raylite._core.common.instructions import RejectWorkerLease, StartWorker, StopWorker
from raylite._core.common.node_resources import NodeResources
from raylite._core.common.resources import ResourceSet
from raylite._core.common.scheduling_strategy import LeaseRejection, SchedulingStrategy
from raylite._core.common.states import WorkerState
from tests.core.cluster_story import HEAD, SPREAD, ClusterStory, on_node, placed, starts
from tests.core.raylet_story import (
    ANY_BUNDLE,
    DRIVER,
    bundle,
    granted,
    prepared,
    reclaimed,
    rejected,
    stopped,
)

ONE = {"CPU": 1}
TWO = {"CPU": 2}
LABELLED = SchedulingStrategy(labels=(("zone", "north"),))


def test_with_one_node_everything_is_as_with_its_raylet():
    story = ClusterStory(ONE, {}, num_warm=1)
    assert story.manager.tick(0.0) == [StartWorker(node_id=HEAD)]
    story.up("head", "w")
    assert granted(story.request("a")) == [("a", "w")]
    story.request("b")
    assert story.request("b") == []
    assert story.ignored() == ["RequestWorkerLease"]
    assert granted(story.give_back("a")) == [("b", "w")]
    assert story.manager.available() == ResourceSet()
    assert story.manager.total == ResourceSet.of(ONE)
    story.blocked("w")
    assert story.manager.statistics().lending == 1
    story.unblocked("w")
    story.dies("w")
    assert story.cpus() == {"head": 1.0}


def test_what_the_nodes_have_adds_up():
    story = ClusterStory(ONE, {"n": {"CPU": 2, "GPU": 1}})
    assert story.manager.total == ResourceSet.of({"CPU": 3, "GPU": 1})
    story.up("n", "w")
    story.request("a", {"GPU": 1})
    assert story.manager.available() == ResourceSet.of({"CPU": 3})
    head, node = story.manager.nodes()
    assert head == NodeResources(
        node_id=HEAD, total=ResourceSet.of(ONE), available=ResourceSet.of(ONE)
    )
    assert node.available == ResourceSet.of(TWO)
    assert story.manager.statistics().leased == 1
    assert [(view.worker_id, view.node_id) for view in story.manager.workers()] == [("w", "n")]


def test_a_request_goes_to_a_node_that_is_large_enough():
    story = ClusterStory(ONE, {"n": {"CPU": 4}})
    assert starts(story.request("a", {"CPU": 3})) == ["n"]
    assert placed(story.up("n", "w")) == [("a", "n")]
    assert story.cpus() == {"head": 1.0, "n": 1.0}


def test_requests_of_one_moment_are_shared_out_before_any_has_its_worker():
    story = ClusterStory(ONE, {"n": ONE})
    assert starts(story.request("a")) == ["head"]
    assert starts(story.request("b")) == ["n"]
    assert starts(story.request("c")) == []


def test_spread_takes_one_node_after_the_other():
    story = ClusterStory(TWO, {"m": TWO, "n": TWO})
    nodes = [starts(story.request(f"lease-{n}", strategy=SPREAD)) for n in range(4)]
    assert nodes == [["head"], ["m"], ["n"], ["head"]]


def test_the_own_node_of_who_asks_comes_first():
    story = ClusterStory(TWO, {"n": TWO})
    story.up("n", "w")
    assert starts(story.request("a")) == ["head"]
    story.cancel("a")
    assert placed(story.request("b", holder="w")) == [("b", "n")]


def test_work_goes_where_its_large_arguments_are():
    story = ClusterStory(TWO, {"m": TWO, "n": TWO})
    story.up("n", "0123456789ab-and-more")
    sizes = {"0123456789ab": 2_000_000, "a driver": 1_000_000, "another": 500_000}
    assert placed(story.request("a", locality=sizes)) == [("a", "n")]
    assert starts(story.request("b", locality={"a driver": 1_000_000})) == ["head"]


def test_a_request_stays_where_it_must_run():
    story = ClusterStory(ONE, {"n": ONE})
    story.up("n", "w")
    story.request("a", strategy=on_node("n"))
    assert story.request("b", strategy=on_node("n")) == []
    assert story.waiting() == ["b"]
    assert placed(story.give_back("a")) == [("b", "n")]


def test_a_request_for_a_node_that_is_not_there_is_rejected():
    story = ClusterStory(ONE, {})
    (reject,) = story.request("a", strategy=on_node("gone"))
    assert isinstance(reject, RejectWorkerLease)
    assert reject.rejection is LeaseRejection.NODE_GONE
    assert "The task is not schedulable" in reject.text
    assert story.manager.leases() == []
    assert starts(story.request("b", strategy=on_node("gone", soft=True))) == ["head"]


def test_a_request_that_waits_moves_to_a_node_that_has_become_free():
    story = ClusterStory(ONE, {"n": ONE})
    story.up("head", "v")
    story.up("n", "w")
    story.request("a")
    story.request("b")
    story.request("c")
    story.request("d")
    assert placed(story.give_back("b")) == [("c", "n")]
    assert placed(story.give_back("c")) == [("d", "n")]
    assert story.manager.leases()[-1].lease_id == "d"


def test_requests_move_to_a_new_node_in_their_order_as_far_as_there_is_room():
    story = ClusterStory(ONE, {})
    story.up("head", "w")
    for lease in "abcde":
        story.request(lease)
    assert starts(story.add("n", TWO)) == ["n", "n"]
    assert placed(story.up("n", "u", "v")) == [("b", "n"), ("c", "n")]
    assert story.waiting() == ["d", "e"]


def test_a_request_that_waits_for_a_process_alone_stays():
    story = ClusterStory({"CPU": 4}, {"n": {"CPU": 4}}, max_starting=1)
    for lease in "abc":
        story.request(lease, {"CPU": 0.5})
    assert story.manager.statistics().starting == 1
    assert story.manager.tick(0.0) == []


def test_a_request_moves_only_where_its_strategy_allows():
    story = ClusterStory(ONE, {"n": ONE})
    story.up("head", "w")
    story.request("a")
    story.request("b", strategy=on_node("head"))
    story.add("north", ONE, zone="north")
    assert story.waiting() == ["b"]
    assert starts(story.request("c", strategy=LABELLED)) == ["north"]
    assert story.request("d", strategy=LABELLED) == []
    assert starts(story.add("further north", ONE, zone="north")) == ["further north"]


def test_what_is_left_of_several_gpus_attracts_nobody():
    story = ClusterStory({"GPU": 2}, {"n": {"GPU": 1}})
    story.up("head", "u", "v")
    for lease in ("a", "b"):
        story.request(lease, {"GPU": 0.6}, strategy=on_node("head"))
    assert starts(story.request("c", {"GPU": 0.8})) == ["n"]
    story.up("n", "w")
    story.request("d", {"GPU": 0.8})
    assert placed(story.give_back("c")) == [("d", "n")]


def test_a_request_no_node_is_large_enough_for_waits_for_one_that_is():
    story = ClusterStory(ONE, {})
    big = ResourceSet.of({"CPU": 8})
    assert story.request("a", {"CPU": 8}) == []
    assert story.request("b", {"CPU": 8}) == []
    assert story.request("a", {"CPU": 8}) == []
    assert story.ignored() == ["RequestWorkerLease"]
    assert story.manager.infeasible(big)
    assert story.manager.statistics().waiting == 2
    story.add("small", TWO)
    assert story.waiting() == ["a", "b"]
    assert starts(story.add("large", {"CPU": 8})) == ["large"]
    assert not story.manager.infeasible(big)
    assert story.manager.infeasible(ResourceSet.of(ONE), LABELLED)
    assert not story.manager.infeasible(ResourceSet.of({"CPU": 99}), ANY_BUNDLE)


def test_requests_that_wait_for_a_node_are_cancelled_like_others():
    story = ClusterStory(ONE, {})
    story.request("a", {"CPU": 8})
    story.give_back("a")
    assert story.ignored() == ["ReturnWorkerLease"]
    story.cancel("a")
    story.request("b", {"CPU": 8})
    story.dies("driver")
    assert story.manager.leases() == []
    story.cancel("a")
    assert story.ignored() == ["ReturnWorkerLease", "CancelWorkerLease"]


def test_a_process_that_dies_leaves_its_leases_on_all_nodes():
    story = ClusterStory(ONE, {"n": TWO})
    story.up("head", "w")
    story.up("n", "v")
    story.request("a")
    story.request("b", holder="w")
    assert stopped(story.dies("w")) == ["v"]


def test_what_a_worker_says_is_told_to_its_node():
    story = ClusterStory(ONE, {"n": ONE}, max_idle=0, idle_grace_s=1.0)
    story.up("n", "v")
    due_s = story.manager.next_tick_s()
    assert due_s is not None
    assert stopped(story.manager.tick(due_s)) == ["v"]
    assert story.stays("v") == []
    story.request("a", strategy=on_node("n"))
    story.blocked("v")
    assert story.cpus() == {"head": 1.0, "n": 1.0}
    story.stays("stranger")
    assert story.ignored() == ["WorkerStays"]


def test_when_an_environment_is_gone_it_is_gone_on_all_nodes_and_on_those_to_come():
    story = ClusterStory(ONE, {"n": ONE})
    story.up("n", "v", env="env")
    story.request("big", {"CPU": 9}, env_key="env")
    story.request("other", {"CPU": 9})
    story.request("actor", {"CPU": 9}, env_key="env", actor="detached")
    todo = story.gone("env")
    assert stopped(todo) == ["v"]
    assert rejected(todo) == [("big", LeaseRejection.ENVIRONMENT_GONE)]
    story.add("m", ONE)
    assert stopped(story.up("m", "u", env="env")) == ["u"]
    assert rejected(story.request("a", env_key="env")) == [("a", LeaseRejection.ENVIRONMENT_GONE)]
    assert story.waiting() == ["other", "actor"]


# Nodes that go.


def test_a_removed_node_takes_its_resources_and_its_workers_with_it():
    story = ClusterStory(ONE, {"n": TWO})
    story.up("n", "v", "w")
    story.request("a", TWO)
    todo = story.remove("n")
    assert stopped(todo) == ["v", "w"]
    assert isinstance(todo[0], StopWorker)
    assert todo[0].force
    assert todo[0].reason == "its node n was removed"
    assert story.manager.total == ResourceSet.of(ONE)
    assert story.cpus() == {"head": 1.0}
    assert [view.worker_id for view in story.manager.workers()] == ["v", "w"]
    story.give_back("a")
    story.dies("v")
    story.dies("w")
    assert story.manager.workers() == []
    assert story.manager.leases() == []


def test_what_waits_on_a_removed_node_goes_to_another_or_is_rejected():
    story = ClusterStory(TWO, {"n": {"CPU": 2, "GPU": 1}})
    story.up("n", "w")
    story.request("a", TWO, strategy=on_node("n"))
    story.request("bound", strategy=on_node("n"), actor="bound")
    story.request("soft", strategy=on_node("n", soft=True))
    story.request("gpu", {"CPU": 1, "GPU": 1})
    todo = story.remove("n")
    assert rejected(todo) == [("bound", LeaseRejection.NODE_GONE)]
    assert starts(todo) == ["head"]
    assert story.waiting() == ["soft", "gpu"]
    assert starts(story.add("m", {"CPU": 2, "GPU": 1})) == ["m"]


def test_a_worker_that_starts_on_a_removed_node_is_killed_when_it_says_hello():
    story = ClusterStory(ONE, {"n": TWO})
    story.request("a", strategy=on_node("n"))
    story.request("b", strategy=on_node("n"))
    story.starting("n", "v")
    assert stopped(story.remove("n")) == []
    (stop,) = story.registered("v")
    assert isinstance(stop, StopWorker)
    assert stop.force
    assert story.stays("v") == []
    story.dies("v")
    assert stopped(story.up("n", "w")) == ["w"]
    story.dies("w")
    assert story.manager.workers() == []
    assert story.up("n", "late") == []
    assert story.manager.workers()[0].state is WorkerState.IDLE


def test_a_node_comes_once_and_goes_once():
    story = ClusterStory(ONE, {"n": ONE})
    with pytest.raises(ValueError, match="node n is there already"):
        story.add("n", ONE)
    story.remove("n")
    story.remove("n")
    assert story.ignored() == ["RemoveNode"]
    with pytest.raises(ValueError, match="node head has the drivers on it"):
        story.remove("head")


# Placement groups.


def test_a_lease_goes_to_the_node_of_its_bundle():
    story = ClusterStory(TWO, {"n": TWO})
    assert prepared(story.prepare("n", {0: TWO})) == [True]
    assert story.request("early", strategy=bundle(0)) == []
    assert starts(story.commit("n")) == ["n"]
    assert story.request("later", {"CPU": 2}, strategy=bundle(0)) == []
    assert story.cpus() == {"head": 2.0, "n": 0.0}
    assert placed(story.up("n", "w")) == [("early", "n")]


def test_a_lease_for_any_bundle_goes_to_a_node_with_room():
    story = ClusterStory(ONE, {"n": TWO})
    for node, index in (("head", 0), ("n", 1)):
        story.prepare(node, {index: ONE})
        story.commit(node)
    assert starts(story.request("a", strategy=ANY_BUNDLE)) == ["head"]
    assert starts(story.request("b", strategy=ANY_BUNDLE)) == ["n"]
    assert story.request("c", strategy=ANY_BUNDLE) == []
    story.up("n", "w")
    assert placed(story.give_back("b")) == [("c", "n")]


def test_bundles_are_not_prepared_on_a_node_that_is_gone():
    story = ClusterStory(ONE, {"n": ONE})
    story.remove("n")
    assert prepared(story.prepare("n", {0: ONE})) == [False]
    assert story.commit("n") == []
    assert story.ignored() == ["CommitBundles"]


def test_requests_for_a_removed_group_are_rejected_now_and_later():
    story = ClusterStory(ONE, {"n": ONE})
    story.prepare("n", {0: ONE})
    story.commit("n")
    story.up("n", "w")
    story.request("a", strategy=bundle(0))
    story.request("b", strategy=bundle(0))
    story.request("c", strategy=bundle(7))
    todo = story.return_bundles(None)
    assert stopped(todo) == ["w"]
    removed = LeaseRejection.GROUP_REMOVED
    assert sorted(rejected(todo)) == [("b", removed), ("c", removed)]
    assert rejected(story.request("d", strategy=ANY_BUNDLE)) == [("d", removed)]
    story.dies("w")
    assert story.cpus() == {"head": 1.0, "n": 1.0}


def test_requests_wait_for_a_group_that_is_placed_anew():
    story = ClusterStory(ONE, {"n": ONE})
    story.prepare("n", {0: ONE})
    story.commit("n")
    story.up("n", "w")
    story.request("a", strategy=bundle(0))
    story.request("b", strategy=bundle(0))
    assert stopped(story.return_bundles("n", removed=False)) == ["w"]
    assert story.waiting() == ["b"]
    story.prepare("head", {0: ONE}, attempt=2)
    assert starts(story.commit("head", attempt=2)) == ["head"]


def test_requests_for_bundles_on_a_removed_node_wait_for_the_group():
    story = ClusterStory(ONE, {"n": ONE})
    story.prepare("n", {0: ONE})
    story.commit("n")
    story.request("a", strategy=bundle(0))
    story.remove("n")
    assert story.waiting() == ["a"]
    story.return_bundles("n", removed=False)
    story.prepare("head", {0: ONE}, attempt=2)
    assert starts(story.commit("head", attempt=2)) == ["head"]


def test_leases_for_tasks_are_wanted_back_once_where_a_group_would_then_find_room():
    story = ClusterStory(ONE, {"n": ONE})
    story.up("n", "w")
    story.up("head", "v")
    story.request("a")
    story.request("b", actor="actor", strategy=on_node("n"))
    head, node = story.manager.nodes_if_returned()
    assert (head.available, node.available) == (ResourceSet.of(ONE), ResourceSet())
    assert story.manager.reclaim({node.node_id}) == []
    assert reclaimed(story.manager.reclaim({HEAD})) == [DRIVER]
    assert story.manager.nodes_if_returned() == ()
    story.give_back("a")
    story.request("c")
    assert len(story.manager.nodes_if_returned()) == 2
