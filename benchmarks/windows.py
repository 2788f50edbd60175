"""How a program is timed: what it does again and again in a window of time, and what it does once.

Everything here is plain Python, since each peer's interpreter has to load it.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

BATCH = 500
"""Calls submitted before the first result is asked for."""
GIGABYTE = 1_000_000_000

Step = Callable[[], float]
"""Does some work, and says how much it was: so many calls, or so many gigabytes."""


@dataclass(frozen=True, slots=True)
class Once:
    """Work that times itself."""

    measure: Callable[[], list[float]]
    """Returns samples in the unit of its row."""


Steps = dict[str, Step | Once]
"""What a program measures, by the row's key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a program is to measure."""

    system: str
    """Whom: a key of :data:`benchmarks.systems.SYSTEMS`."""
    rows: frozenset[str]
    """Which rows; what a program prepares for others alone it may leave out."""
    window_s: float = 0.4
    """Seconds of each window."""
    windows: int = 2
    """Samples of each row in one process."""
    idle_s: float = 2.0
    """Seconds without work in which the CPU time is taken."""
    workers: int = 4
    """Processes to start, where a library has to be told."""
    large_bytes: int = 400_000_000
    """The size of large objects; 0 where there is no room for them."""


def rates(step: Step, seconds: float, windows: int) -> list[float]:
    """Work per second in each of several windows, after one step to warm up.

    Where a single step takes longer than two windows, one sample is enough: it is an average.
    """
    start = time.perf_counter()
    step()
    long = time.perf_counter() - start > 2 * seconds
    found = []
    for _ in range(1 if long else windows):
        done, start = 0.0, time.perf_counter()
        while (elapsed := time.perf_counter() - start) < seconds:
            done += step()
        found.append(done / elapsed)
    return found


def samples(steps: Steps, options: Options) -> Iterator[tuple[str, list[float]]]:
    """Measure those rows of ``steps`` that are wanted, one after another."""
    for key, step in steps.items():
        if key in options.rows:
            if isinstance(step, Once):
                yield key, step.measure()
            else:
                yield key, rates(step, options.window_s, options.windows)


def pin_to_one_cpu() -> None:
    """Keep this process, and all it starts from now on, on one CPU."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
