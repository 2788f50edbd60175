"""Where everything in the timeline stands: from the tables of a world to its view.

In Ray: nothing like it. Heights are decided here, once for the browser and for what is saved.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from raylite._core.common.events import TaskEnded, TaskStateChanged
from raylite._core.common.states import TaskState
from raylite.notebook.live.shown_words_model import (
    counted,
    shortened,
    time_of,
    timed,
    title_of,
)
from raylite.notebook.timeline.calls_model import CallIndex, Cell, Window, cell_width_s
from raylite.notebook.timeline.lanes_model import Mark, born_as_actors, lanes_of, marks_of
from raylite.notebook.timeline.model import (
    DEPTH_HEIGHT,
    FAILED,
    FINISHED,
    NEVER_RAN,
    ROW_HEIGHT,
    RUNNING,
    Bar,
    Density,
    TimelineView,
)
from raylite.notebook.world.world import World

__all__ = ["timeline_view"]

_GAP: Final = 8
_HEADING: Final = 24
_MAX_ROWS: Final = 6
_MAX_CELLS: Final = 3000
_COLUMNS: Final = (60, 400)
"""Cells side by side: at least, and at most."""
_MAX_DEPTHS: Final = 400
_MAX_OPEN: Final = 300
_BEYOND_S: Final = 10.0
"""How long after what is known a window may end, at least."""


@dataclass(slots=True)
class _Names:
    """Texts that are told once and then by their number."""

    places: dict[str, int] = field(default_factory=dict)

    def place(self, text: str) -> int:
        return self.places.setdefault(text, len(self.places))


def timeline_view(
    world: World,
    index: CallIndex,
    window: Window | None = None,
    *,
    now_s: float | None = None,
    is_over: bool = False,
    is_busy_only: bool = False,
) -> TimelineView:
    """The timeline of a world.

    Args:
        world: whose.
        index: its calls; kept from view to view, so that each is looked at once.
        window: from when to when, in seconds since the session began; None: all, and growing.
        now_s: what time it is, for calls that run; None: when the last thing happened.
        is_over: whether the session has ended.
        is_busy_only: leave out the workers that have nothing to show in the window.
    """
    extent = _extent(world, now_s)
    seen = extent if window is None else _sane(window, extent)
    num_lanes = max(1, sum(one.is_alive or one.num_ended > 0 for one in world.processes.values()))
    columns = min(max(_MAX_CELLS // num_lanes, _COLUMNS[0]), _COLUMNS[1])
    index.look(world, cell_width_s(seen, columns), None if window is None else seen)
    layout = _Layout(world, index, seen, extent, is_busy_only=is_busy_only)
    return layout.view(follows=window is None, is_over=is_over)


def _extent(world: World, now_s: float | None) -> Window:
    starts = [one.since_s for one in world.processes.values()]
    starts += [rows_s for rows_s in (_first_call_s(world),) if rows_s is not None]
    first_s = max(0.0, min(starts, default=0.0))
    last_s = world.at_s
    if now_s is not None and (world.running or world.waiting):
        last_s = max(last_s, now_s)
    return first_s, max(last_s, first_s + 1e-3)


def _first_call_s(world: World) -> float | None:
    if world.rows:
        return next((span[1] for span in world.rows[0].spans()), None)
    return world.lone[0].submitted_s if world.lone else None


def _sane(window: Window, extent: Window) -> Window:
    """The window, not empty, and neither before the session nor long after what is known."""
    first_s, last_s = min(window), max(window)
    first_s = min(max(first_s, 0.0), extent[1])
    room_s = max(extent[1] - extent[0], _BEYOND_S)
    return first_s, min(max(last_s, first_s + 1e-6), extent[1] + room_s)


class _Layout:
    """Puts what is seen in its place. Used once."""

    def __init__(
        self,
        world: World,
        index: CallIndex,
        window: Window,
        extent: Window,
        *,
        is_busy_only: bool,
    ) -> None:
        self._world = world
        self._index = index
        self._window = window
        self._extent = extent
        self._names = _Names()
        self._callers = _Names()
        running = [one for one in world.running.values() if one.at_s <= window[1]]
        self._open = running[-_MAX_OPEN:]
        self._num_left_out = len(running) - len(self._open)
        busy = {_lane_of(bar) for bar in index.bars if self._is_seen(bar)}
        busy |= {lane for lane, _ in index.cells} | {lane for lane, _ in index.waits}
        busy |= {one.worker_id for one in self._open} | set(born_as_actors(world, window))
        self._lanes, self._num_hidden = lanes_of(world, busy, window, is_busy_only=is_busy_only)
        self._num_busy = sum(lane.worker_id in busy for lane in self._lanes if not lane.is_driver)
        self._columns: dict[str, list[int]] = {}
        for lane, column in sorted(index.cells):
            self._columns.setdefault(lane, []).append(column)
        self._places = {lane.worker_id: place for place, lane in enumerate(self._lanes)}

    def _is_seen(self, bar: TaskEnded) -> bool:
        first_s = bar.started_s if bar.worker_id is not None else bar.submitted_s
        return bar.ended_s >= self._window[0] and first_s <= self._window[1]

    def view(self, *, follows: bool, is_over: bool) -> TimelineView:
        """All of it."""
        bars, overflow = self._bars()
        cells, num_beside = self._cells(overflow)
        depths = self._depths()
        height = self._stack({lane for lane, _ in depths})
        marks = tuple(self._marks())
        bars.sort(key=lambda bar: (bar.lane, bar.row, bar.start_s))
        ended = sum(bar.state != RUNNING for bar in bars) + sum(cell.count for cell in cells)
        failed = sum(bar.state in {FAILED, NEVER_RAN} for bar in bars)
        failed += sum(cell.failed for cell in cells)
        title, summary = self._words(ended, failed, len(marks))
        return TimelineView(
            title=title,
            summary=summary,
            window=self._window,
            extent=self._extent,
            follows=follows,
            is_over=is_over,
            height=height,
            names=tuple(self._names.places),
            hues=tuple(self._index.hue_of(name) for name in self._names.places),
            callers=tuple(self._callers.places),
            lanes=tuple(self._lanes),
            bars=tuple(bars),
            cells=tuple(cells),
            depths=depths,
            marks=marks,
            notes=tuple(self._notes(num_beside)),
        )

    def _bars(self) -> tuple[list[Bar], list[TaskEnded]]:
        """Bars, one below the other where they overlap, and what finds no row."""
        free: dict[str, list[float]] = {}
        bars, overflow = [], []
        ended = [one for one in self._index.bars if self._is_seen(one)]
        both: list[TaskEnded | TaskStateChanged] = [*ended, *self._open]
        for one in sorted(both, key=_first_s):
            lane = _lane_of(one)
            if lane not in self._places:
                if isinstance(one, TaskEnded):
                    overflow.append(one)
                continue
            rows = free.setdefault(lane, [])
            start_s = _first_s(one)
            row = next((at for at, until_s in enumerate(rows) if until_s <= start_s), len(rows))
            if row == _MAX_ROWS:
                if isinstance(one, TaskEnded):
                    overflow.append(one)
                continue
            if row == len(rows):
                rows.append(0.0)
            free_s = max(rows[row], self._counted_until_s(lane, start_s))
            bar = self._bar(one, self._places[lane], row, free_s)
            rows[row] = bar.end_s
            bars.append(bar)
        for lane, rows in free.items():
            self._lanes[self._places[lane]].rows = len(rows)
        return bars, overflow

    def _counted_until_s(self, lane: str, at_s: float) -> float:
        """The end of the last cell of the lane before a moment."""
        width_s, columns = self._index.width_s, self._columns.get(lane, [])
        place = bisect_left(columns, int(at_s / width_s))
        return (columns[place - 1] + 1) * width_s if place else 0.0

    def _bar(self, one: TaskEnded | TaskStateChanged, lane: int, row: int, free_s: float) -> Bar:
        name = self._names.place(self._index.name_of(one.name, one.actor_id))
        if isinstance(one, TaskStateChanged):
            return _open_bar(one, lane, row, name, max(self._extent[1], one.at_s))
        owner = self._callers.place(title_of(self._world, one.owner_id))
        return _ended_bar(one, lane, row, name=name, owner=owner, free_s=free_s)

    def _cells(self, overflow: Sequence[TaskEnded]) -> tuple[list[Density], int]:
        """What is counted, and how many calls are in lanes that are not shown."""
        width_s = self._index.width_s
        found = dict(self._index.cells)
        for one in overflow:
            key = _lane_of(one), int(_first_s(one) / width_s)
            name = self._index.name_of(one.name, one.actor_id)
            old = found.get(key, Cell(name=name))
            found[key] = Cell(
                count=old.count + 1,
                failed=old.failed + (one.state is TaskState.FAILED),
                busy_s=old.busy_s + one.ended_s - one.started_s,
                name=old.name if old.name == name else None,
            )
        beside = sum(cell.count for (lane, _), cell in found.items() if lane not in self._places)
        cells = [
            Density(
                lane=self._places[lane],
                start_s=column * width_s,
                end_s=(column + 1) * width_s,
                count=cell.count,
                failed=cell.failed,
                busy=min(1.0, cell.busy_s / width_s),
                name=-1 if cell.name is None else self._names.place(cell.name),
            )
            for (lane, column), cell in sorted(found.items())
            if lane in self._places
        ]
        return cells, beside

    def _depths(self) -> tuple[tuple[int, tuple[tuple[float, int], ...]], ...]:
        changes: dict[str, dict[int, int]] = {}
        for (owner, column), change in self._index.waits.items():
            if owner in self._places:
                changes.setdefault(owner, {})[column] = change
        width_s = self._index.width_s
        for one in self._world.waiting.values():
            if one.worker_id in self._places:
                column = int(one.at_s / width_s)
                of = changes.setdefault(one.worker_id, {})
                of[column] = of.get(column, 0) + 1
        found = []
        for owner, by_column in changes.items():
            depth, points = 0, []
            for column in sorted(by_column):
                depth = max(0, depth + by_column[column])
                points.append((round(column * width_s, 7), depth))
            if any(depth for _, depth in points):
                found.append((self._places[owner], tuple(points[-_MAX_DEPTHS:])))
        return tuple(sorted(found))

    def _stack(self, deep: set[int]) -> int:
        """Give each lane its place; the height of all."""
        y = 0
        for place, lane in enumerate(self._lanes):
            y += _HEADING if lane.node else 0
            lane.y = y
            wanted = 0 if lane.is_driver and place in deep else 1
            lane.rows = max(lane.rows, wanted)
            lane.depth_y = lane.rows * ROW_HEIGHT + 2 if place in deep else 0
            lane.height = lane.rows * ROW_HEIGHT + (DEPTH_HEIGHT + 6 if place in deep else 0)
            lane.height = max(lane.height, ROW_HEIGHT)
            y += lane.height + _GAP
        return max(y, ROW_HEIGHT)

    def _marks(self) -> list[tuple[int, float, str, str]]:
        return [self._mark(mark) for mark in marks_of(self._world, self._lanes)]

    def _mark(self, mark: Mark) -> tuple[int, float, str, str]:
        return self._places[mark.worker_id], round(mark.at_s, 6), mark.sign, mark.text

    def _words(self, ended: int, failed: int, num_marks: int) -> tuple[str, str]:
        span = timed(self._window[1] - self._window[0])
        workers = counted(self._num_busy, "worker")
        title = f"{counted(ended, 'call')} on {workers} in {span}"
        first, last = time_of(self._window[0]), time_of(self._window[1])
        parts = [f"Timeline from {first} to {last} of the session: {title}"]
        parts += [f"{failed:,} failed" if failed else "none failed"] if ended else []
        parts += [f"{counted(len(self._open), 'call')} running"] if self._open else []
        parts += [f"{counted(num_marks, 'restart')} or ends of workers"] if num_marks else []
        return title, f"{', '.join(parts)}."

    def _notes(self, num_beside: int) -> list[str]:
        notes = []
        if self._num_hidden:
            calls = f", with {counted(num_beside, 'call')}" if num_beside else ""
            notes.append(f"{counted(self._num_hidden, 'further worker')} not shown{calls}.")
        if self._world.dropped:
            number = counted(self._world.dropped, "event")
            notes.append(f"{number} came too fast to be kept.")
        if self._num_left_out:
            notes.append(f"{counted(self._num_left_out, 'further call')} running.")
        return notes


def _lane_of(one: TaskEnded | TaskStateChanged) -> str:
    if isinstance(one, TaskEnded):
        return one.worker_id or one.owner_id
    return one.worker_id


def _first_s(one: TaskEnded | TaskStateChanged) -> float:
    if isinstance(one, TaskStateChanged):
        return one.at_s
    return one.started_s if one.worker_id is not None else one.submitted_s


def _open_bar(one: TaskStateChanged, lane: int, row: int, name: int, now_s: float) -> Bar:
    return Bar(
        lane=lane,
        row=row,
        name=name,
        state=RUNNING,
        start_s=one.at_s,
        end_s=now_s,
        submitted_s=one.at_s,
        sent_s=one.at_s,
        replied_s=now_s,
        line_s=one.at_s,
    )


def _ended_bar(one: TaskEnded, lane: int, row: int, *, name: int, owner: int, free_s: float) -> Bar:
    has_run = one.worker_id is not None
    state = FAILED if one.state is TaskState.FAILED else FINISHED
    return Bar(
        lane=lane,
        row=row,
        name=name,
        state=state if has_run else NEVER_RAN,
        start_s=_first_s(one),
        end_s=max(one.ended_s, _first_s(one)),
        submitted_s=one.submitted_s,
        sent_s=max(one.sent_s, one.submitted_s),
        replied_s=one.at_s,
        line_s=max(one.submitted_s, free_s) if has_run else _first_s(one),
        fetched_s=one.fetched_s,
        args_bytes=one.args_bytes,
        result_bytes=one.result_bytes,
        owner=owner,
        error=shortened(one.error_type or "", 60),
    )
