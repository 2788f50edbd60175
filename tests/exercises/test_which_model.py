"""The exercise of lesson 10: what students choose, and what each of them is told."""

from pathlib import Path
from typing import Any

import pytest

from raylite.exercises.lesson_10 import JOBS, which_model
from tests.exercises.written import advice_of, not_yet, written

ALL_THERE, CHAT, PRINTERS, SIMULATION, PLUGINS, TALLY, GROWING = range(7)
MASTER = Path(__file__).parents[2] / "notebooks" / "masters" / "10_three_actor_models.py"


def chosen(**changed: Any) -> str:
    return f"choices = { {name: job.model for name, job in JOBS.items()} | changed }"


@pytest.mark.parametrize(
    "source",
    [
        which_model.solution_source,
        chosen(chat="Asyncio", printers="Pykka", plugins="Ray", growing=" raylite "),
        chosen() + "\nchoices['another'] = 3",
    ],
    ids=["solution", "other-spellings", "one-more"],
)
def test_right_answers_pass(source: str) -> None:
    report = written(which_model, source)
    assert report.passed, repr(report)


@pytest.mark.parametrize(
    ("source", "failed", "words"),
    [
        pytest.param(
            which_model.stub_source, [*range(CHAT, GROWING + 1)], "Replace the dots", id="stub"
        ),
        pytest.param(chosen(chat="raylite"), [CHAT], "thousand processes", id="a-process-each"),
        pytest.param(chosen(chat="pykka"), [CHAT], "thousand threads", id="a-thread-each"),
        pytest.param(
            chosen(printers="asyncio"), [PRINTERS], "the event loop stands still", id="blocks"
        ),
        pytest.param(chosen(printers="raylite"), [PRINTERS], "is a copy", id="a-copy"),
        pytest.param(
            chosen(simulation="pykka"), [SIMULATION], "one computes at a time", id="threads-compute"
        ),
        pytest.param(
            chosen(simulation="asyncio"), [SIMULATION], "take turns", id="coroutines-compute"
        ),
        pytest.param(chosen(plugins="pykka"), [PLUGINS], "all its threads", id="crash"),
        pytest.param(chosen(tally="raylite"), [TALLY], "than to add 1", id="tiny-messages"),
        pytest.param(chosen(growing="pykka"), [GROWING], "on one machine", id="one-machine"),
        pytest.param(chosen(tally="threads"), [TALLY], "There are three", id="another-word"),
        pytest.param(
            chosen(tally=["asyncio", "pykka"]), [TALLY], "Choose one", id="two-of-them"
        ),
        pytest.param(
            "import asyncio\n" + chosen().replace("'asyncio'", "asyncio"), [CHAT, TALLY],
            "in quotes", id="the-module",
        ),
        pytest.param(
            f"choices = dict.fromkeys({list(JOBS)}, 'raylite')", [ALL_THERE],
            "best at everything", id="one-for-all",
        ),
        pytest.param("choices = {'chat': 'asyncio'}", [ALL_THERE], "spelt so", id="too-few"),
        pytest.param("choices = 'asyncio'", [ALL_THERE], "A dictionary", id="a-text"),
        pytest.param("choices = ...", [ALL_THERE], "Replace the dots", id="all-dots"),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_told_the_likely_misunderstanding(
    source: str, failed: list[int], words: str
) -> None:
    report = written(which_model, source)
    assert not_yet(report) == failed, repr(report)
    assert words in advice_of(report), repr(report)


def test_each_wrong_model_of_each_job_has_an_advice_of_its_own() -> None:
    for job in JOBS.values():
        assert {job.model, *job.against} == {"asyncio", "pykka", "raylite"}


def test_the_lesson_shows_the_jobs_that_are_asked_for() -> None:
    text = MASTER.read_text(encoding="utf-8")
    section = text.partition("# %% exercise [markdown]")[2].partition("# %% exercise-card")[0]
    for name, job in JOBS.items():
        assert f"# - **`{name}`** {job.text}\n" in section
