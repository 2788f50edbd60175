"""The timeline as a drawing by itself, for saved notebooks, slides and papers.

In Ray: nothing like it. The drawing has its own white ground and no style sheet, since it may be
shown where there is none. What was typed by a user is escaped.
"""

import math
from collections.abc import Iterator
from html import escape
from typing import Final

from raylite.notebook.live.shown_words_model import counted
from raylite.notebook.timeline.lanes_model import Lane
from raylite.notebook.timeline.model import (
    COLOURS,
    DEPTH_HEIGHT,
    FAILED,
    FAILED_COLOUR,
    NEVER_RAN,
    ROW_HEIGHT,
    RUNNING,
    Bar,
    Density,
    TimelineView,
)

__all__ = ["svg_size", "ticks_of", "timeline_svg"]

WIDTH: Final = 960
_LABELS: Final = 176
_RIGHT: Final = 18
_TOP: Final = 40
_BOTTOM: Final = 30
_TEXT: Final = "#1f2328"
_DETAIL: Final = "#57606a"
_LINE: Final = "#d8dee4"
_CHAR: Final = 6.3
"""Width of a character of the names in bars, in pixels."""
_STEPS: Final = (1, 2, 5)
_NARROW: Final = 5


def svg_size(view: TimelineView) -> tuple[int, int]:
    """Width and height of the drawing, in pixels."""
    return WIDTH, _TOP + view.height + _BOTTOM


def ticks_of(window: tuple[float, float], most: int = 8) -> list[tuple[float, str]]:
    """Round moments in a window, and what is written at them.

    Args:
        window: from when to when, in seconds.
        most: how many there may be.
    """
    span_s = window[1] - window[0]
    power = 10.0 ** math.floor(math.log10(span_s / most))
    step_s = next((step * power for step in _STEPS if span_s / (step * power) <= most), 10 * power)
    first = math.ceil(window[0] / step_s - 1e-9)
    last = math.floor(window[1] / step_s + 1e-9)
    digits = max(0, -math.floor(math.log10(step_s) + 1e-9))
    return [(at * step_s, f"{at * step_s:,.{digits}f} s") for at in range(first, last + 1)]


def timeline_svg(view: TimelineView) -> str:
    """The whole drawing, as an SVG document."""
    width, height = svg_size(view)
    drawing = _Drawing(view)
    body = "\n".join(drawing.parts())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" font-size="12" '
        f'fill="{_TEXT}" role="img"><title>{escape(view.summary)}</title>\n'
        f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8" fill="#ffffff" '
        f'stroke="{_LINE}"/>\n{body}\n</svg>'
    )


