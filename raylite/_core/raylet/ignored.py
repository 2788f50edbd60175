"""News that came too late to matter is recorded, and has no other effect."""

from collections.abc import Callable

from raylite._core.common.events import Event, MessageIgnored
from raylite._core.common.messages import ClusterMessage

__all__ = ["ignore"]


def ignore(record: Callable[[Event], None], message: ClusterMessage, about: str, why: str) -> None:
    """Record that a message about something has no effect, and why."""
    kind = type(message).__name__
    record(MessageIgnored(kind=kind, about=about, at_s=message.at_s, why=why))
