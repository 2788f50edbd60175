"""What a handle knows of its actor's class: which methods there are, and how to call them.

In Ray: ``_ActorClassMethodMetadata`` in ``python/ray/actor.py``. It travels with every handle, so
it holds names and counts only: no code, no annotation, no default value.
"""

import inspect
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from raylite._core.common.call_options import METHOD_OPTIONS, STREAMING
from raylite._method_options import pack_method_options
from raylite._options import num_returns_of
from raylite._signature import CallShape, call_shape

__all__ = [
    "BUILT_IN",
    "ClassDescription",
    "MethodSpec",
    "check_group",
    "describe_class",
    "description_from",
    "is_generator",
]


@dataclass(frozen=True, slots=True)
class MethodSpec:
    """One remote method."""

    name: str
    shape: CallShape
    num_returns: int = 1
    group: str | None = None
    """The concurrency group it runs in, if it names one."""
    how: bytes = b""
    """What else ``@ray.method`` says of it, packed; empty if nothing."""

    def check(self, class_name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Refuse a call that does not fit.

        Raises:
            TypeError: if the arguments do not fit the signature.
        """
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
    groups: tuple[str, ...] = ()
    """The concurrency groups of its actors."""
    is_async: bool = False
    """Whether there is a coroutine among its methods."""

    def check_groups(self) -> None:
        """Refuse methods in groups that the class does not have.

        Raises:
            AssertionError: as Ray does, when an actor of the class is made.
        """
        for spec in self.methods:
            if spec.group is not None and spec.group not in self.groups:
                msg = (
                    f"{self.class_name}.{spec.name} is in the concurrency group {spec.group!r}, "
                    f"which {self.class_name} does not have. {_groups_text(self.groups)}"
                )
                raise AssertionError(msg)

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


def check_group(method: str, group: str, groups: Sequence[str]) -> None:
    """Refuse a call in a group that the actor does not have.

    Raises:
        ValueError: it says which there are.
    """
    if group not in groups:
        msg = f"{method} cannot run in the concurrency group {group!r}. {_groups_text(groups)}"
        raise ValueError(msg)


def _groups_text(groups: Sequence[str]) -> str:
    if not groups:
        return "It has none: declare them with @ray.remote(concurrency_groups={'io': 2})."
    return f"There are: {', '.join(map(repr, groups))}."


def describe_class(actor_class: type, groups: Sequence[str] = ()) -> ClassDescription:
    """Find the remote methods of a class: its functions, inherited and private ones included.

    Args:
        actor_class: any class.
        groups: the names of its concurrency groups.
    """
    methods: list[MethodSpec] = []
    others: list[str] = []
    is_async = False
    for name in sorted(dir(actor_class)):
        raw = inspect.getattr_static(actor_class, name)
        value = getattr(actor_class, name, None)
        if inspect.isfunction(value) or inspect.ismethod(value):
            methods.append(_method_spec(name, raw, value))
            is_async = is_async or _is_async(value)
        elif not name.startswith("_"):
            others.append(name)
    return ClassDescription(
        class_name=actor_class.__name__,
        module=actor_class.__module__,
        init=_init_shape(actor_class),
        methods=(*methods, *BUILT_IN),
        others=tuple(others),
        groups=tuple(groups),
        is_async=is_async,
    )


def _is_async(member: object) -> bool:
    return inspect.iscoroutinefunction(member) or inspect.isasyncgenfunction(member)


def _init_shape(actor_class: type) -> CallShape:
    init = inspect.getattr_static(actor_class, "__init__")
    if inspect.isfunction(init):
        return call_shape(init, skip_first=True)
    return call_shape(_ready) if init is object.__init__ else call_shape(actor_class)


def _method_spec(name: str, raw: object, value: Callable[..., Any]) -> MethodSpec:
    bound = isinstance(raw, staticmethod | classmethod)
    options: dict[str, Any] = getattr(raw, METHOD_OPTIONS, getattr(value, METHOD_OPTIONS, {}))
    return MethodSpec(
        name=name,
        shape=call_shape(value, skip_first=not bound),
        num_returns=num_returns_of(options, STREAMING if is_generator(value) else 1),
        group=options.get("concurrency_group"),
        how=pack_method_options(options),
    )


def is_generator(function: Callable[..., Any]) -> bool:
    """Whether calling it gives a generator, of either kind."""
    return inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)
