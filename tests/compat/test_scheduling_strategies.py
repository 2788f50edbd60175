"""Scheduling strategies, on the one node there is."""

import pytest

from tests.compat.cases import different, module, raises


@pytest.fixture
def strategies(ray):
    return module(ray, "util.scheduling_strategies")


@pytest.fixture
def where(ray):
    @ray.remote
    def where():
        return ray.get_runtime_context().get_node_id()

    return where


@pytest.fixture
def here(ray):
    return ray.get_runtime_context().get_node_id()


@pytest.mark.parametrize("name", ["DEFAULT", "SPREAD"])
def test_strategies_by_name(ray, where, here, name):
    assert ray.get(where.options(scheduling_strategy=name).remote()) == here


def test_affinity_to_a_node(ray, where, here, strategies):
    for soft in (False, True):
        strategy = strategies.NodeAffinitySchedulingStrategy(node_id=here, soft=soft)
        assert ray.get(where.options(scheduling_strategy=strategy).remote()) == here


def test_hard_affinity_to_a_node_that_is_not_there(ray, where, strategies):
    strategy = strategies.NodeAffinitySchedulingStrategy(node_id="ab" * 28, soft=False)
    with raises(ray.exceptions.TaskUnschedulableError, ray.exceptions.RayError, words="node"):
        ray.get(where.options(scheduling_strategy=strategy).remote())


def test_hard_affinity_of_an_actor_to_a_node_that_is_not_there(ray, strategies):
    @ray.remote
    class Worker:
        def ping(self):
            return "pong"

    strategy = strategies.NodeAffinitySchedulingStrategy(node_id="ab" * 28, soft=False)
    worker = Worker.options(scheduling_strategy=strategy).remote()
    with raises(ray.exceptions.ActorUnschedulableError, ray.exceptions.RayError, words="node"):
        ray.get(worker.ping.remote())


def test_soft_affinity_to_a_node_that_is_not_there(ray, where, here, strategies):
    strategy = strategies.NodeAffinitySchedulingStrategy(node_id="ab" * 28, soft=True)
    assert ray.get(where.options(scheduling_strategy=strategy).remote()) == here


def test_an_unknown_strategy(ray, where):
    with raises(ValueError, words=("scheduling_strategy", "RANDOM", "SPREAD")):
        where.options(scheduling_strategy="RANDOM").remote()


def test_a_strategy_of_a_wrong_type(ray, where):
    with raises(TypeError, words="scheduling_strategy"):
        where.options(scheduling_strategy=5).remote()


def test_a_group_and_a_strategy_together(ray, where):
    groups = module(ray, "util.placement_group")
    group = groups.placement_group([{"CPU": 1}])
    group.wait(30)
    with raises(ValueError, words=("placement_group", "scheduling_strategy")):
        where.options(scheduling_strategy="SPREAD", placement_group=group).remote()
    groups.remove_placement_group(group)


def test_a_label_that_no_node_has(ray, where):
    ref = where.options(label_selector={"nobody": "has-this"}).remote()
    with raises(ray.exceptions.GetTimeoutError):
        ray.get(ref, timeout=0.3)
    ray.cancel(ref)


@pytest.mark.parametrize("selector", ["label", {"key": 1}, {"key": "in("}], ids=str)
def test_a_wrong_label_selector(ray, where, selector):
    with raises(ValueError if selector == {"key": "in("} else TypeError):
        where.options(label_selector=selector).remote()


@different(
    ray="A label selector `(a,b)`, which lacks its `in`, is taken, and the task waits.",
    raylite="It is a ValueError that shows how selectors are written.",
    why="No label has brackets in it, so that no node would ever fit.",
)
def test_a_list_of_labels_without_in(ray, engine, where):
    selector = {"zone": "(a,b)"}
    if engine == "ray":
        ref = where.options(label_selector=selector).remote()
        assert ray.wait([ref], timeout=0.5)[0] == []
        ray.cancel(ref)
    else:
        with raises(ValueError, words="in(v,w)"):
            where.options(label_selector=selector).remote()
