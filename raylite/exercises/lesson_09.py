"""Lesson 9: a thousand jobs, shared out among a few actors."""

from collections.abc import Mapping
from typing import Any, Final

import raylite as ray
from raylite.exercises.exercise import Check, Exercise
from raylite.exercises.function_trial import RUNNER, answered
from raylite.exercises.trial import NotYet, shown
from raylite.util.state import list_actors, list_tasks

__all__ = ["thousand_jobs"]

STUB = '''\
@ray.remote
class Worker:
    def square(self, number):
        return number * number


def map_jobs(numbers):
    """The squares of the numbers, in their order, computed by four workers."""
    return ...
'''

SOLUTION = '''\
@ray.remote
class Worker:
    def square(self, number):
        return number * number


def map_jobs(numbers):
    """The squares of the numbers, in their order, computed by four workers."""
    pool = ActorPool([Worker.remote() for _ in range(4)])
    return list(pool.map(lambda worker, number: worker.square.remote(number), numbers))
'''

HINTS = (
    "Four actors in a list, and an `ActorPool` around them.",
    "`pool.map(how, numbers)`: `how` is given one worker and one number, and sends the call.",
    "`list(pool.map(lambda worker, number: worker.square.remote(number), numbers))`.",
)

_JOBS: Final = 1000
_FEW: Final = 8


class _Seen:
    """What a run of the student's function gave, and what the session has recorded of it."""

    def __init__(self, things: Mapping[str, Any], numbers: list[int], limit_s: float) -> None:
        before = {actor.actor_id for actor in list_actors(limit=10_000)}
        how = "worker.square.remote(number)"
        function = things["map_jobs"]
        with answered(function, "map_jobs", numbers, limit_s=limit_s, how=how) as self.answer:
            new = [
                one
                for one in list_actors(limit=10_000)
                if one.actor_id not in before and one.class_name != RUNNER
            ]
            self.num_actors = len(new)
            ids = [one.actor_id for one in new[: _FEW + 1]]
            # Of each actor's tasks one is its creation.
            self.shares = {actor_id: max(0, _num_tasks(actor_id) - 1) for actor_id in ids}
        self.num_calls = sum(self.shares.values())


def _num_tasks(actor_id: str) -> int:
    return len(list_tasks(filters=[("actor_id", "=", actor_id)], limit=10_000))


def _squares(things: Mapping[str, Any], limit_s: float) -> None:
    answer = _Seen(things, [3, 1, 2], limit_s).answer
    expected = [9, 1, 4]
    if isinstance(answer, list) and any(isinstance(one, ray.ObjectRef) for one in answer):
        advice = "These are promises of values. `ray.get(list_of_refs)` waits for all of them."
    elif answer == expected:
        return
    elif isinstance(answer, list) and sorted(map(str, answer)) == sorted(map(str, expected)):
        advice = "In the order of the numbers: `pool.map`, and not `pool.map_unordered`."
    elif not isinstance(answer, list):
        advice = "`pool.map` gives the answers one by one, as they are asked for: `list(...)`."
    else:
        advice = "For each number its square, as `Worker.square` answers it."
    raise NotYet(came=f"{shown(answer)} for `[3, 1, 2]`", advice=advice, is_final=True)


def _thousand(things: Mapping[str, Any], limit_s: float) -> None:
    numbers = list(range(_JOBS))
    seen = _Seen(things, numbers, limit_s)
    if seen.answer != [number * number for number in numbers]:
        came = f"{len(seen.answer)} answers, and not the squares in order"
        raise NotYet(came=came, advice="As with three numbers, but with a thousand.")
    if not seen.num_actors:
        came = "no actor was made"
        advice = (
            "The squares are right, but nobody else has computed them. Each number is to be a call "
            "of `worker.square.remote(number)`."
        )
        raise NotYet(came=came, advice=advice)
    if seen.num_actors > _FEW:
        came = f"{seen.num_actors} actors were made"
        advice = "An actor for each job costs a process each. Make four, once, before the loop."
        raise NotYet(came=came, advice=advice)
    if seen.num_actors == 1:
        advice = "One actor takes one job at a time. Make four of them."
        raise NotYet(came="one actor did all of it", advice=advice)


def _is_shared_out(things: Mapping[str, Any], limit_s: float) -> None:
    seen = _Seen(things, list(range(_JOBS)), limit_s)
    if seen.num_calls < _JOBS:
        came = f"{seen.num_calls} calls for {_JOBS} jobs"
        advice = "Each number is to be one call, so that whoever is free takes the next."
        raise NotYet(came=came, advice=advice)
    least = min(seen.shares.values(), default=0)
    if least < _JOBS // 20:
        came = f"one of the actors had {least} of {_JOBS} jobs"
        advice = "All of them are to work. Does the pool hold each of the actors you have made?"
        raise NotYet(came=came, advice=advice)


thousand_jobs = Exercise(
    name="thousand_jobs",
    title="A thousand jobs",
    task=(
        "`map_jobs(numbers)` returns the squares of the numbers, in their order. They are computed "
        "by four actors of the class `Worker`, one call for each number."
    ),
    lesson="09_pools_and_queues",
    minutes=10,
    asks_for={"map_jobs": "your function"},
    stub=STUB,
    hints=HINTS,
    solution=SOLUTION,
    checks=(
        Check(
            name="`map_jobs` returns the squares in order",
            expected="`[9, 1, 4]` for `[3, 1, 2]`",
            run=_squares,
        ),
        Check(
            name="a few actors do a thousand jobs",
            expected="a thousand squares, and some four actors",
            run=_thousand,
        ),
        Check(
            name="each job is one call, and all actors work",
            expected="a thousand calls, shared out among all of them",
            run=_is_shared_out,
        ),
    ),
)
