# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class.
"""Virtual nodes: they come with room for work, and go with all that runs on them."""

import numpy as np
import pytest

import raylite
from raylite import cluster
from raylite.exceptions import (
    ActorDiedError,
    ActorUnschedulableError,
    TaskUnschedulableError,
    WorkerCrashedError,
)
from raylite.util.placement_group import (
    placement_group,
    placement_group_table,
    remove_placement_group,
)
from raylite.util.scheduling_strategies import NodeAffinitySchedulingStrategy as On
from raylite.util.scheduling_strategies import PlacementGroupSchedulingStrategy
from tests.conftest import nothing_left
from tests.processes import wait_until


@pytest.fixture
def add_node(ray):
    """Adds nodes that are removed when the test is over."""
    made = []

    def add(**keywords):
        made.append(cluster.add_node(**keywords))
        return made[-1]

    yield add
    for node in made:
        if node in cluster.nodes():
            cluster.remove_node(node)


@pytest.fixture
def where(ray):
    @ray.remote
    def where():
        return ray.get_runtime_context().get_node_id()

    return where


@pytest.fixture
def resident_class(ray):
    @ray.remote
    class Resident:
        def __init__(self, *_):
            self.calls = 0

        def where(self):
            self.calls += 1
            return ray.get_runtime_context().get_node_id()

        def count(self):
            return self.calls

    return Resident


@pytest.fixture
def hold(ray):
    @ray.remote
    def hold(started, gate):
        started.touch()
        wait_until(gate.exists)
        return ray.get_runtime_context().get_node_id()

    return hold


def test_a_node_adds_to_what_the_session_has(ray, add_node):
    before = ray.cluster_resources()
    node = add_node(num_cpus=2, num_gpus=1, resources={"slot": 3}, labels={"zone": "b"})
    after = ray.cluster_resources()
    assert [after[name] - before[name] for name in ("CPU", "GPU", "slot")] == [2, 1, 3]
    assert node.resources.items() >= {"CPU": 2.0, "GPU": 1.0, "slot": 3.0}.items()
    assert node.labels == {"zone": "b", "ray.io/node-id": node.node_id}
    cluster.remove_node(node)
    assert ray.cluster_resources() == before


def test_the_table_of_nodes_has_them_all(ray, add_node):
    node = add_node(labels={"zone": "b"})
    row = next(row for row in ray.nodes() if row["NodeID"] == node.node_id)
    assert row["Alive"]
    assert row["Labels"]["zone"] == "b"
    cluster.remove_node(node)
    row = next(row for row in ray.nodes() if row["NodeID"] == node.node_id)
    assert not row["Alive"]
    assert row["Resources"] == {}


def test_what_waits_for_room_starts_on_a_node_that_comes(ray, add_node, where):
    waiting = where.options(resources={"slot": 5}).remote()
    assert ray.wait([waiting], timeout=0.05) == ([], [waiting])
    node = add_node(resources={"slot": 5})
    assert ray.get(waiting) == node.node_id


def test_a_task_that_ran_on_a_removed_node_runs_again_elsewhere(ray, add_node, hold, tmp_path):
    node = add_node(resources={"tape": 1})
    started, gate = tmp_path / "started", tmp_path / "gate"
    task = hold.options(resources={"tape": 1}).remote(started, gate)
    wait_until(started.exists)
    other = add_node(resources={"tape": 1})
    started.unlink()
    cluster.remove_node(node)
    wait_until(started.exists)
    gate.touch()
    assert ray.get(task) == other.node_id


def test_a_task_that_must_not_run_twice_is_lost_with_its_node(ray, add_node, hold, tmp_path):
    node = add_node()
    started, gate = tmp_path / "started", tmp_path / "gate"
    here = On(node.node_id, soft=False)
    task = hold.options(max_retries=0, scheduling_strategy=here).remote(started, gate)
    wait_until(started.exists)
    cluster.remove_node(node)
    with pytest.raises(WorkerCrashedError, match=r"its node .* was removed"):
        ray.get(task)


def test_an_actor_ends_with_its_node(ray, add_node, resident_class):
    node = add_node()
    here = On(node.node_id, soft=True)
    resident = resident_class.options(scheduling_strategy=here).remote()
    assert ray.get(resident.where.remote()) == node.node_id
    cluster.remove_node(node)
    with pytest.raises(ActorDiedError, match=r"its node .* was removed"):
        ray.get(resident.where.remote())


def test_an_actor_that_may_restart_goes_elsewhere(ray, add_node, resident_class):
    node = add_node()
    here = On(node.node_id, soft=True)
    restarts = {"max_restarts": 1, "max_task_retries": 1}
    resident = resident_class.options(scheduling_strategy=here, **restarts).remote()
    assert ray.get(resident.where.remote()) == node.node_id
    assert ray.get(resident.count.remote()) == 1
    cluster.remove_node(node)
    assert ray.get(resident.where.remote()) == ray.nodes()[0]["NodeID"]
    assert ray.get(resident.count.remote()) == 1


def test_an_actor_that_must_be_on_the_node_has_no_place_any_more(ray, add_node, resident_class):
    node = add_node()
    here = On(node.node_id, soft=False)
    restarts = {"max_restarts": -1, "max_task_retries": -1}
    resident = resident_class.options(scheduling_strategy=here, **restarts).remote()
    assert ray.get(resident.where.remote()) == node.node_id
    cluster.remove_node(node)
    with pytest.raises(ActorUnschedulableError, match="doesn't exist any more"):
        ray.get(resident.where.remote())


