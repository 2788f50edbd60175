"""What can be said of a ref of Ray's without waiting, for the picture of a ref.

In Ray: ``python/ray/experimental/locations.py``. A value is fetched only if Ray knows that it is
small, or that it may be an error, which is small as well.
"""

from typing import Any, Final

import ray

from raylite._core.common.record import Record
from raylite.engines.ray.errors import mapped
from raylite.engines.ray.values import from_ray

__all__ = ["Glance", "glance_at"]

_SMALL: Final = 4096
"""Bytes up to which a value may be unpacked only to be shown."""


class Glance(Record):
    """What is known of an object here; the same as raylite's own engine tells."""

    is_there: bool
    has_failed: bool = False
    size_bytes: int = -1
    """-1: not known."""
    kind: str = ""
    payload: tuple[Any, ...] = ()
    """The value or the error, if it was small enough to be had."""

    def value(self) -> Any:
        """What is in the payload."""
        return self.payload[0]


def glance_at(ray_ref: Any) -> Glance:
    """Look at what is behind a ref; it waits for nothing.

    Args:
        ray_ref: Ray's.
    """
    if not ray.wait([ray_ref], timeout=0, fetch_local=False)[0]:
        return Glance(is_there=False)
    size_bytes = _size_of(ray_ref)
    if not 0 <= size_bytes <= _SMALL:
        return Glance(is_there=True, size_bytes=size_bytes)
    try:
        value = from_ray(ray.get(ray_ref, timeout=0))
    except ray.exceptions.GetTimeoutError:  # It is small, and on another machine.
        return Glance(is_there=True, size_bytes=size_bytes)
    except Exception as error:
        told = mapped(error)
        return Glance(is_there=True, has_failed=True, size_bytes=size_bytes, payload=(told,))
    kind = type(value).__name__
    return Glance(is_there=True, size_bytes=size_bytes, kind=kind, payload=(value,))


def _size_of(ray_ref: Any) -> int:
    """Its size in bytes; -1 if this process has not heard of it, as one behind ``ray://``."""
    try:
        found = ray.experimental.get_local_object_locations([ray_ref])
    except Exception:  # Ray's client has no such thing.
        return -1
    size_bytes = found.get(ray_ref, {}).get("object_size")
    return -1 if size_bytes is None else int(size_bytes)
