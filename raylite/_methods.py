"""What a handle knows of its actor's class: which methods there are, and how to call them.

In Ray: ``_ActorClassMethodMetadata`` in ``python/ray/actor.py``. It travels with every handle, so
it holds names and counts only: no code, no annotation, no default value.
"""

import inspect
import pickle
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from raylite._options import UnsupportedError
from raylite._signature import CallShape, call_shape

__all__ = [
    "BUILT_IN",
    "METHOD_OPTIONS",
    "ClassDescription",
    "MethodSpec",
    "describe_class",
    "description_from",
]

METHOD_OPTIONS: Final = "__ray_method_options__"
"""The attribute in which ``@method`` leaves its keywords on a function."""

_NEVER: Final = -2


@dataclass(frozen=True, slots=True)
class MethodSpec:
    """One remote method."""

    name: str
    shape: CallShape
    num_returns: int = 1
    refusal: str = ""
    """Why it cannot be called here, if so."""

    def check(self, class_name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Refuse a call that does not fit, or a method that cannot be called.

        Raises:
            TypeError: if the arguments do not fit the signature.
            UnsupportedError: if raylite cannot run methods of this kind.
        """
        if self.refusal:
            msg = f"{class_name}.{self.name} {self.refusal}"
            raise UnsupportedError(msg)
        self.shape.check(f"{class_name}.{self.name}", args, kwargs)


@dataclass(frozen=True, slots=True)
class ClassDescription:
    """All that is known of an actor's class where its code is not."""

    class_name: str
    module: str
    init: CallShape
    methods: tuple[MethodSpec, ...]
    others: tuple[str, ...]
    """Public attributes that are no methods, to say so when one is asked for."""

    def packed(self) -> bytes:
        """The same as bytes, which handles carry and are told apart by."""
        return pickle.dumps(self, 5)


@lru_cache(maxsize=512)
def description_from(packed: bytes) -> ClassDescription:
    """Undo :meth:`ClassDescription.packed`."""
    description: ClassDescription = pickle.loads(packed)
    return description


def _ready() -> None:
    """Stands for a method without arguments."""


def _call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Stands for ``__ray_call__``."""


BUILT_IN: Final = (
    MethodSpec("__ray_ready__", call_shape(_ready)),
    MethodSpec("__ray_terminate__", call_shape(_ready)),
    MethodSpec("__ray_call__", call_shape(_call)),
)
"""Methods every actor has: is it up, end in an orderly way, run a function with ``self``."""


def describe_class(actor_class: type) -> ClassDescription:
    """Find the remote methods of a class: its functions, inherited and private ones included."""
    methods: list[MethodSpec] = []
    others: list[str] = []
    for name in sorted(dir(actor_class)):
        raw = inspect.getattr_static(actor_class, name)
        value = getattr(actor_class, name, None)
        if inspect.isfunction(value) or inspect.ismethod(value):
            methods.append(_method_spec(name, raw, value))
        elif not name.startswith("_"):
            others.append(name)
    return ClassDescription(
        class_name=actor_class.__name__,
        module=actor_class.__module__,
        init=_init_shape(actor_class),
        methods=(*methods, *BUILT_IN),
        others=tuple(others),
    )


def _init_shape(actor_class: type) -> CallShape:
    init = inspect.getattr_static(actor_class, "__init__")
    if inspect.isfunction(init):
        return call_shape(init, skip_first=True)
    return call_shape(_ready) if init is object.__init__ else call_shape(actor_class)


def _method_spec(name: str, raw: object, value: Callable[..., Any]) -> MethodSpec:
    bound = isinstance(raw, staticmethod | classmethod)
    options: dict[str, Any] = getattr(raw, METHOD_OPTIONS, getattr(value, METHOD_OPTIONS, {}))
    spec = MethodSpec(
        name=name,
        shape=call_shape(value, skip_first=not bound),
        num_returns=options.get("num_returns") or _zero_or_one(options),
        refusal=_refusal(value),
    )
    # A method that cannot be called fits no call, so that the quick check sends it to the slow one.
    return replace(spec, shape=replace(spec.shape, max_args=_NEVER)) if spec.refusal else spec


def _zero_or_one(options: dict[str, Any]) -> int:
    return 0 if options.get("num_returns") == 0 else 1


def _refusal(function: Callable[..., Any]) -> str:
    if inspect.iscoroutinefunction(function):
        return (
            "is an 'async def' method, which this version of raylite cannot run. Write it "
            "without async, and call asyncio.run(...) inside if it has to await."
        )
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        return (
            "is a generator, which this version of raylite cannot run as a remote method. Return "
            "a list, or call it once for each item."
        )
    return ""
