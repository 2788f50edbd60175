# mypy: disable-error-code="attr-defined, arg-type, union-attr"
# A type checker does not follow a decorator that makes something else of a class, and some tests
# pass what a type checker would refuse.
"""A queue between processes."""

import asyncio
import queue

import pytest

import raylite
from raylite.exceptions import RayActorError
from raylite.util.queue import Empty, Full, Queue


@raylite.remote
def take(shared, number):
    return [shared.get() for _ in range(number)]


@raylite.remote
def fill(shared, items):
    for item in items:
        shared.put(item)


def test_what_is_put_first_comes_first(ray):
    shared = Queue()
    for item in "abc":
        shared.put(item)
    assert shared.size() == shared.qsize() == len(shared) == 3
    assert [shared.get() for _ in range(3)] == ["a", "b", "c"]
    assert shared.empty()


def test_a_bounded_queue_is_full_at_its_size(ray):
    shared = Queue(maxsize=2)
    shared.put_nowait(1)
    assert not shared.full()
    shared.put_nowait(2)
    assert shared.full()
    with pytest.raises(Full):
        shared.put_nowait(3)
    with pytest.raises(Full):
        shared.put(3, timeout=0.01)
    assert shared.size() == 2


def test_an_empty_queue_says_so(ray):
    shared = Queue()
    with pytest.raises(Empty):
        shared.get_nowait()
    with pytest.raises(Empty):
        shared.get(block=False)
    with pytest.raises(Empty):
        shared.get(timeout=0.01)


def test_its_errors_are_those_of_the_standard_library(ray):
    assert issubclass(Empty, queue.Empty)
    assert issubclass(Full, queue.Full)


def test_a_timeout_of_zero_gives_what_is_there(ray):
    shared = Queue(maxsize=1)
    shared.put("x", timeout=0)
    assert shared.get(timeout=0) == "x"


def test_a_negative_timeout_is_refused(ray):
    shared = Queue()
    for call in (lambda: shared.put(1, timeout=-1), lambda: shared.get(timeout=-1)):
        with pytest.raises(ValueError, match="'timeout' must be a non-negative number"):
            call()


def test_a_batch_is_put_as_a_whole_or_not_at_all(ray):
    shared = Queue(maxsize=3)
    shared.put_nowait_batch(["a", "b"])
    with pytest.raises(Full, match="Cannot add 2 items"):
        shared.put_nowait_batch(["c", "d"])
    with pytest.raises(TypeError, match="'items'"):
        shared.put_nowait_batch(3)
    assert shared.get_nowait_batch(2) == ["a", "b"]


def test_a_batch_is_got_as_a_whole_or_not_at_all(ray):
    shared = Queue()
    shared.put_nowait_batch(range(3))
    with pytest.raises(Empty, match="Cannot get 4 items"):
        shared.get_nowait_batch(4)
    with pytest.raises(TypeError, match="'num_items'"):
        shared.get_nowait_batch(1.5)
    with pytest.raises(ValueError, match="nonnegative"):
        shared.get_nowait_batch(-1)
    assert shared.get_nowait_batch(0) == []
    assert shared.get_nowait_batch(3) == [0, 1, 2]


def test_tasks_share_a_queue(ray):
    shared = Queue(maxsize=2)
    taken = take.remote(shared, 6)
    ray.get(fill.remote(shared, range(6)))
    assert ray.get(taken) == list(range(6))


def test_many_tasks_wait_at_one_queue(ray):
    shared = Queue()
    waiting = [take.remote(shared, 1) for _ in range(3)]
    shared.put_nowait_batch(range(3))
    assert sorted(ray.get(waiting)) == [[0], [1], [2]]


def test_an_actor_keeps_a_queue(ray):
    @ray.remote
    class Producer:
        def __init__(self, shared):
            self.shared = shared

        async def produce(self, items):
            for item in items:
                await self.shared.put_async(item)

    shared = Queue()
    ray.get(Producer.remote(shared).produce.remote("xy"))
    assert shared.get_nowait_batch(2) == ["x", "y"]


def test_a_coroutine_awaits_a_queue(ray):
    shared = Queue(maxsize=1)

    async def story():
        getter = asyncio.ensure_future(shared.get_async())
        await shared.put_async("x")
        assert await getter == "x"
        with pytest.raises(Empty):
            await shared.get_async(block=False)
        with pytest.raises(Empty):
            await shared.get_async(timeout=0.01)
        await shared.put_async("y", block=False)
        with pytest.raises(Full):
            await shared.put_async("z", block=False)
        with pytest.raises(Full):
            await shared.put_async("z", timeout=0.01)

    asyncio.run(story())


def test_the_actor_of_a_queue_takes_options(ray):
    shared = Queue(actor_options={"name": "mailbox", "num_cpus": 0})
    assert ray.get_actor("mailbox") == shared.actor
    with pytest.raises(ValueError, match="nam"):
        Queue(actor_options={"nam": "mailbox"})


@pytest.mark.parametrize("force", [False, True], ids=["in-order", "at-once"])
def test_a_queue_that_was_shut_down_is_gone(ray, force):
    shared = Queue()
    shared.put(1)
    actor = shared.actor
    shared.shutdown(force=force)
    shared.shutdown()
    with pytest.raises(AttributeError, match="shut down"):
        shared.put(2)
    with pytest.raises(RayActorError):
        ray.get(actor.qsize.remote())


def test_a_getter_that_waits_is_cut_off_when_its_queue_is_forced_to_end(ray):
    shared = Queue()
    waiting = shared.actor.get.remote(None)
    shared.put(1)
    assert ray.get(waiting) == 1
    waiting = shared.actor.get.remote(None)
    shared.shutdown(force=True)
    with pytest.raises(RayActorError):
        ray.get(waiting)
