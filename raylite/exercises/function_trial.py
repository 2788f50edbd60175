"""Runs a student's function: in a process of its own, with a time limit, as classes are run.

In Ray: nothing like it. What the function makes, tasks and actors too, belongs to that process and
ends with it; so an endless loop, a crash or a forgotten actor leaves nothing behind.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import raylite as ray
from raylite.exceptions import RayActorError, RayTaskError
from raylite.exercises.findings import require_value
from raylite.exercises.misunderstandings import advice_on, how_it_died, named
from raylite.exercises.trial import NotYet, Trial, shown

__all__ = ["RUNNER", "answered"]


_IF_SLOW: Final = (
    "It waits for something that never comes, or goes round for ever: a `while` whose condition "
    "never becomes false, or an actor that answers nobody."
)


class _OneByOne:
    """Stands for a generator, which has no copy that could be handed back."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


class _Runner:
    """Calls one function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def run(self, argument: Any) -> Any:
        """What it returns, a tuple as a list."""
        answer = self._function(argument)
        if isinstance(answer, Iterator):
            return _OneByOne(repr(answer))
        return list(answer) if isinstance(answer, tuple) else answer


RUNNER = _Runner.__name__
"""The class of the actor that runs a function, as tables name it."""


@contextmanager
def answered(function: Any, name: str, argument: Any, *, limit_s: float, how: str) -> Iterator[Any]:
    """What a student's function returns; it is waited for no longer than that.

    What it has made lives on until the body of the `with` ends: the session can be asked about it.

    Args:
        function: the student's, or what there is in its place.
        name: what it is to be called.
        argument: the one it is given.
        limit_s: seconds it may take.
        how: a call that gives a ref, for the advice if it returns one.

    Raises:
        NotYet: if it is no function, raises, crashes, takes too long, or returns no value.
    """
    if not callable(function):
        advice = f"`{name}` is to be a function: `def {name}(numbers):`."
        raise NotYet(came=f"`{name}` is {shown(function)}", advice=advice, is_final=True)
    # Of no CPU: where the student's own actors hold all of them, it is to run nevertheless.
    runner = ray.remote(num_cpus=0)(_Runner)
    given = {"function": function}
    with Trial(runner, given, time_limit_s=limit_s, if_slow=_IF_SLOW) as trial:
        call = f"`{name}({shown(argument).strip('`')})`"
        answer = trial.wait_for(trial.submit("run", argument), call)
        if isinstance(answer, RayTaskError):
            came = f"`{name}` raised {named(answer.cause)}"
            raise NotYet(came=came, advice=advice_on(answer.cause), is_final=True)
        if isinstance(answer, RayActorError):
            died, advice = how_it_died(answer)
            came = f"`{name}` was not done when its process ended: {died}"
            raise NotYet(came=came, advice=advice, is_final=True)
        require_value(answer, "a list with the answers", how)
        yield answer
