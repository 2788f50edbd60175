"""The state diagram of an actor: where boxes and arrows are, which is lit, what each move was.

In Ray: the hand-drawn diagram at the top of ``src/ray/gcs/actor/gcs_actor_manager.h``. Here the
arrows come from the transition table itself, so that the picture cannot disagree with the program.

The boxes stand in two rows: the way of an actor that never fails is the upper one, from left to
right. How an arrow runs follows from where its ends are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from raylite._core.common.events import ActorStateChanged
from raylite._core.common.states import ACTOR_TRANSITIONS, ActorState
from raylite.notebook.card.arrows_model import BOX_HEIGHT, BOX_WIDTH, Place, run_between
from raylite.notebook.live.shown_words_model import time_of, timed
from raylite.notebook.live.words import count, one_line

__all__ = [
    "HEIGHT",
    "WIDTH",
    "Arrow",
    "Box",
    "Curve",
    "Diagram",
    "diagram_of",
    "mailbox_curve",
    "word_of",
]

WIDTH: Final = 764
HEIGHT: Final = 212
_UPPER: Final = 56
_LOWER: Final = 150
_REASON: Final = 120
_LAST: Final = 3
_MINUTE_S: Final = 60
_HOUR_S: Final = 3600

_PLACES: Final = {
    ActorState.DEPENDENCIES_UNREADY: Place(0, _UPPER),
    ActorState.PENDING_CREATION: Place(1, _UPPER),
    ActorState.ALIVE: Place(2, _UPPER),
    ActorState.RESTARTING: Place(2, _LOWER),
    ActorState.DEAD: Place(3, _UPPER),
}

_WORDS: Final = {
    ActorState.DEPENDENCIES_UNREADY: ("◌", "needs arguments", "wait"),
    ActorState.PENDING_CREATION: ("◔", "being made", "start"),
    ActorState.ALIVE: ("●", "alive", "good"),
    ActorState.RESTARTING: ("↻", "restarting", "again"),
    ActorState.DEAD: ("✕", "dead", "over"),
}
"""Sign, word and tone, which is a colour, of each state."""

_MAILBOX: Final = (6.0, 136.0, 172.0, 44.0)
"""Where the curve of the mailbox is: left, top, width, height."""
_MOST_POINTS: Final = 60


@dataclass(frozen=True, slots=True)
class Box:
    """A state."""

    name: str
    """Ray's."""
    word: str
    sign: str
    tone: str
    x: float
    y: float
    is_lit: bool
    """It is in this state now."""
    is_seen: bool
    """It is, or has been."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """A move that is possible."""

    old: str
    new: str
    path: str
    """In the language of SVG."""
    label_x: float
    label_y: float
    times: int
    """How often it was made, as far as that is known."""
    is_last: bool
    """It is what has brought the actor where it is."""
    label: str
    """How long the actor was in the state before, the last time; empty if it never moved so."""
    told: str
    """The whole sentence, with the reasons."""


@dataclass(frozen=True, slots=True)
class Curve:
    """How many calls were in the mailbox, over time."""

    points: str
    """Of a polyline; empty if there was never any."""
    area: str
    label: str
    told: str


@dataclass(frozen=True, slots=True)
class Diagram:
    """All of it."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    told: str
    """In a sentence, for those who do not see it."""
    width: int = WIDTH
    height: int = HEIGHT
    box_width: int = BOX_WIDTH
    box_height: int = BOX_HEIGHT


def diagram_of(state: ActorState | None, life: Sequence[ActorStateChanged]) -> Diagram:
    """The diagram of an actor.

    Args:
        state: where it is; None if nobody knows.
        life: its moves, oldest first.
    """
    seen = {move.new for move in life} | {state}
    boxes = tuple(
        Box(
            name=one.name,
            word=_WORDS[one][1],
            sign=_WORDS[one][0],
            tone=_WORDS[one][2],
            x=_PLACES[one].left,
            y=_PLACES[one].top,
            is_lit=one is state,
            is_seen=one in seen,
        )
        for one in ActorState
    )
    made: dict[tuple[ActorState, ActorState], list[ActorStateChanged]] = {}
    stayed_s: dict[tuple[ActorState, ActorState], float] = {}
    before_s: float | None = None
    for move in life:
        if move.old is not None:
            made.setdefault((move.old, move.new), []).append(move)
            if before_s is not None:
                stayed_s[move.old, move.new] = move.at_s - before_s
        before_s = move.at_s
    last = life[-1] if life else None
    arrows = tuple(
        _arrow(old, new, made.get((old, new), []), last, stayed_s.get((old, new)))
        for old in ActorState
        for new in sorted(ACTOR_TRANSITIONS[old], key=list(ActorState).index)
    )
    return Diagram(boxes=boxes, arrows=arrows, told=_told(state, life))


