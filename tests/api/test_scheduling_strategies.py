# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class.
"""Strategies: which of several nodes a task or an actor is put on."""

import pytest

import raylite
from raylite import cluster
from raylite.exceptions import ActorUnschedulableError, TaskUnschedulableError
from raylite.util.scheduling_strategies import (
    DoesNotExist,
    Exists,
    In,
    NodeAffinitySchedulingStrategy,
    NodeLabelSchedulingStrategy,
    NotIn,
)
from tests.conftest import nothing_left
from tests.processes import wait_until

NODES = [
    {"num_cpus": 2, "labels": {"zone": "a"}},
    {"num_cpus": 2, "labels": {"zone": "b", "disk": "fast"}},
    {"num_cpus": 2, "resources": {"slot": 2}},
]
NOWHERE = "ab" * 28


@pytest.fixture(scope="module")
def ray(mark):
    """raylite, in a session with three nodes."""
    with nothing_left(mark):
        raylite.init("local", nodes=NODES)
        yield raylite
        raylite.shutdown()


@pytest.fixture(autouse=True)
def _all_is_free_afterwards(ray):
    yield
    wait_until(lambda: ray.available_resources() == ray.cluster_resources())


@pytest.fixture(scope="module")
def ids(ray):
    return [node.node_id for node in cluster.nodes()]


@pytest.fixture
def where(ray, ids):
    @ray.remote
    def where():
        return ids.index(ray.get_runtime_context().get_node_id())

    return where


@pytest.fixture
def resident_class(ray, ids):
    @ray.remote
    class Resident:
        def where(self):
            return ids.index(ray.get_runtime_context().get_node_id())

    return Resident


@pytest.fixture
def hold(ray, ids):
    @ray.remote
    def hold(started, gate):
        started.touch()
        wait_until(gate.exists)
        return ids.index(ray.get_runtime_context().get_node_id())

    return hold


def nodes_of(ray, task, tmp_path, number):
    """The nodes on which as many tasks run at once."""
    gate = tmp_path / "gate"
    started = [tmp_path / f"started-{i}" for i in range(number)]
    tasks = [task.remote(one, gate) for one in started]
    wait_until(lambda: all(one.exists() for one in started))
    gate.touch()
    return ray.get(tasks)


def test_spread_takes_one_node_after_the_other(ray, where):
    spread = where.options(scheduling_strategy="SPREAD")
    found = [ray.get(spread.remote()) for _ in range(6)]
    assert sorted(found[:3]) == sorted(found[3:]) == [0, 1, 2]


def test_actors_are_spread_as_well(ray, resident_class):
    residents = [resident_class.options(scheduling_strategy="SPREAD").remote() for _ in range(3)]
    assert sorted(ray.get([one.where.remote() for one in residents])) == [0, 1, 2]


@pytest.mark.parametrize("strategy", ["DEFAULT", "SPREAD"])
def test_all_room_is_used(ray, hold, tmp_path, strategy):
    task = hold.options(scheduling_strategy=strategy)
    assert sorted(nodes_of(ray, task, tmp_path, 6)) == [0, 0, 1, 1, 2, 2]


def test_a_task_goes_to_the_node_that_is_named(ray, where, resident_class, ids):
    for number, node_id in enumerate(ids):
        there = NodeAffinitySchedulingStrategy(node_id, soft=False)
        assert ray.get(where.options(scheduling_strategy=there).remote()) == number
        resident = resident_class.options(scheduling_strategy=there).remote()
        assert ray.get(resident.where.remote()) == number


def test_a_busy_node_is_waited_for(ray, hold, where, ids, tmp_path):
    there = NodeAffinitySchedulingStrategy(ids[1], soft=True)
    started, gate = tmp_path / "started", tmp_path / "gate"
    busy = hold.options(num_cpus=2, scheduling_strategy=there).remote(started, gate)
    wait_until(started.exists)
    waiting = where.options(scheduling_strategy=there).remote()
    assert ray.wait([waiting], timeout=0.05) == ([], [waiting])
    spills = NodeAffinitySchedulingStrategy(ids[1], soft=True, _spill_on_unavailable=True)
    assert ray.get(where.options(scheduling_strategy=spills).remote()) != 1
    fails = NodeAffinitySchedulingStrategy(ids[1], soft=False, _fail_on_unavailable=True)
    with pytest.raises(TaskUnschedulableError, match="no room"):
        ray.get(where.options(scheduling_strategy=fails).remote())
    gate.touch()
    assert ray.get([busy, waiting]) == [1, 1]


