"""Lesson 2: tasks that throw darts, and an actor that knows how far all of them are."""

import math
import time
from collections.abc import Mapping
from numbers import Real
from typing import Any, Final

import raylite as ray
from raylite.exceptions import RayActorError, RayTaskError
from raylite.exercises.exercise import Check, Exercise
from raylite.exercises.findings import (
    actor_class_check,
    compare_number,
    is_close,
    require_value,
)
from raylite.exercises.trial import NotYet, Trial, shown
from raylite.remote_function import RemoteFunction
from raylite.util.state import list_tasks

__all__ = ["pi_with_progress"]

STUB = '''\
@ray.remote
class Progress:
    """Knows how many darts each task has thrown, and how many there will be in all."""

    def __init__(self, total):
        """Keep the total."""

    def report(self, task, thrown):
        """Remember how many darts the task of that number has thrown so far."""

    def fraction(self):
        """Return how much of it is done, all tasks together: from 0 to 1."""


@ray.remote
def throw(task, darts, progress):
    """Throw the darts in ten shares, report after each, and return how many are inside."""


pi = ...  # your estimate, from four tasks
'''

SOLUTION = '''\
@ray.remote
class Progress:
    """Knows how many darts each task has thrown, and how many there will be in all."""

    def __init__(self, total):
        self.total = total
        self.thrown = {}

    def report(self, task, thrown):
        self.thrown[task] = thrown

    def fraction(self):
        return sum(self.thrown.values()) / self.total


@ray.remote
def throw(task, darts, progress):
    """Throw the darts in ten shares, report after each, and return how many are inside."""
    share, inside = darts // 10, 0
    for number in range(1, 11):
        inside += sum(random.random() ** 2 + random.random() ** 2 <= 1 for _ in range(share))
        reported = progress.report.remote(task, number * share)
    ray.get(reported)
    return inside


counter = Progress.remote(4 * 10_000)
refs = [throw.remote(task, 10_000, counter) for task in range(4)]
pi = 4 * sum(ray.get(refs)) / (4 * 10_000)
'''

HINTS = (
    (
        "`Progress` keeps the last number of each task, in a dictionary; `fraction` divides their "
        "sum by the total."
    ),
    (
        "In `throw` a loop of ten rounds: throw a tenth of the darts, count those inside, and then "
        "`progress.report.remote(task, thrown_so_far)`. No answer is needed, but after the last."
    ),
    (
        "`refs = [throw.remote(task, 10_000, counter) for task in range(4)]`, then "
        "`pi = 4 * sum(ray.get(refs)) / 40_000`."
    ),
)

_DARTS: Final = 5000
_REPORTS: Final = 10
_TASKS: Final = 3
_NEAR: Final = 0.1
_POLL_S: Final = 0.05
_SETTLE_S: Final = 1.0
"""How long a report may be on its way when its task has ended."""
_SIGMAS: Final = 6
_NO_NUMBER: Final = "A fraction is what has been thrown so far, divided by the total."


def _fraction_is_right(things: Mapping[str, Any], limit_s: float) -> None:
    with Trial(things["Progress"], {"total": 100}, time_limit_s=limit_s) as progress:
        before = progress.call("fraction")
        compare_number(before, 0, {}, "before the first report `fraction()` gave", _NO_NUMBER)
        progress.call("report", 0, 20)
        progress.call("report", 1, 30)
        two = progress.call("fraction")
        progress.call("report", 0, 50)
        last = progress.call("fraction")
    wrong = {
        50: "These are darts. Divide them by the total, which `__init__` was given.",
        0.3: "Only the last report counts here. Keep a number for each task, as in a dictionary.",
        0.2: "Only the first report counts here.",
        0: "`report` does not seem to keep anything. Put it on `self`.",
    }
    what = "with 20 and 30 of 100 thrown, `fraction()` gave"
    compare_number(two, 0.5, wrong, what, _NO_NUMBER)
    wrong = {
        1: (
            "A task reports what it has thrown *so far*: its new number takes the place of the "
            "old one, and is not added to it."
        ),
        0.5: "The second report of a task is to take the place of its first.",
    }
    what = "after task 0 has gone from 20 to 50, `fraction()` gave"
    compare_number(last, 0.8, wrong, what, _NO_NUMBER)


