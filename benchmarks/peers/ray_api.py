"""Ray's API: one program for raylite and for Ray, which differ in the name of the module alone.

Classes and functions are local to the functions that use them, as in a notebook: both systems
then send them by value.
"""

import importlib
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.windows import BATCH, GIGABYTE, Once, Options, Steps

ACTORS_MADE = 10
RESTARTS = 3
POOL_ITEMS = 1_000
TASKS_WAITED_FOR = 1_000


@contextmanager
def session(options: Options) -> Iterator[Any]:
    """The module itself, with a session begun by a plain ``init()``."""
    ray = importlib.import_module(options.system)
    ray.init()
    try:
        yield ray
    finally:
        ray.shutdown()


def first(ray: Any) -> object:
    """An actor that has answered."""
    return further(ray, 1)


def further(ray: Any, number: int) -> object:
    """So many actors that have answered."""
    actors = [_echo_class(ray).remote() for _ in range(number)]
    ray.get([actor.echo.remote(1) for actor in actors])
    return actors


def _echo_class(ray: Any) -> Any:
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


def _async_echo_class(ray: Any) -> Any:
    class AsyncEcho:
        async def echo(self, value: int) -> int:
            return value

    return ray.remote(AsyncEcho)


def calls(ray: Any, options: Options) -> Steps:
    """Calls of plain actors, of asynchronous and threaded ones, and of a pool."""
    echo = _echo_class(ray)
    actors = [echo.remote() for _ in range(4)]
    ray.get([actor.echo.remote(0) for actor in actors])

    def fan_out() -> float:
        ray.get([actors[number % 4].echo.remote(number) for number in range(BATCH)])
        return BATCH

    def between_workers() -> float:
        pairs = zip(actors[:2], actors[2:], strict=True)
        seconds = options.window_s
        return float(sum(ray.get([one.drive.remote(other, seconds) for one, other in pairs])))

    steps: Steps = {
        "actor_calls_one_by_one": lambda: _one_by_one(ray, actors[0]),
        "actor_calls_pipelined": lambda: _pipelined(ray, actors[0]),
        "driver_to_4_actors": fan_out,
        "worker_to_worker": between_workers,
    }
    return steps | _lanes(ray) | _pool(ray, actors[:2])


def _one_by_one(ray: Any, actor: Any) -> float:
    ray.get(actor.echo.remote(1))
    return 1


def _pipelined(ray: Any, actor: Any) -> float:
    ray.get([actor.echo.remote(number) for number in range(BATCH)])
    return BATCH


def _lanes(ray: Any) -> Steps:
    awaited = _async_echo_class(ray).remote()
    threaded = _echo_class(ray).options(max_concurrency=4).remote()
    # A worker that still starts would take a CPU from the rows before.
    ray.get([awaited.echo.remote(0), threaded.echo.remote(0)])
    return {
        "async_calls_one_by_one": lambda: _one_by_one(ray, awaited),
        "async_calls_pipelined": lambda: _pipelined(ray, awaited),
        "threaded_calls_pipelined": lambda: _pipelined(ray, threaded),
    }


def _pool(ray: Any, actors: list[Any]) -> Steps:
    pool = ray.util.ActorPool(actors)

    def pool_map() -> float:
        found = pool.map(lambda actor, value: actor.echo.remote(value), range(POOL_ITEMS))
        return len(list(found))

    return {"pool_map": pool_map}


def tasks(ray: Any, _options: Options) -> Steps:
    """Tasks that answer what they are given."""

    @ray.remote  # type: ignore[untyped-decorator]
    def echo(value: int) -> int:
        return value

    def one_by_one() -> float:
        ray.get(echo.remote(1))
        return 1

    def pipelined() -> float:
        ray.get([echo.remote(number) for number in range(BATCH)])
        return BATCH

    def wait_1000() -> float:
        waiting = [echo.remote(number) for number in range(TASKS_WAITED_FOR)]
        while waiting:
            _ready, waiting = ray.wait(waiting)
        return 1

    # Every worker loads the function once.
    pipelined()
    return {
        "tasks_one_by_one": one_by_one,
        "tasks_pipelined": pipelined,
        "wait_1000": wait_1000,
    }


