"""Draw time against size on logarithmic axes, one picture for each group of workloads."""

from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from textwrap import fill
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.scaling_rows import Group
from benchmarks.scaling_table import Row

# Of Okabe and Ito: told apart with any kind of colour vision. Markers say the same once more.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#999999")
MARKERS = "os^Dv<>P"
_INCHES = (11.0, 9.6)
_WIDTH = 150
"""Characters of the line below."""


def draw(rows: Sequence[Row], about: str, path: Path) -> None:
    """Write the figure.

    Args:
        rows: what was measured.
        about: the machine and its load, written below.
        path: a file that ends in ``.svg`` or ``.png``.
    """
    # Text stays text, and a figure of the same rows is the same file but for the figures.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "raylite", "font.size": 9}):
        figure = Figure(figsize=_INCHES, layout="constrained")
        pictures = figure.subplots(2, 2).flat
        for group, axes in zip(Group, pictures, strict=True):
            _draw_group(axes, group, [row for row in rows if row.workload.group is group])
        plain = about.replace("*", "")
        figure.supxlabel(fill(plain, _WIDTH), fontsize=7)
        figure.suptitle(
            "Time against size, slopes in brackets; grey: twice as many take twice as long"
        )
        figure.savefig(path, dpi=110, metadata={"Date": None} if path.suffix == ".svg" else None)


def _draw_group(axes: Any, group: Group, rows: Sequence[Row]) -> None:
    axes.set(title=group.value, xscale="log", yscale="log", xlabel="size", ylabel="seconds")
    for row, colour, marker in zip(rows, cycle(COLOURS), cycle(MARKERS), strict=False):
        sizes, times = list(row.seconds), list(row.seconds.values())
        label = f"{row.workload.title} ({row.slope:.2f})"
        axes.plot(sizes, times, color=colour, marker=marker, markersize=5, label=label)
        # The straight line through its first point.
        line = [times[0] * size / sizes[0] for size in sizes]
        axes.plot(sizes, line, color="#cccccc", linewidth=0.8, zorder=0)
    axes.grid(visible=True, which="major", color="#eeeeee", linewidth=0.6)
    if rows:
        below = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.14), "ncols": 2}
        tight = {"fontsize": 6.5, "handlelength": 1.5, "handletextpad": 0.4, "columnspacing": 0.8}
        axes.legend(**below, **tight, frameon=False)
