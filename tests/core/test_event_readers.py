"""Who watches the event log: at once after a pause, then in batches, and nobody is waited for."""

from types import SimpleNamespace
from typing import Any

import pytest

from raylite._core.common.event_log import EventLog
from raylite._core.common.events import MessageIgnored
from raylite._core.common.ids import WorkerID
from raylite._core.common.task_rows import TaskRows, packed_row
from raylite._core.node import event_readers
from raylite._core.node.event_readers import PAUSE_S, EventReaders
from raylite._core.node.task_log import TaskLog
from raylite._core.rpc.codec import HEADER_BYTES, unpack_message
from raylite._core.rpc.peer_messages import EventsWatched, TaskEvents

READER, OTHER = WorkerID("r" * 56), WorkerID("o" * 56)


class Connection:
    def __init__(self):
        self.closed = False
        self.late = False
        self.frames = []

    def is_behind(self):
        return self.late

    def send(self, frame):
        self.frames.append(frame)

    def news(self) -> list[Any]:
        return [unpack_message(frame[HEADER_BYTES:]) for frame in self.frames]


class Head:
    """A head whose clock moves when a timer is called."""

    def __init__(self, events=1000, calls=1000):
        self.events: EventLog[Any] = EventLog(events)
        self.messages = SimpleNamespace(log=EventLog[Any](events), never_came=0)
        self.task_log = TaskLog(0.0, calls, block_rows=4)
        self.task_events = True
        self.connections = {READER: Connection(), OTHER: Connection()}
        self.members = SimpleNamespace(
            connection_of=self.connections.get, everyone=lambda: list(self.connections)
        )
        self.poller = self
        self.timers: list[Any] = []
        self.sent: list[Any] = []
        self.time_s = 100.0
        self.readers = EventReaders(self)

    def now_s(self):
        return self.time_s

    def call_later(self, delay_s, action):
        self.timers.append((delay_s, action))

    def send(self, worker_id, message):
        self.sent.append((worker_id, message))

    def happens(self, number):
        self.events.record(MessageIgnored(kind="Test", about=str(number), at_s=0.0, why=""))
        self.readers.news()

    def ends(self, number):
        rows = packed_row((0.0,) * 4, (0, 0), number, (0.0, 0.0), 0)
        batch = TaskRows(labels={0: ("f", None, None, "")}, rows=rows)
        self.task_log.add(TaskEvents(owner_id=OTHER, rows=batch))
        self.readers.news()

    def fire(self):
        """Call the timer that is set; how long it was."""
        ((delay_s, action),) = self.timers
        self.timers.clear()
        self.time_s += delay_s
        action()
        return delay_s


def told(connection):
    return [event.about for news in connection.news() for event in news.events]


def test_after_a_pause_news_go_out_at_once_and_then_together():
    head = Head()
    head.readers.read(READER, on=True)
    head.happens(1)
    head.happens(2)
    assert head.fire() == 0.0
    head.happens(3)
    head.happens(4)
    assert head.fire() == pytest.approx(PAUSE_S)
    assert told(head.connections[READER]) == ["1", "2", "3", "4"]
    assert len(head.connections[READER].frames) == 2


def test_where_nobody_reads_no_timer_is_set():
    head = Head()
    head.happens(1)
    assert not head.timers


def test_calls_go_as_they_lie_in_the_log():
    head = Head()
    head.readers.read(READER, on=True)
    for number in range(6):
        head.ends(number)
    head.fire()
    (news,) = head.connections[READER].news()
    assert [len(rows) for rows in news.calls] == [4, 2]


def test_who_is_late_is_told_later_and_what_was_lost_meanwhile_is_counted():
    head = Head(events=3, calls=4)
    head.readers.read(READER, on=True)
    head.readers.read(OTHER, on=True)
    head.connections[READER].late = True
    for number in range(10):
        head.happens(number)
        head.ends(number)
    head.messages.never_came = 2
    head.fire()
    assert len(head.connections[OTHER].frames) == 1
    assert not head.connections[READER].frames
    head.connections[READER].late = False
    assert head.fire() == PAUSE_S
    (news,) = head.connections[READER].news()
    assert [event.about for event in news.events] == ["7", "8", "9"]
    assert sum(map(len, news.calls)) == 4
    assert news.dropped == 7 + 6 + 2


def test_a_batch_has_an_end(monkeypatch):
    monkeypatch.setattr(event_readers, "_MAX_EVENTS", 5)
    head = Head()
    head.readers.read(READER, on=True)
    for number in range(8):
        head.happens(number)
    head.fire()
    (news,) = head.connections[READER].news()
    assert [event.about for event in news.events] == ["3", "4", "5", "6", "7"]
    assert news.dropped == 3


def test_all_processes_learn_when_somebody_begins_to_watch_and_when_nobody_does():
    head = Head()
    head.readers.greet(OTHER)
    assert not head.sent
    head.readers.read(READER, on=True)
    head.readers.read(OTHER, on=True)
    on, off = EventsWatched(on=True), EventsWatched(on=False)
    assert head.sent == [(READER, on), (OTHER, on)]
    head.readers.greet(OTHER)
    assert head.sent[2:] == [(OTHER, on)]
    head.readers.read(READER, on=False)
    head.readers.read(OTHER, on=False)
    assert head.sent[3:] == [(READER, off), (OTHER, off)]


def test_a_reader_that_has_ended_watches_no_more():
    head = Head()
    head.readers.read(READER, on=True)
    head.connections[READER].closed = True
    head.happens(1)
    head.fire()
    assert head.sent[-1] == (OTHER, EventsWatched(on=False))
    head.happens(2)
    assert not head.timers


def test_a_process_that_reads_and_asks_again_has_all_there_was_before_it_is_answered():
    head = Head()
    head.readers.read(READER, on=True)
    head.happens(1)
    head.readers.read(READER, on=True)
    assert told(head.connections[READER]) == ["1"]
