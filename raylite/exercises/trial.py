"""Runs a student's class: in fresh actors, with a time limit, and with words for what goes wrong.

Nothing that a student's class does may harm the notebook. It runs in processes of its own, which
are killed at the end; an error, a crash or an endless loop becomes a :class:`NotYet`, which a
report can show.
"""

import inspect
import reprlib
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self

import raylite as ray
from raylite.actor import ActorHandle
from raylite.exceptions import (
    GetTimeoutError,
    RayActorError,
    RayTaskError,
    WorkerCrashedError,
)
from raylite.exercises.misunderstandings import advice_on, how_it_died, named

__all__ = ["NotYet", "Trial", "shown"]

READ_THE_MESSAGE = "Read the message: it says what is wrong, and what to write instead."

_LONGEST = 70
_IF_SLOW: Final = (
    "Something waits, prints or goes round for ever: a `while` whose condition stays true, a long "
    "`sleep`, or `@ray.remote(...)` with more than this machine has. Look into `__init__` too."
)


class NotYet(Exception):  # noqa: N818  # it is no error of the program, but a finding
    """A check found something else than it expected.

    Args:
        came: what was found.
        advice: the likely misunderstanding, and what to try.
        is_final: True where the checks that follow could only repeat it.
    """

    def __init__(self, *, came: str, advice: str, is_final: bool = False) -> None:
        super().__init__(came)
        self.came = came
        self.advice = advice
        self.is_final = is_final


class Trial:
    """One fresh actor of a student's class, as a context manager that ends it.

    Args:
        actor_class: anything with ``.remote()``.
        arguments: keyword arguments for its ``__init__``.
        time_limit_s: seconds that all calls of this trial may take together.
        if_slow: what probably happened where they take longer.
    """

    def __init__(
        self,
        actor_class: Any,
        arguments: Mapping[str, Any],
        *,
        time_limit_s: float,
        if_slow: str = _IF_SLOW,
    ) -> None:
        self._actor_class = actor_class
        self._arguments = dict(arguments)
        self._time_limit_s = time_limit_s
        self._if_slow = if_slow
        self._handle: ActorHandle | None = None

    def __enter__(self) -> Self:
        given = ", ".join(f"{name}={value!r}" for name, value in self._arguments.items())
        try:
            self._handle = self._actor_class.remote(**self._arguments)
        except Exception as error:
            came = f"`.remote({given})` raised {named(error)}"
            parameters = _listed(list(self._arguments))
            advice = (
                f"`__init__` is to take the parameters {parameters} beside `self`, spelt so."
                if not _fits(self._actor_class, self._arguments)
                else READ_THE_MESSAGE
            )
            raise NotYet(came=came, advice=advice, is_final=True) from None
        self._deadline_s = time.monotonic() + self._time_limit_s
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._handle is not None:
            ray.kill(self._handle)
            self._handle = None

    @property
    def handle(self) -> Any:
        """The actor's, for what is not an ordinary call."""
        return self._handle

    def call(self, method: str, *args: Any) -> Any:
        """What the method answers.

        Raises:
            NotYet: if there is no such method, or it raised, crashed, or took too long.
        """
        answer = self.outcome(method, *args)
        if isinstance(answer, RayTaskError):  # first: it is of the class of its cause as well
            raise _raised(_spelt(method, args), answer.cause)
        if isinstance(answer, RayActorError):
            raise _died(_spelt(method, args), answer)
        return answer

    def outcome(self, method: str, *args: Any) -> Any:
        """What the method answers, or the error that comes instead.

        Raises:
            NotYet: if there is no such method, or it took too long.
        """
        return self.wait_for(self.submit(method, *args), _spelt(method, args))

    def submit(self, method: str, *args: Any) -> Any:
        """Send a call, and do not wait: its ref.

        Raises:
            NotYet: if there is no such method, or the arguments do not fit.
        """
        return self._submit(method, args, _spelt(method, args))

    def wait_for(self, ref: Any, call: str) -> Any:
        """The value of a ref of this trial, or the error that comes instead.

        Args:
            ref: what :meth:`submit` gave.
            call: how the report is to name it.

        Raises:
            NotYet: if it took too long, or the process of a task ended.
        """
        try:
            return ray.get(ref, timeout=max(0.0, self._deadline_s - time.monotonic()))
        except GetTimeoutError:
            raise self._too_slow(call) from None
        except (RayTaskError, RayActorError) as error:
            return error
        except WorkerCrashedError as error:
            how, advice = how_it_died(error)
            came = f"{call} gave no answer: {how}"
            raise NotYet(came=came, advice=advice, is_final=True) from None

    def _submit(self, method: str, args: tuple[Any, ...], call: str) -> Any:
        if method not in dir(self._handle):
            names = [name for name in dir(self._handle) if not name.startswith("_")]
            came = f"the class has no method `{method}`; it has {_listed(names) or 'none'}"
            advice = f"Call the method `{method}`, spelt exactly so."
            raise NotYet(came=came, advice=advice, is_final=True)
        try:
            return getattr(self._handle, method).remote(*args)
        except TypeError as error:
            advice = (
                "The method's parameters do not fit the call. Count them: `self` first, then one "
                "for each value in the brackets."
            )
            raise NotYet(came=f"{call}: {error}", advice=advice, is_final=True) from None
        except Exception as error:
            came = f"{call}: {error}"
            raise NotYet(came=came, advice=READ_THE_MESSAGE, is_final=True) from None

    def _too_slow(self, call: str) -> NotYet:
        came = f"{call} gave no answer within {self._time_limit_s:g} s, and was ended"
        return NotYet(came=came, advice=self._if_slow, is_final=True)


def _spelt(method: str, args: tuple[Any, ...]) -> str:
    return f"`{method}({', '.join(map(repr, args))})`"


def shown(value: Any) -> str:
    """A value as a student may read it: its ``repr``, kept short."""
    brief = reprlib.Repr()
    brief.maxother = brief.maxstring = _LONGEST
    try:
        text = brief.repr(value)
    except Exception:  # Of what a student's class says of itself, or of a number of a mile.
        text = f"<{type(value).__name__}>"
    return f"`{text}`".replace("``", "` `")


def _fits(actor_class: Any, arguments: Mapping[str, Any]) -> bool:
    """Whether these are arguments that the class's ``__init__`` takes."""
    try:
        inspect.signature(actor_class._ray_class).bind(**arguments)  # noqa: SLF001  # one package
    except TypeError:
        return False
    return True


def _raised(call: str, cause: BaseException) -> NotYet:
    came = f"{call} raised {named(cause)}"
    return NotYet(came=came, advice=advice_on(cause))


def _died(call: str, error: RayActorError) -> NotYet:
    creation = getattr(error, "cause", None)
    cause = getattr(creation, "cause", None)
    if cause is not None:
        came = f"`__init__` raised {named(cause)}"
        return NotYet(came=came, advice=advice_on(cause), is_final=True)
    how, advice = how_it_died(error)
    came = f"the actor was gone before it could answer {call}: {how}"
    return NotYet(came=came, advice=advice, is_final=True)


def _listed(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    if not quoted:
        return ""
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)
