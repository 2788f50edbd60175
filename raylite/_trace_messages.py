"""Messages in a trace: an arrow each, between rows that lie beside those of the processes.

In Ray: nothing; its processes do not record messages.
"""

from collections.abc import Callable, Iterable
from typing import Final

from raylite._core.common.events import GCS, MessageSent
from raylite._trace_format import Place, TraceFormat

__all__ = ["add_messages"]

_SHOWN_S: Final = 1e-6
"""How long it is shown to take to send or to take a message: an arrow needs something at its ends.
Less, where the next one follows sooner, since slices of a row do not overlap."""
_COLOUR: Final = "background_memory_dump"
_MESSAGES: Final = " messages"
_BEHIND: Final = 2
"""Where these rows stand: behind those of the processes."""


def add_messages(
    trace: TraceFormat, messages: Iterable[MessageSent], place_of: Callable[[str], Place]
) -> None:
    """Add messages.

    Args:
        trace: is added to.
        messages: in any order.
        place_of: the row of a process.
    """
    ends: dict[str, list[tuple[float, MessageSent, Place]]] = {}
    for number, message in enumerate(messages):
        source, target = (
            _beside(party, place_of) for party in (message.source_id, message.target_id)
        )
        ends.setdefault(message.source_id, []).append((message.sent_s, message, source))
        ends.setdefault(message.target_id, []).append((message.at_s, message, target))
        arrow = f"message {number}"
        trace.arrow("message", arrow, (source, message.sent_s), (target, message.at_s))
    for party, found in ends.items():
        place = found[0][2]
        trace.row(place, _shown(party, place), _BEHIND)
        found.sort(key=lambda end: end[0])
        starts_s = [at_s for at_s, _, _ in found]
        next_s = [*starts_s[1:], starts_s[-1] + _SHOWN_S]
        for (at_s, message, place), after_s in zip(found, next_s, strict=True):
            args = {
                "from": message.source_id,
                "to": message.target_id,
                "about": message.about,
                "bytes": message.size_bytes,
            }
            took_s = min(_SHOWN_S, after_s - at_s)
            trace.slice(place, at_s, took_s, "message", message.kind, _COLOUR, args)


def _beside(party: str, place_of: Callable[[str], Place]) -> Place:
    place = place_of(party)
    return {**place, "tid": f"{place['tid']}{_MESSAGES}"}


def _shown(party: str, place: Place) -> str:
    kind, _, party_id = place["tid"].removesuffix(_MESSAGES).partition(":")
    return f"{'GCS' if party == GCS else kind} {party_id[:8]}".rstrip() + _MESSAGES
