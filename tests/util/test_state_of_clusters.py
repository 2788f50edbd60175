# mypy: ignore-errors
# A type checker does not follow a decorator that makes something else of a class.
"""Placement groups, jobs, nodes and drivers as tables."""

import json
import shlex
import sys

import pytest

import raylite
from raylite.util import placement_group, remove_placement_group
from raylite.util.scheduling_strategies import PlacementGroupSchedulingStrategy
from raylite.util.state import (
    get_actor,
    get_job,
    get_node,
    get_placement_group,
    list_jobs,
    list_nodes,
    list_placement_groups,
    list_workers,
)


@raylite.remote
class Resident:
    def ready(self):
        return raylite.get_runtime_context().get_placement_group_id()


@pytest.fixture
def group(ray):
    made = placement_group([{"CPU": 1}, {"CPU": 0.5}], name="flat", strategy="PACK")
    ray.get(made.ready())
    yield made
    remove_placement_group(made)


def test_a_placement_group_is_a_row(ray, group):
    (brief,) = list_placement_groups(filters=[("name", "=", "flat"), ("state", "=", "CREATED")])
    assert (brief.placement_group_id, brief.bundles) == (group.id.hex(), None)
    assert brief.creator_job_id == ray.get_runtime_context().get_job_id()
    full = get_placement_group(group.id.hex())
    assert [bundle["unit_resources"] for bundle in full.bundles] == [{"CPU": 1.0}, {"CPU": 0.5}]
    node_id = ray.get_runtime_context().get_node_id()
    assert [bundle["node_id"] for bundle in full.bundles] == [node_id, node_id]
    assert [bundle["bundle_id"]["bundle_index"] for bundle in full.bundles] == [0, 1]
    assert full.stats["scheduling_state"] == "FINISHED"
    assert full.is_detached is False


def test_a_group_that_waits_or_is_removed_is_a_row_too(ray):
    group = placement_group([{"CPU": 4}, {"CPU": 4}], name="too large")
    assert get_placement_group(group.id.hex()).state == "PENDING"
    assert get_placement_group(group.id.hex()).bundles[0]["node_id"] is None
    remove_placement_group(group)
    assert get_placement_group(group.id.hex()).state == "REMOVED"


def test_an_actor_knows_its_group_and_its_environment(ray, group):
    strategy = PlacementGroupSchedulingStrategy(group)
    resident = Resident.options(
        scheduling_strategy=strategy, num_cpus=0.5, runtime_env={"env_vars": {"A": "1"}}
    ).remote()
    assert ray.get(resident.ready.remote()) == group.id.hex()
    row = get_actor(resident._actor_id.hex())
    assert row.placement_group_id == group.id.hex()
    assert json.loads(row.serialized_runtime_env) == {"env_vars": {"A": "1"}}
    outside = Resident.remote()
    ray.get(outside.ready.remote())
    assert get_actor(outside._actor_id.hex()).placement_group_id is None


def test_a_session_has_one_job_and_its_driver(ray):
    (job,) = list_jobs(detail=True)
    assert (job.job_id, job.type, job.status) == ("01000000", "DRIVER", "RUNNING")
    (driver,) = list_workers(filters=[("worker_type", "=", "DRIVER")])
    assert job.driver_info["pid"] == str(driver.pid)
    assert driver.worker_id == ray.get_runtime_context().get_worker_id()
    assert job.entrypoint == shlex.join(sys.orig_argv)
    assert job.start_time > 0
    assert get_job("01000000") == job


def test_a_node_has_its_labels_and_its_resources(ray):
    (node,) = list_nodes(filters=[("is_head_node", "=", True)])
    (same,) = [row for row in ray.nodes() if row["NodeID"] == node.node_id]
    assert same["Resources"] == node.resources_total
    assert same["Labels"] == node.labels
    assert node.labels["ray.io/node-id"] == node.node_id
    assert get_node(node.node_id).end_time_ms == 0
    ports = {name: value for name, value in same.items() if name.endswith("Port")}
    assert set(ports.values()) == {-1}
    assert (same["Alive"], same["alive"], same["DeathReasonMessage"]) == (True, True, "")
