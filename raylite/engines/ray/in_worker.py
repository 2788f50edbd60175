"""The other end of a call: what runs in a worker of Ray's around the user's function or class.

In Ray: ``execute_task`` in ``python/ray/_raylet.pyx``, which runs these as any other function.

1. The process gets its engine, so that raylite's calls made there are Ray's calls.
2. The user's code runs. An actor's class is not changed and not derived from: what Ray makes an
   actor of holds an instance of it, so ``type(self)`` is what it says, and a method that calls
   another one of its own just calls it.
3. What the code raises is put into raylite's words here, where all frames and arguments are known.
"""

import functools
import inspect
import linecache
import types
from collections.abc import Callable, Mapping
from typing import Any, Final

import ray

from raylite._core.common.call_options import METHOD_OPTIONS
from raylite.engines.ray import own_actor
from raylite.engines.ray.attaching import attach
from raylite.engines.ray.failed_call import Caller, failed, failed_init
from raylite.engines.ray.own_actor import INSTANCE
from raylite.engines.ray.values import from_ray

__all__ = ["actor_for_ray", "function_for_ray", "with_instance"]

_NOT_CALLED: Final = frozenset(
    {
        *("__class_getitem__", "__del__", "__delattr__", "__getattr__", "__getattribute__"),
        *("__init__", "__init_subclass__", "__new__", "__set_name__", "__setattr__"),
        *("__subclasshook__", "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__"),
        "__getnewargs__",
    }
)
"""What Python itself asks a class for; they are the instance's own business."""


def function_for_ray(
    target: Callable[..., Any], name: str, sources: Mapping[str, str]
) -> Callable[..., Any]:
    """What Ray is to run for a remote function.

    Args:
        target: the user's function.
        name: for errors.
        sources: of notebook cells, by file name, so that Python can quote them.
    """
    caller = Caller(name=name)

    def call(*args: Any, **kwargs: Any) -> Any:
        _begin(sources)
        args = _taken(args)
        try:
            return target(*args, **kwargs)
        except BaseException as error:
            raise failed(error, caller, args, kwargs) from None

    def generate(*args: Any, **kwargs: Any) -> Any:
        _begin(sources)
        args = _taken(args)
        try:
            # Not with 'yield from': Ray sends into the generator, and not all inside takes that.
            for item in target(*args, **kwargs):  # noqa: UP028  # See above.
                yield item
        except BaseException as error:
            raise failed(error, caller, args, kwargs) from None

    made: Any = generate if inspect.isgeneratorfunction(target) else call
    made.__name__ = made.__qualname__ = name
    _become_like(made, target)
    made.__module__ = _module_of(target)
    named: Callable[..., Any] = made
    return named


def _module_of(target: Any) -> str:
    """The module of a function as Ray names it: that of a program is called like its file."""
    module = getattr(target, "__module__", None) or "__main__"
    if module != "__main__":
        return str(module)
    try:
        return inspect.getmodulename(inspect.getfile(target)) or module
    except (TypeError, OSError):  # It is of no file.
        return module


def _begin(sources: Mapping[str, str]) -> None:
    attach()
    for filename, text in sources.items():
        if filename not in linecache.cache:
            lines = text.splitlines(keepends=True)
            linecache.cache[filename] = (len(text), None, lines, filename)


