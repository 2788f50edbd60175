"""loky's executor: functions submitted to processes. It has no actors."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import as_completed
from contextlib import contextmanager
from typing import Any

from loky import ProcessPoolExecutor, get_reusable_executor
from loky.process_executor import TerminatedWorkerError

from benchmarks.windows import BATCH, Once, Options, Steps

RESTARTS = 3
TASKS_WAITED_FOR = 1_000


def echo(value: int) -> int:
    """What is submitted."""
    return value


@contextmanager
def session(options: Options) -> Iterator[Any]:
    """An executor with so many processes."""
    with ProcessPoolExecutor(max_workers=options.workers) as executor:
        yield executor


def first(executor: Any) -> object:
    """The first answer."""
    return executor.submit(echo, 1).result()


def tasks(executor: Any, _options: Options) -> Steps:
    """Functions submitted."""

    def one_by_one() -> float:
        executor.submit(echo, 1).result()
        return 1

    def pipelined() -> float:
        for future in [executor.submit(echo, number) for number in range(BATCH)]:
            future.result()
        return BATCH

    def wait_1000() -> float:
        numbers = range(TASKS_WAITED_FOR)
        for future in as_completed([executor.submit(echo, number) for number in numbers]):
            future.result()
        return 1

    # Every worker loads the function once.
    pipelined()
    return {
        "tasks_one_by_one": one_by_one,
        "tasks_pipelined": pipelined,
        "wait_1000": wait_1000,
    }


def processes(_executor: Any, _options: Options) -> Steps:
    """A worker killed; loky's reusable executor is then made anew."""

    def restart() -> list[float]:
        found = []
        for _ in range(RESTARTS):
            pid = get_reusable_executor(max_workers=1).submit(os.getpid).result()
            start = time.perf_counter()
            os.kill(pid, signal.SIGKILL)
            _next_answer()
            found.append(time.perf_counter() - start)
        get_reusable_executor(max_workers=1).shutdown()
        return found

    return {"restart": Once(restart)}


def _next_answer() -> None:
    """Ask until the broken executor has been replaced."""
    while True:
        try:
            get_reusable_executor(max_workers=1).submit(echo, 1).result()
        except TerminatedWorkerError:
            continue
        return


def _sample(work: Any, task: int) -> int:
    return int([inside for _thrown, inside in work.shares(task)][-1])


def pi(executor: Any, work: Any) -> None:
    """The lesson's tasks, without reports: there is nobody to report to."""
    for future in [executor.submit(_sample, work, task) for task in range(work.num_tasks)]:
        future.result()
