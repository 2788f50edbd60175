"""What waits until a process comes to rest."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from raylite._core.rpc.at_rest import AtRest
from raylite._core.rpc.timers import Timer


class World:
    """A clock, and the timers that were made and not taken back."""

    def __init__(self) -> None:
        self.at_s = 100.0
        self.timers: list[Timer] = []
        self.at_rest = AtRest(self, lambda: self.at_s)

    def call_later(self, delay_s: float, action: Callable[[], None]) -> Timer:
        timer = self.at_s + delay_s, len(self.timers), action
        self.timers.append(timer)
        return timer

    def forget(self, timer: Timer) -> bool:
        is_pending = timer in self.timers
        self.timers = [one for one in self.timers if one != timer]
        return is_pending

    def due(self) -> list[tuple[float, str]]:
        return [(due_s, action.__name__) for due_s, _, action in self.timers]

    def run_due(self) -> None:
        for timer in [timer for timer in self.timers if timer[0] <= self.at_s]:
            self.timers.remove(timer)
            timer[2]()


def first() -> None:
    pass


def second() -> None:
    pass


def test_an_action_waits_for_rest_and_then_becomes_a_timer():
    world = World()
    world.at_rest.call(0.5, first)
    assert not world.timers
    world.at_rest.begin()
    assert world.due() == [(100.5, "first")]


def test_an_action_said_twice_is_done_once():
    world = World()
    world.at_rest.call(0.5, first)
    world.at_rest.call(0.5, first)
    world.at_rest.call(0.5, second)
    world.at_rest.begin()
    world.at_rest.begin()
    assert sorted(name for _, name in world.due()) == ["first", "second"]


def test_while_there_is_rest_an_action_becomes_a_timer_at_once():
    world = World()
    world.at_rest.begin()
    world.at_rest.call(0.5, first)
    assert world.due() == [(100.5, "first")]


def test_an_action_said_twice_in_one_rest_leaves_no_timer_behind_that_would_limit_each_wait():
    world = World()
    world.at_rest.begin()
    world.at_rest.call(0.5, first)
    world.at_s += 0.1
    world.at_rest.call(0.5, first)
    assert world.due() == [(100.6, "first")]
    world.at_rest.end()
    assert not world.timers


def test_when_somebody_reads_again_actions_wait_again():
    world = World()
    world.at_rest.begin()
    world.at_rest.end()
    world.at_rest.call(0.5, first)
    assert not world.timers


def test_a_timer_is_none_any_more_when_somebody_reads_again():
    world = World()
    world.at_rest.call(0.5, first)
    world.at_rest.begin()
    world.at_rest.end()
    assert not world.timers
    world.at_s += 0.2
    world.at_rest.begin()
    assert world.due() == [(100.5, "first")]


def test_an_action_that_was_done_is_not_done_again():
    world = World()
    world.at_rest.call(0.5, first)
    world.at_rest.begin()
    world.at_s += 1
    world.run_due()
    world.at_rest.end()
    world.at_rest.begin()
    assert not world.timers


@given(st.lists(st.floats(0.01, 0.2), max_size=20))
def test_whoever_reads_again_and_again_puts_nothing_off(pauses_s):
    world, done_s = World(), list[float]()
    world.at_rest.call(0.5, lambda: done_s.append(world.at_s))
    for pause_s in [*pauses_s, 0.6]:
        world.at_rest.begin()
        world.at_s += pause_s
        world.run_due()
        world.at_rest.end()
    assert len(done_s) == 1
    assert 100.5 <= done_s[0] <= 100.5 + max([*pauses_s, 0.6])


def test_who_reads_again_and_again_is_not_disturbed_before_it_is_time():
    world = World()
    world.at_rest.call(0.1, first)
    for _ in range(4):
        world.at_rest.pass_over(0.032)
        assert not world.timers
        world.at_s += 0.032
    world.at_rest.pass_over(0.032)
    assert [name for _, name in world.due()] == ["first"]
    assert world.timers[0][0] == world.at_s


def test_what_is_urgent_becomes_a_timer_at_the_first_look():
    world = World()
    world.at_rest.call(0.004, first)
    world.at_rest.pass_over(0.032)
    assert world.due() == [(100.004, "first")]


def test_what_was_done_and_asked_for_again_has_its_time_again():
    world = World()
    for _ in range(10):
        world.at_rest.call(0.1, first)
        for _ in range(2):
            world.at_rest.pass_over(0.032)
            world.at_s += 0.032
    assert not world.timers


def test_what_has_a_limit_already_keeps_it_while_somebody_reads_again_and_again():
    world = World()
    world.at_rest.call(0.05, first)
    world.at_rest.begin()
    world.at_s += 0.03
    world.at_rest.pass_over(0.01)
    assert not world.timers
    world.at_s += 0.03
    world.at_rest.pass_over(0.01)
    assert [(round(due_s, 6), name) for due_s, name in world.due()] == [(100.06, "first")]
