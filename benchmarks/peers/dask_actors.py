"""Dask's actors and tasks: ``client.submit(Class, actor=True)``, a ``LocalCluster`` of processes.

A worker process holds any number of actors and runs tasks as well. Here each actor of a row has a
worker to itself.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dask.distributed import Client, LocalCluster, as_completed

from benchmarks.windows import BATCH, GIGABYTE, Once, Options, Steps

ACTORS_MADE = 10
TASKS_WAITED_FOR = 1_000


class Echo:
    """An actor that answers, and drives others when told to."""

    def echo(self, value: int) -> int:
        """Answer."""
        return value

    async def echo_async(self, value: int) -> int:
        """Answer from the worker's event loop."""
        return value

    def drive(self, target: Any, seconds: float) -> int:
        """Call another actor for so long; returns the number of calls."""
        calls, end = 0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            for future in [target.echo(number) for number in range(BATCH)]:
                future.result()
            calls += BATCH
        return calls


class Holder:
    """An actor that holds a large array."""

    def __init__(self, size: int) -> None:
        import numpy as np

        self.array = np.ones(size, dtype=np.uint8)

    def give(self) -> Any:
        """The array."""
        return self.array


class Progress:
    """An actor that remembers how far each task of the Pi lesson is."""

    def __init__(self, num_tasks: int) -> None:
        self.thrown = [0] * num_tasks
        self.inside = [0] * num_tasks
        self.history: list[tuple[int, int]] = []

    def report(self, task: int, thrown: int, inside: int) -> None:
        """Take note."""
        self.thrown[task] = thrown
        self.inside[task] = inside
        self.history.append((sum(self.thrown), sum(self.inside)))


def echo(value: int) -> int:
    """A task."""
    return value


@contextmanager
def session(options: Options) -> Iterator[Any]:
    """A client of a cluster of worker processes, without the dashboard."""
    with (
        LocalCluster(
            n_workers=options.workers, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        # Calls would go through the scheduler otherwise, and take twice to four times as long.
        Client(cluster, direct_to_workers=True) as client,
    ):
        yield client


def _actors(client: Any, actor_class: type, number: int, *arguments: Any) -> list[Any]:
    """So many actors, spread over the workers."""
    workers = list(client.scheduler_info(n_workers=-1)["workers"])
    futures = [
        client.submit(
            actor_class, *arguments, actor=True, pure=False, workers=workers[at % len(workers)]
        )
        for at in range(number)
    ]
    return [future.result() for future in futures]


def first(client: Any) -> object:
    """An actor that has answered."""
    actor = client.submit(Echo, actor=True).result()
    actor.echo(1).result()
    return actor


def calls(client: Any, options: Options) -> Steps:
    """Calls of actors, with ordinary and asynchronous methods."""
    actors = _actors(client, Echo, 4)
    one = actors[0]

    def one_by_one() -> float:
        one.echo(1).result()
        return 1

    def pipelined() -> float:
        for future in [one.echo(number) for number in range(BATCH)]:
            future.result()
        return BATCH

    def fan_out() -> float:
        for future in [actors[number % 4].echo(number) for number in range(BATCH)]:
            future.result()
        return BATCH

    def between_workers() -> float:
        pairs = zip(actors[:2], actors[2:], strict=True)
        futures = [caller.drive(target, options.window_s) for caller, target in pairs]
        return float(sum(future.result() for future in futures))

    steps: Steps = {
        "actor_calls_one_by_one": one_by_one,
        "actor_calls_pipelined": pipelined,
        "driver_to_4_actors": fan_out,
        "worker_to_worker": between_workers,
    }
    return steps | _async_calls(one)


def _async_calls(actor: Any) -> Steps:
    def one_by_one() -> float:
        actor.echo_async(1).result()
        return 1

    def pipelined() -> float:
        for future in [actor.echo_async(number) for number in range(BATCH)]:
            future.result()
        return BATCH

    return {"async_calls_one_by_one": one_by_one, "async_calls_pipelined": pipelined}


def tasks(client: Any, _options: Options) -> Steps:
    """Functions submitted; ``pure=False``, or equal calls would be answered from memory."""

    def one_by_one() -> float:
        client.submit(echo, 1, pure=False).result()
        return 1

    def pipelined() -> float:
        client.gather(client.map(echo, range(BATCH), pure=False))
        return BATCH

    def wait_1000() -> float:
        for _future in as_completed(client.map(echo, range(TASKS_WAITED_FOR), pure=False)):
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
    """Values scattered to the workers, and fetched."""
    there = client.scatter(1, hash=False)

    def put() -> float:
        client.scatter(1, hash=False)
        return 1

    def get() -> float:
        there.result()
        return 1

    def put_get() -> float:
        client.scatter(1, hash=False).result()
        return 1

    steps: Steps = {"put_small": put, "get_small": get, "put_get": put_get}
    return steps | (_large_objects(client, options.large_bytes) if options.large_bytes else {})


def _large_objects(client: Any, size: int) -> Steps:
    import numpy as np

    array = np.ones(size, dtype=np.uint8)
    (holder,) = _actors(client, Holder, 1, size // 4)
    there = client.scatter(array, hash=False)

    def put() -> float:
        client.scatter(array, hash=False)
        return size / GIGABYTE

    def get() -> float:
        there.result()
        return 1

    def give() -> float:
        return float(holder.give().result().nbytes) / GIGABYTE

    return {"put_400_mb": put, "get_400_mb": get, "return_100_mb": give}


def processes(client: Any, _options: Options) -> Steps:
    """Actors made, in workers that are there already."""

    def one_by_one() -> list[float]:
        start, actors = time.perf_counter(), []
        for number in range(ACTORS_MADE):
            actors.append(client.submit(Echo, actor=True, pure=False).result())
            actors[-1].echo(number).result()
        return [ACTORS_MADE / (time.perf_counter() - start)]

    def at_once() -> list[float]:
        start = time.perf_counter()
        made = [client.submit(Echo, actor=True, pure=False) for _ in range(ACTORS_MADE)]
        for answer in [future.result().echo(1) for future in made]:
            answer.result()
        return [ACTORS_MADE / (time.perf_counter() - start)]

    return {"actors_one_by_one": Once(one_by_one), "actors_at_once": Once(at_once)}


def _sample(work: Any, task: int, progress: Any) -> int:
    inside = 0
    for thrown, inside in work.shares(task):
        reported = progress.report(task, thrown, inside)
    reported.result()
    return inside


def pi(client: Any, work: Any) -> None:
    """The lesson: tasks that throw darts, and report to an actor how far they are."""
    progress = client.submit(Progress, work.num_tasks, actor=True).result()
    client.gather([client.submit(_sample, work, task, progress) for task in range(work.num_tasks)])
