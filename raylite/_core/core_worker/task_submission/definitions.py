"""Functions and classes as they are shipped: by value, pickled once.

In Ray: ``python/ray/_private/function_manager.py``. Left out here: the key-value store of the GCS
in between. A definition goes straight to each worker that needs it, once.

A class of a notebook exists only in its kernel; cloudpickle writes it down whole. What it
captures is written down as it is at the first call, as in Ray. Objects whose refs it captures are
kept as long as somebody can call it; when nobody can any more, workers forget it.
"""

import linecache
import os
import threading
from collections.abc import Callable
from typing import Any, Final

import cloudpickle

from raylite._core.common.call_options import Definition
from raylite._core.core_worker.failures import find_culprit
from raylite._core.object_store.serialization import dumps_definition

__all__ = ["receive", "ship"]

# Two pickles of one function may differ: all of its callers must name the same.
_one_at_a_time = threading.RLock()

_KEY_BYTES: Final = 12


class _Shipped:
    """Belongs to a definition, and ends with it.

    Args:
        key: of the definition.
        release: told the key then. Called from ``__del__``: must only note it.
    """

    __slots__ = ("_key", "_release")

    def __init__(self, key: str, release: Callable[[str], None]) -> None:
        self._key = key
        self._release = release

    def __del__(self) -> None:
        self._release(self._key)


def ship(definition: Definition, release: Callable[[str], None] | None = None) -> Definition:
    """Make sure that a definition is pickled.

    Args:
        definition: a function or class.
        release: told the definition's key when nobody can use it any more.

    Raises:
        TypeError: if it captures something that cannot be pickled; it says what.
    """
    with _one_at_a_time:
        if not definition.key:
            _pickle(definition, release)
    return definition


def _pickle(definition: Definition, release: Callable[[str], None] | None) -> None:
    try:
        blob, captured = dumps_definition(definition.target)
    except Exception as error:
        raise _not_serializable(definition, error) from None
    definition.blob, definition.captured = blob, captured
    key = os.urandom(_KEY_BYTES).hex()
    if release is not None:
        definition.shipped = _Shipped(key, release)
    definition.key = key  # Last: whoever sees it takes the rest as there.


def receive(blob: bytes, source_files: dict[str, str]) -> Any:
    """The function or class in a worker, with its notebook cells at hand for tracebacks."""
    for filename, text in source_files.items():
        # Without a modification time linecache never looks for the file.
        linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    return cloudpickle.loads(blob)


def _not_serializable(definition: Definition, error: Exception) -> TypeError:
    path, culprit, reason = find_culprit(definition.target)
    what = f"{definition.name}{path}"
    if culprit is None or culprit is definition.target:
        return TypeError(
            f"Could not serialize {definition.name} to send it to a worker: {error}. It uses "
            "something that cannot leave this process; make that inside the function or class."
        )
    return TypeError(
        f"Could not serialize {definition.name} to send it to a worker: {what} is a "
        f"{type(culprit).__name__}, which cannot leave this process ({reason}). Make it inside the "
        "function, or in the actor's __init__."
    )
