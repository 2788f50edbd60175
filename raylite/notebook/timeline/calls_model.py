"""Calls laid out for a picture: long ones as bars, short ones counted in cells of equal width.

In Ray: the timeline of its dashboard, which draws each call. A session may have made 100,000 calls,
and a screen has 2,000 columns: what is narrower than a column is counted there. No call is lost
that way: bars and cells together are as many as the calls that were looked at.

Rule 1: each call is looked at once as long as the width of a cell stays; it is a power of two, so
that a picture that grows with the session needs all of them anew ten times and not always.
Rule 2: there are never more bars than a picture can take. If there would be, the shortest of them
become counts.
"""

import math
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from raylite._core.common.event_batch import CallRows
from raylite._core.common.events import TaskEnded
from raylite._core.common.states import TaskState
from raylite.notebook.live.shown_words_model import function_label
from raylite.notebook.world.world import World

__all__ = ["CallIndex", "Cell", "Window", "cell_width_s"]

Window = tuple[float, float]
"""From when to when, in seconds since the session began."""

_TICK_S: Final = 1e-6
_LONG: Final = 0.25
"""Of a cell's width: what is shorter is counted and not drawn."""
_KEPT: Final = 0.75
"""How many bars are left when there were too many."""
_MOST_HUES: Final = 10_000
_EVER: Final[Window] = (-math.inf, math.inf)


@dataclass(slots=True, eq=False)
class Cell:
    """Short calls that began within one column of one lane."""

    count: int = 0
    failed: int = 0
    busy_s: float = 0.0
    name: str | None = None
    """Their name, if all have the same."""


@dataclass(slots=True, eq=False)
class _Level:
    """All that is known at one width of the cells."""

    width_s: float
    window: Window
    long_s: float
    bars: list[TaskEnded] = field(default_factory=list)
    cells: dict[tuple[str, int], Cell] = field(default_factory=dict)
    """By lane and column."""
    waits: dict[tuple[str, int], int] = field(default_factory=dict)
    """By who waits and column: how many calls more wait from there on."""


def cell_width_s(window: Window, columns: int) -> float:
    """The width of a cell, in seconds: a power of two of a microsecond.

    Args:
        window: what is to be seen.
        columns: how many cells there may be side by side.
    """
    span_s = max(window[1] - window[0], _TICK_S)
    return _TICK_S * 2.0 ** max(0, math.ceil(math.log2(span_s / _TICK_S / max(columns, 1))))