def word_of(state: ActorState | None) -> tuple[str, str, str]:
    """Sign, word and tone of a state; None is that of an actor nobody has told of yet."""
    return ("◌", "not known yet", "wait") if state is None else _WORDS[state]


def _arrow(
    old: ActorState,
    new: ActorState,
    moves: list[ActorStateChanged],
    last: ActorStateChanged | None,
    stayed_s: float | None,
) -> Arrow:
    run = run_between(_PLACES[old], _PLACES[new])
    number = len(moves)
    often = f"{number:,}\u00d7 " if number > 1 else ""
    whens = "; ".join(
        f"at {time_of(move.at_s)}{f': {one_line(move.why, _REASON)}' if move.why else ''}"
        for move in moves[-_LAST:]
    )
    more = f"{count(number - _LAST, 'time')} before; " if number > _LAST else ""
    lately = ", the last time" if number > 1 else ""
    after = f"{lately} after {timed(stayed_s)}" if stayed_s is not None else ""
    what = f"from {_WORDS[old][1]} to {_WORDS[new][1]}"
    return Arrow(
        old=old.name,
        new=new.name,
        path=run.path,
        label_x=run.x,
        label_y=run.y,
        times=number,
        is_last=bool(moves) and moves[-1] is last,
        label=f"{often}{_shortly(stayed_s)}".rstrip(),
        told=f"{what}{after}: {more}{whens}" if moves else f"{what}: possible, has not happened",
    )


def _shortly(seconds: float | None) -> str:
    """A duration that has room between two boxes."""
    if seconds is None:
        return ""
    if seconds < _MINUTE_S:
        return timed(seconds)
    return f"{seconds / _MINUTE_S:.0f} min" if seconds < _HOUR_S else f"{seconds / _HOUR_S:,.0f} h"


def _told(state: ActorState | None, life: Sequence[ActorStateChanged]) -> str:
    moves = [f"{_WORDS[move.new][1]} at {time_of(move.at_s)}" for move in life[-6:]]
    so_far = f" Its last states: {', '.join(moves)}." if moves else ""
    return f"State diagram of the actor. It is {word_of(state)[1]} now.{so_far}"


def mailbox_curve(depths: Sequence[tuple[float, int]], now_s: float) -> Curve:
    """The curve of the mailbox.

    Args:
        depths: when, and how many calls were in it then.
        now_s: up to when.
    """
    newest = list(depths)[-_MOST_POINTS:]
    most = max((depth for _, depth in newest), default=0)
    if not most:
        return Curve("", "", "mailbox: empty", "No call has waited in the mailbox.")
    left, top, width, height = _MAILBOX
    begin_s = newest[0][0]
    length_s = max(now_s, newest[-1][0]) - begin_s or 1.0
    bottom = top + height
    steps = []
    before = bottom
    for at_s, depth in newest:
        x = left + width * (at_s - begin_s) / length_s
        y = bottom - (height - 4) * depth / most
        steps += [f"{x:.1f},{before:.1f}", f"{x:.1f},{y:.1f}"]
        before = y
    steps.append(f"{left + width:.1f},{before:.1f}")
    points = " ".join(steps)
    now = newest[-1][1]
    label = f"mailbox: {now:,} now, {most:,} at most"
    told = f"{label}, in the last {length_s:.0f} s"
    area = f"{left:.1f},{bottom:.1f} {points} {left + width:.1f},{bottom:.1f}"
    return Curve(points=points, area=area, label=label, told=told)
