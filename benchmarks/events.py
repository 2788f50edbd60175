"""What the event log costs: the same calls with it off, on and watched, taking turns in a session.

``python -m benchmarks.events [--two-cpus] [--only ROW ...]``. Windows of a fraction of a second
follow each other, one in each mode and in each order equally often, many times over: so a machine
that changes its pace does so for all, and none is always the one after another.

Two figures a row, each the median of the turns' ratios with the interval in which it lies. *CPU*:
the time that all processes of the session spend on a call. All of them share one CPU, so that no
call is dearer for having moved to another. *Wall*: the calls a second. 1.00 means that the log
costs nothing. *Watched* is with a subscriber that counts. Whether the goal is met is said where all
of the interval of the CPU's ratio lies on one side of it.
"""

import argparse
import importlib
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle, islice, permutations
from statistics import median
from typing import Any, Final

import psutil

from benchmarks.endurance_loops import echo_functions
from benchmarks.verdicts import Attainment, Estimate, Verdict, estimate
from benchmarks.windows import BATCH, pin_to_one_cpu

__all__ = ["Modes", "main", "measure"]

GOAL: Final = 0.95
"""Of the work done without the log in the same CPU time there has to be left so much."""
_WINDOW_S: Final = 0.5
_TURNS: Final = 60
_REST_S: Final = 0.06
_OFF, _ON, _WATCHED = _MODES = "off", "on", "watched"
_ROWS: Final = {
    "actor_calls_one_by_one": "actor calls one by one",
    "actor_calls_pipelined": "actor calls pipelined",
    "tasks_one_by_one": "tasks one by one",
    "tasks_pipelined": "tasks pipelined",
}
_CPU_CLOCK: Final = 2
"""Of a process: what the kernel makes of its number; see ``clock_getcpuclockid`` in glibc."""


@dataclass(slots=True)
class Modes:
    """The samples of one row, by mode: seconds of CPU a call, and calls a second."""

    cpu_s: dict[str, list[float]] = field(default_factory=lambda: {mode: [] for mode in _MODES})
    rate: dict[str, list[float]] = field(default_factory=lambda: {mode: [] for mode in _MODES})

    def cpu_ratio(self, mode: str) -> Estimate:
        """How much of the work is left in the same CPU time, against that without the log."""
        return estimate(_ratios(self.cpu_s[_OFF], self.cpu_s[mode]))

    def wall_ratio(self, mode: str) -> Estimate:
        """The calls a second against those without the log."""
        return estimate(_ratios(self.rate[mode], self.rate[_OFF]))


def _ratios(numerators: Sequence[float], denominators: Sequence[float]) -> list[float]:
    return [one / other for one, other in zip(numerators, denominators, strict=True)]


def measure(
    turns: int = _TURNS, window_s: float = _WINDOW_S, rows: Sequence[str] = tuple(_ROWS)
) -> dict[str, Modes]:
    """Measure each row.

    Args:
        turns: windows in each mode.
        window_s: seconds of a window.
        rows: those to measure.
    """
    ray = importlib.import_module("raylite")
    ray.init(num_cpus=2)
    try:
        found = {}
        steps = _steps(ray)
        for key in rows:
            (step := steps[key])()
            found[key] = _measured(step, turns, window_s)
        return found
    finally:
        ray.shutdown()


def _measured(step: Callable[[], int], turns: int, window_s: float) -> Modes:
    engine = importlib.import_module("raylite._engine").current()
    samples = Modes()
    for order in islice(cycle(permutations(_MODES)), turns):
        for mode in order:
            # What decides is looked at for each call; programs set it for a session.
            noted = engine.task_events
            engine.tells_events = noted.is_on = noted.beside.is_on = mode != _OFF
            stop = engine.subscribe(_Counter().take) if mode == _WATCHED else None
            cpu_s, rate = _window(step, noted.flush, window_s)
            samples.cpu_s[mode].append(cpu_s)
            samples.rate[mode].append(rate)
            if stop is not None:
                stop()
    return samples


class _Counter:
    """A subscriber that counts."""

    def __init__(self) -> None:
        self.number = 0

    def take(self, batch: Any) -> None:
        self.number += len(batch.events) + sum(map(len, batch.calls))


def _window(
    step: Callable[[], int], tell: Callable[[], None], window_s: float
) -> tuple[float, float]:
    """Seconds of CPU a call, and calls a second."""
    step()  # What the window before has left to do is done here.
    tell()
    time.sleep(_REST_S)
    done, start, before = 0, time.perf_counter(), _cpu_s()
    elapsed = 0.0
    while elapsed < window_s:
        done += step()
        elapsed = time.perf_counter() - start
    tell()  # The last rows belong to it.
    time.sleep(_REST_S)
    after = _cpu_s()
    cpu_s = sum(after[pid] - before[pid] for pid in after.keys() & before.keys())
    return cpu_s / done, done / elapsed


def _cpu_s() -> dict[int, float]:
    """What each process of the session has used: this one, head, fork server, workers."""
    me = psutil.Process()
    found = {}
    for process in [me, *me.children(recursive=True)]:
        with suppress(OSError):  # It has ended.
            found[process.pid] = time.clock_gettime(~process.pid << 3 | _CPU_CLOCK)
    return found


def _steps(ray: Any) -> Mapping[str, Callable[[], int]]:
    actor_class, task = (ray.remote(one) for one in echo_functions())
    actor = actor_class.remote()

    def one_by_one(call: Any) -> Callable[[], int]:
        def step() -> int:
            for number in range(20):
                ray.get(call.remote(number))
            return 20

        return step

    def pipelined(call: Any) -> Callable[[], int]:
        def step() -> int:
            ray.get([call.remote(number) for number in range(BATCH)])
            return BATCH

        return step

    ray.get([actor.same.remote(1), task.remote(1)])  # Whoever takes part is there.
    steps = (one_by_one(actor.same), pipelined(actor.same), one_by_one(task), pipelined(task))
    return dict(zip(_ROWS, steps, strict=True))


def _verdict(share: Estimate) -> Verdict:
    reached = Estimate(share.middle / GOAL, share.low / GOAL, share.high / GOAL, share.rounds)
    return Attainment(reached).verdict


def _told(ratio: Estimate) -> str:
    return f"{ratio.middle:.3f} ({ratio.low:.3f} to {ratio.high:.3f})"


def main(arguments: list[str] | None = None) -> int:
    """Print the ratios, and say with the exit code whether the goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.events", description=__doc__)
    parser.add_argument("--two-cpus", action="store_true", help="do not share one CPU: unsteady")
    parser.add_argument("--turns", type=int, default=_TURNS)
    parser.add_argument("--window", type=float, default=_WINDOW_S)
    parser.add_argument("--only", nargs="+", choices=list(_ROWS), default=list(_ROWS))
    options = parser.parse_args(arguments)
    if not options.two_cpus:
        pin_to_one_cpu()
    head = "| event log | us of CPU without | CPU | wall | watched: CPU | wall | |"
    print(f"{head}\n| --- | --: | --: | --: | --: | --: | --- |")
    missed = False
    for key, modes in measure(options.turns, options.window, options.only).items():
        verdict = _verdict(modes.cpu_ratio(_ON))
        missed = missed or verdict is Verdict.MISSED
        figures = [f"{median(modes.cpu_s[_OFF]) * 1e6:.1f}"]
        for mode in (_ON, _WATCHED):
            figures += map(_told, (modes.cpu_ratio(mode), modes.wall_ratio(mode)))
        print(f"| {_ROWS[key]} | {' | '.join(figures)} | {verdict.value} |", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
