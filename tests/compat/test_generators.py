"""Generators: results that come one by one."""

import asyncio
import os

import pytest

from tests.compat.cases import different, raises


@pytest.fixture
def count_to(ray):
    @ray.remote
    def count_to(n):
        for i in range(n):  # noqa: UP028  # See the last case of this file.
            yield i

    return count_to


@pytest.fixture
def counting(ray):
    @ray.remote
    class Counting:
        def sync(self, n):
            for i in range(n):  # noqa: UP028  # As above.
                yield i

        def bad(self):
            yield 1
            raise ValueError("in the middle")

        def ping(self):
            return "pong"

    return Counting.remote()


@pytest.fixture
def async_counting(ray):
    @ray.remote
    class Counting:
        async def count(self, n):
            for i in range(n):
                await asyncio.sleep(0)
                yield i

        async def bad(self):
            yield 1
            raise ValueError("in the middle")

    return Counting.remote()


def values(ray, generator):
    return [ray.get(ref) for ref in generator]


def test_a_generator_task_gives_a_generator_of_refs(ray, count_to):
    generator = count_to.remote(3)
    assert isinstance(generator, ray.ObjectRefGenerator)
    first = next(generator)
    assert isinstance(first, ray.ObjectRef)
    assert ray.get(first) == 0
    assert values(ray, generator) == [1, 2]


def test_generators_of_actors(ray, counting, async_counting):
    assert values(ray, counting.sync.remote(3)) == [0, 1, 2]
    assert values(ray, async_counting.count.remote(3)) == [0, 1, 2]


def test_an_empty_generator(ray, count_to):
    assert values(ray, count_to.remote(0)) == []


def test_a_generator_is_over_once(ray, count_to):
    generator = count_to.remote(1)
    next(generator)
    for _ in range(2):
        with pytest.raises(StopIteration):
            next(generator)


def test_items_come_before_the_end(ray, gate):
    @ray.remote
    def two(gate):
        yield "first"
        ray.get(gate.wait.remote())
        yield "second"

    generator = two.remote(gate)
    assert ray.get(next(generator)) == "first"
    gate.open.remote()
    assert ray.get(next(generator)) == "second"


def test_an_error_in_the_middle_is_the_last_item(ray, counting, async_counting):
    for generator in (counting.bad.remote(), async_counting.bad.remote()):
        assert ray.get(next(generator)) == 1
        failed = next(generator)
        with raises(ValueError, ray.exceptions.RayTaskError, words="in the middle"):
            ray.get(failed)
        with pytest.raises(StopIteration):
            next(generator)
    assert ray.get(counting.ping.remote()) == "pong"


def test_a_generator_is_iterated_asynchronously(ray, count_to):
    async def program():
        return [await ref async for ref in count_to.remote(3)]

    assert asyncio.run(program()) == [0, 1, 2]


def test_a_generator_is_not_pickled(ray, count_to):
    @ray.remote
    def use(generator):
        pass

    generator = count_to.remote(1)
    with raises(TypeError, words="ObjectRefGenerator"):
        use.remote(generator)


def test_get_of_a_generator_gives_it_back(ray, count_to):
    generator = count_to.remote(2)
    assert ray.get(generator) is generator


def test_wait_for_a_generator(ray, count_to, gate):
    @ray.remote
    def late(gate):
        ray.get(gate.wait.remote())
        yield 1

    soon, later = count_to.remote(1), late.remote(gate)
    ready, rest = ray.wait([soon, later])
    assert (ready, rest) == ([soon], [later])
    gate.open.remote()
    assert ray.wait([later]) == ([later], [])


def test_items_can_be_passed_on(ray, count_to):
    @ray.remote
    def double(x):
        return 2 * x

    assert ray.get([double.remote(ref) for ref in count_to.remote(3)]) == [0, 2, 4]


def test_a_fixed_number_of_returns_unpacks_a_generator(ray, count_to):
    refs = count_to.options(num_returns=3).remote(3)
    assert ray.get(refs) == [0, 1, 2]


def test_too_few_items_for_a_fixed_number(ray, count_to):
    refs = count_to.options(num_returns=3).remote(2)
    with raises(ValueError, ray.exceptions.RayTaskError, words="num_returns=3"):
        ray.get(refs[2])


def test_dynamic_returns_are_one_ref_to_many(ray, count_to):
    ref = count_to.options(num_returns="dynamic").remote(3)
    assert isinstance(ref, ray.ObjectRef)
    assert values(ray, ray.get(ref)) == [0, 1, 2]


def test_streaming_by_name(ray):
    @ray.remote(num_returns="streaming")
    def stream():
        yield "one"

    assert values(ray, stream.remote()) == ["one"]


@pytest.mark.parametrize("word", ["streaming", "dynamic"])
def test_what_is_no_generator_does_not_stream(ray, counting, word):
    def no_generator():
        return 5

    with raises(ValueError, words=("num_returns", word, "generator")):
        ray.remote(num_returns=word)(no_generator).remote()
    with raises(ValueError, words=("num_returns", word, "generator")):
        counting.ping.options(num_returns=word).remote()


def test_completed_tells_the_end(ray, count_to):
    generator = count_to.remote(2)
    ray.get(generator.completed())
    assert values(ray, generator) == [0, 1]


def test_back_pressure_holds_the_producer(ray, gate):
    @ray.remote
    def produce(gate):
        for i in range(4):
            ray.get(gate.wait.remote(i))
            yield i

    gate.open.remote()
    generator = produce.options(_generator_backpressure_num_objects=1).remote(gate)
    assert ray.get(next(generator)) == 0
    assert len(ray.get(gate.until_arrived.remote(2))) <= 3
    assert values(ray, generator) == [1, 2, 3]


def test_a_dropped_generator_does_not_hold_its_actor(ray, counting):
    generator = counting.sync.remote(1000)
    next(generator)
    del generator
    assert ray.get(counting.ping.remote()) == "pong"


def test_a_generator_whose_process_dies(ray):
    @ray.remote(max_retries=0)
    def dying():
        yield 1
        os._exit(1)

    generator = dying.remote()
    with raises(ray.exceptions.WorkerCrashedError):
        values(ray, generator)


def test_large_items(ray):
    @ray.remote
    def chunks():
        for i in range(3):
            yield bytes([i]) * 1_000_000

    assert [chunk[0] for chunk in values(ray, chunks.remote())] == [0, 1, 2]


@different(
    ray="`yield from range(3)` fails: 'range_iterator' object has no attribute 'send'.",
    raylite="A remote generator may `yield from` whatever can be iterated.",
    why="That is what Python promises.",
)
def test_yield_from_what_is_no_generator(ray, engine):
    @ray.remote
    def count():
        yield from range(3)

    generator = count.remote()
    if engine == "ray":
        with raises(AttributeError, words="send"):
            values(ray, generator)
    else:
        assert values(ray, generator) == [0, 1, 2]
