"""``@remote``: what makes tasks of functions and actors of classes.

In Ray: ``remote`` in ``python/ray/_private/worker.py``.
"""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, overload

from raylite._options import OPTIONS
from raylite.actor import ActorClass, make_actor_class
from raylite.remote_function import RemoteFunction

__all__ = ["remote"]

T = TypeVar("T")
R = TypeVar("R")


@overload
def remote(target: type[T], /) -> ActorClass[T]: ...  # type: ignore[overload-overlap]  # a class is callable, too


@overload
def remote(target: Callable[..., R], /) -> RemoteFunction[R]: ...


@overload
def remote(**options: Any) -> Callable[[Any], Any]: ...


def remote(*args: Any, **options: Any) -> Any:
    """Make a remote function of a function, or an actor class of a class.

    Bare, ``@ray.remote``, or with options, ``@ray.remote(num_cpus=2)``.

    Args:
        args: the function or class, and nothing else.
        options: see ``raylite._options``.

    Raises:
        AssertionError: for empty brackets, or if it is put on anything else.
        ValueError: for an unknown option, or one out of range.
        TypeError: for an option of the wrong type, or if options are put on anything else.
    """
    if not options and len(args) == 1 and _can_be_remote(args[0]):
        return _made_remote(args[0], {})
    if not options and len(args) == 1 and isinstance(args[0], ActorClass | RemoteFunction):
        raise AssertionError(_is_remote_already(args[0]))
    if args or not options:
        msg = (
            "@ray.remote stands before a function or a class, either bare, '@ray.remote', or with "
            f"options, '@ray.remote(num_cpus=2)'. The options are {sorted(OPTIONS)}."
        )
        raise AssertionError(msg)

    def decorate(target: Any) -> Any:
        if isinstance(target, ActorClass | RemoteFunction):
            raise TypeError(_is_remote_already(target))
        if not _can_be_remote(target):
            msg = f"@ray.remote(...) stands before a function or a class, not before {target!r}."
            raise TypeError(msg)
        return _made_remote(target, options)

    return decorate


def _is_remote_already(target: Any) -> str:
    if isinstance(target, ActorClass):
        name, kind = target._ray_description.class_name, "an actor class"  # noqa: SLF001  # one API
    else:
        name, kind = target._name, "a remote function"  # noqa: SLF001  # as above
    return (
        f"{name} is {kind} already: one @ray.remote is enough. Options stand in its brackets, "
        f"'@ray.remote(num_cpus=2)', or in {name}.options(num_cpus=2)."
    )


def _can_be_remote(target: Any) -> bool:
    return inspect.isclass(target) or inspect.isfunction(target) or inspect.isbuiltin(target)


def _made_remote(target: Any, options: dict[str, Any]) -> Any:
    if inspect.isclass(target):
        return make_actor_class(target, options)
    return RemoteFunction(target, options)
