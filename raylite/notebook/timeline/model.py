"""What the timeline shows: a lane for each process, bars for calls, and counts where they are many.

In Ray: ``ray timeline``, whose file is opened in another program. Here all words, times and
heights are decided; whoever draws has only to turn seconds into pixels.
"""

from dataclasses import dataclass
from typing import Any, Final

from raylite.notebook.timeline.calls_model import Window
from raylite.notebook.timeline.lanes_model import Lane

__all__ = [
    "COLOURS",
    "DEPTH_HEIGHT",
    "FAILED",
    "FAILED_COLOUR",
    "FINISHED",
    "NEVER_RAN",
    "ROW_HEIGHT",
    "RUNNING",
    "Bar",
    "Density",
    "TimelineView",
]

ROW_HEIGHT: Final = 22
DEPTH_HEIGHT: Final = 16

COLOURS: Final = ("#0072B2", "#009E73", "#CC79A7", "#808080")
"""Of Okabe and Ito, one for a name after the other: all can be seen on light and on dark."""
FAILED_COLOUR: Final = "#D55E00"

FINISHED: Final = 0
FAILED: Final = 1
RUNNING: Final = 2
NEVER_RAN: Final = 3


@dataclass(slots=True, frozen=True, kw_only=True)
class Bar:
    """One call that is drawn by itself. Times in seconds since the session began."""

    lane: int
    row: int
    name: int
    """Its place in the names."""
    state: int
    start_s: float
    end_s: float
    submitted_s: float
    sent_s: float
    replied_s: float
    line_s: float
    """Where the line to it begins: when it was submitted, or when what was before it ended."""
    fetched_s: float = 0.0
    args_bytes: int = 0
    result_bytes: int = 0
    owner: int = -1
    """The place of its caller among the callers; -1 if nobody knows."""
    error: str = ""

    def to_list(self) -> list[Any]:
        """For the browser, in the order that ``static/timeline.js`` names."""
        times = (
            self.start_s,
            self.end_s,
            self.submitted_s,
            self.sent_s,
            self.replied_s,
            self.line_s,
        )
        rest = (self.args_bytes, self.result_bytes, self.owner, self.error)
        rounded = (round(one, 7) for one in (*times, self.fetched_s))
        return [self.lane, self.row, self.name, self.state, *rounded, *rest]


@dataclass(slots=True, frozen=True, kw_only=True)
class Density:
    """Calls that are counted: so many began between two moments in a lane."""

    lane: int
    start_s: float
    end_s: float
    count: int
    failed: int
    busy: float
    """How much of that time they took, between 0 and 1."""
    name: int
    """The place of their name among the names; -1 if there are several."""

    def to_list(self) -> list[Any]:
        """For the browser, in the order that ``static/timeline.js`` names."""
        span = (round(self.start_s, 7), round(self.end_s, 7))
        return [self.lane, *span, self.count, self.failed, round(self.busy, 3), self.name]


@dataclass(slots=True, frozen=True, kw_only=True)
class TimelineView:
    """All that is drawn. Heights are in pixels, times in seconds since the session began."""

    title: str
    summary: str
    """What the picture shows, in a sentence, for those who do not see it."""
    window: Window
    extent: Window
    """From the first moment to the last one that is known."""
    follows: bool
    """Whether the window grows with the session."""
    is_over: bool
    """The session has ended."""
    height: int
    names: tuple[str, ...]
    hues: tuple[int, ...]
    """Of each name: which of the colours it has, counted on and on."""
    callers: tuple[str, ...]
    lanes: tuple[Lane, ...]
    bars: tuple[Bar, ...]
    cells: tuple[Density, ...]
    depths: tuple[tuple[int, tuple[tuple[float, int], ...]], ...]
    """By lane: when, and how many calls its process held back from then on."""
    marks: tuple[tuple[int, float, str, str], ...]
    """Lane, moment, sign and what happened."""
    notes: tuple[str, ...] = ()

    def colour(self, name: int) -> str:
        """The colour of a name."""
        return COLOURS[self.hues[name] % len(COLOURS)]

    @property
    def num_calls(self) -> int:
        """Calls that have ended, drawn or counted."""
        ended = sum(bar.state != RUNNING for bar in self.bars)
        return ended + sum(cell.count for cell in self.cells)

    def to_dict(self) -> dict[str, Any]:
        """For the browser."""
        return {
            "title": self.title,
            "summary": self.summary,
            "window": list(self.window),
            "extent": list(self.extent),
            "follows": self.follows,
            "live": not self.is_over,
            "height": self.height,
            "names": list(self.names),
            "hues": list(self.hues),
            "callers": list(self.callers),
            "lanes": [lane.to_dict() for lane in self.lanes],
            "bars": [bar.to_list() for bar in self.bars],
            "cells": [cell.to_list() for cell in self.cells],
            "depths": [[lane, [list(point) for point in points]] for lane, points in self.depths],
            "marks": [list(mark) for mark in self.marks],
            "notes": list(self.notes),
            "sizes": {"row": ROW_HEIGHT, "depth": DEPTH_HEIGHT},
        }
