"""What a system costs besides time: memory, and CPU time while nobody asks for anything.

Memory is the proportional set size (PSS) of this process and all its descendants: a page that
several of them share counts once. Where the kernel does not tell it, as on macOS, there is none.
"""

import time
from collections.abc import Callable
from typing import Any

import psutil

from benchmarks.windows import Once, Options, Steps

FURTHER_ACTORS = 4
SETTLE_S = 1.0
"""Seconds for late starters (a dashboard, warm workers) before we look."""
MEGABYTE = 1_000_000


def footprint(
    options: Options, first: Callable[[], object], further: Callable[[int], object] | None = None
) -> Steps:
    """The rows on memory and idle CPU time.

    Args:
        options: how long to look.
        first: makes an actor and waits for its answer; what it returns is kept meanwhile.
        further: does so for a number of further actors; None where they would share a process.
    """
    kept: list[object] = []
    settle_s = min(SETTLE_S, options.idle_s)

    def memory_one_actor() -> list[float]:
        kept.append(first())
        time.sleep(settle_s)
        return [memory_mb()]

    def memory_further_actor() -> list[float]:
        assert further is not None
        one = memory_mb()
        kept.append(further(FURTHER_ACTORS))
        time.sleep(settle_s)
        return [(memory_mb() - one) / FURTHER_ACTORS]

    def idle_cpu() -> list[float]:
        percent = idle_percent(options.idle_s)
        kept.clear()
        return [percent]

    steps: Steps = {"memory_one_actor": Once(memory_one_actor)}
    if further:
        steps["memory_further_actor"] = Once(memory_further_actor)
    return steps | {"idle_cpu": Once(idle_cpu)}


def family() -> list[Any]:
    """This process and its descendants."""
    me = psutil.Process()
    return [me, *me.children(recursive=True)]


def memory_mb() -> float:
    """The PSS of the whole family, in megabytes."""
    total = 0
    for process in family():
        try:
            total += process.memory_full_info().pss
        except psutil.Error:
            # It ended while we looked.
            continue
    return total / MEGABYTE


def cpu_seconds() -> float:
    """CPU time the family has used so far, in seconds."""
    total = 0.0
    for process in family():
        try:
            spent = process.cpu_times()
        except psutil.Error:
            continue
        total += spent.user + spent.system
    return total


def idle_percent(seconds: float) -> float:
    """CPU used while nothing is asked for, in percent of one core."""
    before, start = cpu_seconds(), time.perf_counter()
    time.sleep(seconds)
    return 100 * (cpu_seconds() - before) / (time.perf_counter() - start)
