# mypy: ignore-errors
# Most of it is wrong on purpose, and a type checker does not follow a decorator that makes
# something else of a class.
"""What there is in a session."""

import os
import signal
from typing import Any

import pytest

import raylite
from raylite import _engine
from raylite.util import list_named_actors, state
from raylite.util.state import (
    RayStateApiException,
    get_actor,
    get_job,
    get_node,
    get_objects,
    get_placement_group,
    get_task,
    get_worker,
    list_actors,
    list_nodes,
    list_tasks,
    list_workers,
    summarize_actors,
    summarize_tasks,
)
from tests.processes import wait_until


@raylite.remote
class Clock:
    def tick(self):
        return os.getpid()

    def behind(self, gate):
        wait_until(gate.exists)


@raylite.remote
def behind(gate):
    wait_until(gate.exists)


@raylite.remote
def fail():
    raise ValueError


def new_clock():
    """A living actor and its process. Of the tests before, only dead ones are left."""
    clock = Clock.remote()
    return clock, raylite.get(clock.tick.remote())


def test_an_actor_is_a_row(ray):
    handle, pid = new_clock()
    (row,) = list_actors(filters=[("state", "=", "ALIVE")])
    assert (row.actor_id, row.class_name, row.pid) == (handle._actor_id.hex(), "Clock", pid)
    assert (row["state"], row.get("name"), row.get("colour", "none")) == ("ALIVE", "", "none")
    assert row.asdict()["job_id"] == raylite.get_runtime_context().get_job_id()


def test_details_are_there_when_asked_for(ray):
    handle, _pid = new_clock()
    (brief,) = list_actors(filters=[("state", "=", "ALIVE")])
    (full,) = list_actors(filters=[("state", "=", "ALIVE")], detail=True)
    assert (brief.num_restarts, brief.is_detached) == (None, None)
    assert (full.num_restarts, full.is_detached) == (0, False)
    assert get_actor(handle._actor_id.hex()) == full
    assert get_actor("0" * 32) is None


def test_a_dead_actor_says_why(ray):
    handle, pid = new_clock()
    actor_id = handle._actor_id.hex()
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: get_actor(actor_id).state == "DEAD")
    cause = get_actor(actor_id).death_cause["actor_died_error_context"]
    assert "SIGKILL" in cause["error_message"]
    assert (cause["class_name"], cause["actor_id"], cause["pid"]) == ("Clock", actor_id, pid)


@pytest.mark.parametrize(
    ("filters", "number"),
    [
        pytest.param([("state", "=", "alive")], 1, id="case"),
        pytest.param([("class_name", "=", "Clock"), ("state", "!=", "DEAD")], 1, id="both"),
        pytest.param([("state", "=", "ALIVE"), ("class_name", "!=", "Clock")], 0, id="none"),
        pytest.param([["pid", "!=", "-1"], ("state", "=", "ALIVE")], 1, id="list"),
        pytest.param([("repr_name", "=", "no such")], 0, id="detail"),
    ],
)
def test_filters_choose_rows(ray, filters, number):
    _handle, _pid = new_clock()
    assert len(list_actors(filters=filters)) == number


def test_a_filter_on_a_number_takes_a_text_as_well(ray):
    _handle, pid = new_clock()
    assert len(list_actors(filters=[("pid", "=", pid)])) == 1
    assert len(list_actors(filters=[("pid", "=", str(pid))])) == 1


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        pytest.param({"filters": [("pid", ">", 3)]}, ValueError, "predicate '>'", id="predicate"),
        pytest.param({"filters": [("state", "ALIVE")]}, ValueError, "triples", id="pair"),
        pytest.param({"filters": ("state", "=", "ALIVE")}, ValueError, "triples", id="bare"),
        pytest.param({"filters": "state=ALIVE"}, ValueError, "triples", id="text"),
        pytest.param({"filters": 3}, ValueError, "triples", id="number"),
        pytest.param({"filters": [("name", "=", None)]}, ValueError, "value", id="none"),
        pytest.param({"filters": [("a", "=", "b")]}, RayStateApiException, "'a'", id="field"),
        pytest.param(
            {"filters": [("num_restarts", "=", 0)]}, RayStateApiException, "filter", id="detail"
        ),
        pytest.param({"filters": [("pid", "=", "x")]}, RayStateApiException, "integer", id="int"),
        pytest.param(
            {"filters": [("state", "=", "ASLEEP")]}, RayStateApiException, "ALIVE", id="state"
        ),
        pytest.param({"limit": 10_001}, RayStateApiException, "10000", id="high"),
        pytest.param({"limit": -1}, RayStateApiException, "0 or more", id="low"),
        pytest.param({"limit": None}, ValueError, "whole number", id="no number"),
        pytest.param({"limit": 1.5}, ValueError, "whole number", id="fraction"),
    ],
)
def test_a_wrong_filter_or_limit_is_refused(ray, given, error, words):
    with pytest.raises(error, match=words):
        list_actors(**given)


