"""Queues."""

import asyncio
import queue as standard

import pytest

from tests.compat.cases import elsewhere, module, raises


@pytest.fixture
def queues(ray):
    return module(ray, "util.queue")


@pytest.fixture
def queue(queues):
    made = queues.Queue(maxsize=2, actor_options={"num_cpus": 0})
    yield made
    made.shutdown(force=True)


def test_first_in_first_out(queue):
    queue.put(1)
    queue.put(2)
    assert [queue.get(), queue.get()] == [1, 2]


def test_what_a_queue_knows_of_itself(queue):
    assert queue.empty()
    queue.put(1)
    assert (queue.qsize(), queue.size(), queue.full(), queue.empty()) == (1, 1, False, False)
    queue.put(2)
    assert queue.full()
    assert len(queue) == 2


def test_a_full_queue(queues, queue):
    queue.put_nowait(1)
    queue.put(2, block=False)
    with raises(queues.Full):
        queue.put_nowait(3)
    with raises(queues.Full):
        queue.put(3, timeout=0.05)


def test_an_empty_queue(queues, queue):
    with raises(queues.Empty):
        queue.get_nowait()
    with raises(queues.Empty):
        queue.get(timeout=0.05)


def test_full_and_empty_are_those_of_the_standard_library(queues):
    assert issubclass(queues.Full, standard.Full)
    assert issubclass(queues.Empty, standard.Empty)


@pytest.mark.parametrize("call", ["put", "get"])
def test_a_negative_timeout_is_refused(queue, call):
    args = [1] if call == "put" else []
    with raises(ValueError, words="timeout"):
        getattr(queue, call)(*args, timeout=-1)


def test_batches(queues, queue):
    queue.put_nowait_batch([1, 2])
    with raises(queues.Full):
        queue.put_nowait_batch([3])
    assert queue.get_nowait_batch(2) == [1, 2]
    with raises(queues.Empty):
        queue.get_nowait_batch(1)


@pytest.mark.parametrize("wrong", [-1, "two"], ids=repr)
def test_a_batch_of_a_wrong_size(queue, wrong):
    kind = ValueError if wrong == -1 else TypeError
    with raises(kind):
        queue.get_nowait_batch(wrong)


def test_asynchronously(queue):
    async def program():
        await queue.put_async(1)
        await queue.put_async(2)
        return [await queue.get_async(), await queue.get_async()]

    assert asyncio.run(program()) == [1, 2]


@elsewhere(inline="A consumer that blocks keeps the producer from being called.")
def test_a_queue_between_tasks(ray, queue):
    @ray.remote
    def produce(queue):
        for i in range(6):
            queue.put(i)

    @ray.remote
    def consume(queue):
        return [queue.get() for _ in range(6)]

    produced, consumed = produce.remote(queue), consume.remote(queue)
    assert ray.get(consumed) == [0, 1, 2, 3, 4, 5]
    ray.get(produced)


def test_a_queue_without_a_limit(queues):
    queue = queues.Queue(actor_options={"num_cpus": 0})
    for i in range(20):
        queue.put_nowait(i)
    assert queue.qsize() == 20
    queue.shutdown()


def test_a_queue_that_was_shut_down(ray, queues):
    queue = queues.Queue(actor_options={"num_cpus": 0})
    queue.put(1)
    queue.shutdown()
    assert queue.actor is None


def test_refs_are_put_as_refs(ray, queue):
    queue.put([ray.put(1)])
    assert ray.get(queue.get()) == [1]
