"""Which calls were made before their submitter knew where the actor is.

In Ray: nothing like it. The GCS tells a process when the actor is ALIVE, and a process that
computes reads it a little later. Whoever has sent a call knows the address.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from raylite._core.common.events import ActorStateChanged, MessageSent, TaskEnded
from raylite._core.common.states import ActorState

__all__ = ["AT_ONCE_S", "made_without_address"]

AT_ONCE_S: Final = 5e-4
"""Who leaves the queue within this was not held up."""
_UNREAD_S: Final = 0.02
"""How long news may lie unread."""


def made_without_address(
    life: Sequence[ActorStateChanged],
    messages: Iterable[MessageSent],
    calls: Iterable[TaskEnded],
) -> frozenset[str]:
    """The ids of those calls.

    Args:
        life: the states that the actor has entered.
        messages: about the actor, in any order.
        calls: of the actor, in the order of submission.
    """
    if not life:
        return frozenset()
    told = _told(messages)
    sent_s: dict[str, float] = {}
    found = set()
    for call in calls:
        alive_s = _alive_before(life, call.sent_s if call.worker_id is not None else call.at_s)
        if alive_s is None or call.submitted_s < alive_s:
            found.add(call.task_id)
        elif call.sent_s - call.submitted_s > AT_ONCE_S and call.worker_id is not None:
            news_s = [at_s for at_s in told.get(call.owner_id, ()) if at_s >= alive_s]
            read_s = min(news_s, default=alive_s) + _UNREAD_S
            knows = alive_s <= sent_s.get(call.owner_id, -1.0) <= call.submitted_s
            if call.submitted_s < read_s and not knows:
                found.add(call.task_id)
        if call.worker_id is not None:
            first_s = sent_s.get(call.owner_id, call.sent_s)
            # The first time that it has sent anything to this life of the actor.
            is_new = alive_s is not None and first_s < alive_s
            sent_s[call.owner_id] = call.sent_s if is_new else min(first_s, call.sent_s)
    return frozenset(found)


def _told(messages: Iterable[MessageSent]) -> dict[str, list[float]]:
    """When each process was told of the actor."""
    found: dict[str, list[float]] = {}
    for one in messages:
        if one.kind == "ActorUpdate":
            found.setdefault(one.target_id, []).append(one.sent_s)
    return found


def _alive_before(life: Sequence[ActorStateChanged], at_s: float) -> float | None:
    """Since when the actor was ALIVE, of the last time before a moment."""
    begun = [one.at_s for one in life if one.new is ActorState.ALIVE and one.at_s <= at_s]
    return begun[-1] if begun else None
