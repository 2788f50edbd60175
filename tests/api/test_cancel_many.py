# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""Many calls, short and long, of which every second is called off at some moment."""

import random
import threading
import time

import pytest

NUM_CALLS = 600


def work(number, seconds=0.0):
    """Sleeps, or spins where the time is negative."""
    if seconds > 0:
        time.sleep(seconds)
    end_s = time.monotonic() - seconds
    while seconds < 0 and time.monotonic() < end_s:
        pass
    return number


class Plain:
    def work(self, number, seconds):
        return work(number, min(seconds, 0.01))


class Async:
    async def work(self, number, seconds):
        return work(number, min(seconds, 0.0))


@pytest.fixture
def kinds(ray):
    """Ways to have the work done: what they give is dropped at the end of the test."""

    @ray.remote
    def nested(number, seconds):
        return ray.get([task.remote(number, seconds), task.remote(-1)])[0]

    task = ray.remote(work)
    plain = ray.remote(Plain)

    def made():
        actors = [plain.remote(), plain.options(max_concurrency=3).remote()]
        actors.append(ray.remote(Async).remote())
        calls = [actor.work.remote for actor in actors]
        return [*[task.remote] * 5, nested.remote, *calls]

    return made


@pytest.mark.parametrize("seed", [1, 2])
def test_only_those_are_hit_that_were_meant(ray, kinds, seed):
    choose = random.Random(seed)
    calls = kinds()
    wanted, unwanted = [], []
    for number in range(NUM_CALLS):
        seconds = choose.choice([0, 0, 0, 0.0005, -0.0005, 0.002, -0.002, 0.01])
        is_wanted = choose.random() < 0.5
        if not is_wanted and choose.random() < 0.1:
            seconds = 60.0
        ref = choose.choice(calls)(number, seconds)
        (wanted if is_wanted else unwanted).append((number, ref))
        if not is_wanted:
            cancel_soon(ray, ref, choose.random() * 0.03)
    assert [ray.get(ref) for _, ref in wanted] == [number for number, _ in wanted]
    for number, ref in unwanted:
        try:
            assert ray.get(ref, timeout=30) == number
        except ray.exceptions.TaskCancelledError:
            continue


def cancel_soon(ray, ref, delay_s):
    """At a moment that nobody knows: that is what this is about."""
    threading.Timer(delay_s, lambda: ray.cancel(ref)).start()


@pytest.mark.parametrize("order", ["first to last", "last to first"])
def test_all_that_waits_can_be_called_off(ray, order):
    task = ray.remote(num_cpus=4)(work)
    running, *waiting = [task.remote(number, 60.0) for number in range(2000)]
    for ref in waiting if order == "first to last" else reversed(waiting):
        ray.cancel(ref)
    ray.cancel(running)
    for ref in (running, *waiting):
        with pytest.raises(ray.exceptions.TaskCancelledError):
            ray.get(ref)


def test_a_task_may_call_off_what_it_has_called(ray):
    task = ray.remote(work)

    @ray.remote
    def parent():
        child = task.remote(1, 60.0)
        ray.cancel(child)
        with pytest.raises(ray.exceptions.TaskCancelledError):
            ray.get(child)
        return ray.get(task.remote(2))

    assert ray.get(parent.remote()) == 2
