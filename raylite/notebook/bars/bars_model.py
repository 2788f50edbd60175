"""Bars of many processes as one picture: which belong together, how far they are, how long yet.

In Ray: ``_BarManager`` in ``python/ray/experimental/tqdm_ray.py``. Left out here: rows that jump;
bars with the same text before them are added up, with a line for each below.

A loop within a loop makes a new bar in each turn: a bar takes the line of one that has ended if
the same task has made it, with the same text and position. Pure: whoever asks says what time it is.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from raylite._core.common.bars import BarState, BarsTold
from raylite.notebook.bars.model import (
    Pace,
    Phase,
    ProgressView,
    Reading,
    bars_of,
)

__all__ = ["MAX_BLOCKS", "BarTable", "rate_text"]

MAX_BLOCKS: Final = 6
"""More different texts than these become lines of one block."""

_SCALES: Final = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_MANY: Final = 100
_MOST_LINES: Final = 128
"""Of a block with more, those that are done become one."""

_Key = tuple[str, str, str, int, int]


@dataclass(slots=True)
class _Line:
    """One bar, or several of a task that came one after the other."""

    state: BarState
    pid: int
    began_s: float
    at_s: float
    """When it was last heard of."""
    runs: int = 1
    gone: str = ""
    """Why its process can tell nothing any more, if it has not ended before."""

    @property
    def is_over(self) -> bool:
        return self.state.ended or bool(self.gone)

    @property
    def is_whole(self) -> bool:
        """Whether it has done all that it was to do."""
        total = self.state.total
        return self.state.ended and not self.gone and (total is None or self.state.done >= total)

    @property
    def whole(self) -> float:
        """How much there is to do, as far as that can be told."""
        total = self.state.total
        if total is not None:
            return max(total, self.state.done)
        # A loop of unknown length that has ended was as long as it went.
        return self.state.done if self.is_over else 0.0

    @property
    def is_open(self) -> bool:
        return self.state.total is None and not self.is_over


_SUM: Final[_Key] = ("", "", "", 0, -1)
"""Where a block keeps the sum of lines that are done."""


@dataclass(slots=True)
class _Block:
    """All bars with the same text."""

    title: str
    lines: dict[_Key, _Line] = field(default_factory=dict)
    pace: Pace = field(default_factory=Pace)

    @property
    def position(self) -> int:
        return min(line.state.position for line in self.lines.values())

    @property
    def is_over(self) -> bool:
        return all(line.is_over for line in self.lines.values())

    def sum_up(self) -> set[tuple[str, _Key]]:
        """Add up the oldest lines that are done; where those stood that are gone by that."""
        done = [key for key, line in self.lines.items() if line.is_whole and key != _SUM]
        gone = done[: len(self.lines) - _MOST_LINES // 2]
        found = [self.lines.pop(key) for key in gone]
        if _SUM in self.lines:
            found.append(self.lines.pop(_SUM))
        if found:
            self.lines[_SUM] = _sum_of_lines(found)
        return {(self.title, key) for key in gone}

    @property
    def is_shown(self) -> bool:
        return not self.is_over or any(line.state.keep for line in self.lines.values())


class BarTable:
    """The bars of one cell."""

    def __init__(self) -> None:
        self._blocks: dict[str, _Block] = {}
        self._keys: dict[tuple[str, int], tuple[str, _Key]] = {}
        self._busy_s = 0.0
        self._counted_to_s = float("-inf")

    def fold(self, told: BarsTold, at_s: float) -> None:
        """Take news of a process.

        Args:
            told: by it.
            at_s: seconds on a clock that never goes back.
        """
        if told.gone:
            self._gone(told.worker_id, told.gone, at_s)
        for state in told.bars:
            self._take(told.worker_id, told.pid, state, at_s)

    def _take(self, worker_id: str, pid: int, state: BarState, at_s: float) -> None:
        known = self._keys.get((worker_id, state.number))
        title = _title(state.desc)
        if known is not None and known[0] != title:
            # It was given another text: the line moves.
            self._take_out(*known, state.number)
            known = None
        block = self._blocks.setdefault(title, _Block(title))
        key = known[1] if known is not None else self._key_of(block, worker_id, state)
        before = block.lines.get(key)
        # What a line has ended with is not changed by news that were overtaken.
        if before is not None and before.is_over and _same_bar(before.state, state):
            return
        if before is not None and 0 < state.number < before.state.number:
            return
        line = _Line(state, pid, at_s - state.age_s, at_s)
        if before is not None:
            again = before.state.number != state.number
            line.runs = before.runs + again
            line.began_s = at_s - state.age_s if again else before.began_s
        block.lines[key] = line
        self._keys[worker_id, state.number] = title, key
        if state.ended:
            self._count(line.began_s, at_s)
        if len(block.lines) > _MOST_LINES:
            dropped = block.sum_up()
            self._keys = {bar: place for bar, place in self._keys.items() if place not in dropped}

    def _take_out(self, title: str, key: _Key, number: int) -> None:
        """A bar moves to another block; its line may have become another bar's meanwhile."""
        block = self._blocks.get(title)
        line = block.lines.get(key) if block is not None else None
        if block is None or line is None or line.state.number != number:
            return
        del block.lines[key]
        if not block.lines:
            del self._blocks[title]

    def _key_of(self, block: _Block, worker_id: str, state: BarState) -> _Key:
        key = (worker_id, state.call, state.who, state.position, 0)
        if state.number < 0:
            return (*key[:4], state.number)
        before = block.lines.get(key)
        return key if before is None or before.is_over else (*key[:4], state.number)

    def _gone(self, worker_id: str, reason: str, at_s: float) -> None:
        for block in self._blocks.values():
            for key, line in block.lines.items():
                if key[0] == worker_id and not line.is_over:
                    line.gone, line.at_s = reason, at_s
                    self._count(line.began_s, at_s)

    def end(self, reason: str, at_s: float) -> None:
        """Nobody will tell anything any more."""
        for worker_id in {key[0] for block in self._blocks.values() for key in block.lines}:
            self._gone(worker_id, reason, at_s)

    def _count(self, began_s: float, ended_s: float) -> None:
        self._busy_s += max(ended_s - max(began_s, self._counted_to_s), 0.0)
        self._counted_to_s = max(self._counted_to_s, ended_s)

    def busy_s(self, at_s: float) -> float:
        """Seconds in which there was a bar that moved, or could have."""
        began = [line.began_s for line in self._lines() if not line.is_over]
        if not began:
            return self._busy_s
        return self._busy_s + max(at_s - max(min(began), self._counted_to_s), 0.0)

    def _lines(self) -> Iterable[_Line]:
        return (line for block in self._blocks.values() for line in block.lines.values())

    @property
    def is_over(self) -> bool:
        """Whether every bar has ended."""
        return all(line.is_over for line in self._lines())

    def views(self, at_s: float) -> tuple[ProgressView, ...]:
        """What is to be seen now, from the top to the bottom."""
        shown = [block for block in self._blocks.values() if block.is_shown]
        shown.sort(key=lambda block: block.position)
        if len(shown) <= MAX_BLOCKS:
            return tuple(_view(block, at_s) for block in shown)
        return (_view_of_many(shown, at_s),)


