# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""Generators that are called off, of tasks and of actors."""

import time

import pytest

from tests.cancelling import LONG_S, error_of, is_task_error


@pytest.fixture
def at(tmp_path):
    def place(name):
        return tmp_path / name

    return place


def test_a_cancelled_generator_gives_what_it_had_and_then_the_error(ray, begun):
    @ray.remote
    def generate(path):
        try:
            yield from range(3)
            path.write_text("begun")
            time.sleep(LONG_S)
        finally:
            path.write_text("closed")

    generator = generate.remote(begun.path)
    begun.wait()
    ray.cancel(generator)
    *items, last = list(generator)
    assert ray.get(items) == [0, 1, 2]
    assert is_task_error(ray, error_of(ray, last))
    assert is_task_error(ray, error_of(ray, generator.completed()))
    assert begun.path.read_text() == "closed"


def test_a_generator_that_waits_for_its_reader_is_cancelled(ray):
    @ray.remote
    def endless():
        number = 0
        while True:
            yield number
            number += 1

    generator = endless.options(_generator_backpressure_num_objects=2).remote()
    assert ray.get(next(generator)) == 0
    ray.cancel(generator)
    with pytest.raises(ray.exceptions.TaskCancelledError):
        ray.get(list(generator))


def test_a_generator_that_waits_for_a_cpu_is_cancelled(ray, tasks, begun):
    @ray.remote
    def generate():
        yield 1

    big = tasks.sleep.options(num_cpus=4).remote(begun.path)
    begun.wait()
    generator = generate.remote()
    ray.cancel(generator)
    assert not is_task_error(ray, error_of(ray, next(generator)))
    ray.cancel(big)
    error_of(ray, big)


def test_a_generator_of_refs_is_cancelled(ray, begun):
    @ray.remote(num_returns="dynamic")
    def generate(path):
        yield 1
        path.write_text("begun")
        time.sleep(LONG_S)

    ref = generate.remote(begun.path)
    begun.wait()
    ray.cancel(ref)
    assert is_task_error(ray, error_of(ray, ref))
