"""The exercise of lesson 0: what students write, and what each of them is told."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

import raylite
from raylite.exercises.lesson_00 import find_pids
from raylite.exercises.report import Report, Verdict

IS_LIST, ELSEWHERE, TWO, WORKERS = range(4)
TWO_GUESTS = "a, b = Guest.remote(), Guest.remote()\n"
GUEST = """
import os

@ray.remote
class Guest:
    def pid(self):
        return os.getpid()
"""


@pytest.fixture(scope="module", autouse=True)
def _session() -> Iterator[None]:
    raylite.init(num_cpus=2)
    yield
    raylite.shutdown()


def written(source: str) -> Report:
    names: dict[str, Any] = {"ray": raylite, "__name__": "__main__"}
    exec(GUEST + source, names)
    return find_pids.check(names["pids"])


def not_yet(report: Report) -> list[int]:
    return [i for i, one in enumerate(report.results) if one.verdict is Verdict.NOT_YET]


def test_the_solution_passes_every_check() -> None:
    report = written(find_pids.solution_source)
    assert report.passed, repr(report)


def test_the_untouched_stub_is_told_what_to_do_first() -> None:
    report = written(find_pids.stub_source)
    assert not_yet(report) == [IS_LIST]
    assert "Replace the dots" in report.results[IS_LIST].advice


@pytest.mark.parametrize(
    "source",
    [
        f"{TWO_GUESTS}pids = [ray.get(a.pid.remote()), ray.get(b.pid.remote())]",
        f"{TWO_GUESTS}pids = tuple(ray.get([a.pid.remote(), b.pid.remote()]))",
    ],
)  # fmt: skip
def test_other_right_answers_pass_as_well(source: str) -> None:
    report = written(source)
    assert report.passed, repr(report)


@pytest.mark.parametrize(
    ("source", "failed", "words"),
    [
        pytest.param(
            "pids = [os.getpid(), os.getpid() + 1]", [ELSEWHERE, WORKERS],
            "the notebook's own process", id="asked-itself",
        ),
        pytest.param(
            "g = Guest.remote()\npids = ray.get([g.pid.remote(), g.pid.remote()])", [TWO],
            "One actor, asked twice", id="one-actor-asked-twice",
        ),
        pytest.param(
            "pids = [Guest.remote().pid.remote() for _ in range(2)]", [IS_LIST],
            "`ray.get(...)` waits", id="forgot-get",
        ),
        pytest.param(
            "g = Guest.remote()\npids = [g.pid, g.pid]", [IS_LIST],
            "It was not called", id="forgot-the-call",
        ),
        pytest.param(
            "pids = [Guest.remote(), Guest.remote()]", [IS_LIST],
            "A handle is the way", id="the-handles",
        ),
        pytest.param(
            "pids = ray.get(Guest.remote().pid.remote())", [IS_LIST],
            "Two numbers are wanted", id="one-number",
        ),
        pytest.param("pids = [1]", [IS_LIST], "One number for each", id="too-few"),
        pytest.param("pids = ['7', '8']", [IS_LIST], "a whole number", id="texts"),
        pytest.param("pids = [1, 2]", [WORKERS], "No worker of this session", id="made-up"),
        pytest.param("pids = None", [IS_LIST], "Nothing was handed back", id="none"),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_told_the_likely_misunderstanding(
    source: str, failed: list[int], words: str
) -> None:
    report = written(source)
    assert not_yet(report) == failed, repr(report)
    assert words in report.results[failed[0]].advice


def test_the_feedback_never_shows_how_it_was_made() -> None:
    assert "lesson_00" not in repr(written("pids = [os.getpid(), 3]"))
    assert str(os.getpid()) in repr(written("pids = [os.getpid(), 3]"))