def _sum_of_lines(lines: list[_Line]) -> _Line:
    first = lines[0].state
    return _Line(
        first.replaced(
            call="",
            done=sum(line.state.done for line in lines),
            total=sum(line.whole for line in lines),
            initial=sum(line.state.initial for line in lines),
            bars=sum(line.state.bars for line in lines),
            keep=any(line.state.keep for line in lines),
        ),
        lines[0].pid,
        min(line.began_s for line in lines),
        max(line.at_s for line in lines),
    )


def _same_bar(one: BarState, other: BarState) -> bool:
    """Whether they are about one bar; a sum of bars that has grown is another."""
    return (one.number, one.bars) == (other.number, other.bars)


def _title(desc: str) -> str:
    return desc.strip().removesuffix(":")


def _view(block: _Block, at_s: float) -> ProgressView:
    lines = list(block.lines.values())
    first = lines[0].state
    is_open = any(line.is_open for line in lines)
    done = sum(line.state.done for line in lines)
    whole = 0.0 if is_open else sum(line.whole for line in lines)
    over = block.is_over
    fraction = _fraction(done, whole, over=over and all(line.is_whole for line in lines))
    elapsed_s = _elapsed_s(lines, at_s, over=over)
    num_gone = sum(bool(line.gone) for line in lines)
    bars, more = bars_of([_reading(line) for line in lines]) if len(lines) > 1 else ((), "")
    return ProgressView(
        title=block.title,
        phase=_phase(lines, over=over),
        fraction=fraction,
        failed_fraction=_failed_fraction(lines, whole, fraction),
        counts=_counts(done, None if is_open else whole, first),
        rate=rate_text(
            done - sum(line.state.initial for line in lines),
            elapsed_s,
            first.unit,
            scaled=first.scaled,
        ),
        is_open=is_open,
        num_failed=num_gone,
        elapsed_s=elapsed_s,
        remaining_s=None if is_open else block.pace.remaining_s(fraction, at_s),
        bars=bars,
        more=more,
        note=_note(lines),
    )


