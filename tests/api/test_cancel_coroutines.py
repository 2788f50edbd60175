# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""Calls of asynchronous actors that are called off, and what they have called."""

import asyncio

import pytest

from tests.processes import wait_until

LONG_S = 60.0
"""Longer than any test may take: what waits for so long is never waited for."""


class Async:
    def __init__(self):
        self.log = []

    async def sleep(self, here):
        here.write_text("begun")
        try:
            await asyncio.sleep(LONG_S)
        except asyncio.CancelledError:
            self.log.append("CancelledError")
            raise

    async def catch(self, here):
        here.write_text("begun")
        try:
            await asyncio.sleep(LONG_S)
        except asyncio.CancelledError:
            self.log.append("caught")
            return "caught"

    async def generate(self, here):
        try:
            for number in range(1_000_000):
                yield number
                if number == 2:
                    here.write_text("begun")
                    await asyncio.sleep(LONG_S)
        except asyncio.CancelledError:
            self.log.append("generator")
            raise

    async def wait_for(self, here, refs):
        here.write_text("begun")
        return await refs[0]

    async def call(self, other, here):
        return await other.sleep.remote(here)

    def plain(self, here, gate):
        here.write_text("begun")
        wait_until(gate.exists, LONG_S)
        return "plain"

    async def seen(self):
        return self.log


@pytest.fixture
def at(tmp_path):
    def place(name):
        return tmp_path / name

    return place


@pytest.fixture
def begun(tmp_path):
    return lambda name: wait_until((tmp_path / name).exists)


def cancelled(ray, ref):
    """Whether the error is one that the call seems to have raised itself."""
    with pytest.raises(ray.exceptions.TaskCancelledError) as raised:
        ray.get(ref, timeout=LONG_S / 2)
    return isinstance(raised.value, ray.exceptions.RayTaskError)


def test_a_ref_may_be_cancelled_by_whoever_borrows_it(ray, at, begun):
    actor = ray.remote(Async).remote()
    ref = actor.sleep.remote(at("here"))
    begun("here")

    @ray.remote
    def borrower(refs):
        ray.cancel(refs[0])

    ray.get(borrower.remote([ref]))
    assert cancelled(ray, ref) is True


def test_a_coroutine_is_told(ray, at, begun):
    actor = ray.remote(Async).remote()
    ref = actor.sleep.remote(at("here"))
    begun("here")
    ray.cancel(ref)
    assert cancelled(ray, ref) is True
    wait_until(lambda: ray.get(actor.seen.remote()) == ["CancelledError"])


def test_a_coroutine_cannot_refuse(ray, at, begun):
    actor = ray.remote(Async).remote()
    ref = actor.catch.remote(at("here"))
    begun("here")
    ray.cancel(ref)
    assert cancelled(ray, ref) is True
    wait_until(lambda: ray.get(actor.seen.remote()) == ["caught"])


def test_a_coroutine_in_a_group_is_told(ray, at, begun):
    actor = ray.remote(concurrency_groups={"io": 1})(Async).remote()
    ref = actor.sleep.options(concurrency_group="io").remote(at("here"))
    waiting = actor.sleep.options(concurrency_group="io").remote(at("never"))
    begun("here")
    ray.cancel(waiting)
    assert cancelled(ray, waiting) is True
    ray.cancel(ref)
    assert cancelled(ray, ref) is True
    wait_until(lambda: ray.get(actor.seen.remote()) == ["CancelledError"])
    last = actor.sleep.options(concurrency_group="io").remote(at("last"))
    begun("last")
    ray.cancel(last)
    assert cancelled(ray, last) is True
    assert not at("never").exists()


def test_a_coroutine_that_waits_for_an_object_is_told(ray, at, begun):
    actor = ray.remote(Async).remote()
    late = actor.sleep.remote(at("late"))
    ref = actor.wait_for.remote(at("here"), [late])
    begun("here")
    ray.cancel(ref)
    assert cancelled(ray, ref) is True
    assert ray.wait([late], timeout=0)[0] == []
    ray.cancel(late)
    cancelled(ray, late)


def test_a_coroutines_calls_of_other_actors_are_cancelled_with_it(ray, at, begun):
    actor, other = ray.remote(Async).remote(), ray.remote(Async).remote()
    ref = actor.call.remote(other, at("here"))
    begun("here")
    ray.cancel(ref)
    assert cancelled(ray, ref) is True
    wait_until(lambda: ray.get(other.seen.remote()) == ["CancelledError"])


def test_a_coroutines_calls_of_other_actors_go_on_where_that_is_wanted(ray, at, begun):
    actor, other = ray.remote(Async).remote(), ray.remote(Async).remote()
    ref = actor.call.remote(other, at("here"))
    begun("here")
    ray.cancel(ref, recursive=False)
    assert cancelled(ray, ref) is True
    assert ray.get(other.seen.remote()) == []


def test_a_tasks_calls_of_actors_are_cancelled_with_it(ray, at, begun):
    actor = ray.remote(Async).remote()

    @ray.remote
    def parent(actor, here):
        ray.get(actor.sleep.remote(here))

    ref = parent.remote(actor, at("here"))
    begun("here")
    ray.cancel(ref)
    assert cancelled(ray, ref) is True
    wait_until(lambda: ray.get(actor.seen.remote()) == ["CancelledError"])


def test_a_plain_method_on_the_loop_ends_for_its_caller(ray, at, begun):
    actor = ray.remote(Async).remote()
    ref = actor.plain.remote(at("here"), at("gate"))
    begun("here")
    ray.cancel(ref)
    assert cancelled(ray, ref) is True
    at("gate").touch()
    assert ray.get(actor.seen.remote()) == []


def test_an_asynchronous_generator_is_told(ray, at, begun):
    actor = ray.remote(Async).remote()
    generator = actor.generate.remote(at("here"))
    begun("here")
    ray.cancel(generator)
    *items, last = list(generator)
    assert ray.get(items) == [0, 1, 2]
    assert cancelled(ray, last) is True
    wait_until(lambda: ray.get(actor.seen.remote()) == ["generator"])


class Slow:
    """Takes as long to unpack as a file is missing."""

    def __init__(self, here, gate):
        self.places = here, gate

    def __reduce__(self):
        return unpack_slowly, self.places


def unpack_slowly(here, gate):
    here.write_text("begun")
    wait_until(gate.exists, LONG_S)


@pytest.mark.parametrize("options", [{}, {"concurrency_groups": {"io": 1}}])
def test_a_call_whose_arguments_take_long_to_unpack_never_runs(ray, at, begun, options):
    actor = ray.remote(**options)(Async).remote() if options else ray.remote(Async).remote()
    ray.get(actor.seen.remote())
    ref = actor.wait_for.remote(at("never"), Slow(at("here"), at("gate")))
    begun("here")
    ray.cancel(ref)
    with pytest.raises(ray.exceptions.TaskCancelledError):
        ray.get(ref, timeout=LONG_S / 2)
    at("gate").touch()
    assert ray.get(actor.seen.remote()) == []
    assert not at("never").exists()
