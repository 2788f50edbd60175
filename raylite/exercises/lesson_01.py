"""Lesson 1: a linear model as an actor, which turns degrees Celsius into degrees Fahrenheit."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import raylite as ray
from raylite.exercises.exercise import Check, Exercise
from raylite.exercises.findings import Run, actor_class_check, compare_number, require_value
from raylite.exercises.trial import NotYet, Trial

__all__ = ["linear_model"]

CELSIUS_WEIGHTS = {"w1": 9 / 5, "w0": 32}

STUB = '''\
class LinearModel:
    """w1 * celsius + w0, with weights that each model keeps for itself."""

    def __init__(self, w1, w0):
        """Keep the weights."""

    def convert(self, celsius):
        """Return the temperature in degrees Fahrenheit."""


model = ...  # an actor of your class, with the weights 9/5 and 32
fahrenheit = ...  # what that actor answers for 100 degrees Celsius
'''

SOLUTION = '''\
@ray.remote
class LinearModel:
    """w1 * celsius + w0, with weights that each model keeps for itself."""

    def __init__(self, w1, w0):
        self.w1 = w1
        self.w0 = w0

    def convert(self, celsius):
        return self.w1 * celsius + self.w0


model = LinearModel.remote(w1=9 / 5, w0=32)
fahrenheit = ray.get(model.convert.remote(100))
'''

HINTS = (
    (
        "Everything you need was in `Accounting`: a line above the class that makes it an actor "
        "class, state that `__init__` puts on `self`, and a method that works with it."
    ),
    (
        "In `__init__` write `self.w1 = w1`, and the same for `w0`. `convert` computes with "
        "`self.w1` and `self.w0`, and hands the result back with `return`."
    ),
    (
        "Above the class: `@ray.remote`. An actor: `model = LinearModel.remote(w1=9 / 5, w0=32)`. "
        "A call, and its answer: `ray.get(model.convert.remote(100))`."
    ),
)

HARD_CODED = (
    "The numbers of the Celsius formula seem to be written into the method, or into a name outside "
    "the class. Use the weights this model was made with: `self.w1` and `self.w0`."
)
WHOLE_NUMBERS = (
    "The fraction has got lost. `//` and `int()` cut it off, `round()` changes it; `/` and plain "
    "numbers keep it."
)
SHARED_WEIGHTS = (
    "The weights are kept in a place that all models of a process share: a `global` name, or the "
    "class itself. Put them on `self`, in `__init__`."
)


def _converts(
    weights: Mapping[str, float],
    right: Mapping[float, float],
    wrong: Mapping[float, str],
    things: Mapping[str, Any],
    limit_s: float,
) -> None:
    """Make one model and compare its answers.

    Args:
        weights: its own.
        right: the answer for each temperature.
        wrong: the misunderstandings that betray themselves by a number.
        things: the student's.
        limit_s: seconds for all of it.
    """
    with Trial(things["LinearModel"], weights, time_limit_s=limit_s) as model:
        for celsius, expected in right.items():
            answer = model.call("convert", celsius)
            _compare(answer, expected, wrong, f"`convert({celsius:g})` gave")


def _compare(answer: Any, expected: float, wrong: Mapping[float, str], what: str) -> None:
    otherwise = "Compute it by hand with the formula `w1 * celsius + w0`, and compare."
    compare_number(answer, expected, wrong, what, otherwise)


# 2.5 and 7 at 3 degrees: each of the usual mistakes leads to another number.
_OTHER_WEIGHTS = {"w1": 2.5, "w0": 7}
_OTHER_WRONG = {
    2.5 + 7 * 3: "The weights are swapped: `w1` is multiplied, `w0` is added.",
    2.5 * (3 + 7): "`w0` is added before the multiplication. The product comes first.",
    9 / 5 * 3 + 32: HARD_CODED,
    9 // 5 * 3 + 32: HARD_CODED,
    2.5 * 3: "`w0` is not added.",
    3 + 7: "`w1` is not used.",
    (3 - 7) / 2.5: "This is the way back, from Fahrenheit to Celsius.",
    2.5 * 3 // 1 + 7: WHOLE_NUMBERS,
    2 * 3 + 7: WHOLE_NUMBERS,
    15: WHOLE_NUMBERS,
}

_CELSIUS_RIGHT = {100: 212.0, 0: 32.0, -40: -40.0, 37: 98.6, 36.6: 97.88}
_CELSIUS_WRONG = {
    9 / 5 + 32 * 100: "The weights are swapped: `w1` is multiplied, `w0` is added.",
    9 // 5 * 100 + 32: WHOLE_NUMBERS,
    9 // 5 * 37 + 32: WHOLE_NUMBERS,
    98: WHOLE_NUMBERS,
    99: WHOLE_NUMBERS,
}


class _TwoInOneProcess:
    """Holds two models of one class side by side, as two actors never are."""

    def __init__(self, model_class: Any) -> None:
        self.first = model_class(w1=1.5, w0=4)
        self.second = model_class(w1=-2, w0=0.5)

    def convert(self, celsius: float) -> tuple[Any, Any]:
        """What each of them makes of it."""
        return self.first.convert(celsius), self.second.convert(celsius)


def _keeps_its_own_weights(things: Mapping[str, Any], limit_s: float) -> None:
    # Two actors have a process each, so that even a global name would be one for each of them.
    plain = things["LinearModel"]._ray_class  # noqa: SLF001  # the class as it was written
    probe = ray.remote(_TwoInOneProcess)
    with Trial(probe, {"model_class": plain}, time_limit_s=limit_s) as pair:
        for celsius in (10, -10):
            answers = pair.call("convert", celsius)
            for answer, expected in zip(
                answers, (1.5 * celsius + 4, -2 * celsius + 0.5), strict=True
            ):
                wrong = {9 / 5 * celsius + 32: HARD_CODED}
                other = {1.5 * celsius + 4: SHARED_WEIGHTS, -2 * celsius + 0.5: SHARED_WEIGHTS}
                what = f"side by side with another model, `convert({celsius})` gave"
                _compare(answer, expected, {**wrong, **other}, what)


def _was_asked(things: Mapping[str, Any], limit_s: float) -> None:
    """The student's own call: no class of his runs here, only his result is looked at."""
    del limit_s
    answer = things["fahrenheit"]
    if answer is None or answer is ...:
        came = "nothing yet" if answer is ... else "`None`"
        advice = (
            "Make an actor with `LinearModel.remote(...)`, call its method with `.remote(100)`, "
            "and `ray.get` the answer."
        )
        raise NotYet(came=came, advice=advice)
    require_value(answer, "a number", "model.convert.remote(100)")
    wrong = {
        132: "`9 // 5` is 1: it cuts the fraction off. Write `9 / 5`.",
        9 / 5 + 32 * 100: "The weights are swapped: make the model with `w1=9 / 5, w0=32`.",
        (100 - 32) * 5 / 9: "This is the way back, from Fahrenheit to Celsius.",
    }
    _compare(answer, 212.0, wrong, "`fahrenheit` is")


