"""What is told of a call that failed in a worker of Ray's.

In Ray: ``store_task_errors`` in ``python/ray/_raylet.pyx``, which keeps a text. Here an error of
raylite's is made, and given to Ray as what the code has raised.
"""

import asyncio
import contextlib
import os
from collections.abc import Mapping
from typing import Any, Final, NoReturn

import ray

from raylite._core.common.record import Record
from raylite._core.common.short_repr import short_call
from raylite._core.common.task_error import RayTaskError
from raylite.engines.ray import own_actor
from raylite.engines.ray.kept import keep_init_error
from raylite.engines.ray.own_actor import INSTANCE
from raylite.exceptions import ActorExit, UnserializableException

__all__ = ["Caller", "failed", "failed_init"]

_RAYS_OWN: Final = (SystemExit, KeyboardInterrupt, GeneratorExit, asyncio.CancelledError)
"""What Ray looks for itself: the end of a process, and a cancellation."""


class Caller(Record):
    """Whose call it is."""

    name: str
    """``f`` or ``Counter.add``."""
    class_name: str = ""
    """Of an actor."""


def failed(
    error: BaseException, caller: Caller, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> BaseException:
    """What Ray is to be told that the code has raised.

    Args:
        error: what it has raised, with its traceback.
        caller: whose call it is.
        args: what it was called with; of a method, the actor first.
        kwargs: the same, by name.
    """
    if isinstance(error, ActorExit):
        _exit_actor()
    if isinstance(error, _RAYS_OWN) or _is_of_ray(error):
        return error
    instance = own_actor.instance_or_none()
    told = RayTaskError.from_exception(
        error,
        function_name=caller.name,
        pid=os.getpid(),
        actor_id=_actor_id(),
        actor_repr=None if instance is None else _repr_of(instance),
        called_as=_called_as(caller, args, kwargs),
        actor_told=None if instance is None else _actor_told(caller),
    )
    return _that_travels(told)


def failed_init(
    error: BaseException, caller: Caller, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> BaseException:
    """The same for a constructor. Ray keeps its text alone, so it is kept beside."""
    told = failed(error, caller, args, kwargs)
    actor_id = _actor_id()
    if isinstance(told, RayTaskError) and actor_id:
        with contextlib.suppress(Exception):  # Without it the text of Ray's is what is shown.
            keep_init_error(actor_id, ray.cloudpickle.dumps(told))
    return told


def _exit_actor() -> NoReturn:
    ray.actor.exit_actor()
    raise AssertionError  # It never returns.


def _is_of_ray(error: BaseException) -> bool:
    """Whether it is Ray's, and Ray does something about it."""
    return type(error).__name__ == "AsyncioActorExit" and not isinstance(error, RayTaskError)


def _actor_id() -> str | None:
    found = ray.get_runtime_context().get_actor_id()
    return None if found is None else str(found)


def _repr_of(instance: object) -> str | None:
    try:
        return repr(instance)
    except Exception:  # The user's __repr__ may do anything.
        return None


def _called_as(caller: Caller, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str | None:
    name = caller.name
    if caller.class_name:
        name = caller.class_name if name.endswith(".__init__") else name.rpartition(".")[2]
    shown = args
    if args and hasattr(type(args[0]), INSTANCE):
        shown = args[1:]  # The actor itself.
    try:
        return short_call(name, shown, kwargs)
    except BaseException:  # A __repr__ of the user's may even want to end the process.
        return None


def _actor_told(caller: Caller) -> str:
    name = ray.get_runtime_context().get_actor_name()
    return f"{caller.class_name or 'actor'}{f' {name!r}' if name else ''}: ALIVE"


def _that_travels(told: RayTaskError) -> BaseException:
    """The error; where it cannot be pickled and made anew, its text."""
    try:
        ray.cloudpickle.loads(ray.cloudpickle.dumps(told))
    except Exception:  # The user's exception may hold anything.
        return UnserializableException(str(told))
    return told
