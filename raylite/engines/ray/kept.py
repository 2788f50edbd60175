"""What a cluster keeps for raylite: handles by name, and why a constructor failed.

In Ray: ``python/ray/experimental/internal_kv.py``, a table in the GCS that all processes of a
cluster see. Ray's own handle has no room for what raylite's knows of a class, and Ray's error for a
failed constructor keeps a text alone.
"""

import pickle
import time
from typing import Any, Final

from ray.experimental import internal_kv

from raylite._core.common.task_error import RayTaskError

__all__ = ["keep_handle", "keep_init_error", "kept_handle", "kept_init_error"]

_NAMESPACE: Final = b"raylite"
_LARGEST: Final = 200_000
"""Bytes of an error that is kept."""
_WRITTEN_AFTER_S: Final = 0.5
"""So much later than its actor the entry of a name may come."""
_TICK_S: Final = 0.02


def keep_handle(name: str, namespace: str, actor_id: str, packed: bytes) -> None:
    """Keep what ``get_actor`` in another process needs beside Ray's handle."""
    _put(_name_key(name, namespace), pickle.dumps((actor_id, packed)))


def kept_handle(name: str, namespace: str, actor_id: str) -> bytes | None:
    """What was kept of the actor of that name; None for one that raylite has not made.

    Args:
        name: the actor's.
        namespace: in which.
        actor_id: of the actor that has the name now.
    """
    until = time.monotonic() + _WRITTEN_AFTER_S
    while True:
        found = _get(_name_key(name, namespace))
        of_actor, packed = pickle.loads(found) if found else ("", b"")
        if of_actor == actor_id:
            return bytes(packed)
        if time.monotonic() >= until:
            return None
        time.sleep(_TICK_S)


def keep_init_error(actor_id: str, error: bytes) -> None:
    """Keep what the constructor of an actor raised."""
    if len(error) <= _LARGEST:
        _put(_error_key(actor_id), error)


def kept_init_error(actor_id: str | None) -> RayTaskError | None:
    """What the constructor of an actor raised, if it is known."""
    found = _get(_error_key(actor_id)) if actor_id else None
    if not found:
        return None
    try:
        error: Any = pickle.loads(found)
    except Exception:  # The user's exception may do anything when it is made anew.
        return None
    return error if isinstance(error, RayTaskError) else None


def _name_key(name: str, namespace: str) -> bytes:
    return f"handle:{namespace}:{name}".encode()


def _error_key(actor_id: str) -> bytes:
    return f"init:{actor_id}".encode()


def _put(key: bytes, value: bytes) -> None:
    internal_kv._internal_kv_put(key, value, namespace=_NAMESPACE)  # noqa: SLF001  # Ray has no other door to it.


def _get(key: bytes) -> bytes | None:
    found: bytes | None = internal_kv._internal_kv_get(key, namespace=_NAMESPACE)  # noqa: SLF001  # As above.
    return found
