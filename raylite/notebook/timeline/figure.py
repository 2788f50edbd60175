"""The timeline as a Matplotlib figure, to be put in a report or changed by hand.

In Ray: nothing like it. The figure is made without pyplot, which keeps every figure it makes and
may not be used by two threads.
"""

from collections import defaultdict
from typing import Any

from raylite.notebook.timeline.model import (
    COLOURS,
    FAILED,
    FAILED_COLOUR,
    NEVER_RAN,
    RUNNING,
    Bar,
    TimelineView,
)

__all__ = ["timeline_figure"]

_INCH: float = 100.0
_ROW = 22


def timeline_figure(view: TimelineView, width: float = 10.0) -> Any:
    """The view as a ``matplotlib.figure.Figure``.

    Args:
        view: what to draw.
        width: of the figure, in inches.

    Raises:
        ImportError: if Matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415  # few ask for it
    except ImportError as error:
        msg = "timeline().figure() needs Matplotlib: pip install matplotlib. .svg() needs nothing."
        raise ImportError(msg) from error
    height = max(2.0, (view.height + 90) / _INCH)
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    _lives(axes, view)
    _bars(axes, view)
    _cells(axes, view)
    _marks(axes, view)
    axes.set_xlim(view.window)
    axes.set_ylim(view.height, -4)
    axes.set_yticks(
        [lane.y + min(lane.height, _ROW) / 2 for lane in view.lanes],
        [_plain(f"{lane.label}  {lane.detail}".strip()) for lane in view.lanes],
    )
    axes.set_xlabel("seconds since the session began")
    axes.set_title(_plain(view.title), loc="left")
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_axisbelow(True)
    axes.grid(axis="x", color="#d8dee4", linewidth=0.6)
    return figure


def _plain(text: str) -> str:
    """Matplotlib reads what stands between dollars as a formula."""
    return text.replace("$", r"\$")


def _lives(axes: Any, view: TimelineView) -> None:
    for lane in view.lanes:
        gone_s = view.window[1] if lane.gone_s is None else lane.gone_s
        if gone_s > lane.born_s:
            life = [(lane.born_s, gone_s - lane.born_s)]
            axes.broken_barh(life, (lane.y, lane.height), facecolors="#f0f2f4")


def _colour(view: TimelineView, bar: Bar) -> str:
    return FAILED_COLOUR if bar.state in {FAILED, NEVER_RAN} else view.colour(bar.name)


def _bars(axes: Any, view: TimelineView) -> None:
    span_s = view.window[1] - view.window[0]
    groups: dict[tuple[int, int, str, bool], list[tuple[float, float]]] = defaultdict(list)
    for bar in view.bars:
        length_s = max(bar.end_s - bar.start_s, span_s / 1000)
        key = bar.lane, bar.row, _colour(view, bar), bar.state == RUNNING
        groups[key].append((bar.start_s, length_s))
        name = f"{'✕ ' if bar.state in {FAILED, NEVER_RAN} else ''}{view.names[bar.name]}"
        if length_s / span_s > 0.011 * len(name):
            y = view.lanes[bar.lane].y + bar.row * _ROW + _ROW / 2
            x = bar.start_s + span_s / 250
            axes.text(x, y, _plain(name), va="center", fontsize=8, clip_on=True)
    for (lane, row, colour, is_running), spans in groups.items():
        axes.broken_barh(
            spans,
            (view.lanes[lane].y + row * _ROW + 1, _ROW - 2),
            facecolors=f"{colour}40",
            edgecolors=colour,
            linestyles="--" if is_running else "-",
            linewidth=0.8,
        )


def _cells(axes: Any, view: TimelineView) -> None:
    for cell in view.cells:
        tall = 4 + (_ROW - 4) * cell.busy
        colour = view.colour(cell.name) if cell.name >= 0 else "#57606a"
        y, width_s = view.lanes[cell.lane].y, cell.end_s - cell.start_s
        span = [(cell.start_s, width_s)]
        axes.broken_barh(span, (y + _ROW - tall, tall), facecolors=f"{colour}80")
        if cell.failed:
            axes.broken_barh(span, (y, 4), facecolors=FAILED_COLOUR)


def _marks(axes: Any, view: TimelineView) -> None:
    for place, at_s, sign, _ in view.marks:
        colour = FAILED_COLOUR if sign == "✕" else COLOURS[0]
        marker = "X" if sign == "✕" else "o"
        y = view.lanes[place].y + _ROW / 2
        axes.plot([at_s], [y], marker=marker, color=colour, markersize=8, clip_on=True)