def test_a_filter_on_a_truth_takes_what_a_command_line_knows(ray):
    _handle, _pid = new_clock()
    for value in (True, "True", "true", "1"):
        assert list_workers(filters=[("is_alive", "=", value)])
    with pytest.raises(RayStateApiException, match="true or false"):
        list_workers(filters=[("is_alive", "=", "yes")])


def test_an_id_that_is_none_is_refused(ray):
    for get in (get_actor, get_task, get_node):
        for wrong in ("ab", "zz", None, 3):
            with pytest.raises(RayStateApiException, match="is no id"):
                get(wrong)
    assert get_worker("ab") is get_job("ab") is get_placement_group("ab") is None
    assert get_objects("ab") == []


def test_without_a_session_there_is_no_state_and_none_is_started(monkeypatch):
    monkeypatch.setattr(_engine, "engine", None)
    with pytest.raises(ConnectionError, match="Could not find any running session"):
        list_actors()
    assert not raylite.is_initialized()


def test_what_raylite_leaves_out_says_what_to_use_instead():
    with pytest.raises(AttributeError, match="no get_log: what a worker prints"):
        state.get_log  # noqa: B018  # To look at it is the test.
    with pytest.raises(AttributeError, match="no attribute 'list_wishes'"):
        state.list_wishes  # noqa: B018  # As above.


def test_a_limit_cuts_the_list(ray):
    _handle, _pid = new_clock()
    ray.get(Clock.remote().tick.remote())
    assert len(list_actors(limit=1)) == 1
    assert list_actors(limit=0) == []


def test_tasks_are_seen_while_they_run_and_afterwards(ray, tmp_path):
    handle, pid = new_clock()
    gate = tmp_path / "open"
    task, call, failed = behind.remote(gate), handle.behind.remote(gate), fail.remote()
    wait_until(lambda: {state_of(task), state_of(call)} == {"RUNNING"})
    running = get_task(call)
    assert (running.name, running.type, running.worker_pid) == ("Clock.behind", "ACTOR_TASK", pid)
    gate.touch()
    wait_until(lambda: {state_of(task), state_of(call)} == {"FINISHED"})
    wait_until(lambda: state_of(failed) == "FAILED")
    ended = get_task(task.task_id().hex())
    assert (ended.name, ended.type, ended.actor_id) == ("behind", "NORMAL_TASK", None)
    assert ended.creation_time_ms <= ended.start_time_ms <= ended.end_time_ms
    assert get_task(failed).error_type == "TASK_EXECUTION_EXCEPTION"
    names = {row.name for row in list_tasks(filters=[("state", "=", "FINISHED")])}
    assert {"behind", "Clock.behind", "Clock.tick"} <= names


def state_of(ref):
    found = get_task(ref)
    return found and found.state


def test_summaries_count_states(ray):
    _handle, _pid = new_clock()
    wait_until(lambda: "Clock.tick" in summarize_tasks()["cluster"]["summary"])
    tasks = summarize_tasks()["cluster"]
    tick = tasks["summary"]["Clock.tick"]
    assert (tick["func_or_class_name"], tick["type"]) == ("Clock.tick", "ACTOR_TASK")
    assert tick["state_counts"]["FINISHED"] >= 1
    assert tasks["total_actor_tasks"] >= 1
    actors = summarize_actors()["cluster"]
    assert actors["summary"]["Clock"]["state_counts"]["ALIVE"] == 1
    assert actors["total_actors"] == sum(actors["summary"]["Clock"]["state_counts"].values())


def test_workers_and_nodes_are_rows(ray):
    _handle, pid = new_clock()
    (worker,) = list_workers(filters=[("pid", "=", pid)])
    assert worker.is_alive
    assert get_worker(worker.worker_id).pid == pid
    (node,) = list_nodes(detail=True)
    assert (node.state, node.is_head_node) == ("ALIVE", True)
    assert node.resources_total["CPU"] == 4
    assert get_node(node.node_id) == node
    assert worker.node_id == node.node_id


def test_a_notebook_shows_a_table_and_escapes_what_is_in_it(ray):
    odd: Any = raylite.remote(type("<b>Odd</b>", (Clock._ray_class,), {}))
    actor = odd.remote()
    ray.get(actor.tick.remote())
    shown = list_actors(filters=[("state", "=", "ALIVE")])._repr_html_()
    assert '<th scope="col"' in shown
    assert ">class_name</th>" in shown
    assert ">&lt;b&gt;Odd&lt;/b&gt;</td>" in shown
    assert "<b>Odd" not in shown


def test_named_actors_are_listed_by_namespace(ray):
    here = Clock.options(name="here").remote()
    there = Clock.options(name="there", namespace="elsewhere").remote()
    nameless = Clock.remote()
    assert list_named_actors() == ["here"]
    namespace = ray.get_runtime_context().namespace
    assert sorted(list_named_actors(all_namespaces=True), key=lambda row: row["name"]) == [
        {"name": "here", "namespace": namespace},
        {"name": "there", "namespace": "elsewhere"},
    ]
    del here, there, nameless
