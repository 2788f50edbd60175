"""Whatever a student hands in: a sentence or two comes back, nothing stays, the notebook goes on.

Classes that go wrong are made from the names an exercise asks for, with two lines of each: what
`__init__` does, and what every method does.
"""

import gc
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

import raylite
from raylite.exercises import Exercise, load, names
from raylite.exercises.report import Report, Verdict
from raylite.util.state import list_actors, list_tasks
from tests.exercises.written import not_yet
from tests.processes import wait_until

SHORT_S = 0.5
"""For what is meant to take longer; other things have time, however busy the machine is."""
LONG_S = 20.0
BEFORE = "import asyncio, ctypes, os, resource, sys, threading, time\n"


@dataclass(frozen=True)
class Asked:
    """What an exercise asks for: a class, and perhaps other things beside it."""

    name: str
    parameters: str
    methods: dict[str, str]
    above: str = "@ray.remote\n"
    beside: str = ""


ASKED = {
    "linear_model": Asked("LinearModel", "w1, w0", {"convert": "celsius"}, beside="fahrenheit = 1"),
    "accounting": Asked(
        "Accounting", "", {"add": "amount", "remove": "amount", "total": ""}, beside="balance = 1"
    ),
    "pi_with_progress": Asked(
        "Progress",
        "total",
        {"report": "task, thrown", "fraction": ""},
        beside="pi = 3.14\n@ray.remote\ndef throw(task, darts, progress):\n    return 1\n",
    ),
    "method_tracking": Asked(
        "Tracked",
        "name",
        {"note": "method", "all_calls": ""},
        above="",
        beside="@ray.remote\nclass Store(Tracked):\n"
        "    def save(self, key, value): return self.note('save')\n"
        "    def load(self, key): return self.note('load')\n",
    ),
    "tired_counter": Asked("TiredCounter", "", {"add": ""}),
    "immortal_actor": Asked("ImmortalActor", "checkpoint", {"update": "key, value", "get": "key"}),
    "health_check": Asked("Service", "", {"job": "seconds", "check": ""}),
    "grow_a_tree": Asked("Node", "depth, width", {"size": "", "leaves": ""}),
}
FUNCTIONS = {"model_servers": "ask", "thousand_jobs": "map_jobs"}

TOO_SLOW = ("gave no answer within 0.5 s", "goes round for ever")
EXITED = ("exited with code", "`os._exit`")
BAD = {
    "a loop in __init__": ("while True: pass", "pass", *TOO_SLOW),
    "a loop in a method": ("pass", "while True: pass", *TOO_SLOW),
    "a wait in a coroutine": ("pass", "async await asyncio.sleep(10**6)", *TOO_SLOW),
    "os._exit in __init__": ("os._exit(0)", "pass", *EXITED),
    "os._exit in a method": ("pass", "os._exit(3)", *EXITED),
    "sys.exit in a method": ("pass", "sys.exit('bye')", *EXITED),
    "sys.exit in __init__": ("sys.exit('bye')", "pass", *EXITED),
    "a crash": ("pass", "ctypes.string_at(0)", "was killed by SIGSEGV", "has crashed"),
    "killed for want of memory": ("pass", "os.kill(os.getpid(), 9)", "SIGKILL", "more memory"),
    "a huge allocation": (
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))",
        "return bytearray(1 << 31)",
        "raised MemoryError",
        "more memory than there is",
    ),
    "BaseException": ("pass", "raise BaseException('no')", "raised BaseException: no", "message"),
    "KeyboardInterrupt": ("pass", "raise KeyboardInterrupt", "cancelled", "called off"),
    "no end": ("pass", "f = lambda: f(); f()", "raised RecursionError", "calls itself"),
    "all attributes deleted": ("pass", "del self.x", "no attribute 'x'", "assigned to `self`"),
    "no copy": ("pass", "return threading.Lock()", "Could not serialize", "plain values"),
    "a child that waits": ("pass", "os.fork(); time.sleep(1000)", *TOO_SLOW),
    "ten megabytes printed": (
        "pass",
        "for _ in range(10_000): print('x' * 1000)",
        "",
        "",
    ),
}
"""What `__init__` does, what the methods do, what the report says came, and the advice."""


