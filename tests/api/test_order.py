# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""The order of calls: first in, first out for one submitter; others overtake him."""

import pytest

from tests.processes import wait_until


@pytest.fixture
def log_class(ray):
    @ray.remote
    class Log:
        def __init__(self):
            self.lines = []

        def add(self, line):
            self.lines.append(line)

        def wait_for(self, path):
            wait_until(path.exists)

        def lines(self):
            return self.lines

    return Log


@pytest.fixture
def opened(ray):
    """A task that returns the name of a file once the file is there."""

    @ray.remote
    def opened(path):
        wait_until(path.exists)
        return path.name

    return opened


def test_calls_of_one_submitter_run_in_order(ray, log_class):
    log = log_class.remote()
    for line in range(200):
        log.add.remote(line)
    assert ray.get(log.lines.remote()) == list(range(200))


def test_an_argument_that_is_not_ready_holds_up_the_calls_behind_it(
    ray, log_class, opened, tmp_path
):
    gate = tmp_path / "gate"
    log = log_class.remote()
    log.add.remote("before")
    log.add.remote(opened.remote(gate))
    log.add.remote("behind")
    lines = log.lines.remote()
    assert ray.wait([lines], timeout=0.05) == ([], [lines])
    gate.touch()
    assert ray.get(lines) == ["before", "gate", "behind"]


def test_several_late_arguments_arrive_in_any_order_and_run_in_theirs(
    ray, log_class, opened, tmp_path
):
    first, second, third = (tmp_path / name for name in ("1", "2", "3"))
    log = log_class.remote()
    refs = [opened.remote(path) for path in (first, second, third)]
    for ref in refs:
        log.add.remote(ref)
    lines = log.lines.remote()
    third.touch()
    ray.get(refs[2])
    second.touch()
    ray.get(refs[1])
    first.touch()
    assert ray.get(lines) == ["1", "2", "3"]


def test_a_late_keyword_argument_holds_up_the_calls_behind_it(ray, log_class, opened, tmp_path):
    gate = tmp_path / "gate"
    log = log_class.remote()
    log.add.remote(line=opened.remote(gate))
    log.add.remote("behind")
    lines = log.lines.remote()
    gate.touch()
    assert ray.get(lines) == ["gate", "behind"]


def test_another_submitter_overtakes_one_whose_argument_is_late(ray, log_class, opened, tmp_path):
    @ray.remote
    def submit(log):
        ray.get(log.add.remote("overtaker"))

    gate = tmp_path / "gate"
    log = log_class.remote()
    log.add.remote(opened.remote(gate))
    ray.get(submit.remote(log))
    gate.touch()
    assert ray.get(log.lines.remote()) == ["overtaker", "gate"]


def test_each_submitter_keeps_his_own_order(ray, log_class):
    @ray.remote
    def submit(log, who):
        for number in range(50):
            log.add.remote((who, number))
        ray.get(log.lines.remote())

    log = log_class.remote()
    ray.get([submit.remote(log, who) for who in "abc"])
    lines = ray.get(log.lines.remote())
    for who in "abc":
        assert [line for line in lines if line[0] == who] == [(who, n) for n in range(50)]


def test_calls_wait_for_an_actor_that_is_still_being_made(ray, tmp_path):
    @ray.remote
    class Late:
        def __init__(self, path):
            wait_until(path.exists)
            self.lines = []

        def add(self, line):
            self.lines.append(line)
            return self.lines

    gate = tmp_path / "gate"
    late = Late.remote(gate)
    refs = [late.add.remote(line) for line in range(3)]
    assert ray.wait(refs, timeout=0) == ([], refs)
    gate.touch()
    assert ray.get(refs[-1]) == [0, 1, 2]


def test_an_actor_whose_argument_is_late_is_made_once_it_is_there(ray, opened, tmp_path):
    @ray.remote
    class Named:
        def __init__(self, name):
            self.name = name

        def name(self):
            return self.name

    gate = tmp_path / "gate"
    named = Named.remote(opened.remote(gate))
    name = named.name.remote()
    assert ray.wait([name], timeout=0) == ([], [name])
    gate.touch()
    assert ray.get(name) == "gate"


def test_a_running_call_is_not_interrupted_by_the_next(ray, log_class, tmp_path):
    gate = tmp_path / "gate"
    log = log_class.remote()
    log.wait_for.remote(gate)
    log.add.remote("after")
    lines = log.lines.remote()
    assert ray.wait([lines], timeout=0) == ([], [lines])
    gate.touch()
    assert ray.get(lines) == ["after"]


def test_what_a_call_returns_may_go_on_to_the_same_actor(ray):
    @ray.remote
    class Adder:
        def add(self, x, y):
            return x + y

    adder = Adder.remote()
    total = 0
    for _ in range(50):
        total = adder.add.remote(total, 1)
    assert ray.get(total) == 50


def test_what_one_actor_returns_goes_on_to_another_and_back(ray):
    @ray.remote
    class Adder:
        def add(self, x):
            return x + 1

    ping, pong = Adder.remote(), Adder.remote()
    value = 0
    for _ in range(20):
        value = pong.add.remote(ping.add.remote(value))
    assert ray.get(value) == 40


def test_a_failed_argument_does_not_hold_up_the_calls_behind_it(ray, log_class):
    @ray.remote
    def fail():
        raise ValueError

    log = log_class.remote()
    bad = log.add.remote(fail.remote())
    log.add.remote("behind")
    assert ray.get(log.lines.remote()) == ["behind"]
    with pytest.raises(ValueError):
        ray.get(bad)


def test_tasks_wait_for_their_arguments_without_a_cpu(ray, opened, tmp_path):
    @ray.remote
    def name_of(name):
        return name

    gate = tmp_path / "gate"
    late = [name_of.remote(opened.remote(gate)) for _ in range(3)]
    assert ray.get([name_of.remote(n) for n in range(10)]) == list(range(10))
    gate.touch()
    assert ray.get(late) == ["gate"] * 3


def test_a_value_is_there_while_the_next_call_takes_its_time(ray, log_class, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    log = log_class.remote()
    ray.get(log.add.remote(0))
    refs = [log.wait_for.remote(first), log.add.remote(1), log.wait_for.remote(second)]
    first.touch()
    ray.get(refs[:2])
    second.touch()
    ray.get(refs)


def test_a_task_is_not_held_up_by_a_long_one_that_was_sent_before(ray, opened, tmp_path):
    @ray.remote
    def short(x):
        return x

    gate = tmp_path / "gate"
    ray.get([opened.remote(tmp_path) for _ in range(100)])
    late = [opened.remote(gate) for _ in range(3)]
    assert ray.get([opened.remote(tmp_path) for _ in range(100)]) == [tmp_path.name] * 100
    gate.touch()
    assert ray.get(late) == ["gate"] * 3
