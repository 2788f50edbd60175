"""Lesson 8: a service whose health check answers while all its slow jobs are under way."""

from collections.abc import Mapping
from typing import Any, Final

import raylite as ray
from raylite.exceptions import RayActorError, RayTaskError
from raylite.exercises.exercise import Check, Exercise
from raylite.exercises.findings import actor_class_check
from raylite.exercises.misunderstandings import how_it_died, named
from raylite.exercises.trial import NotYet, Trial, shown
from raylite.util.state import list_tasks

__all__ = ["health_check"]

STUB = '''\
@ray.remote
class Service:
    """Two jobs at a time, and a health check that never waits for them."""

    async def job(self, seconds):
        """Wait so many seconds (without blocking), and return "done"."""

    async def check(self):
        """Return "healthy"."""
'''

SOLUTION = '''\
@ray.remote(concurrency_groups={"jobs": 2, "health": 1})
class Service:
    """Two jobs at a time, and a health check that never waits for them."""

    @ray.method(concurrency_group="jobs")
    async def job(self, seconds):
        await asyncio.sleep(seconds)
        return "done"

    @ray.method(concurrency_group="health")
    async def check(self):
        return "healthy"
'''

HINTS = (
    "Groups are declared above the class: `@ray.remote(concurrency_groups={...})`, a limit each.",
    'Above a method: `@ray.method(concurrency_group="jobs")`.',
    'Two groups: `{"jobs": 2, "health": 1}`; and in `job`: `await asyncio.sleep(seconds)`.',
)

_JOBS: Final = 6
_TWO: Final = 2
_SECONDS: Final = 0.15
_BLOCKS: Final = (
    "The job blocks the event loop: nothing else runs until it is over. In an `async def` write "
    "`await asyncio.sleep(seconds)`, not `time.sleep(seconds)`."
)
_SHARES: Final = (
    "The health check waits for the jobs, since it shares their limit. Give each of them a "
    "concurrency group of its own."
)


def _answers(things: Mapping[str, Any], limit_s: float) -> None:
    with Trial(things["Service"], {}, time_limit_s=limit_s) as service:
        found = service.call("check"), service.call("job", 0.01)
    if found != ("healthy", "done"):
        advice = '`check` returns "healthy", and `job` returns "done", spelt so.'
        raise NotYet(came=f"{shown(found)}", advice=advice, is_final=True)


def _check_is_quick(things: Mapping[str, Any], limit_s: float) -> None:
    with Trial(things["Service"], {}, time_limit_s=limit_s) as service:
        service.call("check")  # it is there
        jobs = [service.submit("job", _SECONDS) for _ in range(_JOBS)]
        first = service.submit("check")
        # Whoever comes first says whether one has waited for the other: no clock is needed.
        ready, _ = ray.wait([first, *jobs], num_returns=1, timeout=limit_s)
        has_waited = ready != [first]
        answers = [service.wait_for(job, "`job`") for job in jobs]
        blocks = _most_at_once(service) < _TWO
    for answer in answers:
        if isinstance(answer, RayTaskError):
            came = f"a job raised {named(answer.cause)}"
            raise NotYet(came=came, advice="Six jobs at once are to end well, all of them.")
        if isinstance(answer, RayActorError):
            how, advice = how_it_died(answer)
            raise NotYet(came=f"a job came to nothing: {how}", advice=advice)
    if has_waited:
        came = "a job was done before the health check had answered"
        raise NotYet(came=came, advice=_BLOCKS if blocks else _SHARES)


def _two_at_a_time(things: Mapping[str, Any], limit_s: float) -> None:
    with Trial(things["Service"], {}, time_limit_s=limit_s) as service:
        jobs = [service.submit("job", _SECONDS) for _ in range(_JOBS)]
        for job in jobs:
            service.wait_for(job, "`job`")
        most = _most_at_once(service)
    if most == _TWO:
        return
    if most < _TWO:
        advice = f"{_BLOCKS} Or is the limit of the jobs 1?"
    else:
        advice = (
            'The jobs have no limit of two: `concurrency_groups={"jobs": 2, ...}`, and above `job` '
            '`@ray.method(concurrency_group="jobs")`.'
        )
    raise NotYet(came=f"{most} jobs at once", advice=advice)


def _most_at_once(service: Trial) -> int:
    """How many jobs have run side by side, by what the session has recorded of them."""
    actor_id = service.handle._actor_id.hex()  # noqa: SLF001  # Ray's own name for it.
    found = list_tasks(filters=[("actor_id", "=", actor_id)], detail=True, limit=1000)
    times = [(task.start_time_ms, task.end_time_ms) for task in found if "job" in task.name]
    spans = [(start, end) for start, end in times if start is not None and end is not None]
    return max(
        (sum(start <= at < end for start, end in spans) for at, _ in spans),
        default=0,
    )


health_check = Exercise(
    name="health_check",
    title="Health check under load",
    task=(
        "`Service` is an async actor. `job(seconds)` waits that long and returns `'done'`; at most "
        "two jobs are under way at a time. `check()` returns `'healthy'`, and never waits for a "
        "job, however many there are."
    ),
    lesson="08_concurrency",
    minutes=15,
    asks_for={"Service": "your actor class"},
    stub=STUB,
    hints=HINTS,
    solution=SOLUTION,
    checks=(
        actor_class_check("Service", "health_check.check(Service)"),
        Check(
            name="`check` and `job` answer",
            expected="'healthy' and 'done'",
            run=_answers,
        ),
        Check(
            name="`check` answers while the jobs are under way",
            expected="'healthy' before the first of six jobs is done",
            run=_check_is_quick,
        ),
        Check(
            name="two jobs run at a time, and no more",
            expected="two of six jobs at once",
            run=_two_at_a_time,
        ),
    ),
)
