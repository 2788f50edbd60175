"""Messages between processes as they lie in the log and travel: plain tuples.

In Ray: nothing; messages between its processes are not recorded. A tuple is made and packed in a
quarter of the time that a record takes, and there are many messages: three for each lease.
"""

from collections.abc import Iterable
from typing import TypeAlias

from raylite._core.common.events import MessageSent

__all__ = ["MessageRow", "messages_of"]

MessageRow: TypeAlias = tuple[str, str, str, str, int, float, float]
"""Kind, source, target, about, bytes, when it was sent and when it was taken: the fields of
:class:`~raylite._core.common.events.MessageSent` in their order."""


def messages_of(rows: Iterable[MessageRow]) -> list[MessageSent]:
    """The rows as events."""
    return [
        MessageSent(
            kind=kind,
            source_id=source_id,
            target_id=target_id,
            about=about,
            size_bytes=size_bytes,
            sent_s=sent_s,
            at_s=at_s,
        )
        for kind, source_id, target_id, about, size_bytes, sent_s, at_s in rows
    ]
