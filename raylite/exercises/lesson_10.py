"""Lesson 10: which of three actor models for which job. Asked for is a reason, not taste."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from raylite.exercises.exercise import Check, Exercise
from raylite.exercises.findings import require_value
from raylite.exercises.trial import NotYet, shown

__all__ = ["which_model"]

STUB = """\
choices = {
    "chat": ...,  # "asyncio", "pykka" or "raylite"
    "printers": ...,
    "simulation": ...,
    "plugins": ...,
    "tally": ...,
    "growing": ...,
}
"""

SOLUTION = """\
choices = {
    "chat": "asyncio",
    "printers": "pykka",
    "simulation": "raylite",
    "plugins": "raylite",
    "tally": "asyncio",
    "growing": "raylite",
}
"""

HINTS = (
    (
        "Ask of each job: does it compute, or wait? May it share memory with the others? What "
        "happens to them if it crashes? And how much work is there for each message?"
    ),
    (
        "A coroutine must never block. A thread may, but of all threads of a process one computes "
        "at a time. A process does all of that, and what is sent to it is a copy."
    ),
    "Two of the six belong in coroutines, one in threads, three in processes.",
)

_MODELS: Final = ("asyncio", "pykka", "raylite")
_SAME_AS: Final = {"ray": "raylite"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One job: what it is, which model suits it, and what speaks against each of the others."""

    text: str
    model: str
    because: str
    against: Mapping[str, str]


JOBS: Final = {
    "chat": _Job(
        text="Five thousand people are connected to a chat. Most of the time nobody writes.",
        model="asyncio",
        because="much waiting, next to no computing",
        against={
            "pykka": "Five thousand threads that all wait. A coroutine waits for almost nothing.",
            "raylite": "Five thousand processes that all wait: each needs some ten megabytes.",
        },
    ),
    "printers": _Job(
        text=(
            "Three printers. Their library has ordinary functions that block until a page is out, "
            "and an open connection, which cannot be pickled and is used by all three."
        ),
        model="pykka",
        because="calls that block, and a thing that has to be shared",
        against={
            "asyncio": "The library blocks: during each page the event loop stands still.",
            "raylite": "What goes to another process is a copy, and this connection has none.",
        },
    ),
    "simulation": _Job(
        text="Eight simulations, in Python, of a minute each. The computer has eight CPUs.",
        model="raylite",
        because="computing on several CPUs",
        against={
            "asyncio": "Coroutines take turns in one thread: it takes eight minutes.",
            "pykka": "Of all threads of a process one computes at a time: it takes eight minutes.",
        },
    ),
    "plugins": _Job(
        text=(
            "Extensions written by strangers in C. Now and then one crashes with a segmentation "
            "fault. The others are to go on."
        ),
        model="raylite",
        because="a crash takes its own process, and no other",
        against={
            "asyncio": "A segmentation fault ends the whole process, and everybody in it.",
            "pykka": "A segmentation fault ends the whole process, with all its threads.",
        },
    ),
    "tally": _Job(
        text=(
            "A small server, all in one event loop. A tally of its visits is asked 50,000 times a "
            "second, and each time adds 1."
        ),
        model="asyncio",
        because="almost no work for each message, so the message has to be cheap",
        against={
            "pykka": "To wake a thread takes many times longer than to add 1.",
            "raylite": "A message to a process takes a hundred times longer than to add 1.",
        },
    ),
    "growing": _Job(
        text="Images are sorted on a laptop today, and next year on twenty machines.",
        model="raylite",
        because="the same program goes to a cluster, with Ray",
        against={
            "asyncio": "An event loop lives in one process, on one machine.",
            "pykka": "Threads live in one process, on one machine.",
        },
    ),
}
"""The jobs as the lesson has them; a test sees to it that it does."""


def _is_a_dictionary(things: Mapping[str, Any], limit_s: float) -> None:
    del limit_s
    found = things["choices"]
    require_value(found, "a dictionary with your choices", "actor.method.remote()")
    if not isinstance(found, Mapping):
        advice = "A dictionary is wanted, with a model for each job: look at the stub again."
        raise NotYet(came=shown(found), advice=advice, is_final=True)
    missing = [name for name in JOBS if name not in found]
    if missing:
        came = f"there is nothing for `{missing[0]}`"
        advice = "The names are " + ", ".join(f"`{name}`" for name in JOBS) + ", spelt so."
        raise NotYet(came=came, advice=advice, is_final=True)
    if len({_spelt(found[name]) for name in JOBS}) == 1 and _spelt(found["chat"]) in _MODELS:
        came = f"{shown(found['chat'])} for all jobs"
        advice = "None of the three is best at everything: the lesson has measured it."
        raise NotYet(came=came, advice=advice, is_final=True)


def _spelt(choice: Any) -> str:
    text = choice.strip().lower() if isinstance(choice, str) else repr(choice)
    return _SAME_AS.get(text, text)


def _suits(name: str) -> Callable[[Mapping[str, Any], float], None]:
    def run(things: Mapping[str, Any], limit_s: float) -> None:
        del limit_s
        choice = things["choices"][name]
        job = JOBS[name]
        if _spelt(choice) == job.model:
            return
        if choice is ...:
            raise NotYet(came="nothing yet", advice="Replace the dots by one of the three.")
        if isinstance(choice, list | tuple | set):
            advice = "Choose one of them: the one that suits the job best."
        elif isinstance(choice, str):
            advice = job.against.get(
                _spelt(choice), 'There are three: `"asyncio"`, `"pykka"` and `"raylite"`.'
            )
        else:
            advice = 'Write its name as a text, in quotes: `"asyncio"`.'
        raise NotYet(came=shown(choice), advice=advice)

    return run


which_model = Exercise(
    name="which_model",
    title="Which model for which job",
    task=(
        "Read the six jobs, and write into `choices` which of the three models you take for each: "
        '`"asyncio"`, `"pykka"` or `"raylite"`.'
    ),
    lesson="10_three_actor_models",
    minutes=5,
    asks_for={"choices": "a dictionary: for the name of each job one of the three models"},
    stub=STUB,
    hints=HINTS,
    solution=SOLUTION,
    checks=(
        Check(
            name="`choices` has a model for each job",
            expected="a dictionary with the names of the six jobs",
            run=_is_a_dictionary,
        ),
        *(
            Check(
                name=f"`{name}`",
                expected=f"the model for this: {job.because}",
                run=_suits(name),
            )
            for name, job in JOBS.items()
        ),
    ),
)