_any_weights: Run = partial(_converts, _OTHER_WEIGHTS, {3: 14.5}, _OTHER_WRONG)
_celsius: Run = partial(_converts, CELSIUS_WEIGHTS, _CELSIUS_RIGHT, _CELSIUS_WRONG)

linear_model = Exercise(
    name="linear_model",
    title="LinearModel",
    task=(
        "Make `LinearModel` an actor class. A model keeps two weights; `convert(celsius)` returns "
        "`w1 * celsius + w0`. Then ask one with the weights 9/5 and 32 what 100 °C are."
    ),
    lesson="01_first_actor",
    minutes=10,
    asks_for={
        "LinearModel": "your actor class",
        "fahrenheit": "what your actor answered for 100 degrees Celsius",
    },
    stub=STUB,
    hints=HINTS,
    solution=SOLUTION,
    checks=(
        actor_class_check("LinearModel", "linear_model.check(LinearModel)"),
        Check(
            name="`convert` computes with the weights the model was made with",
            expected="14.5 from `convert(3)`, for a model with `w1=2.5, w0=7`",
            run=_any_weights,
        ),
        Check(
            name="with 9/5 and 32 it turns Celsius into Fahrenheit",
            expected="212 for 100 °C, 32 for 0 °C, and 98.6 for 37 °C",
            run=_celsius,
        ),
        Check(
            name="each model keeps weights of its own",
            expected="two models with different weights, each answering with its own",
            run=_keeps_its_own_weights,
        ),
        Check(
            name="`fahrenheit` is what your own actor answered",
            expected="212 (a number)",
            run=_was_asked,
        ),
    ),
)
