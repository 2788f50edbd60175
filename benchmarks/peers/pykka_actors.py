"""Pykka's actors: threads of one process, called through proxies. The ceiling of convenience.

Nothing is pickled and nobody is woken in another process; but one process computes one thing at
a time, and what is passed is shared.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pykka

from benchmarks.windows import BATCH, Once, Options, Steps

ACTORS_MADE = 10


class Echo(pykka.ThreadingActor):
    """An actor that answers, and drives others when told to."""

    def echo(self, value: int) -> int:
        """Answer."""
        return value

    def drive(self, target: Any, seconds: float) -> int:
        """Call another actor for so long; returns the number of calls."""
        calls, end = 0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            pykka.get_all([target.echo(number) for number in range(BATCH)])
            calls += BATCH
        return calls


@contextmanager
def session(_options: Options) -> Iterator[None]:
    """Nothing to start; all actors are stopped."""
    try:
        yield
    finally:
        pykka.ActorRegistry.stop_all()


def first(_session: None) -> object:
    """An actor that has answered."""
    actor = Echo.start().proxy()
    actor.echo(1).get()
    return actor


def calls(_session: None, options: Options) -> Steps:
    """Calls of actors through proxies."""
    actors = [Echo.start().proxy() for _ in range(4)]
    one = actors[0]

    def one_by_one() -> float:
        one.echo(1).get()
        return 1

    def pipelined() -> float:
        return len(list(pykka.get_all([one.echo(number) for number in range(BATCH)])))

    def fan_out() -> float:
        sent = [actors[number % 4].echo(number) for number in range(BATCH)]
        return len(list(pykka.get_all(sent)))

    def between_actors() -> float:
        pairs = zip(actors[:2], actors[2:], strict=True)
        sent = [caller.drive(target, options.window_s) for caller, target in pairs]
        return float(sum(pykka.get_all(sent)))

    return {
        "actor_calls_one_by_one": one_by_one,
        "actor_calls_pipelined": pipelined,
        "driver_to_4_actors": fan_out,
        "worker_to_worker": between_actors,
    }


def processes(_session: None, _options: Options) -> Steps:
    """Actors made: each is a thread."""

    def one_by_one() -> list[float]:
        start = time.perf_counter()
        for number in range(ACTORS_MADE):
            Echo.start().proxy().echo(number).get()
        return [ACTORS_MADE / (time.perf_counter() - start)]

    def at_once() -> list[float]:
        start = time.perf_counter()
        actors = [Echo.start().proxy() for _ in range(ACTORS_MADE)]
        pykka.get_all([actor.echo(1) for actor in actors])
        return [ACTORS_MADE / (time.perf_counter() - start)]

    return {"actors_one_by_one": Once(one_by_one), "actors_at_once": Once(at_once)}
