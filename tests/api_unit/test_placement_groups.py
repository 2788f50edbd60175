# mypy: disable-error-code="arg-type,attr-defined"
# Wrong arguments are what is tested, and ray.util is loaded when it is asked for.
"""Placement groups and virtual nodes in front of an engine that only takes notes."""

import pytest

import raylite as ray
from raylite import cluster
from raylite._core.common.placement_group_spec import PlacementStrategy
from raylite._core.common.public_ids import PlacementGroupID
from raylite._core.common.scheduling_strategy import SchedulingStrategy
from raylite._init_options import check_init
from raylite._nodes import with_nodes
from raylite.util.placement_group import (
    PlacementGroup,
    get_current_placement_group,
    get_placement_group,
    placement_group,
    placement_group_table,
    remove_placement_group,
)

pytestmark = pytest.mark.usefixtures("engine")
NODE = "ab" * 28


def the_group(engine):
    [group] = engine.groups.values()
    return group


def test_the_module_and_the_function_of_the_same_name():
    assert ray.util.placement_group is placement_group
    assert ray.util.remove_placement_group is remove_placement_group


def test_a_group_is_told_to_the_engine(engine):
    group = placement_group(
        [{"CPU": 1}, {"GPU": 0.5, "CPU": 2}],
        strategy="SPREAD",
        name="pair",
        lifetime="detached",
        bundle_label_selector=[{"zone": "b"}, {}],
    )
    bundles, strategy, name, detached, target = the_group(engine)
    assert [bundle.resources.to_dict() for bundle in bundles] == group.bundle_specs
    assert [bundle.labels for bundle in bundles] == [(("zone", "b"),), ()]
    assert (strategy, name, detached, target) == (PlacementStrategy.SPREAD, "pair", True, None)
    assert group.bundle_specs == [{"CPU": 1.0}, {"GPU": 0.5, "CPU": 2.0}]
    assert group.bundle_count == 2


def test_a_group_packs_if_nothing_is_said(engine):
    placement_group([{"CPU": 1}])
    assert the_group(engine)[1] is PlacementStrategy.PACK


def test_the_node_a_group_would_like_best(engine):
    placement_group([{"CPU": 1}], strategy="STRICT_PACK", _soft_target_node_id=NODE)
    assert the_group(engine)[4] == NODE


def test_a_topology_of_nodes_alone(engine):
    placement_group([{"CPU": 1}], topology_strategy={"ray.io/node-id": "STRICT_SPREAD"})
    assert the_group(engine)[1] is PlacementStrategy.STRICT_SPREAD


@pytest.mark.parametrize(
    "bundles",
    [
        *([], None, "CPU", {}, ({"CPU": 1},), [{}], [{"CPU": 0}], [{"CPU": -1}], [{"CPU": "1"}]),
        *([{1: 1}], ["CPU"], [{"CPU": 0.00001}], [{"CPU": float("nan")}], [{"CPU": 1}, {}]),
        [{"CPU": float("inf")}],
    ],
    ids=repr,
)
def test_bundles_that_cannot_be_reserved(engine, bundles):
    with pytest.raises(ValueError, match="undle"):
        placement_group(bundles)
    assert not engine.groups


@pytest.mark.parametrize(
    ("keywords", "error"),
    [
        ({"strategy": "pack"}, ValueError),
        ({"strategy": 3}, ValueError),
        ({"lifetime": "long"}, ValueError),
        ({"lifetime": "non_detached"}, ValueError),
        ({"name": 3}, TypeError),
        ({"name": None}, TypeError),
        ({"_soft_target_node_id": NODE}, ValueError),
        ({"_soft_target_node_id": "x", "strategy": "STRICT_PACK"}, ValueError),
        ({"bundle_label_selector": []}, ValueError),
        ({"bundle_label_selector": {"zone": "b"}}, ValueError),
        ({"bundle_label_selector": [{"zone": 3}]}, ValueError),
        ({"bundle_label_selector": [{"zone": "--"}]}, ValueError),
        ({"topology_strategy": {"rack": "STRICT_PACK"}}, ValueError),
        ({"topology_strategy": {}, "strategy": "PACK"}, ValueError),
    ],
    ids=str,
)
def test_a_wrong_keyword_of_a_group(engine, keywords, error):
    with pytest.raises(error, match=r"."):
        placement_group([{"CPU": 1}], **keywords)
    assert not engine.groups


def test_a_handle_asks_for_bundles_it_does_not_know():
    known = placement_group([{"CPU": 1}], name="one")
    found = get_placement_group("one")
    assert found == known
    assert found.bundle_specs == [{"CPU": 1.0}]


def test_ready_gives_the_group_and_wait_says_so():
    group = placement_group([{"CPU": 1}])
    assert ray.get(group.ready()) == group
    assert group.wait(1)
    assert not group.wait(-1)


def test_wait_for_what_is_no_number():
    with pytest.raises(TypeError, match="seconds"):
        placement_group([{"CPU": 1}]).wait("soon")


def test_a_group_that_is_gone():
    group = placement_group([{"CPU": 1}])
    remove_placement_group(group)
    remove_placement_group(group)
    with pytest.raises(Exception, match="does not exist"):
        group.wait(1)
    assert placement_group_table(group) == {}


