"""``explain()``: what happened with the last error, in order and in words.

In Ray: nothing like it. An error that has come through several processes carries what each of them
knew of its call; here that is told from the driver's line to the line that raised.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from raylite._core.common.frames import Frame, format_frames
from raylite._core.common.remote_traceback import RemoteCall, driver_frames, text_lines
from raylite._core.common.slips import hint_for
from raylite.exceptions import ActorDiedError, RayActorError, RayTaskError

__all__ = ["explain", "hint_for"]

_LIVES_ON = (
    "An error in a method does not end its actor: it lives on, with the state it had\n"
    "when the method raised."
)
_LIBRARIES = (f"{Path(os.__file__).parent}/", "<frozen ")
_REST_LINES = 12
"""Of the error's own text, below its first line."""


def explain(error: Any = None) -> None:
    """Print what happened, in order: who called whom, with what, and where it went wrong.

    Args:
        error: one that was caught; None: the last one that was shown in the notebook, or at
            Python's prompt.

    Raises:
        TypeError: if ``error`` is no exception.
    """
    if error is None:
        error = getattr(sys, "last_value", None)
    if error is None:
        told = ["Nothing has gone wrong yet. In an except clause, write raylite.explain(error)."]
    elif isinstance(error, BaseException):
        told = list(_story(error))
    else:
        msg = f"explain({error!r}) takes an exception, as 'except ... as error' gives it."
        raise TypeError(msg)
    sys.stdout.write("\n".join([*told, ""]))


def _story(error: BaseException) -> Iterator[str]:
    cause = error.cause if isinstance(error, RayTaskError) else error
    first, *rest = [line.strip() for line in text_lines(cause)]
    if isinstance(cause, ActorDiedError) and cause.cause is not None:
        first, rest = f"{first} {text_lines(cause.cause.cause)[0].strip()}", []
    yield f"{type(cause).__name__}: {first}"
    yield ""
    for number, (step, *details) in enumerate(_steps(error), start=1):
        yield f"{number}. {step}"
        yield from (f"   {line}" for line in details)
    told = [*rest[:_REST_LINES], *_advice(error, cause)]
    if told:
        yield ""
        yield from told


def _steps(error: BaseException) -> Iterator[list[str]]:
    mine = driver_frames(error)
    if mine:
        yield ["Your program was here, and the error arrived:", *_shown(mine[-1:])]
    chain = _chain(_call_of(error))
    for position, call in enumerate(chain):
        deeper = chain[position + 1] if position + 1 < len(chain) else None
        yield from _step(call, deeper)


def _step(call: RemoteCall, deeper: RemoteCall | None) -> Iterator[list[str]]:
    name = f"{call.function_name}()"
    if call.in_argument:
        yield [f"{name} never ran: it waited for an argument, and there was an error instead."]
        return
    first = f"{name} ran {f'in process {call.pid}' if call.pid else 'elsewhere'}."
    told = []
    if call.called_as is not None:
        told.append(f"It was called as {call.called_as}.")
    if call.actor_told is not None:
        told.append(f"Its actor: {call.actor_told}.")
    if deeper is not None:
        told.append(f"It waited for {deeper.function_name}(), whose error came here:")
    elif call.captured is not None:
        told.append("It raised the error here:")
    yield [first, *told, *_shown(_last_own(call.frames))]


def _advice(error: BaseException, cause: BaseException) -> Iterator[str]:
    """What is left as it was, and what to do."""
    if isinstance(error, RayTaskError):
        last = _chain(_call_of(error))[-1]
        if last.actor_id is not None and not isinstance(cause, RayActorError):
            yield _LIVES_ON
    hint = hint_for(cause)
    if hint:
        yield f"Hint: {hint}"


def _call_of(error: BaseException) -> RemoteCall | None:
    if isinstance(error, ActorDiedError):
        # It may be the error of a task as well, which has waited for the actor.
        error = error if "_remote" in vars(error) else error.cause or error
    found: RemoteCall | None = vars(error).get("_remote")
    return found


def _chain(call: RemoteCall | None) -> list[RemoteCall]:
    """The calls an error has passed, from the driver's to the one that raised."""
    found = []
    while call is not None:
        found.append(call)
        call = call.inner
    return found


def _last_own(frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """The last line that is the user's rather than a library's, if there is one."""
    own = [frame for frame in frames if not frame.filename.startswith(_LIBRARIES)]
    return (*own[-1:],) or frames[-1:]


def _shown(frames: tuple[Frame, ...] | list[Frame]) -> list[str]:
    return format_frames(frames).rstrip("\n").split("\n") if frames else []
