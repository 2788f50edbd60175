"""What a session costs besides time: memory, CPU while idle, and how fast it heals.

Run in a process of its own: ``python -m benchmarks.footprint raylite SECONDS``. Memory is the
proportional set size (PSS) of this process and all its descendants: a page that several of them
share counts once.
"""

import importlib
import json
import os
import signal
import sys
import time
from typing import Any

FURTHER_ACTORS = 4
RESTARTS = 3
SETTLE_S = 1.0
"""Seconds for late starters (Ray's dashboard, warm workers) before we look."""
MEGABYTE = 1_000_000


def family() -> list[Any]:
    """This process and its descendants that can be looked at."""
    psutil = importlib.import_module("psutil")
    me = psutil.Process()
    return [me, *me.children(recursive=True)]


def memory_mb() -> float:
    """The PSS of the whole family, in megabytes."""
    psutil = importlib.import_module("psutil")
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
    psutil = importlib.import_module("psutil")
    total = 0.0
    for process in family():
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
    return total


def idle_percent(seconds: float) -> float:
    """CPU used while nothing is asked for, in percent of one core."""
    before, start = cpu_seconds(), time.perf_counter()
    time.sleep(seconds)
    return 100 * (cpu_seconds() - before) / (time.perf_counter() - start)


def echo_class(ray: Any) -> Any:
    """An actor class whose instances say who they are."""

    class Echo:
        def pid(self) -> int:
            return os.getpid()

    return ray.remote(Echo)


def restart_seconds(ray: Any) -> list[float]:
    """From SIGKILL of an actor's process to the next answer, a few times, in seconds."""
    survivor = echo_class(ray).options(max_restarts=-1, max_task_retries=-1).remote()
    found = []
    for _ in range(RESTARTS):
        pid = ray.get(survivor.pid.remote())
        start = time.perf_counter()
        os.kill(pid, signal.SIGKILL)
        ray.get(survivor.pid.remote())
        found.append(time.perf_counter() - start)
    ray.kill(survivor)
    return found


def main(system: str, idle_s: float) -> None:
    """Measure all of it on the named system; idle for ``idle_s`` seconds."""
    ray = importlib.import_module(system)
    ray.init()
    try:
        actors = [echo_class(ray).remote()]
        ray.get(actors[0].pid.remote())
        time.sleep(SETTLE_S)
        one = memory_mb()
        actors += [echo_class(ray).remote() for _ in range(FURTHER_ACTORS)]
        ray.get([actor.pid.remote() for actor in actors])
        time.sleep(SETTLE_S)
        figures = {
            "memory_one_actor": [one],
            "memory_further_actor": [(memory_mb() - one) / FURTHER_ACTORS],
            "idle_cpu": [idle_percent(idle_s)],
            "restart": restart_seconds(ray),
        }
    finally:
        ray.shutdown()
    print(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
