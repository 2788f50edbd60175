"""What every flow consists of: lanes, arrows, bars, marks, tokens and numbered steps.

In Ray: nothing like it. A flow is read from top to bottom: each lane is a process or a part of
one, time runs down. All words and all geometry are in here, so that the moving picture, the static
one and the text are drawings of the same thing, and a test needs none of them.

Lengths are pixels of a picture that is :data:`WIDTH` wide. A height in it, ``y``, is a moment: it
grows with time but not in proportion, see :mod:`.flow_axis_model`; ``knots`` say which moment.
"""

from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any, Final

__all__ = [
    "MAX_ARROWS",
    "QUEUE_SLOTS",
    "SLOT_PX",
    "WIDTH",
    "Arrow",
    "Bar",
    "FlowView",
    "How",
    "Lane",
    "Mark",
    "Phase",
    "Step",
    "Tally",
    "Token",
    "lanes_at",
]

WIDTH: Final = 960
GUTTER_PX: Final = 132
"""On the left, for the numbers of the steps and their times."""
MAX_ARROWS: Final = 500
"""More are not drawn one by one, but summed up in a sentence."""
_BOX_PX: Final = 160.0
_GAP_PX: Final = 6.0
QUEUE_SLOTS: Final = 7
"""Tokens that stand side by side in one lane; how many more there are is said in words."""
SLOT_PX: Final = 22


class How(IntEnum):
    """How a token is drawn."""

    UNSEEN = 0
    WAITS = 1
    MOVES = 2
    RUNS = 3
    SUCCEEDED = 4
    FAILED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A process, or a part of one."""

    key: str
    title: str
    detail: str
    kind: str
    """``driver``, ``gcs``, ``raylet``, ``worker``, ``mailbox`` or ``actor``."""
    x: float
    width: float
    """Of the box with its title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """A message."""

    key: str
    kind: str
    """``message``, ``inside`` (the head), ``call``, ``reply``, ``news`` or ``bad``."""
    x0: float
    y0: float
    x1: float
    y1: float
    label: str
    detail: str
    """Its size; empty where there is none."""
    said: str
    """What there is to know of it, in a sentence or two."""
    number: int
    """Of the step that it belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Something that takes a while in one lane."""

    key: str
    kind: str
    """``waiting``, ``held``, ``running``, ``failed`` or ``blocked``."""
    x: float
    y0: float
    y1: float
    label: str
    """Stands beside it; may be empty."""
    anchor: str
    """On which side of the bar the label ends or begins: ``end`` or ``start``."""
    said: str
    is_open: bool = False
    """It has not ended yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A state that is entered."""

    key: str
    kind: str
    """``state``, ``good`` or ``bad``."""
    x: float
    y: float
    text: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A call on its way."""

    key: str
    label: str
    said: str
    stops: tuple[tuple[float, float, float, int], ...]
    """Where it goes: ``(y, until, x, how)``; from ``y`` on it moves, and from ``until`` on it is at
    ``x``. ``how`` is one of :class:`How`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A line below a lane's name that changes in time."""

    x: float
    texts: tuple[tuple[float, str], ...]
    """From ``y`` on it says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A moment that has a sentence of its own."""

    number: int
    y: float
    time: str
    """How long after the first moment."""
    phase: int
    """Its number; 0: of none."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One of the named parts of a flow."""

    number: int
    title: str
    text: str
    """What it comes to, in a sentence."""
    first: int
    """Its first step; 0: it has none (yet)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowView:
    """A whole flow as it is to be drawn."""

    kind: str
    """``creation`` or ``submission``."""
    title: str
    subtitle: str
    lanes: tuple[Lane, ...]
    arrows: tuple[Arrow, ...] = ()
    bars: tuple[Bar, ...] = ()
    marks: tuple[Mark, ...] = ()
    tokens: tuple[Token, ...] = ()
    tallies: tuple[Tally, ...] = ()
    steps: tuple[Step, ...] = ()
    phases: tuple[Phase, ...] = ()
    knots: tuple[tuple[float, float], ...] = ()
    """``(y, seconds after the first moment)``, both growing."""
    height: float = 0.0
    took: str = ""
    """The true time from the first moment to the last."""
    note: str = ""
    """What is not in the picture, or why there is none."""
    is_over: bool = False
    """Nothing of it will change any more."""
    width: int = WIDTH

    @property
    def summary(self) -> str:
        """All of it in a sentence or two, for those who do not see the picture."""
        steps = f"{len(self.steps):,} {'step' if len(self.steps) == 1 else 'steps'}"
        parts = " ".join(f"{part.number}. {part.title}: {part.text}" for part in self.phases)
        return f"{self.title}: {self.subtitle}. {steps} in {self.took}. {parts} {self.note}".strip()

    def to_dict(self) -> dict[str, Any]:
        """What the browser is told. An arrow that says what its step says is told without it."""
        found = asdict(self)
        texts = {step.number: step.text for step in self.steps}
        for arrow in found["arrows"]:
            if arrow["said"] == texts.get(arrow["number"]):
                arrow["said"] = ""
        return found


def lanes_at(number: int) -> tuple[tuple[float, ...], float]:
    """Where so many lanes stand, evenly in the width that the steps leave, and how wide each is."""
    room = (WIDTH - GUTTER_PX) / max(number, 1)
    places = tuple(round(GUTTER_PX + room * (index + 0.5), 1) for index in range(number))
    return places, round(min(_BOX_PX, room - _GAP_PX), 1)
