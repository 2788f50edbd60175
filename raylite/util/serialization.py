"""Serializers of a program's own, for classes that ``pickle`` cannot take.

In Ray: ``python/ray/util/serialization.py``. There they are Ray's alone; here every ``pickle`` and
``copy`` of the process uses them.

A serializer works in the process that registers it: what a task returns is packed in its worker.
What it has packed is unpacked anywhere.
"""

import copyreg
from collections.abc import Callable
from typing import Any

__all__ = ["deregister_serializer", "register_serializer"]


def register_serializer(cls: Any, *, serializer: Any, deserializer: Any) -> None:
    """Pack the instances of a class in a way of your own, from now on, in this process.

    Args:
        cls: the class; its subclasses are not meant.
        serializer: is given an instance, and returns something that can be pickled.
        deserializer: is given that, and returns what stands for the instance.

    Raises:
        TypeError: if ``cls`` is no class, or another argument cannot be called.
    """
    if not isinstance(cls, type):
        msg = f"register_serializer({cls!r}): the first argument is the class itself."
        raise TypeError(msg)
    for name, function in (("serializer", serializer), ("deserializer", deserializer)):
        if not callable(function):
            msg = f"register_serializer({name}={function!r}): this has to be a function."
            raise TypeError(msg)
    copyreg.pickle(cls, lambda value: (_rebuild, (deserializer, serializer(value))))


def deregister_serializer(cls: type) -> None:
    """Pack the instances of a class as if nothing had been registered for it."""
    copyreg.dispatch_table.pop(cls, None)


def _rebuild(deserializer: Callable[[Any], Any], packed: Any) -> Any:
    return deserializer(packed)
