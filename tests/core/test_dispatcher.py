# mypy: disable-error-code="arg-type,var-annotated"
# The poller is a stand-in.
"""Who hands out the calls of an actor that has lanes."""

from collections import deque

import pytest

from raylite._core.core_worker.task_execution.dispatcher import Dispatcher


class Poller:
    """Reads what a test says, at once."""

    def __init__(self):
        self.reads = []
        self.num_waits = 0

    def run_until(self, done, deadline_s, *, soon=False):
        self.num_waits += 1
        while not done() and self.reads:
            self.reads.pop(0)()
        return done()


class Lane:
    """Knows how often it was told to lead."""

    num_told = 0

    def follow(self, dispatcher):
        assert dispatcher.leads(self)
        self.num_told += 1


FIRST, SECOND = Lane(), Lane()


class Story:
    """A dispatcher, and what becomes of the jobs it is given: ``(connection, kind, lane)``."""

    def __init__(self):
        self.poller = Poller()
        self.queue = deque()
        self.begun = []
        self.is_over = False
        self.dispatcher = Dispatcher(
            self.queue, self.begin, self.poller, lambda: self.is_over, FIRST
        )

    def begin(self, connection, number, lane):
        if lane == "leave":
            raise SystemExit
        self.begun.append(number)
        return lane

    def arrives(self, number, lane=FIRST, connection="caller"):
        self.queue.append((connection, number, lane))
        self.dispatcher.arrived()

    def lead(self, *reads, lane=FIRST):
        self.poller.reads += reads
        self.dispatcher.lead(lane, lambda: bool(self.begun), None)

    def main_is_called(self):
        """Whether the main thread would not have to wait."""
        return self.dispatcher._alarm.acquire(False)


@pytest.fixture
def story():
    return Story()


def test_who_leads_hands_out_what_he_has_read_in_order(story):
    story.lead(lambda: [story.arrives(number) for number in range(5)])
    assert story.begun == [0, 1, 2, 3, 4]
    assert not story.main_is_called()


def test_the_main_thread_hands_out_what_others_have_read(story):
    story.arrives(1)
    story.arrives(2)
    assert story.main_is_called()
    story.dispatcher.wake_main()
    story.dispatcher.serve()
    assert story.begun == [1, 2]


def test_what_only_the_main_thread_may_do_is_left_to_it_with_all_that_came_later(story):
    def read():
        story.arrives(1)
        story.queue.append((None, 2, None))
        story.arrives(3)

    story.lead(read)
    assert story.begun == [1]
    assert story.main_is_called()
    story.dispatcher.wake_main()
    story.dispatcher.serve()
    assert story.begun == [1, 2, 3]


def test_nothing_is_handed_out_after_the_order_to_leave(story):
    story.queue.append((None, 1, "leave"))
    story.arrives(2)
    with pytest.raises(SystemExit):
        story.dispatcher.serve()
    story.lead(lambda: None)
    assert story.begun == []


def test_nobody_waits_a_second_time_for_what_he_has_got(story):
    story.lead(lambda: story.arrives(1))
    assert story.poller.num_waits == 1


def test_a_lane_that_gets_nothing_while_another_does_loses_the_lead(story):
    for number in range(20):
        assert story.dispatcher.leads(FIRST) == (number < 8)
        story.begun.clear()
        story.lead(lambda: story.arrives(1, lane=SECOND))
    assert story.dispatcher.leads(SECOND)
    assert SECOND.num_told == 1


def test_a_lane_that_gets_something_now_and_then_keeps_the_lead(story):
    for number in range(40):
        story.begun.clear()
        lane = FIRST if number % 8 == 7 else SECOND
        story.lead(lambda lane=lane: story.arrives(1, lane=lane))
    assert story.dispatcher.leads(FIRST)


def test_nobody_leads_when_it_is_over(story):
    story.is_over = True
    assert not story.dispatcher.leads(FIRST)


def test_a_look_hands_out_what_is_there_and_does_not_wait(story):
    story.poller.reads.append(lambda: story.arrives(1))
    story.dispatcher.look()
    story.dispatcher.look()
    assert story.begun == [1]
