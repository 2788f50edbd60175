"""What waits until a process comes to rest."""

from raylite._core.rpc.at_rest import AtRest


class Timers(list):
    def make(self, delay_s, action):
        self.append((delay_s, action))


def first():
    pass


def second():
    pass


def test_an_action_waits_for_rest_and_then_becomes_a_timer():
    timers = Timers()
    at_rest = AtRest(timers.make)
    at_rest.call(0.5, first)
    assert not timers
    at_rest.begin()
    assert timers == [(0.5, first)]


def test_an_action_said_twice_is_done_once():
    timers = Timers()
    at_rest = AtRest(timers.make)
    at_rest.call(0.5, first)
    at_rest.call(0.5, first)
    at_rest.call(0.5, second)
    at_rest.begin()
    at_rest.begin()
    assert sorted(action.__name__ for _, action in timers) == ["first", "second"]


def test_while_there_is_rest_an_action_becomes_a_timer_at_once():
    timers = Timers()
    at_rest = AtRest(timers.make)
    at_rest.begin()
    at_rest.call(0.5, first)
    assert timers == [(0.5, first)]


def test_when_somebody_reads_again_actions_wait_again():
    timers = Timers()
    at_rest = AtRest(timers.make)
    at_rest.begin()
    at_rest.end()
    at_rest.call(0.5, first)
    assert not timers