def _thrown(things: Mapping[str, Any], tasks: int, limit_s: float) -> tuple[list[Any], int, Any]:
    """Run some tasks: what they return, how many reports there were, and the last fraction."""
    total = {"total": tasks * _DARTS}
    with Trial(things["Progress"], total, time_limit_s=limit_s) as progress:
        throw = things["throw"]
        try:
            refs = [throw.remote(number, _DARTS, progress.handle) for number in range(tasks)]
        except TypeError as error:
            came = f"`throw.remote(0, {_DARTS}, progress)`: {error}"
            advice = "It takes three things: the task's number, the darts, and the actor's handle."
            raise NotYet(came=came, advice=advice, is_final=True) from None
        inside = _waited_for(refs, progress)
        # Who has not waited for the last report may be done before it is.
        until_s = time.monotonic() + _SETTLE_S
        while True:
            fraction = progress.call("fraction")
            reports = _num_reports(progress)
            has_all = is_close(fraction, 1) and reports >= tasks * _REPORTS
            if has_all or time.monotonic() > until_s:
                return inside, reports, fraction
            time.sleep(_POLL_S)


def _waited_for(refs: list[Any], progress: Trial) -> list[Any]:
    """What some tasks return. None of them is left behind, whatever becomes of the others."""
    try:
        if not all(isinstance(ref, ray.ObjectRef) for ref in refs):
            came = f"`throw.remote(0, {_DARTS}, progress)` gave {shown(refs[0])}"
            advice = "One ref is wanted: `return` one number, without `yield` and `num_returns`."
            raise NotYet(came=came, advice=advice, is_final=True)
        return [progress.wait_for(ref, f"`throw(0, {_DARTS}, progress)`") for ref in refs]
    finally:
        # Who throws for ever is to end nevertheless. One that is done is left as it is.
        for ref in refs:
            ray.cancel(ref[0] if isinstance(ref, list) else ref, force=True)


def _num_reports(progress: Trial) -> int:
    actor_id = progress.handle._actor_id.hex()  # noqa: SLF001  # Ray's own name for it.
    found = list_tasks(filters=[("actor_id", "=", actor_id)], limit=10_000)
    return sum("report" in task.name for task in found)


def _throws_and_reports(things: Mapping[str, Any], limit_s: float) -> None:
    throw = things["throw"]
    if not isinstance(throw, RemoteFunction):
        is_plain = callable(throw)
        came = "an ordinary function" if is_plain else f"`throw` is {shown(throw)}"
        advice = "The line `@ray.remote` above `def throw` is missing."
        raise NotYet(
            came=came,
            advice=advice if is_plain else "`throw` is to be the function itself.",
            is_final=True,
        )
    (inside,), reports, fraction = _thrown(things, 1, limit_s)
    _require_darts(inside)
    if not reports:
        advice = "Nobody hears of it. After each share: `progress.report.remote(task, thrown)`."
        raise NotYet(came="no report", advice=advice)
    if reports != _REPORTS:
        advice = "Ten shares, and a report after each: the loop has ten rounds."
        raise NotYet(came=f"{reports} reports", advice=advice)
    if not is_close(fraction, 1):
        came = f"at the end `fraction()` gave {shown(fraction)}"
        advice = (
            "Report how many darts this task has thrown *so far*, and not those of the last share "
            "only, nor those that are inside. (In the last report that is all of them.)"
        )
        raise NotYet(came=came, advice=advice)


