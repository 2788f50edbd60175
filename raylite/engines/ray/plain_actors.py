"""Handles to actors that a program of Ray's own has made.

In Ray: ``ActorHandle`` in ``python/ray/actor.py``. raylite knows the names of their methods, and
leaves it to Ray to check what they are called with.
"""

import importlib
import pickle
from typing import Any

from raylite._core.common.call_options import ActorCalls

__all__ = ["described"]


def described(ray_handle: Any) -> bytes:
    """What a handle of raylite's is made from, for an actor of Ray's own.

    Args:
        ray_handle: Ray's.
    """
    methods: Any = importlib.import_module("raylite._methods")
    shapes: Any = importlib.import_module("raylite._signature")
    shape = shapes.call_shape(_anything)
    names = [name for name in dir(ray_handle) if not name.startswith("__")]
    description = methods.ClassDescription(
        class_name=_class_name(ray_handle),
        module="__main__",
        init=shape,
        methods=(*(methods.MethodSpec(name, shape) for name in names), *methods.BUILT_IN),
        others=(),
    )
    return pickle.dumps((description.packed(), ActorCalls()))


def _anything(*args: Any, **kwargs: Any) -> None:
    """Stands for a method that Ray knows better."""


def _class_name(ray_handle: Any) -> str:
    """From ``Actor(Counter, 0123...)``, which is how Ray shows a handle."""
    inner = repr(ray_handle).partition("(")[2].partition(",")[0]
    return inner.rpartition(".")[2] or "Actor"