def test_the_empty_handle():
    empty = PlacementGroup.empty()
    assert empty.is_empty
    assert (empty.bundle_specs, empty.bundle_count) == ([], 0)
    assert not empty.wait(0)
    assert ray.get(empty.ready()) is empty
    remove_placement_group(empty)


def test_handles_are_equal_by_id():
    first, second = (PlacementGroup(PlacementGroupID(bytes([n]) * 18)) for n in (1, 2))
    assert first == PlacementGroup(first.id, [])
    assert first != second
    assert first != first.id.hex()
    assert repr(first) == f"PlacementGroup({first.id.hex()})"


def test_the_table_of_one_and_of_all():
    group = placement_group([{"CPU": 1}])
    row = placement_group_table(group)
    assert row["bundles"] == {0: {"CPU": 1.0}}
    assert placement_group_table() == {group.id.hex(): row}


@pytest.mark.parametrize(("name", "error"), [("", ValueError), ("x", ValueError), (3, TypeError)])
def test_a_group_that_cannot_be_found(name, error):
    with pytest.raises(error, match=repr(name)):
        get_placement_group(name)


def test_what_is_no_group_cannot_be_removed():
    with pytest.raises(AssertionError, match="no group"):
        remove_placement_group(None)
    for function in (remove_placement_group, placement_group_table):
        with pytest.raises(AttributeError, match="no placement group"):
            function("x")


def test_the_callers_group(engine):
    assert get_current_placement_group() is None
    engine.strategy = SchedulingStrategy(group_id="ab" * 18)
    assert get_current_placement_group() == PlacementGroup(PlacementGroupID.from_hex("ab" * 18))


def test_the_callers_gpus(engine):
    assert ray.get_gpu_ids() == []
    engine.gpu_ids = (1, 3)
    assert ray.get_gpu_ids() == [1, 3]


def test_a_node_is_told_to_the_engine(engine):
    node = cluster.add_node(num_cpus=2, num_gpus=1, resources={"slot": 3}, labels={"zone": "b"})
    total = {"CPU": 2, "GPU": 1, "slot": 3.0}
    assert engine.added_nodes == {node.node_id: (total, {"zone": "b"})}
    assert (node.resources, node.labels) == (total, {"zone": "b"})
    assert cluster.nodes() == [node]
    cluster.remove_node(node)
    assert not engine.added_nodes


@pytest.mark.parametrize(
    ("keywords", "error"),
    [
        ({"num_cpus": -1}, ValueError),
        ({"num_cpus": "two"}, TypeError),
        ({"num_gpus": 0.5}, ValueError),
        ({"resources": ["slot"]}, TypeError),
        ({"resources": {"CPU": 1}}, ValueError),
        ({"labels": ["zone"]}, TypeError),
        ({"labels": {"zone": 3}}, TypeError),
        ({"labels": {"zone": "--"}}, ValueError),
    ],
    ids=str,
)
def test_a_node_that_cannot_be(engine, keywords, error):
    with pytest.raises(error, match=r"."):
        cluster.add_node(**keywords)
    assert not engine.added_nodes


@pytest.mark.parametrize(("node", "error"), [(3, TypeError), (None, TypeError), ("x", ValueError)])
def test_what_is_no_node_cannot_be_removed(node, error):
    with pytest.raises(error, match="remove_node"):
        cluster.remove_node(node)


def config_of(nodes=None, labels=None, memory=None, **keywords):
    plain = dict.fromkeys(
        ("address", "num_cpus", "num_gpus", "resources", "object_store_memory", "namespace",
         "log_to_driver", "logging_level", "runtime_env")
    )  # fmt: skip
    config = check_init(**{**plain, "engine": "processes", **keywords})
    return with_nodes(config, nodes, labels, memory)


def test_init_with_several_nodes():
    config = config_of([{"num_cpus": 2, "labels": {"zone": "a"}}, {"num_gpus": 1}])
    assert (config.num_cpus, config.labels) == (2, {"zone": "a"})
    [other] = config.further_nodes
    assert other.total() == {"CPU": 1, "GPU": 1}


def test_init_with_labels_and_memory():
    config = config_of(labels={"zone": "a"}, memory=1000)
    assert (config.labels, config.memory) == ({"zone": "a"}, 1000)
    assert {"labels", "_memory"} <= set(config.of_new_session)


@pytest.mark.parametrize(
    ("keywords", "error"),
    [
        ({"nodes": []}, ValueError),
        ({"nodes": 3}, TypeError),
        ({"nodes": [2]}, TypeError),
        ({"nodes": [{"cpus": 2}]}, ValueError),
        ({"nodes": [{"num_cpus": 2}], "num_cpus": 2}, ValueError),
        ({"nodes": [{"num_cpus": 2}], "labels": {"zone": "a"}}, ValueError),
        ({"labels": {"zone": "--"}}, ValueError),
        ({"memory": -1}, ValueError),
        ({"memory": "much"}, TypeError),
    ],
    ids=str,
)
def test_init_with_nodes_that_cannot_be(keywords, error):
    with pytest.raises(error, match=r"."):
        config_of(**keywords)


def test_no_more_gpus_than_cuda_shows(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,7")
    assert config_of(num_gpus=2).num_gpus == 2
    for keywords in ({"num_gpus": 3}, {"nodes": [{"num_gpus": 3}]}):
        with pytest.raises(ValueError, match="CUDA_VISIBLE_DEVICES"):
            config_of(**keywords)