class Evil:
    """Cannot be compared, shown or looked into."""

    def __eq__(self, other: object) -> bool:
        raise ValueError("not with me")

    def __repr__(self) -> str:
        raise ValueError("I have no name")

    __hash__ = None  # type: ignore[assignment]


class Hidden:
    def __getattribute__(self, name: str) -> Any:
        raise ValueError(name)


class Liar(dict[str, Any]):
    """Has every key, and none of them."""

    def __contains__(self, key: object) -> bool:
        return True


@pytest.fixture(scope="module", autouse=True)
def _session() -> Iterator[None]:
    raylite.init(num_cpus=8, num_gpus=4, log_to_driver=False)
    yield
    raylite.shutdown()


def source(asked: Asked, init: str, body: str) -> str:
    line = body.removeprefix("async ")
    kind = "" if line == body else "async "
    lines = [f"class {asked.name}:", f"    def __init__(self, {asked.parameters}):"]
    lines.append(f"        {init}")
    for method, parameters in asked.methods.items():
        lines += [f"    {kind}def {method}(self, {parameters}):", f"        {line}"]
    return BEFORE + asked.above + "\n".join([*lines, asked.beside])


def checked(exercise: Exercise, text: str, monkeypatch: pytest.MonkeyPatch) -> Report:
    is_slow = any(word in text for word in ("while True: pass", "sleep(10"))
    monkeypatch.setattr(exercise, "time_limit_s", SHORT_S if is_slow else LONG_S)
    names: dict[str, Any] = {"ray": raylite, "__name__": "__main__"}
    exec(text, names)
    return exercise.check(*(names[name] for name in exercise.asks_for))


def assert_says(report: Report, came: str, advice: str) -> None:
    assert not report.passed
    first = next(one for one in report.results if one.verdict is Verdict.NOT_YET)
    assert came in first.came, repr(report)
    assert advice in first.advice, repr(report)
    assert "Traceback" not in repr(report)
    assert "cannot be looked at" not in first.came, repr(report)
    assert max(len(first.came), len(first.advice)) < 600


def nothing_lives() -> bool:
    return not list_actors(filters=[("state", "!=", "DEAD")])


