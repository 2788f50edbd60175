"""What a worker makes of what it is told about its lease."""

import pytest

from raylite._core.common.call_options import RuntimeFacts
from raylite._core.common.ids import JobID, NodeID, PlacementGroupID, WorkerID
from raylite._core.common.scheduling_strategy import SchedulingStrategy
from raylite._core.core_worker.task_execution.assignment import Assignment
from raylite._core.rpc.peer_messages import LeaseContext

GROUP = PlacementGroupID("ab" * 18)
OTHER = PlacementGroupID("cd" * 18)
CAPTURES = SchedulingStrategy(group_id=GROUP, bundle_index=1, captures_children=True)
KEEPS_QUIET = SchedulingStrategy(group_id=GROUP)
FACTS = RuntimeFacts(
    job_id=JobID("01000000"),
    node_id=NodeID("0" * 56),
    worker_id=WorkerID("1" * 56),
    actor_id=None,
    actor_name=None,
    task_id=None,
    task_name=None,
    namespace="here",
    is_driver=False,
)


def working(strategy=None, gpu_ids=(), **environ):
    assignment = Assignment(environ)
    changed = LeaseContext(
        resources={"GPU": 1.0}, gpu_ids=gpu_ids, strategy=strategy or SchedulingStrategy()
    )
    assignment.change(changed)
    return assignment, environ


def test_an_ordinary_lease_is_one_cpu():
    environ: dict[str, str] = {}
    found = Assignment(environ).facts(FACTS)
    assert (found.assigned_resources, found.gpu_ids) == ({"CPU": 1.0}, ())
    assert found.strategy == SchedulingStrategy()
    assert environ == {}


def test_what_is_told_is_what_the_code_may_know():
    assignment, environ = working(CAPTURES, gpu_ids=(0, 2))
    found = assignment.facts(FACTS)
    assert (found.assigned_resources, found.gpu_ids) == ({"GPU": 1.0}, (0, 2))
    assert found.strategy == CAPTURES
    assert environ["CUDA_VISIBLE_DEVICES"] == "0,2"


def test_the_next_ordinary_lease_has_none_of_it():
    assignment, environ = working(CAPTURES, gpu_ids=(0, 2))
    assignment.change(None)
    assert assignment.facts(FACTS) == Assignment({}).facts(FACTS)
    assert environ == {}


def test_gpus_have_the_names_they_were_given_before():
    assignment, environ = working(gpu_ids=(1,), CUDA_VISIBLE_DEVICES="3,7")
    assert assignment.gpu_ids() == ("7",)
    assert environ["CUDA_VISIBLE_DEVICES"] == "7"
    assignment.change(None)
    assert assignment.gpu_ids() == ()
    assert environ["CUDA_VISIBLE_DEVICES"] == "3,7"


def test_more_gpus_than_names_are_all_of_them():
    assignment, _ = working(gpu_ids=(2,), CUDA_VISIBLE_DEVICES="3,7")
    assert assignment.gpu_ids() == ("3", "7")


def test_whoever_wants_no_gpus_hidden_from_those_without():
    _, environ = working(RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO="1")
    assert environ["CUDA_VISIBLE_DEVICES"] == ""
    environ = {"RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "true"}
    Assignment(environ)
    assert environ["CUDA_VISIBLE_DEVICES"] == ""


def test_whoever_sets_the_variable_himself_is_left_alone():
    assignment, environ = working(gpu_ids=(1,), RAY_EXPERIMENTAL_NOSET_CUDA_VISIBLE_DEVICES="1")
    assert assignment.gpu_ids() == (1,)
    assert "CUDA_VISIBLE_DEVICES" not in environ


@pytest.mark.parametrize("said", [None, SchedulingStrategy(labels=(("zone", "b"),))])
def test_children_go_into_a_group_that_captures(said):
    assignment, _ = working(CAPTURES)
    found = assignment.place_of_child(said, joins_group=None)
    labels = said.labels if said else ()
    assert found == SchedulingStrategy(group_id=GROUP, captures_children=True, labels=labels)


@pytest.mark.parametrize(("own", "joins"), [(CAPTURES, False), (KEEPS_QUIET, None), (None, True)])
def test_children_go_elsewhere(own, joins):
    assignment, _ = working(own)
    assert assignment.place_of_child(None, joins_group=joins) is None


def test_children_go_into_the_callers_group_if_they_ask():
    assignment, _ = working(KEEPS_QUIET)
    found = assignment.place_of_child(None, joins_group=True)
    assert found == SchedulingStrategy(group_id=GROUP, captures_children=True)


def test_a_child_in_a_group_of_its_own_captures_as_its_caller_does():
    own = SchedulingStrategy(group_id=OTHER, bundle_index=2)
    found = working(CAPTURES)[0].place_of_child(own, joins_group=None)
    assert found == own.replaced(captures_children=True)
    assert working(KEEPS_QUIET)[0].place_of_child(own, joins_group=None) == own
