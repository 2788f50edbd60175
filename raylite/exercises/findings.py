"""What several exercises look for, and what they say when they do not find it.

In Ray: nothing like it. A finding is raised as :class:`~raylite.exercises.trial.NotYet`.
"""

import math
from collections.abc import Callable, Mapping
from numbers import Real
from types import GeneratorType
from typing import Any, TypeAlias

import raylite as ray
from raylite.actor import ActorMethod
from raylite.exercises.exercise import Check
from raylite.exercises.trial import NotYet, shown

__all__ = [
    "Run",
    "actor_class_check",
    "compare_number",
    "is_close",
    "require_actor_class",
    "require_value",
]

Run: TypeAlias = Callable[[Mapping[str, Any], float], None]


def actor_class_check(name: str, example: str) -> Check:
    """The check that comes first wherever a class is asked for.

    Args:
        name: the class's.
        example: what a student writes to have it checked by hand.
    """

    def run(things: Mapping[str, Any], limit_s: float) -> None:
        del limit_s
        require_actor_class(things[name], name, example)

    return Check(
        name=f"`{name}` is an actor class",
        expected="a class that `@ray.remote` has made an actor class",
        run=run,
    )


def require_actor_class(thing: Any, name: str, example: str) -> None:
    """Refuse everything else.

    Raises:
        NotYet: with what it is instead.
    """
    if isinstance(thing, ray.ActorClass):
        return
    if isinstance(thing, type):
        came = "an ordinary Python class, whose objects live in the notebook's own process"
        advice = f"The line `@ray.remote` above `class {name}:` is missing."
    elif isinstance(thing, ray.ActorHandle):
        came = "a handle, which stands for one actor"
        advice = f"Check the class itself: `{example}`."
    else:
        came = shown(thing)
        advice = f"`{name}` is to be the class; give what you make of it another name."
    raise NotYet(came=came, advice=advice, is_final=True)


def require_value(thing: Any, what: str, how: str) -> None:
    """Refuse what stands for a value but is none yet.

    Args:
        thing: what was found.
        what: what it was to be, such as ``the numbers``.
        how: a call that gives a ref, such as ``guest.pid.remote()``.

    Raises:
        NotYet: for the dots of the stub, None, a ref, a generator, a method not called, a handle.
    """
    if thing is ...:
        advice = f"Replace the dots by {what}."
        raise NotYet(came="nothing yet", advice=advice, is_final=True)
    if thing is None:
        advice = "Nothing was handed back. Does the method `return`, and is the cell complete?"
        raise NotYet(came="`None`", advice=advice, is_final=True)
    if isinstance(thing, ray.ObjectRef):
        advice = "A call gives a ref at once, the promise of a value. `ray.get(...)` waits for it."
        raise NotYet(came="an ObjectRef", advice=advice, is_final=True)
    if isinstance(thing, ray.ObjectRefGenerator | GeneratorType):
        advice = "`yield` makes a generator, which gives one value after the other. Use `return`."
        raise NotYet(came="a generator", advice=advice, is_final=True)
    if isinstance(thing, ActorMethod):
        raise NotYet(
            came="the method itself", advice=f"It was not called: write `{how}`.", is_final=True
        )
    if isinstance(thing, ray.ActorHandle):
        advice = f"A handle is the way to the actor. Ask it: `ray.get({how})`."
        raise NotYet(came="a handle", advice=advice, is_final=True)


def is_close(answer: Any, number: float) -> bool:
    """Whether an answer is that number, but for rounding."""
    if isinstance(answer, bool) or not isinstance(answer, Real):
        return False
    return math.isclose(answer, number, rel_tol=1e-9, abs_tol=1e-9)


def compare_number(
    answer: Any, expected: float, wrong: Mapping[float, str], what: str, otherwise: str
) -> None:
    """Compare an answer with the number it should be.

    Args:
        answer: what came.
        expected: what should have.
        wrong: the misunderstandings that betray themselves by a number.
        what: how the report begins, such as "`total()` gave".
        otherwise: what to say of any other number.

    Raises:
        NotYet: if it is another one, or none.
    """
    if is_close(answer, expected):
        return
    advice = _advice_on_type(answer) or next(
        (text for number, text in wrong.items() if is_close(answer, number)), otherwise
    )
    raise NotYet(came=f"{what} {shown(answer)}", advice=advice)


def _advice_on_type(answer: Any) -> str:
    """What went wrong where the answer is no number at all; empty if it is one."""
    if answer is None:
        return (
            "The method computes, but hands nothing back: its last line has to begin with "
            "`return`. (`print` shows a value; it does not hand it to the caller.)"
        )
    if isinstance(answer, ray.ObjectRef):
        return "That is a ref, the promise of a value. Inside of the method return the number."
    if isinstance(answer, ray.ObjectRefGenerator):
        return "`yield` makes it a generator, which gives one ref after the other. Use `return`."
    if isinstance(answer, str):
        return "That is a text. Return the number itself, without quotes, `str` or `f'...'`."
    if isinstance(answer, bool) or not isinstance(answer, Real):
        return "Return a number."
    return ""
