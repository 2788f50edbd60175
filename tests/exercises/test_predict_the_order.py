"""The exercise of lesson 5: what students predict, and what each of them is told."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import raylite
from raylite.exercises import lesson_05
from raylite.exercises.lesson_05 import PREFACE, PROGRAMS, predict_the_order
from raylite.exercises.trial import NotYet
from tests.exercises.written import advice_of, not_yet, written

ALL_THERE, EARLY, HELD, OVERTAKEN = range(4)
MASTER = Path(__file__).parents[2] / "notebooks" / "masters" / "05_submission_and_order.py"


@pytest.fixture(scope="module", autouse=True)
def _session() -> Iterator[None]:
    raylite.init(num_cpus=2)
    yield
    raylite.shutdown()


@pytest.fixture(scope="module")
def printed() -> dict[str, tuple[str, ...]]:
    """What each program prints; they are run once, since one of them takes a while."""
    return {name: lesson_05.lines_of(name, 10.0) for name in PROGRAMS}


@pytest.fixture
def remembered(printed: dict[str, tuple[str, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lesson_05, "lines_of", lambda name, _: printed[name])


def predicted(**changed: Any) -> str:
    right = {"early": ["a"], "held": ["a", "slow", "b"], "overtaken": ["a", "b", "slow", "c"]}
    return f"predictions = {right | changed}"


def test_the_solution_passes_when_the_programs_are_run() -> None:
    report = written(predict_the_order, predict_the_order.solution_source)
    assert report.passed, repr(report)


@pytest.mark.usefixtures("remembered")
@pytest.mark.parametrize(
    "source",
    [
        predicted(early=("a",), held=("a", "slow", "b")),
        predicted() + "\npredictions['another'] = 3",
    ],
    ids=["tuples", "one-more"],
)
def test_other_right_answers_pass_as_well(source: str) -> None:
    report = written(predict_the_order, source)
    assert report.passed, repr(report)


@pytest.mark.usefixtures("remembered")
@pytest.mark.parametrize(
    ("source", "failed", "words"),
    [
        pytest.param(
            predict_the_order.stub_source, [EARLY, HELD, OVERTAKEN], "Replace the dots", id="stub"
        ),
        pytest.param(
            predicted(early=["a", "b"]), [EARLY], "`get` only waits", id="read-happens-in-get"
        ),
        pytest.param(predicted(early=[]), [EARLY], "the line is there", id="nothing-is-written"),
        pytest.param(
            predicted(held=["a", "b", "slow"]), [HELD], "keeps its place", id="the-quick-one-first"
        ),
        pytest.param(
            predicted(held=["a", "b"]), [HELD], "all three lines", id="read-does-not-wait"
        ),
        pytest.param(
            predicted(overtaken=["a", "slow", "b", "c"]), [OVERTAKEN], "another caller",
            id="one-queue-for-all",
        ),
        pytest.param(
            predicted(overtaken=["a", "b", "c", "slow"]), [OVERTAKEN], "Only the *task",
            id="all-overtake",
        ),
        pytest.param(
            predicted(overtaken=["slow", "c", "b", "a"]), [OVERTAKEN], "whose queue", id="any-order"
        ),
        pytest.param(predicted(overtaken=["a", "c"]), [OVERTAKEN], "never lost", id="lost-lines"),
        pytest.param(predicted(held=["a", "slow", "slow"]), [HELD], "once", id="a-line-twice"),
        pytest.param(predicted(held=["a", "slwo", "b"]), [HELD], "Copy the lines", id="misspelt"),
        pytest.param(predicted(held={"a", "slow", "b"}), [HELD], "no order", id="a-set"),
        pytest.param(predicted(held="a slow b"), [HELD], "list of texts", id="one-text"),
        pytest.param("predictions = {'early': ['a']}", [ALL_THERE], "spelt so", id="too-few"),
        pytest.param("predictions = ['a']", [ALL_THERE], "A dictionary", id="a-list"),
        pytest.param("predictions = ...", [ALL_THERE], "Replace the dots", id="all-dots"),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_told_the_likely_misunderstanding(
    source: str, failed: list[int], words: str
) -> None:
    report = written(predict_the_order, source)
    assert not_yet(report) == failed, repr(report)
    assert words in advice_of(report), repr(report)


def test_a_session_that_has_no_cpu_left_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    too_much = "print(ray.get(slow.options(num_cpus=2).remote('x')))"
    monkeypatch.setitem(lesson_05.PROGRAMS, "held", too_much)
    busy = raylite.remote(num_cpus=1)(time.sleep).remote(60)
    with pytest.raises(NotYet) as found:
        lesson_05.lines_of("held", 0.3)
    raylite.cancel(busy, force=True)
    assert "other actors and tasks" in found.value.advice


def test_a_program_that_comes_out_otherwise_on_a_busy_computer_is_not_held_against_anyone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lesson_05, "_run", lambda name, _: ("b", name))
    report = written(predict_the_order, predicted())
    assert not_yet(report) == [EARLY, HELD, OVERTAKEN]
    assert "very busy" in advice_of(report)


def test_the_lesson_shows_the_programs_that_are_run() -> None:
    text = MASTER.read_text(encoding="utf-8")
    section = text.partition("# %% exercise [markdown]")[2].partition("# %% exercise-card")[0]
    lines = [line.removeprefix("# ").removeprefix("#") for line in section.splitlines()]
    for program in (PREFACE, *PROGRAMS.values()):
        assert program in "\n".join(lines)
