"""What has happened in a session, in sentences, the newest first.

In Ray: the events page of ``python/ray/dashboard/client``.
"""

import re
from typing import Final

from raylite._core.common import events as happened
from raylite._core.common.events import Event
from raylite._core.common.states import ActorState, NodeState, PlacementGroupState, WorkerState
from raylite.notebook.dashboard.actors_model import STATE_SIGNS
from raylite.notebook.dashboard.table_model import Asked, Cell, Column, Row, Table, table_of
from raylite.notebook.live.shown_words_model import shortened, time_of, title_of
from raylite.notebook.world.world import World

__all__ = ["events_table", "told"]

_COLUMNS: Final = (
    Column("when", "When", is_number=True),
    Column("what", "What"),
    Column("about", "About"),
    Column("how", "What happened"),
)
_LONGEST: Final = 240
_ID: Final = re.compile(r"\b[0-9a-f]{24,}\b")


def events_table(world: World, asked: Asked) -> Table:
    """The newest events but for calls and messages."""
    found = list(enumerate(world.log))[::-1]

    def row(one: tuple[int, Event]) -> Row:
        _, event = one
        sign, tone, what, about, how = told(world, event)
        cells = (
            Cell(text=time_of(event.at_s), sort=event.at_s),
            Cell(text=what, sign=sign, tone=tone),
            Cell(text=about),
            Cell(text=shortened(_ID.sub(_short, how), _LONGEST)),
        )
        return Row(key=f"{event.at_s:.9f} {what} {about}", cells=cells)

    return table_of(
        "events", "event", _COLUMNS, found, row, asked=asked, empty="Nothing has happened yet."
    )


def told(  # noqa: PLR0911  # one sentence for each kind
    world: World, event: Event
) -> tuple[str, str, str, str, str]:
    """Sign, its tone, what kind of thing it is about, which one, and what happened."""
    match event:
        case happened.ActorRegistered():
            kind = "A detached actor" if event.is_detached else "An actor"
            return "◔", "busy", "actor", _actor(event), f"{kind} was registered with the GCS."
        case happened.ActorStateChanged():
            return (*STATE_SIGNS[event.new], "actor", _actor(event), _actor_change(event))
        case happened.WorkerStateChanged():
            sign, tone = _WORKERS[event.new]
            who = title_of(world, event.worker_id)
            pid = f"{who}, pid {event.pid}" if event.pid is not None else who
            return sign, tone, "worker", pid, _with_why(_WORKER_WORDS[event.new], event.why)
        case happened.DriverStateChanged():
            sign, tone = ("●", "good") if event.is_alive else ("✕", "over")
            how = "It joined the session." if event.is_alive else "It left the session."
            return sign, tone, "driver", f"pid {event.pid}", how
        case happened.NodeStateChanged():
            sign, tone = ("●", "good") if event.new is NodeState.ALIVE else ("✕", "bad")
            how = "It joined the session." if event.new is NodeState.ALIVE else "It is gone."
            return sign, tone, "node", event.node_id[:8], how
        case happened.PlacementGroupStateChanged():
            sign, tone = _GROUPS.get(event.new, ("◔", "busy"))
            how = _with_why(f"It is {event.new.name}.", event.why)
            return sign, tone, "placement group", event.name or event.group_id[:8], how
        case happened.MessageIgnored():
            about = f"{event.kind} of {event.about[:8]}"
            return "○", "over", "message", about, f"It came too late to matter: {event.why}."
    return "○", "over", type(event).__name__, "", ""


def _short(found: re.Match[str]) -> str:
    return f"{found.group()[:8]}…"


def _actor(event: happened.ActorRegistered | happened.ActorStateChanged) -> str:
    name = shortened(event.class_name)
    return f"{name} “{shortened(event.name, 30)}”" if event.name else name


def _actor_change(event: happened.ActorStateChanged) -> str:
    before = f"from {event.old.name} " if event.old is not None else ""
    restart = f", restart {event.num_restarts}" if event.new is ActorState.RESTARTING else ""
    return _with_why(f"It went {before}to {event.new.name}{restart}.", event.why)


def _with_why(text: str, why: str) -> str:
    return f"{text.removesuffix('.')}: {why}" if why else text


_WORKERS: Final = {
    WorkerState.STARTING: ("◔", "busy"),
    WorkerState.IDLE: ("○", "over"),
    WorkerState.LEASED: ("●", "good"),
    WorkerState.ACTOR: ("●", "good"),
    WorkerState.DEAD: ("✕", "over"),
}
_WORKER_WORDS: Final = {
    WorkerState.STARTING: "It is being forked.",
    WorkerState.IDLE: "It is idle, and ready for work.",
    WorkerState.LEASED: "It was leased for tasks.",
    WorkerState.ACTOR: "It was given to an actor.",
    WorkerState.DEAD: "It ended.",
}
_GROUPS: Final = {
    PlacementGroupState.CREATED: ("●", "good"),
    PlacementGroupState.RESCHEDULING: ("↻", "wait"),
    PlacementGroupState.REMOVED: ("✕", "over"),
}
