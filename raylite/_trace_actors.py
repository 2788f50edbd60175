"""The lives of actors in a trace: a row each, a slice for each state, a mark for each restart.

In Ray: nothing; its timeline has tasks alone.
"""

from collections.abc import Iterable
from typing import Any, Final

from raylite._core.common.events import ActorStateChanged
from raylite._core.common.states import ActorState
from raylite._trace_format import Place, TraceFormat

__all__ = ["GROUP", "add_actors"]

GROUP: Final = "actors"
_BEHIND: Final = 1
"""Where the group stands: behind those of the nodes."""
_COLOURS: Final = {
    ActorState.DEPENDENCIES_UNREADY: "thread_state_unknown",
    ActorState.PENDING_CREATION: "thread_state_runnable",
    ActorState.ALIVE: "good",
    ActorState.RESTARTING: "bad",
}


def add_actors(trace: TraceFormat, events: Iterable[ActorStateChanged], end_s: float) -> None:
    """Add what became of actors.

    Args:
        trace: is added to.
        events: in the order in which they happened.
        end_s: when the trace ends, and with it the slices of actors that live.
    """
    lives: dict[str, list[ActorStateChanged]] = {}
    for event in events:
        lives.setdefault(event.actor_id, []).append(event)
    if lives:
        trace.group({"pid": GROUP, "tid": ""}, GROUP, _BEHIND)
    for number, (actor_id, life) in enumerate(lives.items()):
        name = life[0].name or life[0].class_name
        place = {"pid": GROUP, "tid": f"actor:{actor_id}"}
        trace.row(place, f"{name} {actor_id[:8]}", number)
        for event, following in zip(life, [*life[1:], None], strict=True):
            _add_state(trace, place, event, end_s if following is None else following.at_s)


def _add_state(trace: TraceFormat, place: Place, event: ActorStateChanged, end_s: float) -> None:
    args: dict[str, Any] = {
        "why": event.why,
        "worker_id": event.worker_id,
        "num_restarts": event.num_restarts,
    }
    if event.new is ActorState.RESTARTING:
        trace.instant(place, event.at_s, "actor", "restart", args)
    if event.new is ActorState.DEAD:
        trace.instant(place, event.at_s, "actor", "dead", args)
    else:
        took_s = end_s - event.at_s
        colour = _COLOURS[event.new]
        trace.slice(place, event.at_s, took_s, "actor", event.new.name, colour, args)
