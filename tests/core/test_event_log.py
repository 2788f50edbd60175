from collections.abc import Sequence
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raylite._core.common.event_log import EventLog, EventLogStatistics
from raylite._core.common.events import Event, MessageIgnored


def happened(number: int) -> Event:
    return MessageIgnored(kind="Test", about=str(number), at_s=float(number), why="")


def log_of(count: int, capacity: int = 100) -> EventLog:
    log: EventLog[Event] = EventLog(capacity)
    for number in range(count):
        log.record(happened(number))
    return log


def test_events_are_kept_in_order():
    assert log_of(3).events() == [happened(0), happened(1), happened(2)]


def test_a_full_log_drops_the_oldest_and_counts_them():
    log = log_of(5, capacity=3)
    assert log.events() == [happened(2), happened(3), happened(4)]
    assert (log.dropped, log.total) == (2, 5)


def test_a_reader_gets_each_event_once():
    log = log_of(2)
    first, cursor = log.since(0)
    log.record(happened(2))
    second, cursor = log.since(cursor)
    assert first + second == log.events()
    assert log.since(cursor) == ([], 3)


def test_a_reader_who_was_away_too_long_gets_what_is_left():
    assert log_of(5, capacity=3).since(1) == ([happened(2), happened(3), happened(4)], 5)


def test_a_cursor_from_the_future_gives_nothing():
    assert log_of(2).since(9) == ([], 2)


@given(
    count=st.integers(0, 4000),
    capacity=st.integers(1, 3000),
    cursors=st.lists(st.integers(0, 4000), max_size=4),
)
@settings(max_examples=25)
def test_what_was_packed_comes_out_as_it_went_in(count, capacity, cursors):
    log = log_of(count, capacity)
    kept = min(count, capacity)
    assert [int(event.at_s) for event in log.events()] == list(range(count - kept, count))
    assert (log.total, log.dropped) == (count, count - kept)
    for cursor in cursors:
        found, end = log.since(cursor)
        first = max(min(cursor, count), count - kept)
        assert [int(event.at_s) for event in found] == list(range(first, count))
        assert end == count


def test_what_is_packed_is_small_and_the_newest_are_at_hand():
    log = log_of(5000, capacity=1000)
    assert len(log._new) < 512
    assert len(log._packed) <= 4
    assert sum(map(len, log._packed)) < 1024 * 50


def test_an_event_of_every_kind_can_be_packed():
    log: EventLog[Event] = EventLog()
    told = [kind(**dict.fromkeys(kind.field_names, 1)) for kind in get_args(Event)]
    for event in told * 200:
        log.record(event)
    assert log._packed
    assert log.events() == told * 200


def test_subscribers_are_served_in_batches_from_their_subscription_on():
    log = log_of(1)
    batches: list[Sequence[Event]] = []
    log.subscribe(batches.append)
    log.record(happened(1))
    log.record(happened(2))
    assert batches == []
    log.flush()
    log.flush()
    assert batches == [[happened(1), happened(2)]]


def test_an_ended_subscription_hears_nothing_more():
    log: EventLog[Event] = EventLog()
    batches: list[Sequence[Event]] = []
    unsubscribe = log.subscribe(batches.append)
    unsubscribe()
    unsubscribe()
    log.record(happened(0))
    log.flush()
    assert batches == []


def test_a_subscriber_that_raises_is_removed_and_harms_nobody():
    log: EventLog[Event] = EventLog()
    batches: list[Sequence[Event]] = []
    error = ValueError("broken picture")

    def broken(_events: Sequence[Event]) -> None:
        raise error

    log.subscribe(broken)
    log.subscribe(batches.append)
    for number in range(2):
        log.record(happened(number))
        log.flush()
    assert batches == [[happened(0)], [happened(1)]]
    assert log.failures == (error,)


def test_a_subscriber_may_end_itself_before_it_raises():
    log = log_of(0)

    def broken(_events: Sequence[Event]) -> None:
        unsubscribe()
        raise ValueError

    unsubscribe = log.subscribe(broken)
    log.record(happened(0))
    log.flush()
    assert len(log.failures) == 1


def test_a_subscriber_may_end_another_in_the_same_batch():
    log: EventLog[Event] = EventLog()
    heard: list[str] = []

    def first(_events: Sequence[Event]) -> None:
        heard.append("first")
        end_second()

    log.subscribe(first)
    end_second = log.subscribe(lambda _events: heard.append("second"))
    log.record(happened(0))
    log.flush()
    assert heard == ["first"]


def test_an_interrupt_is_not_swallowed():
    log: EventLog[Event] = EventLog()

    def interrupted(_events: Sequence[Event]) -> None:
        raise KeyboardInterrupt

    log.subscribe(interrupted)
    log.record(happened(0))
    with pytest.raises(KeyboardInterrupt):
        log.flush()


def test_the_statistics_say_how_full_it_is():
    log = log_of(5, capacity=3)
    log.subscribe(lambda _events: None)
    assert log.statistics() == EventLogStatistics(
        capacity=3, kept=3, dropped=2, total=5, subscribers=1, failures=0
    )
