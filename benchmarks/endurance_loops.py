"""What a long day consists of: one loop for each kind of thing a program does, over and over.

Each loop leaves nothing behind: when it is over, whatever it made is out of reach.
"""

import contextlib
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["LOOPS", "Loop", "echo_functions", "loops_of"]

_MEGABYTE: Final = 1 << 20
_REFS: Final = 50
"""How many a round of ``wait`` is about."""
_ITEMS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """One kind of thing, and how often it is done."""

    key: str
    title: str
    per_million: int
    """How many of them for a million of actor calls."""

    def number(self, calls: int) -> int:
        """How many, if there are so many actor calls."""
        return max(1, calls * self.per_million // 1_000_000)


LOOPS: Final = (
    Loop(key="calls", title="get(actor.m.remote())", per_million=1_000_000),
    Loop(key="tasks", title="get(task.remote())", per_million=50_000),
    Loop(key="puts", title="get(put(small))", per_million=100_000),
    Loop(key="large_puts", title="get(put(1 MB))", per_million=2_000),
    Loop(key="waits", title=f"wait over {_REFS} calls", per_million=1_000),
    Loop(key="generators", title=f"a generator of {_ITEMS} items", per_million=10_000),
    Loop(key="actors", title="an actor created and killed", per_million=300),
    Loop(key="errors", title="get of a call that raises", per_million=20_000),
    Loop(key="async_calls", title="get of an asynchronous call", per_million=50_000),
    Loop(key="named", title="get_actor and a call", per_million=5_000),
    Loop(key="progress", title="ray.progress of 4 tasks", per_million=30),
)
"""All of them, in the order in which they are run."""


def loops_of(ray: Any) -> Mapping[str, Callable[[int], None]]:
    """For each loop, a function that goes round it a number of times."""
    return {**_calls(ray), **_lookups(ray), **_tasks(ray), **_objects(ray), **_actors(ray)}


def _calls(ray: Any) -> dict[str, Callable[[int], None]]:
    one = ray.remote(echo_functions()[0]).remote()
    awaited = ray.remote(_async_class()).remote()

    def calls(times: int) -> None:
        get, method = ray.get, one.same
        for number in range(times):
            get(method.remote(number))

    def errors(times: int) -> None:
        for number in range(times):
            with contextlib.suppress(ValueError):
                ray.get(one.fail.remote(number))

    def async_calls(times: int) -> None:
        for number in range(times):
            ray.get(awaited.same.remote(number))

    return {"calls": calls, "errors": errors, "async_calls": async_calls}


def _lookups(ray: Any) -> dict[str, Callable[[int], None]]:
    found = ray.remote(echo_functions()[0]).options(name="found").remote()

    def named(times: int) -> None:
        for number in range(times):
            ray.get(ray.get_actor("found").same.remote(number))

    def waits(times: int) -> None:
        for _ in range(times):
            rest = [found.same.remote(number) for number in range(_REFS)]
            while rest:
                _, rest = ray.wait(rest)

    return {"named": named, "waits": waits}


def _tasks(ray: Any) -> dict[str, Callable[[int], None]]:
    task = ray.remote(echo_functions()[1])
    several = ray.remote(_generator_function()).options(num_returns="streaming")

    def tasks(times: int) -> None:
        for number in range(times):
            ray.get(task.remote(number))

    def generators(times: int) -> None:
        for _ in range(times):
            for ref in several.remote(_ITEMS):
                ray.get(ref)

    def progress(times: int) -> None:
        for _ in range(times):
            with contextlib.redirect_stderr(io.StringIO()):
                ray.progress([task.remote(number) for number in range(4)])

    return {"tasks": tasks, "generators": generators, "progress": progress}


def _objects(ray: Any) -> dict[str, Callable[[int], None]]:
    large = bytes(_MEGABYTE)

    def puts(times: int) -> None:
        for number in range(times):
            ray.get(ray.put(number))

    def large_puts(times: int) -> None:
        for _ in range(times):
            ray.get(ray.put(large))

    return {"puts": puts, "large_puts": large_puts}


def _actors(ray: Any) -> dict[str, Callable[[int], None]]:
    actor_class = ray.remote(echo_functions()[0])

    def actors(times: int) -> None:
        for number in range(times):
            actor = actor_class.remote()
            ray.get(actor.same.remote(number))
            if number % 2:  # The others end since nobody has a handle.
                ray.kill(actor)

    return {"actors": actors}


def echo_functions() -> tuple[type, Callable[[int], int]]:
    """A class whose instances answer what they are given, and a function that does."""

    # Local on purpose: they are sent by value, and no worker needs this folder on its path.
    class Worker:
        def same(self, value: int) -> int:
            return value

        def fail(self, value: int) -> None:
            raise ValueError(value)

    def same(value: int) -> int:
        return value

    return Worker, same


def _generator_function() -> Callable[[int], Iterator[int]]:
    def count_up(number: int) -> Iterator[int]:
        yield from range(number)

    return count_up


def _async_class() -> type:
    class Awaited:
        async def same(self, value: int) -> int:
            return value

    return Awaited