@pytest.mark.parametrize("options", [{}, {"num_cpus": 3}], ids=["gone", "too small"])
def test_a_node_that_is_gone_or_too_small(ray, where, resident_class, ids, options):
    node_id = ids[1] if options else NOWHERE
    hard = NodeAffinitySchedulingStrategy(node_id, soft=False)
    with pytest.raises(TaskUnschedulableError, match="doesn't exist any more or is infeasible"):
        ray.get(where.options(scheduling_strategy=hard, **options).remote())
    resident = resident_class.options(scheduling_strategy=hard, **options).remote()
    with pytest.raises(ActorUnschedulableError, match="doesn't exist any more or is infeasible"):
        ray.get(resident.where.remote())


def test_another_node_will_do_if_the_wish_is_soft(ray, where, ids):
    gone = NodeAffinitySchedulingStrategy(NOWHERE, soft=True)
    assert ray.get(where.options(scheduling_strategy=gone).remote()) in {0, 1, 2}
    small = NodeAffinitySchedulingStrategy(ids[0], soft=True)
    task = where.options(resources={"slot": 1}, scheduling_strategy=small)
    assert ray.get(task.remote()) == 2


@pytest.mark.parametrize(
    ("selector", "nodes"),
    [
        ({"zone": "b"}, {1}),
        ({"zone": "!b"}, {0, 2}),
        ({"zone": "in(a,b)"}, {0, 1}),
        ({"zone": "!in(a, b)"}, {2}),
        ({"zone": "b", "disk": "fast"}, {1}),
        ({"zone": "!a", "disk": "!fast"}, {2}),
    ],
    ids=str,
)
def test_labels(ray, where, resident_class, selector, nodes):
    assert ray.get(where.options(label_selector=selector).remote()) in nodes
    assert ray.get(resident_class.options(label_selector=selector).remote().where.remote()) in nodes


def test_a_node_by_the_label_that_is_its_id(ray, where, ids):
    selector = {"ray.io/node-id": ids[2]}
    assert ray.get(where.options(label_selector=selector).remote()) == 2
    with pytest.raises(TaskUnschedulableError, match="label_selector"):
        ray.get(where.options(label_selector={"ray.io/node-id": NOWHERE}).remote())


def test_labels_to_fall_back_on(ray, where):
    fallbacks = [{"label_selector": {"zone": one}} for one in ("d", "b", "a")]
    task = where.options(label_selector={"zone": "c"}, fallback_strategy=fallbacks)
    assert ray.get(task.remote()) == 1


def test_labels_and_spread(ray, where):
    task = where.options(scheduling_strategy="SPREAD", label_selector={"zone": "in(a,b)"})
    assert sorted(ray.get(task.remote()) for _ in range(2)) == [0, 1]


@pytest.mark.parametrize(
    ("strategy", "nodes"),
    [
        (NodeLabelSchedulingStrategy({"zone": In("b", "c")}), {1}),
        (NodeLabelSchedulingStrategy({"zone": NotIn("a", "b")}), {2}),
        (NodeLabelSchedulingStrategy({"disk": Exists()}), {1}),
        (NodeLabelSchedulingStrategy({"zone": DoesNotExist()}), {2}),
        (NodeLabelSchedulingStrategy({}, soft={"disk": Exists()}), {1}),
        (NodeLabelSchedulingStrategy({"zone": In("a")}, soft={"disk": Exists()}), {0}),
    ],
)
def test_the_strategy_that_names_labels(ray, where, strategy, nodes):
    assert ray.get(where.options(scheduling_strategy=strategy).remote()) in nodes


def test_labels_that_no_node_has_are_said_once_and_waited_for(ray, caplog):
    @ray.remote
    def where():
        return ray.get_runtime_context().get_node_id()

    with caplog.at_level("WARNING", logger="raylite"):
        waiting = where.options(label_selector={"zone": "c"}).remote()
        assert ray.wait([waiting], timeout=0.05) == ([], [waiting])
    [said] = [record.message for record in caplog.records]
    assert "a node with the labels {'zone': 'c'}" in said
    assert "{'zone': 'b', 'disk': 'fast'}" in said
    node = cluster.add_node(labels={"zone": "c"})
    assert ray.get(waiting) == node.node_id
    cluster.remove_node(node)


def test_memory_is_asked_for_in_bytes(ray, where):
    there = ray.cluster_resources()["memory"]
    assert ray.get(where.options(memory=1000).remote()) in {0, 1, 2}
    held = where.options(memory=2 * there).remote()
    assert ray.wait([held], timeout=0.05) == ([], [held])
    ray.cancel(held)


def test_what_every_node_has(ray):
    total = ray.cluster_resources()
    assert total["node:127.0.0.1"] == 3
    assert total["node:__internal_head__"] == 1
    assert total["object_store_memory"] > 0
