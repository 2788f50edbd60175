# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class.
"""Calls of actors with threads: short ones, which one thread runs, and those that hold it up."""

import threading

import pytest

import raylite
from tests.processes import wait_until

LONG_S = 60.0
"""Longer than any test may take: what waits for so long is never waited for."""


class Pool:
    def __init__(self, other=None):
        self.other = other
        self.event = threading.Event()
        self.log = []
        self.names = set()

    def echo(self, value):
        self.names.add(threading.current_thread().name)
        return value

    def threads(self):
        return sorted(self.names)

    def note(self, value):
        self.log.append(value)

    def noted(self):
        return self.log

    def wait(self):
        return self.event.wait(LONG_S)

    def set(self):
        self.event.set()

    def block(self, here, gate):
        here.touch()
        wait_until(gate.exists, LONG_S)

    def ask(self, value):
        return raylite.get(self.other.echo.remote(value))

    def ask_for_event(self):
        return raylite.get(self.other.wait.remote())

    def set_others(self):
        self.other.set.remote()

    def count(self, number):
        yield from range(number)


@pytest.fixture
def new_pool(ray):
    actor_class = ray.remote(max_concurrency=4)(Pool)
    return lambda: actor_class.remote(actor_class.remote())


def test_a_call_that_waits_is_freed_by_one_that_came_with_it(ray, new_pool):
    pool = new_pool()
    waiting, _ = pool.wait.remote(), pool.set.remote()
    assert ray.get(waiting, timeout=20) is True


def test_a_call_that_waits_after_many_short_ones_is_freed_by_one_behind_it(ray, new_pool):
    pool = new_pool()
    short = [pool.echo.remote(n) for n in range(200)]
    waiting, _ = pool.wait.remote(), pool.set.remote()
    assert ray.get(waiting, timeout=20) is True
    assert ray.get(short) == list(range(200))


def test_a_call_that_waits_in_get_is_freed_by_one_behind_it(ray, new_pool):
    pool = new_pool()
    assert ray.get([pool.ask.remote(n) for n in range(50)], timeout=20) == list(range(50))
    waiting, _ = pool.ask_for_event.remote(), pool.set_others.remote()
    assert ray.get(waiting, timeout=20) is True


def test_replies_leave_although_the_next_call_takes_its_time(ray, new_pool, tmp_path):
    pool = new_pool()
    gate = tmp_path / "gate"
    quick = [pool.echo.remote(n) for n in range(5)]
    blocked = pool.block.remote(tmp_path / "here", gate)
    assert ray.get(quick, timeout=20) == list(range(5))
    wait_until((tmp_path / "here").exists)
    for n in range(20):
        assert ray.get(pool.echo.remote(n), timeout=20) == n
    gate.touch()
    ray.get(blocked)


def test_when_all_threads_are_held_up_further_calls_wait(ray, new_pool, tmp_path):
    pool = new_pool()
    gate = tmp_path / "gate"
    blocked = [pool.block.remote(tmp_path / str(n), gate) for n in range(4)]
    wait_until(lambda: len(list(tmp_path.iterdir())) == len(blocked))
    waiting = [pool.echo.remote(n) for n in range(10)]
    assert ray.wait(waiting, timeout=0.1)[0] == []
    gate.touch()
    assert ray.get(waiting, timeout=20) == list(range(10))
    ray.get(blocked)


def test_calls_of_one_thread_start_in_order(ray):
    actor = ray.remote(concurrency_groups={"one": 1})(Pool).remote()
    note = actor.note.options(concurrency_group="one")
    ray.get([note.remote(n) for n in range(300)])
    assert ray.get(actor.noted.remote()) == list(range(300))


def test_there_are_never_more_threads_than_max_concurrency(ray, new_pool):
    pool = new_pool()
    ray.get([pool.echo.remote(n) for n in range(300)])
    for n in range(50):
        ray.get(pool.echo.remote(n))
    assert set(ray.get(pool.threads.remote())) <= {f"default-{n}" for n in range(4)}


def test_a_group_that_is_full_does_not_hold_up_another(ray, tmp_path):
    actor = ray.remote(concurrency_groups={"one": 1, "two": 2})(Pool).remote()
    one, two = (actor.echo.options(concurrency_group=name) for name in ("one", "two"))
    gate = tmp_path / "gate"
    blocked = actor.block.options(concurrency_group="one").remote(tmp_path / "here", gate)
    waiting = one.remote("late")
    wait_until((tmp_path / "here").exists)
    assert [ray.get(two.remote(n), timeout=20) for n in range(30)] == list(range(30))
    assert ray.get(actor.echo.remote(1), timeout=20) == 1
    assert ray.wait([waiting], timeout=0) == ([], [waiting])
    gate.touch()
    assert ray.get([blocked, waiting], timeout=20) == [None, "late"]


def test_generators_run_at_once(ray, new_pool):
    pool = new_pool()
    generators = [pool.count.remote(50) for _ in range(6)]
    assert [ray.get(list(items)) for items in generators] == [list(range(50))] * 6


def test_the_instance_is_deleted_at_the_end(ray, tmp_path):
    class Mortal(Pool):
        def __del__(self):
            (tmp_path / "deleted").touch()

    actor = ray.remote(max_concurrency=2)(Mortal).remote()
    assert ray.get([actor.echo.remote(n) for n in range(10)]) == list(range(10))
    del actor
    wait_until((tmp_path / "deleted").exists)
