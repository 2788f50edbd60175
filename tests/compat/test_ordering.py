"""In which order calls run."""

import pytest

from tests.compat.cases import elsewhere


@pytest.fixture
def log_class(ray):
    @ray.remote
    class Log:
        def __init__(self):
            self.lines = []

        def add(self, line):
            self.lines.append(line)

        def add_from(self, who, number):
            self.lines.append((who, number))

        def all(self):
            return self.lines

    return Log


def test_calls_of_one_caller_run_in_the_order_of_submission(ray, log_class):
    log = log_class.remote()
    for i in range(100):
        log.add.remote(i)
    assert ray.get(log.all.remote()) == list(range(100))


def test_a_slow_argument_holds_up_the_calls_behind_it(ray, log_class, gate):
    log = log_class.remote()
    log.add.remote(gate.wait.remote("slow"))
    log.add.remote("fast")
    gate.open.remote()
    assert ray.get(log.all.remote()) == ["slow", "fast"]


@elsewhere(inline="A call that blocks in get keeps the one it waits for from being made.")
def test_callers_do_not_hold_up_each_other(ray, log_class, gate):
    @ray.remote
    def add(log):
        ray.get(log.add.remote("another's"))

    log = log_class.remote()
    mine = log.add.remote(gate.wait.remote("mine"))
    ray.get(add.remote(log))
    gate.open.remote()
    ray.get(mine)
    assert ray.get(log.all.remote()) == ["another's", "mine"]


def test_each_caller_has_an_order_of_its_own(ray, log_class):
    @ray.remote
    def write(log, who):
        for number in range(10):
            log.add_from.remote(who, number)
        return ray.get(log.all.remote()) is not None

    log = log_class.remote()
    ray.get([write.remote(log, who) for who in "ab"])
    lines = ray.get(log.all.remote())
    for who in "ab":
        assert [number for name, number in lines if name == who] == list(range(10))


@elsewhere(inline="A call that blocks in get keeps the one it waits for from being made.")
def test_calls_made_before_the_actor_has_begun_are_kept_in_order(ray, gate):
    @ray.remote
    class Late:
        def __init__(self, gate):
            ray.get(gate.wait.remote())
            self.lines = []

        def add(self, line):
            self.lines.append(line)
            return self.lines

    late = Late.remote(gate)
    refs = [late.add.remote(i) for i in range(3)]
    gate.open.remote()
    assert ray.get(refs[2]) == [0, 1, 2]


def test_handles_in_one_process_are_one_caller(ray, log_class):
    log = log_class.options(name="the log").remote()
    other = ray.get_actor("the log")
    for i in range(10):
        (log if i % 2 else other).add.remote(i)
    assert ray.get(log.all.remote()) == list(range(10))


def test_nobody_waits_for_a_call_whose_result_is_not_got(ray, log_class):
    log = log_class.remote()
    log.add.remote(1)
    assert ray.get(log.all.remote()) == [1]
