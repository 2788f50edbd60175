"""Programs on actors and tasks, the same code for raylite and for Ray, timed in windows.

Run in a process of its own: ``python -m benchmarks.workloads raylite SECONDS [--one-cpu]``. The
last line it prints is JSON, measure by measure a list of rates. Classes and functions are local on
purpose: both systems then send them by value, and no worker needs this folder on its path.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

BATCH = 500
"""Calls submitted before the first result is asked for."""
WINDOWS = 3
"""Samples of each measure in one process."""
ACTORS_MADE = 10
ON_ONE_CPU = ("actor_calls_one_by_one", "actor_calls_pipelined", "tasks_one_by_one")
"""What is also measured with all processes on one CPU."""


def echo_class(ray: Any) -> Any:
    """An actor class whose instances answer, and drive others when told to."""

    class Echo:
        def echo(self, value: int) -> int:
            return value

        def drive(self, target: Any, seconds: float) -> int:
            calls, end = 0, time.perf_counter() + seconds
            while time.perf_counter() < end:
                ray.get([target.echo.remote(number) for number in range(BATCH)])
                calls += BATCH
            return calls

    return ray.remote(Echo)


def echo_task(ray: Any) -> Any:
    """A task that answers what it is given."""

    def echo(value: int) -> int:
        return value

    return ray.remote(echo)


def rates(step: Callable[[], int], seconds: float) -> list[float]:
    """Steps per second in each of several windows; ``step`` says how many it was worth."""
    step()
    found = []
    for _ in range(WINDOWS):
        done, start = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - start) < seconds:
            done += step()
        found.append(done / elapsed)
    return found


def _calls(ray: Any, seconds: float) -> dict[str, Callable[[], int]]:
    actors = [echo_class(ray).remote() for _ in range(4)]
    first = actors[0]
    ray.get([actor.echo.remote(0) for actor in actors])

    def one_by_one() -> int:
        ray.get(first.echo.remote(1))
        return 1

    def pipelined() -> int:
        ray.get([first.echo.remote(number) for number in range(BATCH)])
        return BATCH

    def fan_out() -> int:
        ray.get([actor.echo.remote(number) for number in range(BATCH) for actor in actors])
        return BATCH * len(actors)

    def between_workers() -> int:
        pairs = zip(actors[:2], actors[2:], strict=True)
        return sum(ray.get([caller.drive.remote(target, seconds) for caller, target in pairs]))

    return {
        "actor_calls_one_by_one": one_by_one,
        "actor_calls_pipelined": pipelined,
        "driver_to_4_actors": fan_out,
        "worker_to_worker": between_workers,
    }


def _tasks(ray: Any) -> dict[str, Callable[[], int]]:
    task = echo_task(ray)

    def one_by_one() -> int:
        ray.get(task.remote(1))
        return 1

    def pipelined() -> int:
        ray.get([task.remote(number) for number in range(BATCH)])
        return BATCH

    def put_get() -> int:
        ray.get(ray.put(1))
        return 1

    return {"tasks_one_by_one": one_by_one, "tasks_pipelined": pipelined, "put_get": put_get}


def _creation(ray: Any) -> dict[str, list[float]]:
    actor_class = echo_class(ray)
    # The first waits until the session is up, which is another measure.
    ray.get(actor_class.remote().echo.remote(1))

    def end(actors: list[Any]) -> None:
        for actor in actors:
            ray.kill(actor)

    def one_by_one() -> list[Any]:
        actors = []
        for number in range(ACTORS_MADE):
            actors.append(actor_class.remote())
            ray.get(actors[-1].echo.remote(number))
        return actors

    def at_once() -> list[Any]:
        actors = [actor_class.remote() for _ in range(ACTORS_MADE)]
        ray.get([actor.echo.remote(1) for actor in actors])
        return actors

    found: dict[str, list[float]] = {}
    for key, create in (("actors_one_by_one", one_by_one), ("actors_at_once", at_once)):
        start = time.perf_counter()
        actors = create()
        found[key] = [ACTORS_MADE / (time.perf_counter() - start)]
        end(actors)
    return found


def pin_to_one_cpu() -> None:
    """Keep this process, and all it starts from now on, on one CPU."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def main(system: str, seconds: float, *, one_cpu: bool) -> None:
    """Measure all of it on the named system, or some on one CPU, with windows of ``seconds``."""
    if one_cpu:
        pin_to_one_cpu()
    ray = importlib.import_module(system)
    ray.init()
    try:
        figures = {} if one_cpu else _creation(ray)
        for key, step in (_calls(ray, seconds) | _tasks(ray)).items():
            if not one_cpu:
                figures[key] = rates(step, seconds)
            elif key in ON_ONE_CPU:
                figures[f"{key}_on_one_cpu"] = rates(step, seconds)
    finally:
        ray.shutdown()
    print(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), one_cpu="--one-cpu" in sys.argv)
