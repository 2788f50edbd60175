"""What is to be done later, in order of time."""

import sys
from functools import partial
from threading import Event, Thread

from hypothesis import given
from hypothesis import strategies as st

from raylite._core.rpc.timers import Timers


class Clock:
    def __init__(self) -> None:
        self.at_s = 100.0

    def now_s(self) -> float:
        return self.at_s


def fail() -> None:
    raise ValueError


def test_what_is_due_is_done_in_order_of_time():
    clock, done = Clock(), list[float]()
    timers = Timers(clock.now_s)
    for delay_s in (3.0, 1.0, 2.0):
        timers.add(delay_s, partial(done.append, delay_s))
    assert timers.timeout_s(None) == 1.0
    clock.at_s += 2.0
    timers.run_due()
    assert done == [1.0, 2.0]
    assert timers.timeout_s(None) == 1.0
    assert timers.timeout_s(clock.at_s + 0.25) == 0.25


def test_one_that_fails_does_not_keep_the_others_from_being_done(caplog):
    clock, done = Clock(), list[bool]()
    timers = Timers(clock.now_s)
    timers.add(1.0, fail)
    timers.add(2.0, lambda: done.append(True))
    clock.at_s += 3.0
    timers.run_due()
    assert done == [True]
    assert "a timer of raylite failed" in caplog.text


def test_without_timers_there_is_only_the_deadline_or_nothing_at_all():
    clock = Clock()
    timers = Timers(clock.now_s)
    assert timers.timeout_s(None) is None
    assert timers.timeout_s(clock.at_s + 0.25) == 0.25
    timers.forget(timers.add(1.0, fail))
    assert timers.timeout_s(None) is None


def test_the_first_timer_may_be_forgotten_by_another_thread_at_any_moment():
    timers, is_over = Timers(), Event()

    def add_and_forget() -> None:
        while not is_over.is_set():
            for delay_s in (0.0, 1.0):
                timers.forget(timers.add(delay_s, lambda: None))

    other = Thread(target=add_and_forget)
    interval_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    other.start()
    try:
        seen: set[bool] = set()
        rounds = 0
        # On a busy machine the other thread may begin late.
        while rounds < 30_000 or len(seen) < 2:
            rounds += 1
            timeout_s = timers.timeout_s(None)
            seen.add(timeout_s is None)
            assert timeout_s is None or timeout_s <= 1.0
            timers.run_due()
    finally:
        sys.setswitchinterval(interval_s)
        is_over.set()
        other.join()


def test_only_what_was_not_done_yet_can_be_forgotten():
    clock = Clock()
    timers = Timers(clock.now_s)
    early, late = timers.add(1.0, lambda: None), timers.add(2.0, lambda: None)
    clock.at_s += 1.0
    timers.run_due()
    assert not timers.forget(early)
    assert timers.forget(late)
    assert not timers.forget(late)
    assert not timers.pending


@given(delays_s=st.lists(st.integers(0, 9)), forgotten=st.sets(st.integers(0, 9)))
def test_what_is_forgotten_is_not_done_and_the_order_is_kept(delays_s, forgotten):
    clock, done = Clock(), list[int]()
    timers = Timers(clock.now_s)
    made = [timers.add(delay_s, partial(done.append, delay_s)) for delay_s in delays_s]
    for at in forgotten:
        if at < len(made):
            timers.forget(made[at])
    clock.at_s += 10.0
    timers.run_due()
    assert done == sorted(d for at, d in enumerate(delays_s) if at not in forgotten)
