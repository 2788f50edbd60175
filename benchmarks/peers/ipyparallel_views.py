"""ipyparallel's engines. It has no actors: an engine, which keeps its variables, is the nearest.

A call goes to one engine through a ``DirectView``, a task to any of them through a
``LoadBalancedView``; a value is put into an engine by ``push`` and got by ``pull``.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ipyparallel as ipp

from benchmarks.windows import BATCH, GIGABYTE, Options, Steps

TASKS_WAITED_FOR = 1_000


def echo(value: int) -> int:
    """What is called."""
    return value


@contextmanager
def session(options: Options) -> Iterator[Any]:
    """A client of a cluster with so many engines."""
    with ipp.Cluster(n=options.workers, log_level=logging.ERROR) as client:
        yield client


def first(client: Any) -> object:
    """An engine that has answered."""
    return client[0].apply_sync(echo, 1)


def calls(client: Any, _options: Options) -> Steps:
    """Calls of a function in one engine, and in each of four."""
    engines = [client[number] for number in client.ids[:4]]
    one = engines[0]

    def one_by_one() -> float:
        one.apply_sync(echo, 1)
        return 1

    def pipelined() -> float:
        for answer in [one.apply_async(echo, number) for number in range(BATCH)]:
            answer.get()
        return BATCH

    def fan_out() -> float:
        for answer in [engines[n % 4].apply_async(echo, n) for n in range(BATCH)]:
            answer.get()
        return BATCH

    return {
        "actor_calls_one_by_one": one_by_one,
        "actor_calls_pipelined": pipelined,
        "driver_to_4_actors": fan_out,
    }


def tasks(client: Any, _options: Options) -> Steps:
    """Calls of a function in whichever engine is free."""
    view = client.load_balanced_view()

    def one_by_one() -> float:
        view.apply_sync(echo, 1)
        return 1

    def pipelined() -> float:
        view.map_sync(echo, range(BATCH))
        return BATCH

    def wait_1000() -> float:
        for _value in view.map_async(echo, range(TASKS_WAITED_FOR), ordered=False):
            pass
        return 1

    # Every worker loads the function once.
    pipelined()
    return {
        "tasks_one_by_one": one_by_one,
        "tasks_pipelined": pipelined,
        "wait_1000": wait_1000,
    }


def objects(client: Any, options: Options) -> Steps:
    """Values pushed into an engine, and pulled."""
    engine = client[0]
    engine.push({"there": 1}, block=True)

    def put() -> float:
        engine.push({"value": 1}, block=True)
        return 1

    def get() -> float:
        engine.pull("there", block=True)
        return 1

    def put_get() -> float:
        return put() * get()

    steps: Steps = {"put_small": put, "get_small": get, "put_get": put_get}
    return steps | (_large_objects(engine, options.large_bytes) if options.large_bytes else {})


def _large_objects(engine: Any, size: int) -> Steps:
    import numpy as np

    array = np.ones(size, dtype=np.uint8)
    engine.push({"large": array, "returned": array[: size // 4]}, block=True)

    def put() -> float:
        engine.push({"value": array}, block=True)
        return size / GIGABYTE

    def get() -> float:
        engine.pull("large", block=True)
        return 1

    def give() -> float:
        return float(engine.pull("returned", block=True).nbytes) / GIGABYTE

    return {"put_400_mb": put, "get_400_mb": get, "return_100_mb": give}


def _sample(work: Any, task: int) -> int:
    return int([inside for _thrown, inside in work.shares(task)][-1])


def pi(client: Any, work: Any) -> None:
    """The lesson's tasks, without reports: there is nobody to report to."""
    view = client.load_balanced_view()
    for answer in [view.apply_async(_sample, work, task) for task in range(work.num_tasks)]:
        answer.get()
