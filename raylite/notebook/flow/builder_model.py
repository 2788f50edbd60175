"""Puts a flow together: whoever tells the story names moments, this gives them their places.

In Ray: nothing like it. A moment is known by a number until all are told; then the time axis is
laid out once, and everything that was tied to a moment gets its place from it.
"""

from dataclasses import dataclass, field
from typing import Final

from raylite.notebook.flow.axis_model import Axis, AxisPlan
from raylite.notebook.flow.model import (
    Arrow,
    Bar,
    FlowView,
    How,
    Lane,
    Mark,
    Phase,
    Step,
    Tally,
    Token,
    lanes_at,
)
from raylite.notebook.flow.tokens_model import Visit, stops_of

__all__ = ["ARROW_PX", "END_PX", "MARK_PX", "SMALL_PX", "FlowBuilder", "Stay"]

ARROW_PX: Final = 36.0
"""The room above the beginning of an arrow, which has its label there."""
END_PX: Final = 9.0
MARK_PX: Final = 27.0
SMALL_PX: Final = 25.0
"""The room above a step that has nothing but its number."""
_COLUMN_PX: Final = 15.0
_COLUMNS: Final = 5
_LINGER_PX: Final = 14.0
"""How long a call is seen where it stays for a moment only."""
_MS_S: Final = 1e-3
_TEN_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A call is in a lane from one moment to another."""

    lane: str
    come: int
    go: int | None
    how: How


@dataclass(slots=True)
class _Said:
    moment: int
    phase: int
    text: str


@dataclass(slots=True)
class _Drafts:
    """What was told, with moments instead of places."""

    arrows: list[tuple[int, int, str, str, str, str, str, str, str]] = field(default_factory=list)
    bars: list[tuple[int, int | None, str, str, str, str, str]] = field(default_factory=list)
    marks: list[tuple[int, str, str, str, str]] = field(default_factory=list)
    tokens: list[tuple[str, str, list[Stay]]] = field(default_factory=list)
    tallies: list[tuple[str, int, str]] = field(default_factory=list)


class FlowBuilder:
    """One flow in the making.

    Args:
        kind: ``creation`` or ``submission``.
        lanes: ``(key, title, detail, kind)`` of each, from left to right.
    """

    def __init__(self, kind: str, lanes: list[tuple[str, str, str, str]]) -> None:
        self._kind = kind
        at, width = lanes_at(len(lanes))
        self._lanes = {
            key: Lane(key=key, title=title, detail=detail, kind=which, x=x, width=width)
            for (key, title, detail, which), x in zip(lanes, at, strict=True)
        }
        self._plan = AxisPlan()
        self._said: list[_Said] = []
        self._drafts = _Drafts()

    @property
    def lanes(self) -> list[str]:
        """The keys of the lanes, from left to right."""
        return list(self._lanes)

    def moment(self, at_s: float, room_px: float = END_PX) -> int:
        """Note a moment, with the room it needs above it."""
        return self._plan.add(at_s, room_px)

    def step(self, moment: int, text: str, phase: int = 0) -> None:
        """Have a moment told in a sentence."""
        self._said.append(_Said(moment, phase, text))

    def arrow(
        self,
        moments: tuple[int, int],
        lanes: tuple[str, str],
        label: str,
        *,
        kind: str = "message",
        detail: str = "",
        said: str = "",
    ) -> None:
        """A message from one lane to another.

        Args:
            moments: when it was sent and when it was taken; the same one for one inside the head.
            lanes: from where to where.
            label: its class, or what is called.
            kind: see :class:`~raylite.notebook.flow.model.Arrow`.
            detail: its size.
            said: what there is to know of it.
        """
        key = f"a{len(self._drafts.arrows)}"
        self._drafts.arrows.append((*moments, *lanes, key, label, kind, detail, said))

    def bar(
        self, moments: tuple[int, int | None], lane: str, label: str, *, kind: str, said: str
    ) -> None:
        """Something that takes a while in a lane; without a second moment it has not ended."""
        key = f"b{len(self._drafts.bars)}"
        self._drafts.bars.append((*moments, lane, key, label, kind, said))

    def mark(self, moment: int, lane: str, text: str, *, kind: str = "state", said: str) -> None:
        """A state is entered."""
        self._drafts.marks.append((moment, lane, text, kind, said))

    def token(self, label: str, said: str, stays: list[Stay]) -> None:
        """A call, and where it is when."""
        self._drafts.tokens.append((label, said, stays))

    def tally(self, lane: str, moment: int, text: str) -> None:
        """From this moment on the line below the lane's name says so."""
        self._drafts.tallies.append((lane, moment, text))

    def built(
        self,
        title: str,
        subtitle: str,
        *,
        phases: list[tuple[str, str]] | None = None,
        note: str = "",
    ) -> FlowView:
        """The flow.

        Args:
            title: whose it is.
            subtitle: what it comes to.
            phases: title and sentence of each named part, in order.
            note: what is not in the picture.
        """
        axis = self._plan.laid_out()
        ordered = sorted(self._said, key=lambda one: axis.y(one.moment))
        numbers: dict[int, int] = {}
        for number, one in enumerate(ordered, 1):
            numbers.setdefault(one.moment, number)
        steps = tuple(
            Step(
                number=number,
                y=axis.y(one.moment),
                time=_later(axis.time_s(one.moment) - axis.began_s),
                phase=one.phase,
                text=one.text,
            )
            for number, one in enumerate(ordered, 1)
        )
        return FlowView(
            kind=self._kind,
            title=title,
            subtitle=subtitle,
            lanes=tuple(self._lanes.values()),
            arrows=self._arrows(axis, numbers),
            bars=self._bars(axis),
            marks=self._marks(axis),
            tokens=self._tokens(axis),
            tallies=self._tallies(axis),
            steps=steps,
            phases=_phases(phases or [], steps),
            knots=axis.knots(),
            height=axis.height,
            took=_later(axis.ended_s - axis.began_s).removeprefix("+"),
            note=note,
        )

    def _arrows(self, axis: Axis, numbers: dict[int, int]) -> tuple[Arrow, ...]:
        found = []
        for sent, taken, source, target, key, label, kind, detail, said in self._drafts.arrows:
            found.append(
                Arrow(
                    key=key,
                    kind=kind,
                    x0=self._lanes[source].x,
                    y0=axis.y(sent),
                    x1=self._lanes[target].x,
                    y1=axis.y(taken),
                    label=label,
                    detail=detail,
                    said=said,
                    number=numbers.get(sent, 0),
                )
            )
        return tuple(sorted(found, key=lambda one: one.y0))

    def _bars(self, axis: Axis) -> tuple[Bar, ...]:
        # What lies side by side grows away from the middle, where the arrows have their labels.
        left = set(self.lanes[: len(self._lanes) // 2])
        found: list[Bar] = []
        ends: dict[str, list[float]] = {lane: [] for lane in self._lanes}
        drafts = sorted(self._drafts.bars, key=lambda one: axis.y(one[0]))
        for begin, end, lane, key, label, kind, said in drafts:
            y0 = axis.y(begin)
            y1 = axis.height - SMALL_PX / 2 if end is None else axis.y(end)
            column = _column(ends[lane], y0, y1)
            found.append(
                Bar(
                    key=key,
                    kind=kind,
                    x=self._lanes[lane].x + column * (-_COLUMN_PX if lane in left else _COLUMN_PX),
                    y0=y0,
                    y1=y1,
                    label=label if column == 0 else "",
                    anchor="end" if lane in left else "start",
                    said=said,
                    is_open=end is None,
                )
            )
        return tuple(found)

    def _marks(self, axis: Axis) -> tuple[Mark, ...]:
        return tuple(
            Mark(
                key=f"m{index}",
                kind=kind,
                x=self._lanes[lane].x,
                y=axis.y(moment),
                text=text,
                said=said,
            )
            for index, (moment, lane, text, kind, said) in enumerate(self._drafts.marks)
        )

    def _tokens(self, axis: Axis) -> tuple[Token, ...]:
        drafts = self._drafts.tokens
        visits = []
        for index, (_, _, stays) in enumerate(drafts):
            left_y: float | None = None
            for stay in stays:
                y1 = None if stay.go is None else axis.y(stay.go)
                x, y0 = self._lanes[stay.lane].x, axis.y(stay.come)
                if y1 is not None and y1 <= y0 and stay is stays[-1]:
                    y1 = y0 + _LINGER_PX
                visits.append(Visit(token=index, x=x, y0=y0, y1=y1, how=stay.how, left_y=left_y))
                left_y = y1
        stops = stops_of(visits, len(drafts))
        return tuple(
            Token(key=f"t{index}", label=label, said=said, stops=stops[index])
            for index, (label, said, _) in enumerate(drafts)
        )

    def _tallies(self, axis: Axis) -> tuple[Tally, ...]:
        found = []
        for lane in self._lanes.values():
            texts: dict[float, str] = {}
            for key, moment, text in self._drafts.tallies:
                if key == lane.key:
                    texts[axis.y(moment)] = text
            if texts:
                found.append(Tally(x=lane.x, texts=tuple(sorted(texts.items()))))
        return tuple(found)


def _later(seconds: float) -> str:
    """How long after the first moment, so fine that two steps are told apart."""
    if seconds <= 0:
        return "0"
    if seconds < _MS_S:
        return f"+{seconds * 1e6:.0f} µs"
    if seconds < 1:
        return f"+{seconds / _MS_S:.2f} ms"
    return f"+{seconds:.4f} s" if seconds < _TEN_S else f"+{seconds:,.2f} s"


def _column(ends: list[float], y0: float, y1: float) -> int:
    """The first column that is free at ``y0``; the last one is shared by all that are too many."""
    for column, end in enumerate(ends):
        if end <= y0:
            ends[column] = y1
            return column
    if len(ends) < _COLUMNS:
        ends.append(y1)
        return len(ends) - 1
    ends[-1] = max(ends[-1], y1)
    return _COLUMNS - 1


def _phases(told: list[tuple[str, str]], steps: tuple[Step, ...]) -> tuple[Phase, ...]:
    firsts: dict[int, int] = {}
    for step in steps:
        firsts.setdefault(step.phase, step.number)
    return tuple(
        Phase(number=number, title=title, text=text, first=firsts.get(number, 0))
        for number, (title, text) in enumerate(told, 1)
    )
