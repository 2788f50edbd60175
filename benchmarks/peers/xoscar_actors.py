"""xoscar's actors: a pool of processes, and references whose methods are awaited.

A pool has a main process, the driver itself, and others beside it, which hold any number of
actors. Here each actor of a row has a process to itself. Calls "one by one" are awaited one after
another in one coroutine, fifty to a step, so that starting the event loop's run does not count.
"""

import asyncio
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import xoscar as xo

from benchmarks.windows import BATCH, GIGABYTE, Once, Options, Steps

ACTORS_MADE = 10
ONE_BY_ONE = 50


class Echo(xo.Actor):
    """An actor that answers, and drives others when told to."""

    def echo(self, value: int) -> int:
        """Answer."""
        return value

    async def echo_async(self, value: int) -> int:
        """Answer from a coroutine."""
        return value

    async def drive(self, target: Any, seconds: float) -> int:
        """Call another actor for so long; returns the number of calls."""
        calls, end = 0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            await asyncio.gather(*(target.echo(number) for number in range(BATCH)))
            calls += BATCH
        return calls


class Holder(xo.Actor):
    """An actor that holds a large array."""

    def __init__(self, size: int) -> None:
        import numpy as np

        self.array = np.ones(size, dtype=np.uint8)

    def give(self) -> Any:
        """The array."""
        return self.array


class Pool:
    """A pool of processes, and the event loop from which it is spoken to."""

    def __init__(self, runner: asyncio.Runner, processes: int) -> None:
        self.run = runner.run
        self.processes = processes
        self.pool = self.run(xo.create_actor_pool("127.0.0.1", n_process=processes))

    async def actor(self, number: int, actor_class: type = Echo, *arguments: Any) -> Any:
        """A new actor, in one of the processes beside the main one."""
        place = xo.allocate_strategy.ProcessIndex(1 + number % self.processes)
        address = self.pool.external_address
        return await xo.create_actor(
            actor_class, *arguments, address=address, allocate_strategy=place
        )

    def step(self, work: Any) -> Any:
        """A step that runs the coroutine function ``work``."""
        return lambda: self.run(work())


@contextmanager
def session(options: Options) -> Iterator[Pool]:
    """A pool with so many processes beside the driver."""
    with asyncio.Runner() as runner:
        pool = Pool(runner, options.workers)
        try:
            yield pool
        finally:
            pool.run(pool.pool.stop())


def first(pool: Pool) -> object:
    """An actor that has answered."""

    async def answered() -> object:
        actor = await pool.actor(0)
        await actor.echo(1)
        return actor

    return pool.run(answered())


def calls(pool: Pool, options: Options) -> Steps:
    """Calls of actors, with ordinary and asynchronous methods."""
    actors = [pool.run(pool.actor(number)) for number in range(4)]
    one = actors[0]

    async def fan_out() -> float:
        sent = (actors[number % 4].echo(number) for number in range(BATCH))
        return len(await asyncio.gather(*sent))

    async def between_workers() -> float:
        pairs = zip(actors[:2], actors[2:], strict=True)
        sent = (caller.drive(target, options.window_s) for caller, target in pairs)
        return float(sum(await asyncio.gather(*sent)))

    return {
        "actor_calls_one_by_one": pool.step(lambda: _one_by_one(one.echo)),
        "actor_calls_pipelined": pool.step(lambda: _pipelined(one.echo)),
        "driver_to_4_actors": pool.step(fan_out),
        "worker_to_worker": pool.step(between_workers),
        "async_calls_one_by_one": pool.step(lambda: _one_by_one(one.echo_async)),
        "async_calls_pipelined": pool.step(lambda: _pipelined(one.echo_async)),
    }


async def _one_by_one(method: Any) -> float:
    for number in range(ONE_BY_ONE):
        await method(number)
    return ONE_BY_ONE


async def _pipelined(method: Any) -> float:
    return len(await asyncio.gather(*(method(number) for number in range(BATCH))))


def objects(pool: Pool, options: Options) -> Steps:
    """A large array returned."""
    if not options.large_bytes:
        return {}
    holder = pool.run(pool.actor(0, Holder, options.large_bytes // 4))

    async def give() -> float:
        return float((await holder.give()).nbytes) / GIGABYTE

    return {"return_100_mb": pool.step(give)}


def processes(pool: Pool, _options: Options) -> Steps:
    """Actors made, in processes that are there already."""

    async def answered(number: int) -> None:
        actor = await pool.actor(number)
        await actor.echo(number)

    async def one_by_one() -> None:
        for number in range(ACTORS_MADE):
            await answered(number)

    async def at_once() -> None:
        await asyncio.gather(*(answered(number) for number in range(ACTORS_MADE)))

    def rate(made: Coroutine[Any, Any, None]) -> list[float]:
        start = time.perf_counter()
        pool.run(made)
        return [ACTORS_MADE / (time.perf_counter() - start)]

    return {
        "actors_one_by_one": Once(lambda: rate(one_by_one())),
        "actors_at_once": Once(lambda: rate(at_once())),
    }
