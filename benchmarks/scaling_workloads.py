"""What is done in growing sizes: one function each, timed by itself in a session of its own.

Each takes the module that stands for Ray and a size, and tells the seconds that its work took,
without what has to be there before. Classes and functions are made within, so that they are sent
by value.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
import psutil

from benchmarks.tree import grow

BRANCHES = 3
"""Children of each actor in the tree."""
FAILS = 5
"""One of so many calls raises."""
UNDER_WAY = 1_000
"""Calls under way where a program bounds their number."""
_HELD_S = 10e-6
"""Seconds for each call that waits for an argument: as long as queueing it takes, or longer."""


@dataclass(slots=True)
class Watch:
    """How long something took."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    """Of all processes of the session; other work on the machine hardly changes it."""
    kept: Any = None
    """What it has made, alive until somebody has looked how large the session is."""


def _cpu_seconds() -> float:
    """What this process and all that descend from it have used, to a hundredth each."""
    used = 0.0
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):  # It has ended.
            times = process.cpu_times()
            used += times.user + times.system
    return used + time.process_time()


@contextlib.contextmanager
def stopwatch() -> Iterator[Watch]:
    """Time the body."""
    watch = Watch()
    cpu, start = _cpu_seconds(), time.perf_counter()
    yield watch
    watch.seconds = time.perf_counter() - start
    watch.cpu_seconds = _cpu_seconds() - cpu


def _echo(ray: Any, **options: Any) -> Any:
    class Echo:
        def echo(self, value: Any) -> Any:
            return value

        def size(self, value: Any) -> int:
            return len(value)

        def fail_sometimes(self, number: int) -> int:
            if number % FAILS == 0:
                raise ValueError(number)
            return number

        def hold(self, seconds: float) -> None:
            time.sleep(seconds)

    made = ray.remote(Echo)
    return made.options(**options).remote() if options else made.remote()


def _answering(ray: Any) -> Any:
    """An actor that is there."""
    actor = _echo(ray)
    ray.get(actor.echo.remote(0))
    return actor


def actors_at_once(ray: Any, size: int) -> Watch:
    """Create so many actors, each of which answers one call."""
    _answering(ray)
    with stopwatch() as watch:
        actors = [_echo(ray, num_cpus=0) for _ in range(size)]
        ray.get([actor.echo.remote(1) for actor in actors])
    watch.kept = actors
    return watch


def calls_before_creation(ray: Any, size: int) -> Watch:
    """Queue calls for an actor that is not there yet, and get what they return."""
    with stopwatch() as watch:
        actor = _echo(ray)
        ray.get([actor.echo.remote(number) for number in range(size)])
    return watch


def calls_of_a_living_actor(ray: Any, size: int) -> Watch:
    """Queue calls for an actor that waits for them, and get what they return."""
    actor = _answering(ray)
    with stopwatch() as watch:
        ray.get([actor.echo.remote(number) for number in range(size)])
    return watch


def calls_with_unready_arguments(ray: Any, size: int) -> Watch:
    """Queue calls whose argument another actor still computes, and get what they return."""
    actor, slow = _answering(ray), _answering(ray)
    with stopwatch() as watch:
        awaited = slow.hold.remote(size * _HELD_S)
        ray.get([actor.echo.remote(awaited) for _ in range(size)])
    return watch


def tasks_at_once(ray: Any, size: int) -> Watch:
    """Submit tasks, and get what they return."""
    task = ray.remote(abs)
    ray.get(task.remote(1))
    with stopwatch() as watch:
        ray.get([task.remote(number) for number in range(size)])
    return watch


def tasks_of_results(ray: Any, size: int) -> Watch:
    """Submit a chain of tasks, each of which takes what the one before returns."""
    task = ray.remote(abs)
    ray.get(task.remote(1))
    with stopwatch() as watch:
        ref = task.remote(1)
        for _ in range(size):
            ref = task.remote(ref)
        ray.get(ref)
    return watch


def many_arguments(ray: Any, size: int) -> Watch:
    """Submit one task with so many refs as arguments, whose values are not there yet."""
    actor = _answering(ray)

    def count(*values: int) -> int:
        return len(values)

    task = ray.remote(count)
    ray.get(task.remote())
    with stopwatch() as watch:
        ray.get(task.remote(*[actor.echo.remote(number) for number in range(size)]))
    return watch


def get_beside_failures(ray: Any, size: int) -> Watch:
    """Get values in one list while every fifth call of another list fails."""
    actor, other = _answering(ray), _answering(ray)
    with stopwatch() as watch:
        failing = [other.fail_sometimes.remote(number) for number in range(size)]
        ray.get([actor.echo.remote(number) for number in range(size)])
        ray.wait(failing, num_returns=len(failing))
    return watch


def cancel_in_a_queue(ray: Any, size: int) -> Watch:
    """Cancel, in any order, so many tasks that wait for a CPU."""
    task = ray.remote(num_cpus=2)(time.sleep)
    running = task.remote(60)
    waiting = [task.remote(60) for _ in range(size)]
    Random(0).shuffle(waiting)
    with stopwatch() as watch:
        for ref in waiting:
            ray.cancel(ref)
        ray.wait(waiting, num_returns=len(waiting))
    ray.cancel(running)
    return watch


def _wait_loop(ray: Any, size: int, num_returns: Callable[[int], int]) -> Watch:
    actor = _answering(ray)
    at_once = num_returns(size)
    with stopwatch() as watch:  # Of calls made before, some number would be done already.
        refs = [actor.echo.remote(number) for number in range(size)]
        while refs:
            _, refs = ray.wait(refs, num_returns=min(at_once, len(refs)))
    return watch


def wait_one_by_one(ray: Any, size: int) -> Watch:
    """Make calls, and wait for one after the other, giving back what is left each time."""
    return _wait_loop(ray, size, lambda _: 1)


def wait_a_hundred_at_a_time(ray: Any, size: int) -> Watch:
    """The same with ``num_returns=100``."""
    return _wait_loop(ray, size, lambda _: 100)


def wait_a_percent_at_a_time(ray: Any, size: int) -> Watch:
    """The same with a hundredth of the refs each time."""
    return _wait_loop(ray, size, lambda size: max(size // 100, 1))


def wait_bounded(ray: Any, size: int) -> Watch:
    """Keep a thousand calls under way: wait for one, then submit another, so many times."""
    actor = _answering(ray)
    refs = [actor.echo.remote(0) for _ in range(UNDER_WAY)]
    with stopwatch() as watch:
        for number in range(size):
            _, refs = ray.wait(refs)
            refs.append(actor.echo.remote(number))
    return watch


def actor_pool(ray: Any, size: int) -> Watch:
    """``ActorPool.map`` over so many values with two actors."""
    pool = ray.util.ActorPool([_answering(ray) for _ in range(2)])
    with stopwatch() as watch:
        for _ in pool.map(lambda actor, value: actor.echo.remote(value), range(size)):
            pass
    return watch


def queue(ray: Any, size: int) -> Watch:
    """Put values into ``ray.util.queue.Queue`` from a thread, and get them."""
    values = ray.util.queue.Queue()

    def fill() -> None:
        for number in range(size):
            values.put(number)

    with stopwatch() as watch:
        thread = threading.Thread(target=fill)
        thread.start()
        for _ in range(size):
            values.get()
        thread.join()
    values.shutdown()
    return watch


def tree_of_actors(ray: Any, size: int) -> Watch:
    """An actor that creates three, each of which creates three, to so many actors in all."""
    _answering(ray)
    with stopwatch() as watch:
        watch.kept = grow(ray, size, BRANCHES)
    return watch


def large_argument(ray: Any, size: int) -> Watch:
    """Pass an array of so many megabytes to an actor."""
    actor = _answering(ray)
    value = np.ones(size * 2**17)
    with stopwatch() as watch:
        ray.get(actor.size.remote(value))
    return watch