def _view_of_many(blocks: list[_Block], at_s: float) -> ProgressView:
    """One block for all, with a line for each text."""
    lines = [line for block in blocks for line in block.lines.values()]
    readings = [_sum_of(block) for block in blocks]
    bars, more = bars_of(readings)
    over = all(line.is_over for line in lines)
    fraction = 1.0 if over else math.fsum(one.fraction for one in readings) / len(readings)
    num_done = sum(block.is_over for block in blocks)
    return ProgressView(
        title="Progress",
        phase=_phase(lines, over=over),
        fraction=fraction,
        counts=f"{num_done} of {len(blocks)} bars",
        num_failed=sum(bool(line.gone) for line in lines),
        elapsed_s=_elapsed_s(lines, at_s, over=over),
        bars=bars,
        more=more,
        note=_note(lines),
    )


def _fraction(done: float, whole: float, *, over: bool) -> float:
    if over:
        return 1.0
    return min(max(done / whole, 0.0), 1.0) if whole > 0 else 0.0


def _failed_fraction(lines: list[_Line], whole: float, fraction: float) -> float:
    """The part that was done by those who are gone: maybe for nothing."""
    done = sum(line.state.done for line in lines if line.gone)
    return min(_fraction(done, whole, over=False), fraction)


def _elapsed_s(lines: list[_Line], at_s: float, *, over: bool) -> float:
    until_s = max(line.at_s for line in lines) if over else at_s
    return max(until_s - min(line.began_s for line in lines), 0.0)


def _phase(lines: list[_Line], *, over: bool) -> Phase:
    if not over:
        return Phase.RUNNING
    if any(line.gone for line in lines):
        return Phase.FAILED
    return Phase.DONE if all(line.is_whole for line in lines) else Phase.STOPPED


def _note(lines: list[_Line]) -> str:
    gone = next((line for line in lines if line.gone), None)
    if gone is not None:
        whose = f"{gone.state.who}, pid {gone.pid}" if gone.state.who else f"pid {gone.pid}"
        return f"Ended without a last word ({whose}): {gone.gone}."
    early = sum(line.state.ended and not line.is_whole for line in lines)
    if len(lines) == 1:
        line = lines[0]
        turn = f"turn {line.runs}" if line.runs > 1 else ""
        ended = "ended before all was done" if early else ""
        return " · ".join(part for part in (line.state.postfix, turn, ended) if part)
    if early:
        return f"{early} of {len(lines)} ended before all was done."
    return ""


def _counts(done: float, whole: float | None, state: BarState) -> str:
    unit = "" if state.unit == "it" else f" {state.unit}"
    shown = _amount(done, scaled=state.scaled)
    if whole is None:
        return f"{shown} {state.unit}"
    return f"{shown} of {_amount(whole, scaled=state.scaled)}{unit}"


def _amount(number: float, *, scaled: bool) -> str:
    for limit, letter in _SCALES if scaled else ():
        if abs(number) >= limit:
            return f"{number / limit:.3g}{letter}"
    return f"{number:,.12g}"


def rate_text(done: float, elapsed_s: float, unit: str, *, scaled: bool = False) -> str:
    """How fast: ``12.5 it/s``, or ``2.4 s/it`` where one takes longer than a second."""
    if done <= 0 or elapsed_s <= 0:
        return ""
    rate = done / elapsed_s
    if rate < 1:
        return f"{1 / rate:.3g} s/{unit}"
    if scaled:
        return f"{_amount(rate, scaled=True)} {unit}/s"
    return f"{rate:,.0f} {unit}/s" if rate >= _MANY else f"{rate:.3g} {unit}/s"


def _reading(line: _Line) -> Reading:
    state = line.state
    label = f"{state.who} · pid {line.pid}" if state.who else f"pid {line.pid}"
    if state.bars > 1:
        label = f"{state.bars:,} that are done"
    text = _counts(state.done, None if line.is_open else line.whole, state)
    if line.gone:
        text = f"✗ {text}"
    elif line.is_over and not line.is_whole:
        text = f"‖ {text}"
    return Reading(label=label, done=state.done, total=_length(line), text=text)


def _sum_of(block: _Block) -> Reading:
    lines = list(block.lines.values())
    done = sum(line.state.done for line in lines)
    whole = None if any(line.is_open for line in lines) else sum(line.whole for line in lines)
    return Reading(
        label=block.title or lines[0].state.who or f"pid {lines[0].pid}",
        done=done,
        total=sum(_length(line) for line in lines),
        text=_counts(done, whole, lines[0].state),
    )


def _length(line: _Line) -> float:
    """Of a line's bar. What has no end that is known shows an empty one."""
    return math.inf if line.is_open else line.whole
