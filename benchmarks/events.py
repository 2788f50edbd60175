"""What the event log costs: the same calls with events on and off, taking turns in one session.

``python -m benchmarks.events [--one-cpu]``. A fraction of a second with events is followed, or
preceded, by one without, many times over, so that a machine that changes its pace does so for both.
The ratio of a row is the median over the pairs; 1 means that events cost nothing.
"""

import argparse
import importlib
import sys
import time
from collections.abc import Callable, Mapping
from statistics import median, quantiles
from typing import Any, Final

from benchmarks.endurance_loops import echo_functions
from benchmarks.windows import BATCH, pin_to_one_cpu

__all__ = ["main", "ratios"]

GOAL: Final = 0.95
"""Of the throughput without events there has to be left so much."""
_WINDOW_S: Final = 0.1
_PAIRS: Final = 40
_ROWS: Final = {
    "actor_calls_one_by_one": "actor calls one by one",
    "actor_calls_pipelined": "actor calls pipelined",
    "tasks_one_by_one": "tasks one by one",
    "tasks_pipelined": "tasks pipelined",
}
_WIDE: Final = 0.1
"""Quartiles that lie farther apart than this say that the median means little."""


def ratios(pairs: int = _PAIRS, window_s: float = _WINDOW_S) -> dict[str, list[float]]:
    """Calls a second with events, divided by those without, pair by pair, for each row.

    Args:
        pairs: how many.
        window_s: seconds of each half of a pair.
    """
    ray = importlib.import_module("raylite")
    ray.init(num_cpus=2)
    try:
        # What decides is looked at for each call; programs set it for a session, at its beginning.
        engine = importlib.import_module("raylite._engine").current()
        steps = _steps(ray)
        found: dict[str, list[float]] = {}
        for key, step in steps.items():
            step()
            for number in range(pairs):
                rates = {}
                for engine.tells_events in (number % 2 == 0, number % 2 == 1):
                    rates[engine.tells_events] = _rate(step, window_s)
                found.setdefault(key, []).append(rates[True] / rates[False])
        return found
    finally:
        ray.shutdown()


def _rate(step: Callable[[], int], window_s: float) -> float:
    step()  # What the half before has left to do is done here.
    done, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < window_s:
        done += step()
    return done / elapsed


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

    steps = (one_by_one(actor.same), pipelined(actor.same), one_by_one(task), pipelined(task))
    return dict(zip(_ROWS, steps, strict=True))


def main(arguments: list[str] | None = None) -> int:
    """Print the ratios, and say with the exit code whether the goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.events", description=__doc__)
    parser.add_argument("--one-cpu", action="store_true", help="all processes on one CPU: steadier")
    parser.add_argument("--pairs", type=int, default=_PAIRS)
    options = parser.parse_args(arguments)
    if options.one_cpu:
        pin_to_one_cpu()
    print("| events on against off | median | quartiles | |\n| --- | --: | --: | --- |")
    missed = False
    for key, found in ratios(options.pairs).items():
        low, middle, high = quantiles(found, n=4)
        word = "unsteady" if high - low > _WIDE else "met" if middle >= GOAL else "missed"
        missed = missed or word == "missed"
        print(f"| {_ROWS[key]} | {median(found):.3f} | {low:.2f} to {high:.2f} | {word} |")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
