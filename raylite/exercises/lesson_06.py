"""Lesson 6: the counter that dies every ten calls, and those who call it need not notice."""

from collections.abc import Mapping
from typing import Any, Final

from raylite.exceptions import RayActorError, RayTaskError
from raylite.exercises.exercise import Check, Exercise
from raylite.exercises.findings import actor_class_check
from raylite.exercises.trial import NotYet, Trial, shown
from raylite.util.state import get_actor

__all__ = ["tired_counter"]

STUB = '''\
class TiredCounter:
    """Counts to ten; a call more ends its process."""

    def __init__(self):
        """Begin at 0."""

    def add(self):
        """Count one further, and return the number. At ten: end the process instead."""
'''

SOLUTION = '''\
@ray.remote(max_restarts=4, max_task_retries=-1)
class TiredCounter:
    """Counts to ten; a call more ends its process."""

    def __init__(self):
        self.value = 0

    def add(self):
        if self.value == 10:
            os._exit(0)
        self.value += 1
        return self.value
'''

HINTS = (
    "Look at `self.value` first: if it is 10 already, `os._exit(0)` ends the process. Else count.",
    (
        "`@ray.remote(max_restarts=4)` gives it four new starts. The call that was under way still "
        "raises, though. Which keyword has it sent again?"
    ),
    "`@ray.remote(max_restarts=4, max_task_retries=-1)`: sent again as often as it takes.",
)

_CALLS: Final = 50
_TEN: Final = list(range(1, 11))
_NOT_SENT_AGAIN: Final = (
    "It was started anew, but the call that found it dying was not sent again: that is "
    "`max_task_retries=-1`."
)
_NOT_STARTED_ANEW: Final = (
    "After its process had ended it was not started anew. In the brackets of `@ray.remote(...)` "
    "say how often it may be: `max_restarts=4`."
)


def _counts_to_ten(things: Mapping[str, Any], limit_s: float) -> None:
    with Trial(things["TiredCounter"], {}, time_limit_s=limit_s) as counter:
        answers = [counter.call("add") for _ in _TEN]
    if answers != _TEN:
        raise NotYet(came=f"{shown(answers)}", advice=_advice_on_counting(answers), is_final=True)


def _advice_on_counting(answers: list[Any]) -> str:
    if None in answers:
        return "`add` hands nothing back: its last line is to be `return self.value`."
    if answers[0] == 0:
        return "Count first, and then return: the first answer is 1."
    if len(set(answers)) == 1:
        return "It answers the same each time. Is the number kept on `self`?"
    return "The first ten calls answer 1, 2, 3 and so on to 10."


def _dies_at_ten(things: Mapping[str, Any], limit_s: float) -> None:
    # Whatever its options are, this one has no second chance.
    plain = things["TiredCounter"].options(max_restarts=0, max_task_retries=0)
    with Trial(plain, {}, time_limit_s=limit_s) as counter:
        answers = [counter.outcome("add") for _ in range(11)]
    last = answers[-1]
    if isinstance(last, RayTaskError):
        came = f"the eleventh call raised {type(last.cause).__name__}"
        advice = (
            "An error is an answer, and the actor lives on. To end the *process*, as a crash does, "
            "write `os._exit(0)`."
        )
    elif not isinstance(last, RayActorError):
        came = f"the eleventh call answered {shown(last)}"
        advice = (
            "It is to end its process instead of answering. (To begin anew at 1 by setting the "
            "number to 0 is no death: nothing is lost, and nothing restarts.)"
        )
    else:
        return
    raise NotYet(came=came, advice=advice, is_final=True)


def _lives_five_times(things: Mapping[str, Any], limit_s: float) -> None:
    with Trial(things["TiredCounter"], {}, time_limit_s=limit_s) as counter:
        answers = [counter.outcome("add") for _ in range(_CALLS)]
        known = get_actor(counter.handle._actor_id.hex())  # noqa: SLF001  # Ray's own name for it.
        restarts = (known.num_restarts or 0) if known is not None else 0
        raised = [answer for answer in answers if isinstance(answer, RayActorError)]
        if raised:
            at = answers.index(raised[0]) + 1
            came = f"call {at} of {_CALLS} raised {type(raised[0]).__name__}"
            advice = _NOT_SENT_AGAIN if restarts or len(raised) == 1 else _NOT_STARTED_ANEW
            raise NotYet(came=came, advice=advice)
        if answers != _TEN * 5:
            came = f"{shown(answers)}"
            advice = "Five lives, and in each of them the numbers from 1 to 10."
            raise NotYet(came=came, advice=advice)


def _ends_for_good(things: Mapping[str, Any], limit_s: float) -> None:
    with Trial(things["TiredCounter"], {}, time_limit_s=limit_s) as counter:
        for _ in range(_CALLS):
            counter.call("add")
        last = counter.outcome("add")
        if not isinstance(last, RayActorError):
            came = f"call {_CALLS + 1} answered {shown(last)}"
            advice = "Four new starts and no more: `max_restarts=4`. -1 would mean: for ever."
            raise NotYet(came=came, advice=advice)


tired_counter = Exercise(
    name="tired_counter",
    title="The counter that dies every ten calls",
    task=(
        "Make `TiredCounter` an actor class. `add()` counts from 1 to 10; the eleventh call of a "
        "life ends the process (`os._exit`). It has four new starts, and calls that meet its death "
        "are sent again, so that fifty calls in a row all have an answer."
    ),
    lesson="06_failure",
    minutes=10,
    asks_for={"TiredCounter": "your actor class"},
    stub=STUB,
    hints=HINTS,
    solution=SOLUTION,
    time_limit_s=10.0,
    checks=(
        actor_class_check("TiredCounter", "tired_counter.check(TiredCounter)"),
        Check(
            name="`add` counts from 1 to 10",
            expected="1, 2, 3 and so on to 10, from ten calls",
            run=_counts_to_ten,
        ),
        Check(
            name="the eleventh call ends its process",
            expected="no answer, since the process is gone",
            run=_dies_at_ten,
        ),
        Check(
            name="fifty calls in a row all have an answer",
            expected="1 to 10, five times",
            run=_lives_five_times,
        ),
        Check(
            name="after four new starts it is over",
            expected="an error from the fifty-first call",
            run=_ends_for_good,
        ),
    ),
)
