"""What a picture of progress says: fractions, counts, times and words, without any drawing.

In Ray: ``python/ray/experimental/tqdm_ray.py``. Left out here: everything that has a clock, a
browser or a terminal. Whoever draws is told what to write and how long each bar is.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from numbers import Real
from typing import Any, Final

__all__ = [
    "MAX_BARS",
    "Bar",
    "Pace",
    "Phase",
    "ProgressView",
    "Reading",
    "bars_of",
    "duration",
    "mean_fraction",
    "read_progress",
    "text_line",
    "text_lines",
]

MAX_BARS: Final = 16
"""More bars than these are summed up in a line: nobody reads forty at a time."""

_PAIR: Final = 2
_ROUNDING: Final = 1e-9
_MIN_PACE_S: Final = 1.0
"""Below this many seconds a guess of the time left would be noise."""
_MINUTE_S: Final = 60
_HOUR_S: Final = 3600
_EXACT_BELOW_S: Final = 10


class Phase(Enum):
    """Where the whole is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """All has ended, some of it with an error."""
    STOPPED = "stopped"
    """Nobody watches any more, though not all is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How far one thing is."""

    label: str
    done: float
    total: float
    is_fraction: bool = False
    """Told as a number between 0 and 1, so that there is nothing to count."""
    text: str = ""
    """What is said of it, if that is not simply the amounts."""

    @property
    def fraction(self) -> float:
        """Between 0 and 1. Where nothing is to be done, all of it is done."""
        return 1.0 if self.total <= 0 else min(max(self.done / self.total, 0.0), 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One of several bars below the main one."""

    label: str
    fraction: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressView:
    """All there is to draw, at one moment."""

    title: str
    phase: Phase
    fraction: float
    failed_fraction: float = 0.0
    """The part of ``fraction`` that ended with an error."""
    counts: str = ""
    """Such as ``3 of 10 tasks``; empty if nothing is counted."""
    rate: str = ""
    """Such as ``12 it/s``."""
    is_open: bool = False
    """Whether nobody knows how much there is to do, so that there is no fraction to show."""
    num_failed: int = 0
    elapsed_s: float = 0.0
    remaining_s: float | None = None
    bars: tuple[Bar, ...] = ()
    more: str = ""
    """What is said of the bars that are left out."""
    note: str = ""
    """A sentence, if there is something to say."""

    @property
    def percent(self) -> int:
        """Rounded down: 100 means that all is done."""
        return math.floor(self.fraction * 100 + _ROUNDING)

    @property
    def percent_text(self) -> str:
        """The number that stands at the end of the title; none while there is no whole."""
        return "" if self.is_open and self.phase is not Phase.DONE else f"{self.percent} %"

    @property
    def facts(self) -> tuple[str, ...]:
        """What stands below the bar, the state first: it is never told by a colour alone."""
        words = {
            Phase.RUNNING: "",
            Phase.DONE: "✓ done",
            Phase.FAILED: f"✗ {self.num_failed} failed",
            Phase.STOPPED: "‖ stopped",
        }
        failed = self.num_failed if self.phase is not Phase.FAILED else 0
        left = self.remaining_s if self.phase is Phase.RUNNING else None
        found = (
            words[self.phase],
            self.counts,
            self.rate,
            f"✗ {failed} failed" if failed else "",
            duration(self.elapsed_s),
            "" if left is None else f"about {_whole_seconds(left)} left",
        )
        return tuple(fact for fact in found if fact)

    def to_dict(self) -> dict[str, Any]:
        """The same for the browser, which only has to put it in its place."""
        return {
            "title": self.title,
            "phase": self.phase.value,
            "fraction": round(self.fraction, 4),
            "failed_fraction": round(self.failed_fraction, 4),
            "percent": self.percent,
            "percent_text": self.percent_text,
            "facts": list(self.facts),
            "bars": [
                {"label": bar.label, "fraction": round(bar.fraction, 4), "text": bar.text}
                for bar in self.bars
            ],
            "more": self.more,
            "note": self.note,
        }


class Pace:
    """Guesses the time left from how fast it went so far.

    Between two steps the guess counts down; once a step is overdue there is none.
    """

    def __init__(self) -> None:
        self._first: tuple[float, float] | None = None
        self._last: tuple[float, float] = (0.0, 0.0)

    def remaining_s(self, fraction: float, at_s: float) -> float | None:
        """Seconds until the fraction is 1, or None if that cannot be told.

        Args:
            fraction: how much is done, between 0 and 1.
            at_s: seconds on a clock that never goes back.
        """
        if self._first is None or fraction < self._last[0]:
            # What has begun anew has no pace yet.
            self._first = self._last = (fraction, at_s)
        elif fraction > self._last[0]:
            self._last = (fraction, at_s)
        gained, took_s = self._last[0] - self._first[0], self._last[1] - self._first[1]
        if gained <= 0 or took_s <= 0 or at_s - self._first[1] < _MIN_PACE_S or fraction >= 1:
            return None
        left_s = (1 - fraction) * took_s / gained - (at_s - self._last[1])
        return left_s if left_s > 0 else None


def read_progress(value: Any, total: float | None = None) -> list[Reading]:
    """Understand what a function or an actor's method says about progress.

    Args:
        value: a number between 0 and 1, or with ``total`` a number of things done; a pair
            ``(done, total)``; or a dictionary that has one of these for each label.
        total: of how many things.

    Raises:
        TypeError: if it is none of these.
        ValueError: if a number makes no sense.
    """
    if isinstance(value, Mapping):
        return [_reading(str(label), one, None) for label, one in value.items()]
    return [_reading("", value, total)]


def _reading(label: str, value: Any, total: float | None) -> Reading:
    if isinstance(value, list | tuple) and len(value) == _PAIR:
        done, of_all = (_number(one, value) for one in value)
        return Reading(label=label, done=done, total=of_all)
    done = _number(value, value)
    if total is not None:
        return Reading(label=label, done=done, total=total)
    if done > 1 + _ROUNDING:
        msg = (
            f"a progress of {value!r} is more than 1, which is the whole. Give it as a fraction, "
            f"as a pair ({value!r}, total), or write progress(..., total=...)."
        )
        raise ValueError(msg)
    return Reading(label=label, done=done, total=1.0, is_fraction=True)


def _number(value: Any, whole: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        msg = (
            f"progress cannot be read from {whole!r}: return a number between 0 and 1, a pair "
            "(done, total), or a dictionary with one of these for each task."
        )
        raise TypeError(msg)
    number = float(value)
    if math.isnan(number) or number < 0:
        msg = f"progress cannot be read from {whole!r}: it has to be 0 or more."
        raise ValueError(msg)
    return number


def mean_fraction(readings: Sequence[Reading], expected: float | None = None) -> float:
    """How much of the whole is done: by amount where amounts are told, else the mean.

    Args:
        readings: one for each part that has reported.
        expected: how many parts there will be, if that is known; the others have done nothing.
    """
    if not readings:
        return 0.0
    parts = max(expected or 0, len(readings))
    if parts == len(readings) and not any(one.is_fraction for one in readings):
        done = sum(min(one.done, one.total) for one in readings)
        return Reading(label="", done=done, total=sum(one.total for one in readings)).fraction
    return min(math.fsum(one.fraction for one in readings) / parts, 1.0)


def bars_of(readings: Sequence[Reading]) -> tuple[tuple[Bar, ...], str]:
    """The bars to draw, unfinished ones before others if there are too many, and the rest."""
    chosen = set(range(len(readings)))
    if len(readings) > MAX_BARS:
        by_need = sorted(chosen, key=lambda index: (readings[index].fraction >= 1, index))
        chosen = set(by_need[:MAX_BARS])
    bars = tuple(
        Bar(label=one.label, fraction=one.fraction, text=_bar_text(one))
        for index, one in enumerate(readings)
        if index in chosen
    )
    hidden = [one for index, one in enumerate(readings) if index not in chosen]
    if not hidden:
        return bars, ""
    return bars, f"and {len(hidden)} others, {math.floor(mean_fraction(hidden) * 100)} % done"


def _bar_text(reading: Reading) -> str:
    if reading.text:
        return reading.text
    if reading.is_fraction:
        return f"{math.floor(reading.fraction * 100 + _ROUNDING)} %"
    return f"{reading.done:,.12g} of {reading.total:,.12g}"


def duration(seconds: float) -> str:
    """A time for people: ``0.4 s``, ``12 s``, ``3 min 05 s``, ``2 h 07 min``.

    Args:
        seconds: 0 or more.
    """
    if seconds < _EXACT_BELOW_S - 0.05:
        return f"{seconds:.1f} s"
    return _whole_seconds(seconds)


def _whole_seconds(seconds: float) -> str:
    whole = max(round(seconds), 1)
    if whole < _MINUTE_S:
        return f"{whole} s"
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S} min {whole % _MINUTE_S:02d} s"
    return f"{whole // _HOUR_S} h {whole % _HOUR_S // _MINUTE_S:02d} min"


def text_line(view: ProgressView, width: int, symbols: str = "█░") -> str:
    """One line for a terminal.

    Args:
        view: what to say.
        width: columns there are; the bar gives way first, then the end is cut off.
        symbols: two characters, for what is done and what is not.
    """
    return _text_line(view, width, _room_for_bar(view, width), symbols)


def text_lines(views: Sequence[ProgressView], width: int, symbols: str = "█░") -> list[str]:
    """The views for a terminal, a line for each bar: titles and bars are of one width.

    Args:
        views: from the top to the bottom.
        width: columns there are.
        symbols: two characters, for what is done and what is not.
    """
    widest = max((len(view.title) for view in views), default=0)
    aligned = [replace(view, title=view.title.ljust(widest)) for view in views]
    room = min((_room_for_bar(view, width) for view in aligned), default=0)
    lines = []
    for view in aligned:
        lines.append(_text_line(view, width, room, symbols))
        labels = max((len(bar.label) for bar in view.bars), default=0)
        lines += [
            f"  {bar.label.ljust(labels)}  [{_text_bar(bar.fraction, 10, symbols)}]  {bar.text}"
            for bar in view.bars
        ]
        lines += [f"  {text}" for text in (view.more, view.note) if text]
    return [line[:width] for line in lines]


def _words(view: ProgressView) -> str:
    return f"{view.percent_text:>5}  {', '.join(view.facts)}"


def _title(view: ProgressView) -> str:
    return f"{view.title}  " if view.title else ""


def _room_for_bar(view: ProgressView, width: int) -> int:
    return min(width - len(_words(view)) - len(_title(view)) - 4, 40)


def _text_line(view: ProgressView, width: int, room: int, symbols: str) -> str:
    if room < 5:  # noqa: PLR2004  # shorter bars say nothing
        return f"{_title(view)}{_words(view)}"[:width]
    return f"{_title(view)}[{_text_bar(view.fraction, room, symbols)}]  {_words(view)}"


def _text_bar(fraction: float, room: int, symbols: str) -> str:
    filled = math.floor(fraction * room + _ROUNDING)
    return symbols[0] * filled + symbols[1] * (room - filled)
