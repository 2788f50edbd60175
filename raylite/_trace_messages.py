"""Messages in a trace: an arrow each, between rows that lie beside those of the processes.

In Ray: nothing; its processes do not record messages.
"""

from collections.abc import Callable, Iterable
from typing import Final

from raylite._core.common.events import GCS, MessageSent
from raylite._trace_format import Place, TraceFormat

__all__ = ["add_messages"]

_SHOWN_S: Final = 1e-6
"""How long a message is shown to take at each end: an arrow needs something to begin at."""
_APART_S: Final = 1.5e-6
"""What follows sooner in a row is shown so much later: a trace has whole microseconds, and slices
of a row do not overlap."""
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
    told = list(messages)
    ends = [(one.sent_s, 0, number) for number, one in enumerate(told)]
    ends += [(one.at_s, 1, number) for number, one in enumerate(told)]
    free_s: dict[str, float] = {}
    sent: dict[int, tuple[Place, float]] = {}
    for at_s, is_taken, number in sorted(ends):
        message = told[number]
        party = message.target_id if is_taken else message.source_id
        place = _beside(party, place_of)
        if party not in free_s:
            trace.row(place, _shown(party, place), _BEHIND)
        shown_s = max(at_s, free_s.get(party, at_s), sent[number][1] if is_taken else at_s)
        free_s[party] = shown_s + _APART_S
        args = {
            "from": message.source_id,
            "to": message.target_id,
            "about": message.about,
            "bytes": message.size_bytes,
        }
        trace.slice(place, shown_s, _SHOWN_S, "message", message.kind, _COLOUR, args)
        if is_taken:
            trace.arrow("message", f"message {number}", sent[number], (place, shown_s))
        else:
            sent[number] = place, shown_s


def _beside(party: str, place_of: Callable[[str], Place]) -> Place:
    place = place_of(party)
    return {**place, "tid": f"{place['tid']}{_MESSAGES}"}


def _shown(party: str, place: Place) -> str:
    kind, _, party_id = place["tid"].removesuffix(_MESSAGES).partition(":")
    return f"{'GCS' if party == GCS else kind} {party_id[:8]}".rstrip() + _MESSAGES
