"""The actor that this process is, if it is one: at most one, as in Ray.

In Ray: ``worker.actors`` in ``python/ray/_private/worker.py``.
"""

import importlib
from typing import Any, Final

__all__ = ["INSTANCE", "become", "instance_or_none", "num_restarts", "packed_handle"]

INSTANCE: Final = "_raylite_instance"
"""The attribute in which what Ray makes an actor of has the user's instance."""

_actor: Any = None
_restarts: int | None = None
_packed: bytes = b""


def become(actor: Any, packed: bytes) -> None:
    """This process is an actor from now on.

    Args:
        actor: what holds the user's instance.
        packed: what handles to it are made from.
    """
    global _actor, _packed
    _actor, _packed = actor, packed


def num_restarts(actor_id: str) -> int:
    """How often this actor was restarted: a process is one actor's, and sees it start once."""
    global _restarts  # noqa: PLW0603  # As above, and asked for once.
    if _restarts is None:
        rows: Any = importlib.import_module("ray._private.state").actors(actor_id=actor_id)
        _restarts = int((rows or {}).get("NumRestarts") or 0)
    return _restarts


def packed_handle() -> bytes:
    """What handles to this actor are made from; empty where there is none."""
    return _packed


def instance_or_none() -> Any:
    """The user's instance; None where there is none, or not yet."""
    return getattr(_actor, INSTANCE, None)
