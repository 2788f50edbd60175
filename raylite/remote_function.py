"""Remote functions: what ``@remote`` makes of a function.

In Ray: ``python/ray/remote_function.py``. Left out here: ``bind``.
"""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from raylite import _engine
from raylite._core.common.call_options import STREAMING
from raylite._core.common.object_ref import ObjectRef
from raylite._core.common.promise import StandsForValue, refuse
from raylite._definitions import define
from raylite._methods import is_generator
from raylite._options import Target, check_options, task_options
from raylite._signature import CallShape, call_shape
from raylite.engines.base import Definition, Engine, TaskOptions

__all__ = ["RemoteFunction"]

R = TypeVar("R")


class RemoteFunction(StandsForValue, Generic[R]):
    """A function whose calls run in worker processes: ``f.remote(1)`` gives an ObjectRef at once.

    Args:
        function: any ``def`` function.
        options: the keywords of ``@remote``.

    Raises:
        ValueError: for a coroutine function, an unknown option, or one out of range.
        TypeError: for an option of the wrong type.
    """

    def __init__(self, function: Callable[..., R], options: Mapping[str, Any]) -> None:
        _refuse_unsupported(function)
        check_options(Target.TASK, options)
        self._set(function, dict(options), call_shape(function))

    def _set(self, function: Callable[..., R], options: dict[str, Any], shape: CallShape) -> None:
        # Name, text and signature are the function's, for people and for completion.
        functools.update_wrapper(self, function)
        self._function = function
        self._options = options
        self._shape = shape
        self._name = getattr(function, "__name__", type(function).__name__)
        self._task_options: TaskOptions = self._told(options)
        self._definition: Definition | None = None
        self._defined_in: Engine | None = None

    def _told(self, options: Mapping[str, Any]) -> TaskOptions:
        """What the engine is told of a call with these options."""
        default = STREAMING if is_generator(self._function) else 1
        return task_options(self._name, options, default)

    @property
    def _function_name(self) -> str:
        return f"{self._function.__module__}.{self._name}"

    def __call__(self, *_: Any, **__: Any) -> R:
        """Refuse, since nobody could tell whether a process was meant.

        Raises:
            TypeError: always; it shows the call that was meant.
        """
        msg = (
            f"{self._name}() is a remote function and cannot be called directly.\nInstead of "
            f"'{self._name}(...)' write '{self._name}.remote(...)',\nand "
            f"'ray.get({self._name}.remote(...))' for its value."
        )
        raise TypeError(msg)

    def remote(self, *args: Any, **kwargs: Any) -> "ObjectRef[R]":
        """Have the function called in a worker process.

        1. The arguments are checked against the signature, here.
        2. They are pickled; an ObjectRef among them stands for its value.
        3. The call waits for these values and for free resources, and runs.

        Returns:
            An ObjectRef; None for ``num_returns=0``, a list of refs for more than one; an
            ObjectRefGenerator for a generator function.

        Raises:
            TypeError: if the arguments do not fit, or cannot be pickled.
        """
        submitted: ObjectRef[R] = self._submit(args, kwargs, self._task_options)
        return submitted

    def options(self, **options: Any) -> "RemoteFunctionOptions":
        """The same function with other options, for the calls made through what is returned.

        Args:
            options: as for ``@remote``.

        Raises:
            ValueError: for an unknown option or one out of range.
            TypeError: for an option of the wrong type.
        """
        check_options(Target.TASK, options, late=True)
        return RemoteFunctionOptions(self, self._told({**self._options, **options}))

    def _remote(
        self,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Any:
        return self.options(**options).remote(*(args or ()), **(kwargs or {}))

    def _submit(self, args: tuple[Any, ...], kwargs: dict[str, Any], options: TaskOptions) -> Any:
        shape = self._shape
        if kwargs or not shape.min_args <= len(args) <= shape.max_args:
            shape.check(self._name, args, kwargs)
        engine = _engine.engine or _engine.current()
        definition = self._definition
        if definition is None or self._defined_in is not engine:
            # Once for each session, since globals the function reads may have changed in between.
            definition = define(self._function, self._name)
            self._definition, self._defined_in = definition, engine
        return engine.submit_task(definition, args, kwargs, options)

    def __repr__(self) -> str:
        return f"RemoteFunction({self._function_name})"

    def _ray_told(self) -> str:
        name = self._name
        return (
            f"{name} is a remote function, not what it returns. Write\n"
            f"ray.get({name}.remote(...)) to call it and have its value."
        )

    def __reduce__(self) -> tuple[Any, ...]:
        # The state apart from the making, since a function may refer to itself by its global name.
        return _blank, (), (self._function, self._options, self._shape)

    def __setstate__(self, state: tuple[Callable[..., R], dict[str, Any], CallShape]) -> None:
        self._set(*state)


refuse(RemoteFunction, "iter", "getitem", "setitem", "delitem", "len")


class RemoteFunctionOptions:
    """What ``f.options(...)`` gives: its ``remote`` calls the function with these options."""

    def __init__(self, function: RemoteFunction[Any], options: TaskOptions) -> None:
        self._remote_function = function
        self._task_options = options

    def remote(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function, as :meth:`RemoteFunction.remote` does."""
        return self._remote_function._submit(args, kwargs, self._task_options)  # noqa: SLF001  # one thing in two classes


def _blank() -> RemoteFunction[Any]:
    return RemoteFunction.__new__(RemoteFunction)


def _refuse_unsupported(function: Callable[..., Any]) -> None:
    name = getattr(function, "__name__", repr(function))
    if inspect.iscoroutinefunction(function):
        msg = (
            f"{name} is an 'async def' function, which cannot be a remote task. Write a plain "
            f"function that calls asyncio.run({name}(...)), or a method of an actor."
        )
        raise ValueError(msg)