def test_nothing_goes_to_a_node_that_is_gone(ray, add_node, where, resident_class):
    node = add_node()
    cluster.remove_node(node)
    here = On(node.node_id, soft=False)
    with pytest.raises(TaskUnschedulableError, match="doesn't exist any more"):
        ray.get(where.options(scheduling_strategy=here).remote())
    with pytest.raises(ActorUnschedulableError, match="doesn't exist any more"):
        ray.get(resident_class.options(scheduling_strategy=here).remote().where.remote())


def test_a_group_finds_room_elsewhere_for_the_bundles_it_has_lost(ray, add_node):
    node = add_node(resources={"tape": 1})
    group = placement_group([{"CPU": 1}, {"tape": 1}])
    assert group.wait(10)
    other = add_node(resources={"tape": 1})
    cluster.remove_node(node)
    wait_until(lambda: placement_group_table(group)["state"] == "CREATED")
    assert placement_group_table(group)["bundles_to_node_id"][1] == other.node_id
    remove_placement_group(group)


@pytest.mark.parametrize(
    ("strategy", "num_nodes"),
    [("PACK", 1), ("STRICT_PACK", 1), ("SPREAD", 2), ("STRICT_SPREAD", 2)],
)
def test_the_bundles_of_a_group_over_nodes(ray, add_node, strategy, num_nodes):
    add_node(num_cpus=2)
    group = placement_group([{"CPU": 1}, {"CPU": 1}], strategy=strategy)
    assert group.wait(10)
    assert len(set(placement_group_table(group)["bundles_to_node_id"].values())) == num_nodes
    remove_placement_group(group)


@pytest.mark.parametrize(("strategy", "is_made"), [("SPREAD", True), ("STRICT_SPREAD", False)])
def test_a_strict_group_waits_for_nodes_enough(ray, add_node, strategy, is_made):
    group = placement_group([{"CPU": 1}, {"CPU": 1}], strategy=strategy)
    assert group.wait(0.05) is is_made
    add_node(num_cpus=1)
    assert group.wait(10)
    remove_placement_group(group)


def test_a_bundle_goes_where_the_labels_are(ray, add_node):
    node = add_node(num_cpus=2, labels={"zone": "b"})
    group = placement_group([{"CPU": 1}, {"CPU": 1}], bundle_label_selector=[{"zone": "b"}, {}])
    assert group.wait(10)
    assert placement_group_table(group)["bundles_to_node_id"][0] == node.node_id
    remove_placement_group(group)


def test_labels_choose_among_the_bundles_of_a_group(ray, add_node, where):
    node = add_node(num_cpus=1, labels={"zone": "b"})
    group = placement_group([{"CPU": 1}, {"CPU": 1}], strategy="STRICT_SPREAD")
    assert group.wait(10)
    inside = PlacementGroupSchedulingStrategy(group)
    for zone, node_id in (("b", node.node_id), ("!b", ray.nodes()[0]["NodeID"])):
        task = where.options(scheduling_strategy=inside, label_selector={"zone": zone})
        assert ray.get(task.remote()) == node_id
    remove_placement_group(group)


def test_an_actor_is_placed_where_its_large_arguments_are(ray, add_node, resident_class):
    node = add_node(num_cpus=4)

    @ray.remote
    def large():
        return np.zeros(1 << 20)

    there = large.options(scheduling_strategy=On(node.node_id, soft=False)).remote()
    here, more_here = ray.put(np.zeros(1 << 19)), ray.put(np.zeros(1 << 20))
    resident = resident_class.remote(here, there)
    assert ray.get(resident.where.remote()) == node.node_id
    resident = resident_class.remote(here, there, more_here)
    assert ray.get(resident.where.remote()) == ray.nodes()[0]["NodeID"]


def test_an_object_outlives_the_node_it_was_made_on(ray, add_node):
    node = add_node()

    @ray.remote
    def large():
        return np.arange(1 << 20)

    ref = large.options(scheduling_strategy=On(node.node_id, soft=False)).remote()
    ray.wait([ref])
    cluster.remove_node(node)
    assert ray.get(ref).sum() == sum(range(1 << 20))


def test_a_node_that_cannot_be_removed(ray, add_node):
    node = add_node()
    cluster.remove_node(node)
    before = ray.cluster_resources()
    with pytest.raises(ValueError, match="was removed already"):
        cluster.remove_node(node)
    with pytest.raises(ValueError, match="was never there"):
        cluster.remove_node("ab" * 28)
    with pytest.raises(ValueError, match=r"the first one.*shutdown"):
        cluster.remove_node(cluster.nodes()[0])
    assert ray.cluster_resources() == before


def test_a_session_with_several_nodes_from_the_start(ray, mark):
    raylite.shutdown()
    with nothing_left(mark):
        raylite.init("local", nodes=[{"num_cpus": 2}, {"num_cpus": 1, "labels": {"zone": "b"}}])
        try:
            assert raylite.cluster_resources()["CPU"] == 3
            assert [node.labels.get("zone") for node in cluster.nodes()] == [None, "b"]
        finally:
            raylite.shutdown()