def objects(ray: Any, options: Options) -> Steps:
    """Small values put and got, and large ones where there is room for them."""
    ref = ray.put(1)

    def put() -> float:
        ray.put(1)
        return 1

    def get() -> float:
        ray.get(ref)
        return 1

    def put_get() -> float:
        ray.get(ray.put(1))
        return 1

    steps: Steps = {"put_small": put, "get_small": get, "put_get": put_get}
    return steps | (_large_objects(ray, options.large_bytes) if options.large_bytes else {})


def _large_objects(ray: Any, size: int) -> Steps:
    import numpy as np

    class Holder:
        def __init__(self, size: int) -> None:
            self.array = np.ones(size, dtype=np.uint8)

        def give(self) -> Any:
            return self.array

        def size(self, array: Any) -> int:
            return int(array.nbytes)

    array = np.ones(size, dtype=np.uint8)
    holder = ray.remote(Holder).remote(size // 4)
    there = ray.put(array)

    def put() -> float:
        ray.put(array)
        return size / GIGABYTE

    def get() -> float:
        ray.get(there)
        return 1

    def pass_on() -> float:
        ray.get(holder.size.remote(there))
        return 1

    def give() -> float:
        return float(ray.get(holder.give.remote()).nbytes) / GIGABYTE

    return {
        "put_400_mb": put,
        "get_400_mb": get,
        "pass_400_mb": pass_on,
        "return_100_mb": give,
    }


def processes(ray: Any, _options: Options) -> Steps:
    """Actors made, and made anew."""
    actor_class = _echo_class(ray)

    def one_by_one() -> list[float]:
        start, actors = time.perf_counter(), []
        for number in range(ACTORS_MADE):
            actors.append(actor_class.remote())
            ray.get(actors[-1].echo.remote(number))
        return [_end(ray, actors, start)]

    def at_once() -> list[float]:
        start = time.perf_counter()
        actors = [actor_class.remote() for _ in range(ACTORS_MADE)]
        ray.get([actor.echo.remote(1) for actor in actors])
        return [_end(ray, actors, start)]

    return {
        "actors_one_by_one": Once(one_by_one),
        "actors_at_once": Once(at_once),
        "restart": Once(lambda: _restarts(ray)),
    }


def _end(ray: Any, actors: list[Any], start: float) -> float:
    """Actors made in a second since ``start``. Then they are ended."""
    rate = len(actors) / (time.perf_counter() - start)
    for actor in actors:
        ray.kill(actor)
    return rate


def _restarts(ray: Any) -> list[float]:
    class Mortal:
        def pid(self) -> int:
            return os.getpid()

    mortal = ray.remote(Mortal).options(max_restarts=-1, max_task_retries=-1).remote()
    found = []
    for _ in range(RESTARTS):
        pid = ray.get(mortal.pid.remote())
        start = time.perf_counter()
        os.kill(pid, signal.SIGKILL)
        ray.get(mortal.pid.remote())
        found.append(time.perf_counter() - start)
    ray.kill(mortal)
    return found


def pi(ray: Any, work: Any) -> None:
    """The lesson: tasks that throw darts, and report to an actor how far they are."""

    class Progress:
        def __init__(self, num_tasks: int) -> None:
            self.thrown = [0] * num_tasks
            self.inside = [0] * num_tasks
            self.history: list[tuple[int, int]] = []

        def report(self, task: int, thrown: int, inside: int) -> None:
            self.thrown[task] = thrown
            self.inside[task] = inside
            self.history.append((sum(self.thrown), sum(self.inside)))

    @ray.remote  # type: ignore[untyped-decorator]
    def sample(work: Any, task: int, progress: Any) -> int:
        inside, reported = 0, None
        for thrown, inside in work.shares(task):
            reported = progress.report.remote(task, thrown, inside)
        ray.get(reported)
        return inside

    progress = ray.remote(Progress).remote(work.num_tasks)
    ray.get([sample.remote(work, task, progress) for task in range(work.num_tasks)])