class _Drawing:
    def __init__(self, view: TimelineView) -> None:
        self._view = view
        self._first_s, last_s = view.window
        self._scale = (WIDTH - _LABELS - _RIGHT) / (last_s - self._first_s)

    def _x(self, at_s: float) -> float:
        inside = _LABELS + (at_s - self._first_s) * self._scale
        return round(min(max(inside, _LABELS), WIDTH - _RIGHT), 2)

    def parts(self) -> Iterator[str]:
        view = self._view
        yield f'<text x="16" y="25" font-weight="600" font-size="13">{escape(view.title)}</text>'
        bottom = _TOP + view.height
        for at_s, text in ticks_of(view.window):
            x = self._x(at_s)
            yield f'<path d="M{x} {_TOP - 4}V{bottom}" stroke="{_LINE}"/>'
            yield (
                f'<text x="{x}" y="{bottom + 18}" text-anchor="middle" font-size="11" '
                f'fill="{_DETAIL}">{text}</text>'
            )
        for lane in view.lanes:
            yield from self._lane(lane)
        for place, points in view.depths:
            yield from self._depth(view.lanes[place], points)
        for cell in view.cells:
            yield from self._cell(cell)
        yield from self._counts()
        for bar in view.bars:
            yield from self._bar(bar)
        for mark in view.marks:
            yield from self._mark(*mark)

    def _lane(self, lane: Lane) -> Iterator[str]:
        y = _TOP + lane.y
        if lane.node:
            yield (
                f'<text x="16" y="{y - 7}" font-size="11" font-weight="600" '
                f'fill="{_DETAIL}">{escape(lane.node)}</text>'
            )
        first = self._x(lane.born_s)
        last = self._x(self._view.window[1] if lane.gone_s is None else lane.gone_s)
        if last > first:
            yield (
                f'<rect x="{first}" y="{y}" width="{round(last - first, 2)}" '
                f'height="{lane.height}" rx="3" fill="#f3f5f7"/>'
            )
        detail = f'<tspan fill="{_DETAIL}" font-size="11"> {escape(lane.detail)}</tspan>'
        room = 26 - len(lane.detail)
        label = lane.label if len(lane.label) <= room else f"{lane.label[: room - 1]}…"
        yield f'<text x="16" y="{y + 15}">{escape(label)}{detail}</text>'

    def _depth(self, lane: Lane, points: tuple[tuple[float, int], ...]) -> Iterator[str]:
        base = _TOP + lane.y + lane.depth_y + DEPTH_HEIGHT
        most = max(depth for _, depth in points)
        path, last = [f"M{self._x(points[0][0])} {base}"], 0.0
        for at_s, depth in points:
            last = self._x(at_s)
            path.append(f"H{last}V{round(base - DEPTH_HEIGHT * depth / most, 1)}")
        end = self._x(self._view.window[1]) if points[-1][1] else last
        path.append(f"H{end}V{base}Z")
        yield f'<path d="{"".join(path)}" fill="#E69F00" fill-opacity="0.45" stroke="#9a6700"/>'
        yield (
            f'<text x="{self._x(points[0][0]) + 4}" y="{base - 4}" font-size="10" '
            f'fill="{_TEXT}">up to {counted(most, "call")} held back</text>'
        )

    def _cell(self, cell: Density) -> Iterator[str]:
        x, last = self._x(cell.start_s), self._x(cell.end_s)
        if last <= x:
            return
        y = _TOP + self._view.lanes[cell.lane].y
        tall = round(4 + (ROW_HEIGHT - 4) * cell.busy, 1)
        colour = self._view.colour(cell.name) if cell.name >= 0 else _DETAIL
        width = round(last - x, 2)
        yield (
            f'<rect x="{x}" y="{round(y + ROW_HEIGHT - tall, 1)}" width="{width}" '
            f'height="{tall}" fill="{colour}" fill-opacity="0.5"/>'
        )
        if cell.failed:
            yield f'<rect x="{x}" y="{y}" width="{width}" height="4" fill="{FAILED_COLOUR}"/>'

    def _counts(self) -> Iterator[str]:
        """Neighbouring cells have one number: how many calls they are together."""
        runs: list[list[float]] = []
        for cell in self._view.cells:
            width_s = cell.end_s - cell.start_s
            last = runs[-1] if runs else None
            if last and last[0] == cell.lane and cell.start_s - last[2] < 2 * width_s:
                last[2] = cell.end_s
                last[3] += cell.count
            else:
                runs.append([cell.lane, cell.start_s, cell.end_s, cell.count])
        for place, first_s, last_s, number in runs:
            x, text = self._x(first_s), counted(int(number), "call")
            if self._x(last_s) - x > _CHAR * len(text) + 8:
                y = _TOP + self._view.lanes[int(place)].y + 15
                yield f'<text x="{x + 5}" y="{y}" font-size="11">{text}</text>'

    def _bar(self, bar: Bar) -> Iterator[str]:
        y = _TOP + self._view.lanes[bar.lane].y + bar.row * ROW_HEIGHT + 1
        x, last = self._x(bar.start_s), self._x(bar.end_s)
        waited = self._x(bar.line_s)
        if x - waited > _NARROW:
            yield (f'<path d="M{waited} {y + 10}H{x}" stroke="{_DETAIL}" stroke-dasharray="2 3"/>')
        is_bad = bar.state in {FAILED, NEVER_RAN}
        colour = FAILED_COLOUR if is_bad else self._view.colour(bar.name)
        width = round(max(last - x, 1.5), 2)
        if width < _NARROW:
            yield (
                f'<rect x="{x}" y="{y}" width="{width}" height="{ROW_HEIGHT - 2}" fill="{colour}"/>'
            )
            return
        dash = ' stroke-dasharray="4 3"' if bar.state == RUNNING else ""
        yield (
            f'<rect x="{x}" y="{y}" width="{width}" height="{ROW_HEIGHT - 2}" rx="2" '
            f'fill="{colour}" fill-opacity="0.22" stroke="{colour}"{dash}/>'
            f'<rect x="{x}" y="{y}" width="3" height="{ROW_HEIGHT - 2}" fill="{colour}"/>'
        )
        text = _fitting("✕ " if is_bad else "", self._view.names[bar.name], width - 10)
        if text:
            yield f'<text x="{x + 7}" y="{y + 14}" font-size="11">{escape(text)}</text>'

    def _mark(self, place: int, at_s: float, sign: str, text: str) -> Iterator[str]:
        if not self._view.window[0] <= at_s <= self._view.window[1]:
            return
        x, y = self._x(at_s), _TOP + self._view.lanes[place].y
        colour = FAILED_COLOUR if sign == "✕" else COLOURS[0]
        yield (
            f'<g><title>{escape(text)}</title><circle cx="{x}" cy="{y + 11}" r="8" fill="#ffffff" '
            f'stroke="{colour}" stroke-width="1.5"/><text x="{x}" y="{y + 15}" font-size="11" '
            f'font-weight="600" text-anchor="middle">{sign}</text></g>'
        )


def _fitting(sign: str, name: str, room: float) -> str:
    """The name, or its last part, or as much of that as has room and says something."""
    most = int(room / _CHAR)
    short = sign + name.rpartition(".")[2]
    for text in (sign + name, short):
        if len(text) <= most:
            return text
    return f"{short[: most - 1]}…" if most >= 4 else ""  # noqa: PLR2004  # three letters and dots
