"""Threads, event loops and concurrency groups inside an actor."""

# mypy: disable-error-code="attr-defined"

import asyncio
import threading

import pytest

import raylite as ray

pytestmark = pytest.mark.usefixtures("ray")


class Barrier:
    """Counts who has come; every method is a coroutine, so that all may wait in it at once."""

    def __init__(self, parties):
        self.parties = parties
        self.came = 0
        self.everyone = asyncio.Event()

    async def meet(self):
        self.came += 1
        if self.came == self.parties:
            self.everyone.set()
        await self.everyone.wait()
        return self.came

    async def how_many(self):
        return self.came


@ray.remote(max_concurrency=4)
class Threaded:
    def __init__(self):
        self.lock = threading.Lock()
        self.total = 0

    def meet(self, barrier):
        return ray.get(barrier.meet.remote())

    def add(self, amount):
        with self.lock:
            self.total += amount
            return self.total

    def thread(self):
        return threading.current_thread() is threading.main_thread()


@ray.remote
class Asynchronous:
    def __init__(self):
        self.loop = asyncio.get_running_loop()

    async def meet(self, barrier):
        return await barrier.meet.remote()

    def plain(self):
        return asyncio.get_running_loop() is self.loop

    async def fail(self):
        raise KeyError("coroutine")

    async def task_id(self):
        await asyncio.sleep(0)
        return ray.get_runtime_context().get_task_id()


@ray.remote(concurrency_groups={"io": 1, "compute": 2})
class Grouped:
    @ray.method(concurrency_group="io")
    async def fetch(self, barrier):
        return await barrier.meet.remote()

    @ray.method(concurrency_group="compute")
    async def where(self):
        return threading.current_thread().name

    async def health(self):
        return "healthy"


def test_calls_of_a_threaded_actor_run_at_once():
    barrier = ray.remote(Barrier).remote(4)
    threaded = Threaded.remote()
    assert ray.get([threaded.meet.remote(barrier) for _ in range(4)], timeout=20) == [4] * 4


def test_a_threaded_actor_runs_no_more_calls_at_once_than_it_may():
    barrier = ray.remote(Barrier).remote(5)
    threaded = Threaded.remote()
    refs = [threaded.meet.remote(barrier) for _ in range(5)]
    ray.wait([barrier.how_many.remote()])
    assert ray.wait(refs, timeout=0.3) == ([], refs)
    ray.get(barrier.meet.remote(), timeout=20)
    assert ray.get(refs, timeout=20) == [5, 5, 5, 5, 6] or len(ray.get(refs)) == 5


def test_state_behind_a_lock_is_right_with_many_threads():
    threaded = Threaded.remote()
    assert max(ray.get([threaded.add.remote(1) for _ in range(500)])) == 500


def test_methods_of_a_threaded_actor_are_not_in_the_main_thread():
    assert ray.get(Threaded.remote().thread.remote()) is False


def test_coroutines_of_an_asynchronous_actor_wait_for_each_other():
    barrier = ray.remote(Barrier).remote(50)
    actor = Asynchronous.remote()
    assert ray.get([actor.meet.remote(barrier) for _ in range(50)], timeout=20) == [50] * 50


def test_max_concurrency_limits_an_asynchronous_actor():
    barrier = ray.remote(Barrier).remote(3)
    actor = Asynchronous.options(max_concurrency=2).remote()
    refs = [actor.meet.remote(barrier) for _ in range(2)]
    assert ray.wait(refs, timeout=0.3)[0] == []
    ray.get(barrier.meet.remote(), timeout=20)
    assert len(ray.get(refs, timeout=20)) == 2


def test_a_plain_method_and_the_constructor_run_on_the_loop():
    assert ray.get(Asynchronous.remote().plain.remote())


def test_an_error_in_a_coroutine_is_both_classes():
    with pytest.raises(KeyError, match="coroutine") as caught:
        ray.get(Asynchronous.remote().fail.remote())
    assert isinstance(caught.value, ray.exceptions.RayTaskError)


def test_each_coroutine_knows_its_own_task():
    actor = Asynchronous.remote()
    refs = [actor.task_id.remote() for _ in range(20)]
    assert ray.get(refs) == [ref.task_id().hex() for ref in refs]


def test_an_async_constructor_is_awaited():
    @ray.remote
    class Late:
        async def __init__(self):
            await asyncio.sleep(0)
            self.ready = True

        async def is_ready(self):
            return self.ready

    assert ray.get(Late.remote().is_ready.remote())


def test_a_full_group_does_not_hold_up_another():
    barrier = ray.remote(Barrier).remote(2)
    grouped = Grouped.remote()
    held = [grouped.fetch.remote(barrier) for _ in range(2)]
    assert ray.get(grouped.health.remote(), timeout=20) == "healthy"
    ray.get(barrier.meet.remote(), timeout=20)
    assert len(ray.get(held, timeout=20)) == 2


def test_each_group_has_a_loop_of_its_own_and_a_call_may_choose():
    grouped = Grouped.remote()
    assert ray.get(grouped.where.remote()) == "compute-loop"
    assert ray.get(grouped.where.options(concurrency_group="io").remote()) == "io-loop"


def test_groups_of_a_plain_class_are_threads():
    @ray.remote(concurrency_groups={"io": 2})
    class Plain:
        @ray.method(concurrency_group="io")
        def name(self):
            return threading.current_thread().name

        def other(self):
            return threading.current_thread().name

    plain = Plain.remote()
    assert ray.get([plain.name.remote(), plain.other.remote()]) == ["io-0", "default-0"]


def test_an_unknown_group_is_refused_before_anything_happens():
    with pytest.raises(ValueError, match="There are: 'io', 'compute'"):
        Grouped.remote().where.options(concurrency_group="disk")

    @ray.remote(concurrency_groups={"io": 1})
    class Wrong:
        @ray.method(concurrency_group="disk")
        def go(self):
            return None

    with pytest.raises(AssertionError, match="does not have"):
        Wrong.remote()


def test_exit_actor_in_a_thread_or_a_coroutine_ends_the_actor():
    @ray.remote(max_concurrency=2, max_restarts=-1)
    class Leaver:
        def go(self):
            ray.actor.exit_actor()

    @ray.remote(max_restarts=-1)
    class AsyncLeaver:
        async def go(self):
            ray.actor.exit_actor()

    for actor in (Leaver.remote(), AsyncLeaver.remote()):
        with pytest.raises(ray.exceptions.ActorDiedError, match="exit_actor"):
            ray.get(actor.go.remote(), timeout=20)