@pytest.mark.parametrize(("init", "body", "came", "advice"), BAD.values(), ids=BAD)
def test_what_a_class_can_do_wrong_is_explained(
    init: str, body: str, came: str, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = checked(load("linear_model"), source(ASKED["linear_model"], init, body), monkeypatch)
    assert_says(report, came, advice)
    wait_until(nothing_lives, 5.0)


SOME = ["a loop in __init__", "os._exit in a method", "BaseException", "a huge allocation"]


@pytest.mark.parametrize("bad", SOME)
@pytest.mark.parametrize("name", sorted(set(ASKED) - {"linear_model"}))
def test_every_exercise_explains_it(name: str, bad: str, monkeypatch: pytest.MonkeyPatch) -> None:
    init, body, came, advice = BAD[bad]
    report = checked(load(name), source(ASKED[name], init, body), monkeypatch)
    assert_says(report, came, advice)
    wait_until(nothing_lives, 5.0)


@pytest.mark.parametrize(
    ("body", "came", "advice"),
    [
        ("while True: pass", "gave no answer within 0.5 s", "never comes"),
        ("os._exit(1)", "its process ended: its worker process", "`os._exit`"),
        ("sys.exit()", "its process ended", "`sys.exit`"),
        ("raise BaseException('no')", "raised BaseException: no", "message"),
        ("bytearray(1 << 50)", "raised MemoryError", "more memory than there is"),
        ("return threading.Lock()", "Could not serialize", "plain values"),
        ("yield 1", "generator object", "list"),
        ("del numbers", "`None`", "`return`"),
    ],
)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_a_function_can_do_wrong_is_explained(
    name: str, body: str, came: str, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = "@ray.remote(num_gpus=1)\nclass Server:\n    pass\n"
    made = "servers = [Server.remote() for _ in range(4)]\n"
    made += "ray.get([one.__ray_ready__.remote() for one in servers])\n"
    beside = server + made if name == "model_servers" else ""
    text = f"{BEFORE}{beside}def {FUNCTIONS[name]}(numbers):\n    {body}\n"
    report = checked(load(name), text, monkeypatch)
    gc.collect()  # A cell's function and its names hold each other, and the servers.
    assert_says(report, came, advice)
    wait_until(nothing_lives, 5.0)


def test_a_child_that_hides_is_ended_with_its_actor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "pid"
    text = f"""
@ray.remote
class TiredCounter:
    def add(self):
        if not os.path.exists({str(path)!r}) and not os.fork():
            os.setsid()
            with open({str(path)!r}, "w") as file:
                file.write(str(os.getpid()))
            time.sleep(1000)
        while not os.path.exists({str(path)!r}):
            pass
        return 0
"""
    assert not checked(load("tired_counter"), BEFORE + text, monkeypatch).passed
    pid = int(path.read_text())
    wait_until(lambda: not psutil.pid_exists(pid), 5.0)


def test_a_task_that_never_ends_is_called_off(monkeypatch: pytest.MonkeyPatch) -> None:
    exercise = load("pi_with_progress")
    progress = exercise.solution_source.partition("@ray.remote\ndef throw")[0]
    throw = "@ray.remote\ndef throw(task, darts, progress):\n    while True: pass\n"
    report = checked(exercise, f"{progress}{throw}pi = 3.14\n", monkeypatch)
    assert_says(report, *TOO_SLOW)
    over = {"FINISHED", "FAILED"}
    wait_until(lambda: all(task.state in over for task in list_tasks(limit=10_000)), 5.0)


@pytest.mark.parametrize(
    ("program", "came", "advice"),
    [
        ("while True: print('x' * 10_000)", "not done within 2 s", "goes round for ever"),
        ("os._exit(3)", "it ended with code 3", "`exit`"),
        ("input()", "EOFError", "`input`"),
        ("bytearray(1 << 50)", "MemoryError", "more memory"),
        ("os.fork() or time.sleep(60)", "its last line is", "last line"),
        ("class", "SyntaxError in line 2", "a colon, a bracket"),
    ],
)
def test_what_a_program_can_do_wrong_is_explained(
    program: str, came: str, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    exercise = load("port_it")
    monkeypatch.setattr(exercise, "time_limit_s", 2.0)
    assert_says(exercise.check(f"import os, time, ray\n{program}"), came, advice)


THINGS = {
    "None": None,
    "a number": 3,
    "a long number": 10**5000,
    "a text": "LinearModel",
    "lists": [[...]] * 4,
    "a class": Evil,
    "a function": len,
    "an array": np.arange(4),
    "what cannot be compared": Evil(),
    "four that cannot be compared": [Evil()] * 4,
    "what cannot be looked into": Hidden(),
    "what has every key": Liar(),
    "a generator": (x for x in [1]),
    "a module": sys,
}


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("name", names())
def test_anything_at_all_may_be_handed_in(
    name: str, thing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    exercise = load(name)
    monkeypatch.setattr(exercise, "time_limit_s", LONG_S)
    report = exercise.check(*[THINGS[thing]] * len(exercise.asks_for))
    assert not report.passed
    assert repr(report)
    assert report._repr_html_()


def test_an_actor_class_twice_over_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError, match="Counter is an actor class already"):

        @raylite.remote
        @raylite.remote
        class Counter:
            pass


def test_after_all_of_it_the_notebook_goes_on() -> None:
    exercise = load("tired_counter")
    names: dict[str, Any] = {"ray": raylite, "__name__": "__main__"}
    exec(BEFORE + exercise.solution_source, names)
    assert exercise.check(names["TiredCounter"]).passed


def test_a_session_that_is_over_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    raylite.shutdown()
    try:
        report = load("find_pids").check([1, 2])
        assert "no session is running" in repr(report)
    finally:
        raylite.init(num_cpus=8, num_gpus=4, log_to_driver=False)


@pytest.mark.parametrize("name", sorted({*ASKED, *FUNCTIONS} - {"linear_model"}))
def test_the_session_may_end_while_a_check_runs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    exercise = load(name)

    def end(*_: object) -> None:
        raise raylite.exceptions.RaySystemError("The session is over.")

    first = replace(exercise.checks[0], run=end)
    monkeypatch.setattr(exercise, "checks", (first, *exercise.checks[1:]))
    report = exercise.check_in(dict.fromkeys(exercise.asks_for, 3))
    assert not_yet(report) == [0]
    assert_says(report, "the session did not go on: RaySystemError", "`ray.init` again")
