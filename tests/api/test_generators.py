"""Generators: one ref an item, while the generator runs."""

# mypy: disable-error-code="attr-defined"

import asyncio
import pickle
from typing import Any

import numpy as np
import pytest

import raylite as ray

pytestmark = pytest.mark.usefixtures("ray")


@ray.remote
def count(number):
    yield from range(number)


@ray.remote
class Source:
    def __init__(self):
        self.yielded = 0

    def numbers(self, number):
        for i in range(number):
            self.yielded += 1
            yield i

    def broken(self):
        yield 1
        raise KeyError("half way")

    def how_many(self):
        return self.yielded


@ray.remote
class AsyncSource:
    async def numbers(self, number):
        for i in range(number):
            await asyncio.sleep(0)
            yield i

    async def plain(self):
        return "between"


def values(generator):
    return [ray.get(ref) for ref in generator]


def test_a_generator_function_gives_one_ref_an_item():
    generator: Any = count.remote(4)
    assert isinstance(generator, ray.ObjectRefGenerator)
    assert values(generator) == [0, 1, 2, 3]
    assert generator.is_finished()
    assert ray.get(generator.completed()) is None


def test_an_empty_generator_ends_at_once():
    assert values(count.remote(0)) == []


def test_methods_stream_too_plain_and_async():
    assert values(Source.remote().numbers.remote(3)) == [0, 1, 2]
    assert values(AsyncSource.remote().numbers.remote(3)) == [0, 1, 2]


def test_an_error_in_the_middle_is_the_last_item():
    first, second = Source.remote().broken.remote()
    assert ray.get(first) == 1
    with pytest.raises(KeyError, match="half way"):
        ray.get(second)


def test_completed_raises_the_error_that_ended_the_generator():
    with pytest.raises(KeyError, match="half way"):
        ray.get(Source.remote().broken.remote().completed())


def test_async_for_awaits_the_items():
    async def collect():
        return [await ref async for ref in count.remote(5)]

    assert asyncio.run(collect()) == [0, 1, 2, 3, 4]


def test_with_back_pressure_no_more_is_yielded_than_may_be_ahead():
    source = Source.options(max_concurrency=2).remote()
    numbers = source.numbers.options(_generator_backpressure_num_objects=2).remote(6)
    first = next(numbers)
    ray.get(next(numbers))
    ahead = ray.get(source.how_many.remote())
    assert ahead <= 4
    assert [ray.get(first), *values(numbers)] == [0, 2, 3, 4, 5]


def test_large_items_come_uncopied():
    @ray.remote
    def arrays():
        for i in range(3):
            yield np.full(100_000, i)

    found = values(arrays.remote())
    assert [int(array[-1]) for array in found] == [0, 1, 2]
    assert not found[0].flags.writeable


def test_refs_inside_items_stay_alive():
    @ray.remote
    def boxes():
        for i in range(3):
            yield [ray.put(i)]

    assert [ray.get(box[0]) for box in values(boxes.remote())] == [0, 1, 2]


def test_wait_takes_a_generator_for_its_next_item():
    generator = count.remote(1)
    ready, rest = ray.wait([generator], timeout=20)
    assert (ready, rest) == ([generator], [])
    assert ray.get(next(generator)) == 0


def test_get_gives_the_generator_back():
    generator = count.remote(1)
    assert ray.get(generator) is generator


def test_a_generator_cannot_be_sent():
    with pytest.raises(TypeError, match="only the process that called"):
        pickle.dumps(count.remote(1))


def test_dynamic_returns_give_one_ref_to_all_refs():
    found = ray.get(count.options(num_returns="dynamic").remote(3))
    assert [ray.get(ref) for ref in found] == [0, 1, 2]


def test_streaming_what_is_no_generator_says_so():
    @ray.remote
    def one():
        return 1

    with pytest.raises(ValueError, match="Use yield"):
        one.options(num_returns="streaming")


def test_a_generator_that_is_run_again_gives_each_item_once(tmp_path):
    @ray.remote(max_retries=1)
    def dies_once(marker):
        import os  # In the worker.

        yield 1
        if not marker.exists():
            marker.touch()
            os._exit(1)
        yield 2

    assert values(dies_once.remote(tmp_path / "died")) == [1, 2]
