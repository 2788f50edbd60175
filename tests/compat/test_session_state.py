"""The tables of util.state, and the timeline."""

import json
import os

import pytest

from tests.compat.cases import different, module, raises, wait_until
from tests.compat.conftest import SHARED


class Clock:
    """Tells its process."""

    def tick(self):
        return os.getpid()


@pytest.fixture(scope="module")
def ray(sessions, runs_on):
    """A session with what Ray's tables need: its dashboard."""
    ray = sessions.none()
    with pytest.MonkeyPatch.context() as patch:
        on_ray = runs_on in {"ray", "on_ray"}
        ray.init(**SHARED | ({"include_dashboard": True} if on_ray else {}))
        if on_ray:
            # There may be other sessions on this machine.
            patch.setenv("RAY_ADDRESS", ray.get_runtime_context().gcs_address)
        yield ray
        sessions.none()


@pytest.fixture(scope="module")
def state(ray):
    return module(ray, "util.state")


@pytest.fixture
def clock(ray):
    clock = ray.remote(Clock).options(name="the clock").remote()
    yield clock, ray.get(clock.tick.remote())
    ray.kill(clock)


def soon(rows, number=1):
    """The rows, once there are so many: tables are filled a little later."""
    found: list = []

    def are_there():
        found[:] = rows()
        return len(found) >= number

    wait_until(are_there, 20)
    return found


def test_an_actor_is_a_row(ray, state, clock):
    handle, pid = clock
    (row,) = soon(
        lambda: state.list_actors(filters=[("name", "=", "the clock"), ("state", "=", "ALIVE")])
    )
    assert row.actor_id == handle._actor_id.hex()
    assert (row.class_name, row.pid, row["state"]) == ("Clock", pid, "ALIVE")
    assert row.job_id == ray.get_runtime_context().get_job_id()
    assert state.get_actor(row.actor_id).name == "the clock"


def test_a_dead_actor_stays_a_row(ray, state):
    clock = ray.remote(Clock).remote()
    ray.get(clock.tick.remote())
    actor_id = clock._actor_id.hex()
    ray.kill(clock)
    wait_until(lambda: state.get_actor(actor_id).state == "DEAD", 20)


def test_actors_are_summarized(state, clock):
    summary = state.summarize_actors()
    assert summary["cluster"]["summary"]["Clock"]["state_counts"]["ALIVE"] >= 1


def test_tasks_are_rows(ray, state):
    @ray.remote
    def listed():
        return 1

    ray.get([listed.remote() for _ in range(2)])
    rows = soon(
        lambda: state.list_tasks(filters=[("name", "=", "listed"), ("state", "=", "FINISHED")]), 2
    )
    assert {row.type for row in rows} == {"NORMAL_TASK"}
    assert {row.func_or_class_name for row in rows} == {"listed"}


def test_a_failed_task_says_why(ray, state):
    @ray.remote
    def failing():
        raise ValueError("v")

    with raises(ValueError):
        ray.get(failing.remote())
    (row,) = soon(
        lambda: state.list_tasks(filters=[("name", "=", "failing"), ("state", "=", "FAILED")])
    )
    assert row.error_type == "TASK_EXECUTION_EXCEPTION"


def test_calls_are_tasks_too(state, clock):
    (row,) = soon(
        lambda: state.list_tasks(
            filters=[("name", "=", "Clock.tick"), ("actor_id", "=", clock[0]._actor_id.hex())]
        )
    )
    assert row.type == "ACTOR_TASK"


def test_tasks_are_summarized(ray, state):
    @ray.remote
    def summed():
        return 1

    ray.get([summed.remote() for _ in range(3)])

    def finished():
        tasks = state.summarize_tasks()["cluster"]["summary"]
        return tasks.get("summed", {"state_counts": {}})["state_counts"].get("FINISHED")

    wait_until(lambda: finished() == 3, 20)


def test_nodes_and_workers_are_rows(ray, state, clock):
    (node,) = state.list_nodes()
    assert node.node_id == ray.get_runtime_context().get_node_id()
    assert (node.state, node.is_head_node, node.resources_total["CPU"]) == ("ALIVE", True, 4)
    # Ray takes what the filter leaves out for missing.
    living = state.list_workers(filters=[("is_alive", "=", True)], raise_on_missing_output=False)
    assert clock[1] in {worker.pid for worker in living}


def test_objects_are_rows(ray, state):
    ref = ray.put("listed")
    rows = soon(lambda: state.list_objects(filters=[("object_id", "=", ref.hex())]))
    assert {row.reference_type for row in rows} & {"LOCAL_REFERENCE", "PINNED_IN_MEMORY"}


def test_placement_groups_are_rows(ray, state):
    groups = module(ray, "util.placement_group")
    group = groups.placement_group([{"CPU": 1}], name="listed")
    group.wait(20)
    (row,) = soon(lambda: state.list_placement_groups(filters=[("name", "=", "listed")]))
    assert (row.placement_group_id, row.state) == (group.id.hex(), "CREATED")
    groups.remove_placement_group(group)


def test_rows_that_are_not_meant(state, clock):
    assert state.list_actors(filters=[("state", "=", "RESTARTING")]) == []
    alive = state.list_actors(filters=[("state", "!=", "DEAD")])
    assert {row.state for row in alive} == {"ALIVE"}
    assert len(state.list_actors(limit=1)) == 1


def test_wrong_questions(ray, state):
    wrong = module(ray, "util.state.exception").RayStateApiException
    with raises(wrong):
        state.list_actors(limit=-1)
    with raises(wrong, words="column"):
        state.list_actors(filters=[("colour", "=", "red")])
    with raises(wrong, words="integer"):
        state.list_workers(filters=[("pid", "=", "red")])
    with raises(ValueError):
        state.list_actors(filters=[("state", "<", "ALIVE")])


def test_the_timeline(ray, tmp_path):
    @ray.remote
    def timed():
        return 1

    ray.get(timed.remote())
    wait_until(lambda: any("timed" in event["name"] for event in ray.timeline()), 20)
    ray.timeline(filename=str(tmp_path / "trace.json"))
    events = json.loads((tmp_path / "trace.json").read_text())
    assert {"name", "cat", "ph", "ts", "pid", "tid"} <= set(events[-1])


@different(
    ray="A malformed filter is a pydantic.ValidationError, which is a ValueError.",
    raylite="It is a ValueError, with an example of how filters are written.",
    why="raylite does without pydantic.",
)
@pytest.mark.parametrize("filters", ["state", ["state"], [("state", "=")]], ids=str)
def test_a_malformed_filter(state, engine, filters):
    with raises(ValueError) as caught:
        state.list_actors(filters=filters)
    assert (type(caught.value).__name__ == "ValidationError") == (engine == "ray")