def _require_darts(inside: Any) -> None:
    """Refuse what cannot be the number of darts inside."""
    if isinstance(inside, RayTaskError | RayActorError):
        cause = getattr(inside, "cause", None) or inside
        came = f"`throw` raised {type(cause).__name__}: {str(cause).splitlines()[0]}"
        advice = (
            "The actor's method is called with `.remote(...)` here as well."
            if ".remote(" in str(cause)
            else "Read the message as in any Python program: it is your function that raised it."
        )
        raise NotYet(came=came, advice=advice, is_final=True)
    low, high = _likely(_DARTS)
    wrong: Mapping[float, str] = {
        0: "No dart is inside. A dart is inside where `x * x + y * y <= 1`."
    }
    if _is_between(inside, low, high):
        return
    if _is_between(inside, math.pi - 0.2, math.pi + 0.2):
        came = f"`throw` returned {shown(inside)}"
        advice = "Return how many darts are inside. What follows from it, the driver computes."
        raise NotYet(came=came, advice=advice, is_final=True)
    what = f"of {_DARTS} darts inside:"
    otherwise = "About three quarters of the darts are inside. Are all ten shares counted?"
    compare_number(inside, math.inf, wrong, what, otherwise)


def _is_between(number: Any, low: float, high: float) -> bool:
    return isinstance(number, Real) and low <= float(number) <= high


def _likely(darts: int) -> tuple[float, float]:
    """Between which numbers the darts inside are, but for one time in a thousand million."""
    share = math.pi / 4
    width = _SIGMAS * math.sqrt(darts * share * (1 - share))
    return darts * share - width, darts * share + width


def _darts_of_their_own(things: Mapping[str, Any], limit_s: float) -> None:
    inside, _, _ = _thrown(things, _TASKS, limit_s)
    for number in inside:
        _require_darts(number)
    if len(set(inside)) == 1:
        advice = (
            "All of them throw the same darts: their generators begin with the same seed. Give "
            "none, or one that has the task's number in it."
        )
        raise NotYet(came=f"{inside[0]} inside, from each of {_TASKS} tasks", advice=advice)


def _is_near(things: Mapping[str, Any], limit_s: float) -> None:
    del limit_s
    estimate = things["pi"]
    require_value(estimate, "your estimate", "throw.remote(0, 10_000, counter)")
    if isinstance(estimate, list):
        advice = "These are the four answers. Add them up, times 4, divided by all darts."
        raise NotYet(came=shown(estimate), advice=advice)
    if estimate == math.pi:
        advice = "That is π itself, which no darts give. Use what your tasks return."
        raise NotYet(came=shown(estimate), advice=advice)
    if _is_between(estimate, math.pi - _NEAR, math.pi + _NEAR):
        return
    if _is_between(estimate, math.pi / 4 - _NEAR, math.pi / 4 + _NEAR):
        raise NotYet(came=shown(estimate), advice="That is π / 4, the share of darts inside.")
    advice = "`pi = 4 * inside / thrown`, with the darts of all four tasks in both."
    raise NotYet(came=shown(estimate), advice=advice)


pi_with_progress = Exercise(
    name="pi_with_progress",
    title="Pi with progress",
    task=(
        "`throw` is a task: it throws darts in ten shares, reports to a `Progress` actor after "
        "each, and returns how many are inside. `fraction()` of that actor says how much of the "
        "work is done. `pi` is your estimate from four tasks."
    ),
    lesson="02_pi_with_progress",
    minutes=20,
    asks_for={
        "Progress": "your actor class",
        "throw": "your remote function",
        "pi": "your estimate",
    },
    stub=STUB,
    hints=HINTS,
    solution=SOLUTION,
    time_limit_s=10.0,
    checks=(
        actor_class_check("Progress", "pi_with_progress.check(Progress, throw, pi)"),
        Check(
            name="`fraction` says how much is done",
            expected="0 at first, then 0.5 and 0.8, with a total of 100",
            run=_fraction_is_right,
        ),
        Check(
            name="`throw` is a task that reports ten times",
            expected=f"about {_DARTS * math.pi / 4:.0f} of {_DARTS} darts inside, ten reports, and "
            "a fraction of 1 at the end",
            run=_throws_and_reports,
        ),
        Check(
            name="each task throws darts of its own",
            expected=f"{_TASKS} tasks, and not the same number of darts inside in all of them",
            run=_darts_of_their_own,
        ),
        Check(
            name="`pi` is an estimate of π",
            expected="about 3.14 (a number)",
            run=_is_near,
        ),
    ),
)
