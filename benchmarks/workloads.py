"""Programs on actors and tasks, the same code for raylite and for Ray, timed in windows.

Run in a process of its own: ``python -m benchmarks.workloads raylite SECONDS``. The last line it
prints is JSON, measure by measure a list of rates. Classes and functions are local on purpose:
both systems then send them by value, and no worker needs this folder on its path.
"""

import importlib
import json
import sys
import time
from collections.abc import Callable
from typing import Any

BATCH = 500
"""Calls submitted before the first result is asked for."""
WINDOWS = 3
"""Samples of each measure in one process."""
ACTORS_MADE = 6


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


def _calls(ray: Any, seconds: float) -> dict[str, list[float]]:
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
        "actor_calls_one_by_one": rates(one_by_one, seconds),
        "actor_calls_pipelined": rates(pipelined, seconds),
        "driver_to_4_actors": rates(fan_out, seconds),
        "worker_to_worker": rates(between_workers, seconds),
    }


def _tasks(ray: Any, seconds: float) -> dict[str, list[float]]:
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

    return {
        "tasks_one_by_one": rates(one_by_one, seconds),
        "tasks_pipelined": rates(pipelined, seconds),
        "put_get": rates(put_get, seconds),
    }


def _creation(ray: Any) -> dict[str, list[float]]:
    actor_class = echo_class(ray)

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


def main(system: str, seconds: float) -> None:
    """Measure all of it on the named system, ``seconds`` long for each window."""
    ray = importlib.import_module(system)
    ray.init()
    try:
        figures = _creation(ray) | _calls(ray, seconds) | _tasks(ray, seconds)
    finally:
        ray.shutdown()
    print(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