class CallIndex:
    """The calls of a world at one width of the cells.

    Args:
        budget: how many bars there may be.
    """

    def __init__(self, budget: int = 2400) -> None:
        self._budget = budget
        self._seen: CallRows | None = None
        self._num_lone = 0
        self._level = _Level(width_s=0.0, window=_EVER, long_s=0.0)
        self._hues: dict[str, int] = {}
        self._names: dict[tuple[str, str | None], str] = {}
        self._world = World()

    def name_of(self, name: str, actor_id: str | None) -> str:
        """What a call is called in pictures."""
        found = self._names.get((name, actor_id))
        if found is None:
            if len(self._names) > _MOST_HUES:
                self._names.clear()
            found = self._names[name, actor_id] = function_label(self._world, name, actor_id)
        return found

    def hue_of(self, name: str) -> int:
        """A name's number, which stays the same from view to view, so that its colour does."""
        if len(self._hues) > _MOST_HUES:
            self._hues.clear()
        return self._hues.setdefault(name, len(self._hues))

    @property
    def width_s(self) -> float:
        """Of a cell."""
        return self._level.width_s

    @property
    def bars(self) -> list[TaskEnded]:
        """Calls that are drawn one by one; those without a worker have never run."""
        return self._level.bars

    @property
    def cells(self) -> dict[tuple[str, int], Cell]:
        """Calls that are counted, by lane and column."""
        return self._level.cells

    @property
    def waits(self) -> dict[tuple[str, int], int]:
        """By who waits and column: how many calls more wait from there on, or fewer."""
        return self._level.waits

    def look(self, world: World, width_s: float, window: Window | None = None) -> None:
        """Bring it up to date.

        Args:
            world: whose calls.
            width_s: of a cell, from :func:`cell_width_s`.
            window: leave out what is not in it; None: all.
        """
        self._world = world
        scope = _EVER if window is None else window
        if (self._level.width_s, self._level.window) != (width_s, scope):
            self._level = _Level(width_s=width_s, window=scope, long_s=_LONG * width_s)
            self._seen, self._num_lone = None, 0
        for rows in self._news(world):
            self._add_rows(rows)
        fresh = min(world.num_lone - self._num_lone, len(world.lone))
        self._num_lone = world.num_lone
        for event in islice(world.lone, len(world.lone) - fresh, None):
            self._add_event(event)

    def _news(self, world: World) -> list[CallRows]:
        found: list[CallRows] = []
        for rows in reversed(world.rows):
            if rows is self._seen:
                break
            found.append(rows)
        if world.rows:
            self._seen = world.rows[-1]
        found.reverse()
        return found

    def _add_rows(self, rows: CallRows) -> None:
        level = self._level
        first_s, last_s = level.window
        width_s, long_s, cells = level.width_s, level.long_s, level.cells
        owner = rows.owner_id
        labels = {
            number: (
                worker_id or owner,
                self.name_of(name, actor_id),
                failure is not None,
                bool(worker_id),
            )
            for number, (name, actor_id, failure, worker_id) in rows.rows.labels.items()
        }
        for at, (number, submitted_s, sent_s, started_s, ended_s) in enumerate(rows.spans()):
            if ended_s < first_s or submitted_s > last_s:
                continue
            lane, name, is_failure, has_run = labels[number]
            if sent_s - submitted_s >= long_s and has_run:
                self._add_wait(owner, submitted_s, sent_s)
            if ended_s - started_s >= long_s or not has_run:
                level.bars.append(rows.event(at))
                if len(level.bars) > self._budget:
                    self._thin_out()
                    long_s = level.long_s
                continue
            key = lane, int(started_s / width_s)
            cell = cells.get(key)
            if cell is None:
                cell = cells[key] = Cell(name=name)
            cell.count += 1
            cell.busy_s += ended_s - started_s
            if is_failure:
                cell.failed += 1
            if name != cell.name:
                cell.name = None

    def _add_event(self, event: TaskEnded) -> None:
        level = self._level
        if event.ended_s < level.window[0] or event.submitted_s > level.window[1]:
            return
        has_run = event.worker_id is not None
        if event.sent_s - event.submitted_s >= level.long_s and has_run:
            self._add_wait(event.owner_id, event.submitted_s, event.sent_s)
        if event.ended_s - event.started_s < level.long_s and has_run:
            self._count(event)
            return
        level.bars.append(event)
        if len(level.bars) > self._budget:
            self._thin_out()

    def _count(self, event: TaskEnded) -> None:
        level = self._level
        key = event.worker_id or event.owner_id, int(event.started_s / level.width_s)
        name = self.name_of(event.name, event.actor_id)
        cell = level.cells.setdefault(key, Cell(name=name))
        cell.count += 1
        cell.busy_s += event.ended_s - event.started_s
        cell.failed += event.state is TaskState.FAILED
        if name != cell.name:
            cell.name = None

    def _add_wait(self, owner: str, since_s: float, until_s: float) -> None:
        waits, width_s = self._level.waits, self._level.width_s
        first, last = (owner, int(since_s / width_s)), (owner, int(until_s / width_s))
        waits[first] = waits.get(first, 0) + 1
        waits[last] = waits.get(last, 0) - 1

    def _thin_out(self) -> None:
        """Count the shortest bars from now on."""
        level = self._level
        keep = max(1, int(self._budget * _KEPT))
        level.bars.sort(key=_length_s, reverse=True)
        level.bars, short = level.bars[:keep], level.bars[keep:]
        level.long_s = max(level.long_s, _length_s(level.bars[-1]))
        for event in short:
            self._count(event)


def _length_s(event: TaskEnded) -> float:
    return event.ended_s - event.started_s
