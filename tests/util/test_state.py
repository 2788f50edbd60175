# mypy: disable-error-code="attr-defined, misc, operator, union-attr"
# A type checker does not follow a decorator that makes something else of a class.
"""What there is in a session."""

import os
import signal
from typing import Any

import pytest

import raylite
from raylite.util import list_named_actors
from raylite.util.state import (
    get_actor,
    get_node,
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
    assert (row.actor_id, row.class_name, row.pid) == (handle._actor_id, "Clock", pid)
    assert (row["state"], row.get("name"), row.get("colour", "none")) == ("ALIVE", "", "none")
    assert row.asdict()["job_id"] == raylite.get_runtime_context().get_job_id()


def test_details_are_there_when_asked_for(ray):
    handle, _pid = new_clock()
    (brief,) = list_actors(filters=[("state", "=", "ALIVE")])
    (full,) = list_actors(filters=[("state", "=", "ALIVE")], detail=True)
    assert (brief.num_restarts, brief.is_detached) == (None, None)
    assert (full.num_restarts, full.is_detached) == (0, False)
    assert get_actor(handle._actor_id) == full
    assert get_actor("0" * 32) is None


def test_a_dead_actor_says_why(ray):
    handle, pid = new_clock()
    actor_id = handle._actor_id
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: get_actor(actor_id).state == "DEAD")
    assert "SIGKILL" in get_actor(actor_id).death_cause


@pytest.mark.parametrize(
    ("filters", "number"),
    [
        pytest.param([("state", "=", "alive")], 1, id="case"),
        pytest.param([("class_name", "=", "Clock"), ("state", "!=", "DEAD")], 1, id="both"),
        pytest.param([("state", "=", "ALIVE"), ("class_name", "!=", "Clock")], 0, id="none"),
        pytest.param([("is_detached", "=", "True")], 0, id="detail"),
    ],
)
def test_filters_choose_rows(ray, filters, number):
    _handle, _pid = new_clock()
    assert len(list_actors(filters=filters)) == number


def test_a_filter_on_a_number_takes_a_text_as_well(ray):
    _handle, pid = new_clock()
    assert len(list_actors(filters=[("pid", "=", pid)])) == 1
    assert len(list_actors(filters=[("pid", "=", str(pid))])) == 1


def test_a_wrong_filter_or_limit_is_refused(ray):
    with pytest.raises(ValueError, match="predicate '>'"):
        list_actors(filters=[("pid", ">", 3)])
    with pytest.raises(ValueError, match="'colour'"):
        list_actors(filters=[("colour", "=", "red")])
    with pytest.raises(ValueError, match="10000"):
        list_actors(limit=10_001)


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
    ended = get_task(task.task_id())
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
    (node,) = list_nodes()
    assert (node.state, node.is_head_node) == ("ALIVE", True)
    assert node.resources_total["CPU"] == 4
    assert get_node(node.node_id) == node
    assert worker.node_id == node.node_id


def test_a_notebook_shows_a_table_and_escapes_what_is_in_it(ray):
    odd: Any = raylite.remote(type("<b>Odd</b>", (Clock._ray_class,), {}))
    actor = odd.remote()
    ray.get(actor.tick.remote())
    shown = list_actors(filters=[("state", "=", "ALIVE")])._repr_html_()
    assert "<th>class_name</th>" in shown
    assert "<td>&lt;b&gt;Odd&lt;/b&gt;</td>" in shown
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
