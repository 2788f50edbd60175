"""Asynchronous actors."""

import asyncio
import threading

from tests.compat.cases import raises


def test_calls_interleave_where_they_await(ray):
    @ray.remote
    class Meeting:
        def __init__(self):
            self.here = 0
            self.all_here = asyncio.Event()

        async def join(self):
            self.here += 1
            if self.here == 3:
                self.all_here.set()
            await self.all_here.wait()
            return self.here

    meeting = Meeting.remote()
    assert ray.get([meeting.join.remote() for _ in range(3)]) == [3, 3, 3]


def test_hundreds_of_calls_wait_at_once(ray, gate):
    refs = [gate.wait.remote(i) for i in range(500)]
    assert len(ray.get(gate.until_arrived.remote(500))) == 500
    gate.open.remote()
    assert ray.get(refs) == list(range(500))


def test_max_concurrency_bounds_the_calls_at_once(ray):
    @ray.remote(max_concurrency=2)
    class Bounded:
        def __init__(self):
            self.now = self.most = 0

        async def work(self):
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(0.01)
            self.now -= 1

        async def peak(self):
            return self.most

    bounded = Bounded.remote()
    ray.get([bounded.work.remote() for _ in range(6)])
    assert ray.get(bounded.peak.remote()) == 2


def test_all_methods_share_one_loop_and_its_thread(ray):
    @ray.remote
    class Same:
        async def where(self):
            return threading.get_ident(), id(asyncio.get_running_loop())

        async def also(self):
            return threading.get_ident(), id(asyncio.get_running_loop())

    same = Same.remote()
    assert ray.get(same.where.remote()) == ray.get(same.also.remote())


def test_a_sync_method_runs_on_the_loop_too(ray):
    @ray.remote
    class Mixed:
        async def thread(self):
            return threading.get_ident()

        def sync_thread(self):
            return threading.get_ident()

    mixed = Mixed.remote()
    assert ray.get(mixed.thread.remote()) == ray.get(mixed.sync_thread.remote())


def test_a_coroutine_awaits_refs(ray):
    @ray.remote
    def double(x):
        return 2 * x

    @ray.remote
    class Summing:
        async def total(self, refs):
            return sum(await asyncio.gather(*refs))

        async def one(self, refs):
            return await refs[0]

    summing = Summing.remote()
    assert ray.get(summing.total.remote([double.remote(i) for i in range(4)])) == 12
    assert ray.get(summing.one.remote([double.remote(8)])) == 16


def test_an_error_in_a_coroutine_is_caught_as_what_it_was(ray):
    @ray.remote
    class Failing:
        async def fail(self):
            await asyncio.sleep(0)
            raise KeyError("k")

    with raises(KeyError, ray.exceptions.RayTaskError, words=("ray::Failing.fail()", "KeyError")):
        ray.get(Failing.remote().fail.remote())


def test_the_constructor_may_be_a_coroutine(ray):
    @ray.remote
    class Slow:
        async def __init__(self):
            await asyncio.sleep(0)
            self.ready = True

        async def is_ready(self):
            return self.ready

    assert ray.get(Slow.remote().is_ready.remote()) is True


def test_a_blocking_get_in_a_coroutine_works(ray):
    @ray.remote
    class Blocking:
        async def work(self, refs):
            return ray.get(refs[0])

    assert ray.get(Blocking.remote().work.remote([ray.put("there")])) == "there"


def test_actors_await_each_other(ray):
    @ray.remote
    class Ping:
        async def start(self, other, n):
            me = ray.get_runtime_context().current_actor
            return n if n == 0 else await other.start.remote(me, n - 1)

    one, two = Ping.remote(), Ping.remote()
    assert ray.get(one.start.remote(two, 4)) == 0


def test_an_async_actor_calls_itself(ray):
    @ray.remote
    class Self:
        async def outer(self):
            return await ray.get_runtime_context().current_actor.inner.remote()

        async def inner(self):
            return "inside"

    assert ray.get(Self.remote().outer.remote()) == "inside"


def test_await_of_a_call_of_an_actor_in_the_driver(ray, gate):
    async def program():
        waiting = asyncio.ensure_future(asyncio.wrap_future(gate.wait.remote(1).future()))
        await gate.open.remote()
        return await waiting

    assert asyncio.run(program()) == 1


def test_state_needs_no_lock_between_awaits(ray):
    @ray.remote
    class Counter:
        def __init__(self):
            self.value = 0

        async def add(self):
            value = self.value
            self.value = value + 1
            await asyncio.sleep(0)

        async def total(self):
            return self.value

    counter = Counter.remote()
    ray.get([counter.add.remote() for _ in range(100)])
    assert ray.get(counter.total.remote()) == 100


def test_context_of_a_coroutine_is_its_own(ray):
    @ray.remote
    class Ids:
        async def mine(self):
            before = ray.get_runtime_context().get_task_id()
            await asyncio.sleep(0.01)
            return before == ray.get_runtime_context().get_task_id(), before

    ids = Ids.remote()
    answers = ray.get([ids.mine.remote() for _ in range(5)])
    assert all(same for same, _ in answers)
    assert len({task_id for _, task_id in answers}) == 5