def _taken(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Arguments for which Ray put in values that are of its own classes."""
    return tuple(map(from_ray, args))


def _become_like(function: Any, target: Any) -> None:
    """Take over names, which Ray shows, and the signature, but not the way back to what is inside.

    Ray would follow that way, and look for its own attributes there.
    """
    functools.update_wrapper(function, target)
    del function.__wrapped__
    try:
        signature = inspect.signature(target)
    except (TypeError, ValueError):  # Some built-in functions have none.
        return
    bare = [one.replace(annotation=one.empty) for one in signature.parameters.values()]
    function.__signature__ = signature.replace(parameters=bare, return_annotation=signature.empty)


def actor_for_ray(cls: type, packed_handle: bytes, sources: Mapping[str, str]) -> type:
    """The class that Ray is to make an actor of.

    Args:
        cls: the user's class.
        packed_handle: what handles to its actors are made from.
        sources: as for a function.
    """
    namespace: dict[str, Any] = {"__doc__": cls.__doc__, INSTANCE: None}
    for name in dir(cls):
        value = getattr(cls, name, None)
        if name not in _NOT_CALLED and (inspect.isfunction(value) or inspect.ismethod(value)):
            namespace[name] = _method(cls, name, value)
    namespace["__init__"] = _constructor(cls, packed_handle, sources)
    made = types.new_class(cls.__name__, (), exec_body=lambda space: space.update(namespace))
    made.__module__ = cls.__module__
    made.__qualname__ = cls.__qualname__
    return made


def _constructor(cls: type, packed_handle: bytes, sources: Mapping[str, str]) -> Any:
    caller = Caller(name=f"{cls.__name__}.__init__", class_name=cls.__name__)
    init: Any = cls.__init__  # type: ignore[misc]  # It is this very class's.
    blank: Any = cls.__new__

    def begin(actor: Any) -> None:
        _begin(sources)
        own_actor.become(actor, packed_handle)

    if inspect.iscoroutinefunction(init):

        async def make_async(self: Any, *args: Any, **kwargs: Any) -> None:
            begin(self)
            try:
                instance = blank(cls)
                await init(instance, *_taken(args), **kwargs)
            except BaseException as error:
                raise failed_init(error, caller, args, kwargs) from None
            setattr(self, INSTANCE, instance)

        return _signed_like(make_async, init)

    def make(self: Any, *args: Any, **kwargs: Any) -> None:
        begin(self)
        try:
            setattr(self, INSTANCE, cls(*_taken(args), **kwargs))
        except BaseException as error:
            raise failed_init(error, caller, args, kwargs) from None

    return _signed_like(make, init)


def _signed_like(function: Any, init: Any) -> Any:
    if inspect.isfunction(init):
        _become_like(function, init)
    function.__name__ = "__init__"
    return function


def _method(cls: type, name: str, value: Any) -> Any:
    raw = inspect.getattr_static(cls, name)
    options = getattr(raw, METHOD_OPTIONS, getattr(value, METHOD_OPTIONS, {}))
    caller = Caller(name=f"{cls.__name__}.{name}", class_name=cls.__name__)
    is_bound = isinstance(raw, staticmethod | classmethod)
    function = value if is_bound else _on_instance(value)
    made = _of_kind(value, function, caller)
    _become_like(made, value)
    if options:
        made = ray.method(**{key: one for key, one in options.items() if one is not None})(made)
    return staticmethod(made) if is_bound else made


def _on_instance(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(actor: Any, *args: Any, **kwargs: Any) -> Any:
        return function(getattr(actor, INSTANCE), *args, **kwargs)

    return call


def _of_kind(value: Any, function: Callable[..., Any], caller: Caller) -> Any:
    """A method of the same kind as the user's: plain or asynchronous, a generator or none."""
    if inspect.isasyncgenfunction(value):
        return _async_generator(function, caller)
    if inspect.iscoroutinefunction(value):
        return _coroutine(function, caller)
    if inspect.isgeneratorfunction(value):
        return _generator(function, caller)
    return _plain(function, caller)


def _plain(function: Callable[..., Any], caller: Caller) -> Any:
    def call(*args: Any, **kwargs: Any) -> Any:
        args = _taken(args)
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            raise failed(error, caller, args, kwargs) from None

    return call


def _generator(function: Callable[..., Any], caller: Caller) -> Any:
    def generate(*args: Any, **kwargs: Any) -> Any:
        args = _taken(args)
        try:
            for item in function(*args, **kwargs):  # noqa: UP028  # As in a function.
                yield item
        except BaseException as error:
            raise failed(error, caller, args, kwargs) from None

    return generate


def _coroutine(function: Callable[..., Any], caller: Caller) -> Any:
    async def call_async(*args: Any, **kwargs: Any) -> Any:
        args = _taken(args)
        try:
            return await function(*args, **kwargs)
        except BaseException as error:
            raise failed(error, caller, args, kwargs) from None

    return call_async


def _async_generator(function: Callable[..., Any], caller: Caller) -> Any:
    async def generate_async(*args: Any, **kwargs: Any) -> Any:
        args = _taken(args)
        try:
            async for item in function(*args, **kwargs):
                yield item
        except BaseException as error:
            raise failed(error, caller, args, kwargs) from None

    return generate_async


def with_instance(function: Callable[..., Any]) -> Callable[..., Any]:
    """For ``__ray_call__``: a function that is given the user's instance."""
    caller = Caller(name=getattr(function, "__name__", "__ray_call__"))

    def call(actor: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return function(getattr(actor, INSTANCE), *args, **kwargs)
        except BaseException as error:
            raise failed(error, caller, args, kwargs) from None

    return call
