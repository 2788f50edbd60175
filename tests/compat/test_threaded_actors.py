"""Threaded actors, and concurrency groups."""

import threading

import pytest

from tests.compat.actors import Barrier
from tests.compat.cases import different, elsewhere, raises


@elsewhere(inline="There are no threads, so that calls do not meet while they block.")
def test_threads_run_calls_at_once(ray):
    actor = ray.remote(Barrier).options(max_concurrency=3).remote(3)
    assert ray.get([actor.meet.remote() for _ in range(3)]) == [False] * 3


def test_an_ordinary_actor_runs_one_call_at_a_time_in_the_main_thread(ray):
    actor = ray.remote(Barrier).remote(1)
    assert ray.get([actor.meet.remote() for _ in range(3)]) == [True] * 3


def test_no_more_threads_than_max_concurrency(ray):
    @ray.remote(max_concurrency=2)
    class Bounded:
        def __init__(self):
            self.lock = threading.Lock()
            self.now = self.most = 0
            self.pause = threading.Event()

        def work(self):
            with self.lock:
                self.now += 1
                self.most = max(self.most, self.now)
            self.pause.wait(0.01)
            with self.lock:
                self.now -= 1

        def peak(self):
            return self.most

    bounded = Bounded.remote()
    ray.get([bounded.work.remote() for _ in range(8)])
    assert ray.get(bounded.peak.remote()) <= 2


def test_threads_share_the_state(ray):
    @ray.remote(max_concurrency=8)
    class Counter:
        def __init__(self):
            self.value = 0
            self.lock = threading.Lock()

        def add(self, x):
            with self.lock:
                self.value += x
                return self.value

    counter = Counter.remote()
    assert sorted(ray.get([counter.add.remote(1) for _ in range(32)])) == list(range(1, 33))


def test_an_error_in_one_thread_leaves_the_others(ray):
    @ray.remote(max_concurrency=2)
    class Mixed:
        def work(self, x):
            if x == 1:
                raise ValueError("one")
            return x

    mixed = Mixed.remote()
    refs = [mixed.work.remote(i) for i in range(3)]
    assert ray.get([refs[0], refs[2]]) == [0, 2]
    with raises(ValueError, ray.exceptions.RayTaskError, words="one"):
        ray.get(refs[1])


@elsewhere(inline="There are no threads, so that calls do not meet while they block.")
def test_each_thread_knows_its_own_call(ray):
    @ray.remote(max_concurrency=2)
    class Ids:
        def __init__(self):
            self.barrier = threading.Barrier(2, timeout=30)

        def mine(self):
            self.barrier.wait()
            return ray.get_runtime_context().get_task_id()

    ids = Ids.remote()
    assert len(set(ray.get([ids.mine.remote() for _ in range(2)]))) == 2


@pytest.fixture
def grouped(ray):
    @ray.remote(concurrency_groups={"io": 2, "compute": 1})
    class Grouped:
        @ray.method(concurrency_group="io")
        async def wait(self, gate, name):
            return await gate.wait.remote(name)

        @ray.method(concurrency_group="io")
        async def io_thread(self):
            return threading.get_ident()

        @ray.method(concurrency_group="compute")
        async def compute(self):
            return threading.get_ident()

        async def default(self):
            return threading.get_ident()

    return Grouped.remote()


def test_a_full_group_holds_up_its_own_calls_only(ray, grouped, gate):
    waiting = [grouped.wait.remote(gate, name) for name in "ab"]
    ray.get(gate.until_arrived.remote(2))
    third = grouped.io_thread.remote()
    assert ray.get(grouped.compute.remote()) > 0
    assert ray.get(grouped.default.remote()) > 0
    assert ray.wait([third], timeout=0.1) == ([], [third])
    gate.open.remote()
    assert ray.get(waiting) == ["a", "b"]
    assert ray.get(third) > 0


@elsewhere(inline="There is one thread, on which all loops take turns.")
def test_each_group_of_an_async_actor_has_a_loop_of_its_own(ray, grouped):
    threads = ray.get(
        [grouped.io_thread.remote(), grouped.compute.remote(), grouped.default.remote()]
    )
    assert len(set(threads)) == 3


def test_the_group_can_be_chosen_at_the_call(ray, grouped):
    io = ray.get(grouped.io_thread.remote())
    assert ray.get(grouped.compute.options(concurrency_group="io").remote()) == io


@elsewhere(inline="There are no threads, so that calls do not meet while they block.")
def test_groups_of_threads(ray):
    @ray.remote(concurrency_groups={"io": 2})
    class Grouped:
        def __init__(self):
            self.barrier = threading.Barrier(2, timeout=30)

        @ray.method(concurrency_group="io")
        def meet(self):
            return self.barrier.wait() >= 0

        def name(self):
            return threading.current_thread() is threading.main_thread()

    grouped = Grouped.remote()
    assert ray.get([grouped.meet.remote(), grouped.meet.remote()]) == [True, True]
    assert ray.get(grouped.name.remote()) is False


def test_an_unknown_group_of_a_method_is_refused(ray):
    @ray.remote(concurrency_groups={"io": 1})
    class Wrong:
        @ray.method(concurrency_group="oi")
        def work(self):
            pass

    with raises(AssertionError):
        Wrong.remote()


@different(
    ray="An unknown group in `.options(concurrency_group=...)` ends the actor.",
    raylite="It is a ValueError at the call, and the actor lives on.",
    why="A typing error is not worth an actor and its state.",
)
def test_an_unknown_group_at_the_call(ray, grouped, engine):
    if engine == "ray":
        with raises(ray.exceptions.ActorDiedError):
            ray.get(grouped.compute.options(concurrency_group="oi").remote())
    else:
        with raises(ValueError, words="oi"):
            grouped.compute.options(concurrency_group="oi").remote()
        assert ray.get(grouped.compute.remote()) > 0
