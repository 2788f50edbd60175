"""Turn times by size into a Markdown table, with the slope of each row."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from statistics import linear_regression

from benchmarks.scaling_rows import Workload

GOAL = 1.1
"""The steepest slope of log(time) against log(size) that counts as a straight line."""
_CLOCK_S = 0.01
"""As exactly as a system tells the CPU time of other processes."""
_MUCH_MB = 100
"""From so many megabytes on a row's memory is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What was measured of a workload, by size."""

    workload: Workload
    seconds: dict[int, float]
    cpu_seconds: dict[int, float]
    """Of all processes."""
    driver_mb: dict[int, float]
    """By how much the driver's memory grew."""
    session_mb: dict[int, float]
    """Memory (PSS) of all processes afterwards; 0 where nobody has looked."""

    @property
    def slope(self) -> float:
        """Of time against size: 1 where it grows with the size, 2 where with its square."""
        return _slope(self.seconds)

    @property
    def cpu_slope(self) -> float:
        """The same of the CPU time of all processes."""
        return _slope({size: max(each, _CLOCK_S) for size, each in self.cpu_seconds.items()})


def _slope(by_size: dict[int, float]) -> float:
    """The slope of the straight line through the logarithms."""
    sizes, values = map(log, by_size), map(log, by_size.values())
    return linear_regression(list(sizes), list(values)).slope


def markdown(rows: Sequence[Row]) -> str:
    """The whole table; *per piece* is the time at the largest size, divided by that size."""
    lines = [
        ["what", "sizes", "seconds", "per piece", "slope", "slope of CPU time", f"goal <= {GOAL}"],
        ["---", "---", "---", "---:", "---:", "---:", "---"],
        *(_cells(row) for row in rows),
    ]
    told = "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
    memory = "\n".join(filter(None, map(_memory, rows)))
    return f"{told}\n\n{memory}" if memory else told


def _cells(row: Row) -> list[str]:
    sizes, times = list(row.seconds), list(row.seconds.values())
    return [
        row.workload.title,
        " · ".join(f"{size:,}" for size in sizes),
        " · ".join(f"{value:.3g}" for value in times),
        _short(times[-1] / sizes[-1]),
        f"{row.slope:.2f}",
        f"{row.cpu_slope:.2f}",
        _verdict(row),
    ]


def _verdict(row: Row) -> str:
    if row.slope <= GOAL:
        return "met"
    return "met by CPU time, **missed** by the clock" if row.cpu_slope <= GOAL else "**missed**"


def _short(seconds: float) -> str:
    if seconds < 1e-3:  # noqa: PLR2004
        return f"{seconds * 1e6:.3g} us"
    return f"{seconds * 1e3:.3g} ms"


def _memory(row: Row) -> str:
    """A sentence about the memory of the largest size, where it is much."""
    largest = max(row.seconds)
    if row.session_mb[largest] >= _MUCH_MB:
        smallest = min(row.seconds)
        grown = row.session_mb[largest] - row.session_mb[smallest]
        each = grown / (largest - smallest)
        return (
            f"- {row.workload.title}: {largest:,} take {row.session_mb[largest]:,.0f} MB in all "
            f"processes (PSS), {each:.1f} MB each."
        )
    if row.driver_mb[largest] >= _MUCH_MB:
        grown = row.driver_mb[largest]
        return f"- {row.workload.title}: at {largest:,} the driver grew by {grown:,.0f} MB."
    return ""
