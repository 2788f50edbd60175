"""The Pi lesson as a measure: what of the speed of bare processes is left when tasks do the work.

Both throw the same number of darts: bare processes, one for each core, that nobody reports from,
and the lesson's tasks, which report fifty times each to an actor. The bare ones run before and
after the tasks, so that a machine that changes its pace does so for both.
"""

import multiprocessing as mp
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

from benchmarks.windows import Once, Options, Steps

TASKS_PER_CPU = 4
REPORTS = 50
TRIAL_DARTS = 200_000
WINDOWS = 12.5
"""How long all tasks take: five seconds, as in the notebook, with windows of the usual length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """How much work there is."""

    num_tasks: int
    darts_per_task: int

    def shares(self, task: int) -> Iterator[tuple[int, int]]:
        """What a task goes through: darts thrown so far and hits so far, after each share."""
        inside, share = 0, self.darts_per_task // REPORTS
        for number in range(1, REPORTS + 1):
            inside += count_inside(share, f"task {task}, share {number}")
            yield number * share, inside


def count_inside(darts: int, seed: str) -> int:
    """How many of so many darts hit the quarter circle."""
    rng = random.Random(seed)
    inside = 0
    for _ in range(darts):
        x, y = rng.random(), rng.random()
        if x * x + y * y <= 1:
            inside += 1
    return inside


def cores() -> int:
    """CPUs that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def lesson(options: Options, run: Callable[[Lesson], None]) -> Steps:
    """The row: ``run`` does a lesson's work by tasks, and waits for them."""

    def efficiency() -> list[float]:
        with _bare_processes() as bare:
            work = Lesson(num_tasks=TASKS_PER_CPU * cores(), darts_per_task=_darts(options, bare))
            before = bare(work)
            start = time.perf_counter()
            run(work)
            took = time.perf_counter() - start
            return [(before + bare(work)) / 2 / took]

    return {"pi": Once(efficiency)}


_Bare = Callable[[Lesson], float]
"""Does a lesson's work by bare processes; returns the seconds it took."""


def _darts(options: Options, bare: _Bare) -> int:
    """Darts for each task, so that bare processes take as long as the lesson for all of them."""
    trial = bare(Lesson(num_tasks=TASKS_PER_CPU * cores(), darts_per_task=TRIAL_DARTS))
    return REPORTS * max(1, round(TRIAL_DARTS * WINDOWS * options.window_s / trial / REPORTS))


def _serve(connection: Connection) -> None:
    """Throw as many darts as the other side wants, until it hangs up."""
    while True:
        try:
            work, tasks = connection.recv()
        except EOFError:
            return
        for task in tasks:
            for _ in work.shares(task):
                pass
        connection.send(None)


@contextmanager
def _bare_processes() -> Iterator[_Bare]:
    context = mp.get_context("spawn")
    ends: list[Connection] = []
    processes = []
    for _ in range(cores()):
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
        ends.append(ours)
        processes.append(process)

    def seconds(work: Lesson) -> float:
        start = time.perf_counter()
        for number, end in enumerate(ends):
            end.send((work, range(number, work.num_tasks, len(ends))))
        for end in ends:
            end.recv()
        return time.perf_counter() - start

    # They are up when they have answered.
    seconds(Lesson(num_tasks=len(ends), darts_per_task=REPORTS))
    yield seconds
    for end in ends:
        end.close()
    for process in processes:
        process.join()
