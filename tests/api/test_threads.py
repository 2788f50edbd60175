# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""Several threads of the user's program at once."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.processes import wait_until


@pytest.fixture
def echo(ray):
    @ray.remote
    def echo(value):
        return value

    return echo


def test_many_threads_get_at_once(ray, echo):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda x: ray.get(echo.remote(x)), range(200)))
    assert found == list(range(200))


def test_many_threads_call_one_actor(ray):
    @ray.remote
    class Counter:
        def __init__(self):
            self.value = 0

        def increment(self):
            self.value += 1
            return self.value

    counter = Counter.remote()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: ray.get(counter.increment.remote()), range(400)))
    assert sorted(found) == list(range(1, 401))


def test_each_thread_keeps_its_own_order(ray):
    @ray.remote
    class Log:
        def __init__(self):
            self.lines = []

        def add(self, line):
            self.lines.append(line)

        def lines(self):
            return self.lines

    log = Log.remote()

    def submit(who):
        for number in range(200):
            log.add.remote((who, number))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(submit, range(4)))
    lines = ray.get(log.lines.remote())
    for who in range(4):
        assert [line for line in lines if line[0] == who] == [(who, n) for n in range(200)]


def test_one_thread_waits_long_while_others_come_and_go(ray, echo, tmp_path):
    gate = tmp_path / "gate"

    @ray.remote
    def behind_the_gate():
        wait_until(gate.exists)
        return "late"

    late = []
    waiting = threading.Thread(target=lambda: late.append(ray.get(behind_the_gate.remote())))
    waiting.start()
    assert [ray.get(echo.remote(x)) for x in range(100)] == list(range(100))
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda x: ray.get(echo.remote(x)), range(50))) == list(range(50))
    gate.touch()
    waiting.join(10)
    assert late == ["late"]


def test_one_thread_submits_what_another_waits_for(ray, echo):
    refs, values = [], []
    submitted = threading.Event()

    def wait():
        submitted.wait()
        values.extend(ray.get(refs))

    waiting = threading.Thread(target=wait)
    waiting.start()
    refs += [echo.remote(x) for x in range(20)]
    submitted.set()
    waiting.join(10)
    assert values == list(range(20))


def test_a_call_whose_value_nobody_wants_leaves_while_another_thread_waits(ray, tmp_path):
    gate = tmp_path / "gate"

    @ray.remote
    class Waiting:
        def wait_for(self, path):
            wait_until(path.exists)

    @ray.remote(num_returns=0)
    def touch(path):
        path.touch()

    actor = Waiting.remote()
    ray.get(actor.__ray_ready__.remote())
    waiting = threading.Thread(target=lambda: ray.get(actor.wait_for.remote(gate)))
    waiting.start()
    touch.remote(gate)
    waiting.join(10)
    assert not waiting.is_alive()


def test_threads_put_get_and_drop_at_once(ray):
    def work(number):
        refs = [ray.put([number, i]) for i in range(100)]
        return ray.get(refs) == [[number, i] for i in range(100)]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))


def test_threads_make_actors_at_once(ray):
    @ray.remote
    class Actor:
        def ping(self):
            return "pong"

    with ThreadPoolExecutor(6) as pool:
        assert (
            list(pool.map(lambda _: ray.get(Actor.remote().ping.remote()), range(6)))
            == ["pong"] * 6
        )


def test_asyncio_in_a_thread_while_the_main_thread_gets(ray, echo):
    async def main():
        return await asyncio.gather(*[echo.remote(x) for x in range(50)])

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(lambda: asyncio.run(main()))
        assert [ray.get(echo.remote(x)) for x in range(50)] == list(range(50))
        assert future.result(10) == list(range(50))


def test_waits_with_timeouts_in_several_threads(ray, echo, tmp_path):
    gate = tmp_path / "gate"

    @ray.remote
    def behind_the_gate():
        wait_until(gate.exists)
        return "late"

    ref = behind_the_gate.remote()

    def poll(_):
        for _ in range(20):
            ready, _ = ray.wait([ref], timeout=0.005)
            if ready:
                return True
            ray.get(echo.remote(1))
        return False

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(poll, range(4))) == [False] * 4
    gate.touch()
    assert ray.get(ref) == "late"
