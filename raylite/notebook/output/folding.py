"""How much of what workers print is shown under a cell, and when. Pure: the time is an argument.

In Ray: ``python/ray/_private/ray_logging/__init__.py`` (``LogDeduplicator``). Left out here:
holding lines back for seconds to see whether another worker prints the same.

Rule 1: the first lines are shown at once, later ones at most ten times a second.
Rule 2: a line that one process prints again and again is shown once, and then how many times more.
Rule 3: what is more than anybody reads is counted: of a flood the first lines are shown, the last
        ones, and how many were between. Room for further lines comes back with time.
Rule 4: nothing changes its order, and what is shown and what is counted is what came.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple, TypeAlias

__all__ = ["LONGEST", "CellOutput", "Row", "Who"]

Who: TypeAlias = tuple[str, int]
"""Name and process."""

PERIOD_S: Final = 0.1
_FLOOD_PERIOD_S: Final = 1.0
_CAPACITY: Final = 500.0
"""How much may be shown at once; a short line is 1."""
_REFILL_PER_S: Final = 25.0
_CHARS: Final = 200
"""A line costs 1 more for each so many characters."""
LONGEST: Final = 10_000
"""So much of a line is shown."""
_PICTURE_COST: Final = 10
_LAST_ROOM: Final = 20
"""What is shown at the end of a cell at least."""
_SAME_S: Final = 0.5
"""A line that comes again so much later is news."""
_HOLD_S: Final = 1.0
_LONGEST_HOLD_S: Final = 30.0
_FEW: Final = 2
"""So many equal lines are simply shown."""


class Row(NamedTuple):
    """One line that is shown, or what stands for others."""

    kind: str
    """``line``, ``repeat``, ``gap`` or ``picture``."""
    stream: str
    who: Who | None
    """None: several."""
    text: str = ""
    number: int = 1
    """For how many lines it stands."""
    pictures: int = 0
    """For how many pictures it stands."""
    picture: Any = None


class _Run:
    """A line that came so many times in a row, or a picture."""

    __slots__ = ("count", "goes_on", "line", "picture", "stream", "who")

    def __init__(self, stream: str, who: Who, line: str, count: int, picture: Any = None) -> None:
        self.stream = stream
        self.who = who
        self.line = line
        self.count = count
        self.goes_on = False
        """The line that was shown last is the same."""
        self.picture = picture

    def is_like(self, other: "_Run") -> bool:
        """Whether the two are counted together, where neither is shown."""
        same = self.stream == other.stream and self.who == other.who
        return same and (self.picture is None) == (other.picture is None)

    def cost(self) -> float:
        """How much of the room it takes."""
        if self.picture is not None:
            return _PICTURE_COST
        return (min(self.count, _FEW) if not self.goes_on else 1) * (
            1 + min(len(self.line), LONGEST) // _CHARS
        )


class CellOutput:
    """What was printed for one cell and is not shown yet."""

    def __init__(self) -> None:
        self._first: list[_Run] = []
        self._last: deque[_Run] = deque()
        self._between: list[_Run] = []
        """What is left out, as few runs: one for each that has printed it."""
        self._room = _CAPACITY
        self._room_at_s: float | None = None
        self._shown_s = -_FLOOD_PERIOD_S
        self._is_flood = False
        self._latest: dict[str, tuple[Who, str, float]] = {}
        """The line that came last in each stream, and when."""
        self._began_s = 0.0
        self._hold_s = _HOLD_S

    def add(
        self, stream: str, who: Who, lines: Sequence[str], now_s: float, left_out: int = 0
    ) -> None:
        """Somebody has printed.

        Args:
            stream: ``stdout`` or ``stderr``.
            who: name and process.
            lines: without their ends.
            now_s: the time.
            left_out: how many lines before these are only known by number.
        """
        if not self._is_pending():
            self._began_s = now_s
        if left_out:
            while self._last:
                self._leave_out(self._last.popleft())
            self._leave_out(_Run(stream, who, "", left_out))
            self._latest.pop(stream, None)
        for line, same in groupby(lines):
            self._add_run(stream, who, line, sum(1 for _ in same), now_s)

    def add_picture(self, who: Who, picture: Any, now_s: float, what: str = "") -> None:
        """Somebody has displayed something.

        Args:
            who: name and process.
            picture: is handed on.
            now_s: the time.
            what: stands in the line ahead of it.
        """
        if not self._is_pending():
            self._began_s = now_s
        self._latest.clear()
        self._keep(_Run("stdout", who, what, 1, picture))

    def due_s(self) -> float | None:
        """When something is to be shown; None: there is nothing."""
        if not self._is_pending():
            return None
        if self._is_more_of_the_same():
            return self._began_s + self._hold_s
        return self._shown_s + (_FLOOD_PERIOD_S if self._is_flood else PERIOD_S)

    def take(self, now_s: float, *, is_last: bool = False) -> list[Row]:
        """What is to be shown now.

        Args:
            now_s: the time.
            is_last: the cell ends, so that whatever is not shown now may never be seen.
        """
        self._refill(now_s)
        if not self._is_pending():
            return []
        if self._room < 1 and not is_last:
            self._shown_s, self._is_flood = now_s, True
            return []
        same = self._is_more_of_the_same()
        self._hold_s = min(self._hold_s * 2, _LONGEST_HOLD_S) if same else _HOLD_S
        room = max(self._room, _LAST_ROOM) if is_last else self._room
        rows, cost = self._fitting(room)
        self._room = min(self._room, room - cost)
        self._is_flood = self._room < 1
        self._shown_s = now_s
        return rows

    def _is_pending(self) -> bool:
        return bool(self._first or self._last or self._between)

    def _is_more_of_the_same(self) -> bool:
        """Whether nothing has come but a line that is shown already."""
        return len(self._first) == 1 and self._first[0].goes_on and not self._between

    def _refill(self, now_s: float) -> None:
        if self._room_at_s is not None:
            passed_s = max(0.0, now_s - self._room_at_s)
            self._room = min(_CAPACITY, self._room + passed_s * _REFILL_PER_S)
        self._room_at_s = now_s

    def _add_run(self, stream: str, who: Who, line: str, count: int, now_s: float) -> None:
        before = self._latest.get(stream)
        is_same = before is not None and before[:2] == (who, line) and now_s - before[2] < _SAME_S
        self._latest[stream] = (who, line, now_s)
        if not is_same:
            self._keep(_Run(stream, who, line, count))
            return
        newest = self._last[-1] if self._last else (self._first[-1] if self._first else None)
        if newest is not None and (newest.stream, newest.who, newest.line) == (stream, who, line):
            newest.count += count
        else:
            more = _Run(stream, who, line, count)
            more.goes_on = True
            self._keep(more)

    def _keep(self, run: _Run) -> None:
        if not (self._last or self._between) and len(self._first) < _CAPACITY:
            self._first.append(run)
            return
        self._last.append(run)
        if len(self._last) > _CAPACITY:
            self._leave_out(self._last.popleft())

    def _leave_out(self, run: _Run) -> None:
        for left in self._between:
            if left.is_like(run):
                left.count += run.count
                return
        self._between.append(_Run(run.stream, run.who, "", run.count, run.picture))

    def _fitting(self, room: float) -> tuple[list[Row], float]:
        """As much of the first and of the last as there is room for, and its cost."""
        runs, gap_at = [*self._first, *self._last], len(self._first)
        total = sum(run.cost() for run in runs)
        shown, rest = runs, list[_Run]()
        if total > room or self._between:
            # What was left out already lies between the first and the last.
            shown, first_cost = _beginning(runs[:gap_at], room / 2)
            others = runs[gap_at:] if self._between else runs[len(shown) :]
            rest, last_cost = _beginning(reversed(others), room - first_cost)
            rest.reverse()
            for run in runs[len(shown) : len(runs) - len(rest)]:
                self._leave_out(run)
            total = first_cost + last_cost
        if self._between:
            for run in rest:
                run.goes_on = False  # What it goes on with may have been left out.
            if not rest:
                self._latest.clear()
        rows = [row for run in shown for row in _rows(run)]
        rows += _gaps(self._between)
        rows += [row for run in rest for row in _rows(run)]
        self._first, self._last, self._between = [], deque(), []
        return rows, total


def _beginning(runs: Iterable[_Run], room: float) -> tuple[list[_Run], float]:
    """The first runs that there is room for; one at least, if there is any room."""
    found: list[_Run] = []
    spent = 0.0
    for run in runs:
        if spent >= room or (found and spent + run.cost() > room):
            break
        found.append(run)
        spent += run.cost()
    return found, spent


def _rows(run: _Run) -> Iterator[Row]:
    if run.picture is not None:
        yield Row("picture", run.stream, run.who, run.line, 0, 1, run.picture)
        return
    count = run.count
    if not run.goes_on:
        yield Row("line", run.stream, run.who, run.line)
        count -= 1
    if count >= _FEW:
        yield Row("repeat", run.stream, run.who, run.line, count)
    elif count:
        yield Row("line", run.stream, run.who, run.line)


def _gaps(left: Sequence[_Run]) -> Iterator[Row]:
    """One row for each stream in which something was left out."""
    for stream in sorted({run.stream for run in left}, reverse=True):
        runs = [run for run in left if run.stream == stream]
        whos = {run.who for run in runs}
        yield Row(
            "gap",
            stream,
            whos.pop() if len(whos) == 1 else None,
            number=sum(run.count for run in runs if run.picture is None),
            pictures=sum(run.count for run in runs if run.picture is not None),
        )
