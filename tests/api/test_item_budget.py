# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""Generators of one actor that together may be only so far ahead, and those that nobody reads."""

import gc

import pytest

from tests.processes import wait_until


class Plain:
    """Its generators run in threads."""

    def __init__(self):
        self.made = {}

    def generate(self, name, number):
        for index in range(number):
            self.made[name] = index + 1
            yield index

    def seen(self):
        return dict(self.made)


class Async:
    """Its generators run on an event loop."""

    def __init__(self):
        self.made = {}

    async def generate(self, name, number):
        for index in range(number):
            self.made[name] = index + 1
            yield index

    async def seen(self):
        return dict(self.made)


@pytest.fixture(params=[Plain, Async])
def source_class(ray, request):
    """Actors whose generators may be three items ahead, all together."""
    limit = {"_actor_generator_backpressure_num_objects": 3}
    return ray.remote(max_concurrency=8, **limit)(request.param)


def made(ray, source):
    return ray.get(source.seen.remote())


def take(ray, generator, number):
    return [ray.get(next(generator)) for _ in range(number)]


def test_a_generator_alone_has_it_all(ray, source_class):
    source = source_class.remote()
    generator = source.generate.remote("a", 10)
    wait_until(lambda: made(ray, source) == {"a": 3})
    assert take(ray, generator, 2) == [0, 1]
    wait_until(lambda: made(ray, source) == {"a": 5})
    assert take(ray, generator, 8) == list(range(2, 10))


def test_another_has_to_wait_for_it(ray, source_class):
    source = source_class.remote()
    first = source.generate.remote("first", 4)
    wait_until(lambda: made(ray, source) == {"first": 3})
    second = source.generate.remote("second", 4)
    assert made(ray, source).get("second", 0) <= 1
    assert sorted(as_they_come(ray, [first, second])) == sorted([*range(4), *range(4)])


def as_they_come(ray, generators):
    """Their items, from whichever has one."""
    items = []
    while generators:
        [ready], _ = ray.wait(generators, num_returns=1)
        try:
            items.append(ray.get(next(ready)))
        except StopIteration:
            generators.remove(ready)
    return items


@pytest.mark.parametrize("end", ["cancelled", "dropped"])
def test_another_goes_on_when_it_ends(ray, source_class, end):
    source = source_class.remote()
    first = source.generate.remote("first", 10)
    wait_until(lambda: made(ray, source) == {"first": 3})
    second = source.generate.remote("second", 10)
    if end == "cancelled":
        ray.cancel(first)
    else:
        del first
    assert take(ray, second, 10) == list(range(10))


@pytest.mark.parametrize("limit", [0, -2, "x"])
def test_a_wrong_limit_is_refused(ray, limit):
    with pytest.raises((ValueError, TypeError), match="_actor_generator_backpressure_num_objects"):
        ray.remote(_actor_generator_backpressure_num_objects=limit)(Plain)


@pytest.mark.parametrize("kind", [Plain, Async])
def test_a_generator_that_nobody_reads_holds_up_nobody(ray, kind):
    actor = ray.remote(kind).options(max_concurrency=1).remote()
    method = actor.generate.options(_generator_backpressure_num_objects=2)
    generator = method.remote("a", 10)
    assert take(ray, generator, 1) == [0]
    del generator
    gc.collect()
    assert made(ray, actor) == {"a": 10}


def test_an_item_stands_for_its_generator_when_it_is_cancelled(ray):
    actor = ray.remote(Plain).remote()
    generator = actor.generate.options(_generator_backpressure_num_objects=2).remote("a", 10**9)
    first = next(generator)
    ray.cancel(first)
    assert ray.get(first) == 0
    with pytest.raises(ray.exceptions.TaskCancelledError):
        ray.get(list(generator))
