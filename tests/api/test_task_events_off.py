"""A session without the events of tasks: all works as ever, and views say what they cannot show."""

import subprocess
import sys
from typing import Any

import pytest

import raylite
from raylite import _engine
from raylite._core.common.events import (
    LeaseStateChanged,
    MessageSent,
    ObjectSealed,
    PendingCallsChanged,
    TaskStateChanged,
)
from raylite._core.node.head_config import wants_task_events
from raylite.util.state import list_tasks
from tests.conftest import nothing_left
from tests.processes import wait_until


@pytest.fixture
def session(mark, monkeypatch):
    monkeypatch.setenv("RAYLITE_TASK_EVENTS", "0")
    with nothing_left(mark):
        raylite.init(num_cpus=2, log_to_driver=False)
        try:
            yield raylite
        finally:
            raylite.shutdown()


@raylite.remote
def double(number):
    return number * 2


class PlainGate:
    def __init__(self):
        self.is_open = False

    def open(self):
        self.is_open = True

    def wait(self):
        while not self.is_open:
            pass

    def nest(self, number):
        return raylite.get(double.remote(number))


Gate: Any = raylite.remote(PlainGate)


def logged_task_events():
    return [event for event in _engine.current().events() if hasattr(event, "task_id")]


def test_calls_work_and_nothing_is_kept_of_them(session):
    gate = Gate.remote()
    assert session.get([double.remote(1), gate.nest.remote(2)]) == [2, 4]
    assert logged_task_events() == []


def test_messages_and_objects_are_not_told_either_though_somebody_watches(session):
    kinds: list[type] = []
    end = _engine.current().subscribe(
        lambda batch: kinds.extend(map(type, batch.events)), with_history=True
    )
    session.get(double.remote(session.put(bytearray(1_000_000))))
    wait_until(lambda: LeaseStateChanged in kinds)
    end()
    assert not {MessageSent, ObjectSealed, PendingCallsChanged, TaskStateChanged} & set(kinds)


def test_a_call_that_takes_its_time_is_not_told_either(session):
    gate = Gate.options(max_concurrency=2).remote()
    waiting = gate.wait.remote()
    # Its process answers from the thread that would have told.
    wait_until(lambda: "PlainGate.wait" in [task.name for task in list_tasks()])
    session.get(gate.open.remote())
    session.get(waiting)
    assert logged_task_events() == []


def test_the_table_of_tasks_says_what_it_cannot_show(session, caplog):
    session.get(double.remote(1))
    assert list_tasks() == []
    assert "the table of tasks shows no calls that have ended" in caplog.text
    assert "RAYLITE_TASK_EVENTS=0" in caplog.text


def test_the_timeline_says_what_it_cannot_show(session, caplog):
    gate = Gate.remote()
    session.get(gate.open.remote())
    names = {event["name"] for event in session.timeline()}
    assert "PlainGate.__init__" in names
    assert "PlainGate.open" not in names
    assert "the timeline shows no calls that have ended" in caplog.text


def test_by_default_nothing_is_said(mark, caplog):
    with nothing_left(mark):
        raylite.init(num_cpus=1, log_to_driver=False)
        try:
            raylite.get(double.remote(1))
            assert [task.name for task in list_tasks()] == ["double"]
        finally:
            raylite.shutdown()
    assert "shows no calls" not in caplog.text


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, True),
        ({"RAYLITE_TASK_EVENTS": "0"}, False),
        ({"RAYLITE_TASK_EVENTS": "1"}, True),
        ({"RAYLITE_TASK_EVENTS": ""}, True),
        ({"RAY_task_events_report_interval_ms": "0"}, False),
        ({"RAY_task_events_report_interval_ms": "1000"}, True),
        ({"RAYLITE_TASK_EVENTS": "1", "RAY_task_events_report_interval_ms": "0"}, True),
    ],
)
def test_the_environment_decides_and_rays_variable_is_understood(variables, expected, monkeypatch):
    for name in ("RAYLITE_TASK_EVENTS", "RAY_task_events_report_interval_ms"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert wants_task_events() is expected


def test_another_value_is_refused_and_leaves_no_session(mark, monkeypatch):
    monkeypatch.setenv("RAYLITE_TASK_EVENTS", "never")
    with nothing_left(mark), pytest.raises(ValueError, match="write 0, so that"):
        raylite.init(num_cpus=1)
    assert not raylite.is_initialized()


def test_rows_of_a_burst_are_told_when_the_program_rests_in_one_long_wait(mark):
    program = """
import raylite as ray
from raylite import _engine
ray.init(num_cpus=2, log_to_driver=False)

@ray.remote
def quick():
    pass

@ray.remote
class Witness:
    def sees(self):
        from raylite.util.state import list_tasks
        ended = [("name", "=", "quick"), ("state", "=", "FINISHED")]
        while not list_tasks(filters=ended):
            pass
        return True

witness = Witness.remote()
ray.get([quick.remote() for _ in range(20)])
print(ray.get(witness.sees.remote()))  # The driver does nothing else until then.
ray.shutdown()
"""
    with nothing_left(mark):
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
        )
    assert done.stdout == "True\n", done.stderr
