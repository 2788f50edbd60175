"""Who watches the event log, and how far each has read.

In Ray: nothing; its dashboard asks again and again.

Rule 1: after a pause, news go out at once; while more come, every ``PAUSE_S``.
Rule 2: a reader whose last news are still on the way gets no more until he has taken them. What
        the log cannot keep for him meanwhile is counted in the batch that follows.
"""

from typing import Any, Final, NamedTuple, TypeVar

from raylite._core.common.event_log import EventLog
from raylite._core.common.ids import WorkerID
from raylite._core.rpc.codec import pack_message
from raylite._core.rpc.peer_messages import EventNews, EventsWatched

__all__ = ["PAUSE_S", "EventReaders"]

PAUSE_S: Final = 0.05
_T = TypeVar("_T")
_MAX_EVENTS: Final = 10_000
"""In one batch, beside the rows; the newest ones."""


class _Cursor(NamedTuple):
    """How far somebody has read in each log."""

    events: int
    messages: int
    calls: int
    never_came: int
    """What processes had too much of to tell."""


class EventReaders:
    """Tells the processes that have subscribed.

    Args:
        head: whose logs they read.
    """

    def __init__(self, head: Any) -> None:
        self._head = head
        self._cursors: dict[WorkerID, _Cursor] = {}
        self._timer = False
        self._last_s = 0.0
        self._is_told = False
        """Whether all processes know that somebody watches."""

    def read(self, worker_id: WorkerID, *, on: bool) -> None:
        """Begin or end to report events to a process."""
        if on:
            if worker_id in self._cursors:  # Another part of it has read for longer.
                self._tell_now(worker_id)
            self._cursors[worker_id] = self._end()
        else:
            self._cursors.pop(worker_id, None)
        self._tell_everyone()

    def greet(self, worker_id: WorkerID) -> None:
        """A process has joined."""
        if self._is_told:
            self._head.send(worker_id, EventsWatched(on=True))

    def _tell_everyone(self) -> None:
        """Whoever makes calls says more of them while somebody watches."""
        is_watched = bool(self._cursors) and self._head.task_events
        if is_watched is not self._is_told:
            self._is_told = is_watched
            for worker_id in self._head.members.everyone():
                self._head.send(worker_id, EventsWatched(on=is_watched))

    def news(self) -> None:
        """There are new events."""
        if self._cursors and not self._timer:
            self._tell_in(max(0.0, self._last_s + PAUSE_S - self._head.now_s()))

    def _tell_in(self, delay_s: float) -> None:
        self._timer = True
        self._head.poller.call_later(delay_s, self._tell)

    def _tell(self) -> None:
        self._timer = False
        self._last_s = self._head.now_s()
        someone_is_late = False
        frames: dict[_Cursor, bytes] = {}
        for worker_id, cursor in list(self._cursors.items()):
            connection = self._head.members.connection_of(worker_id)
            if connection is None or connection.closed:
                self.read(worker_id, on=False)
            elif connection.is_behind():
                someone_is_late = True
            else:
                if cursor not in frames:
                    frames[cursor] = self._frame(cursor)
                self._cursors[worker_id] = self._end()
                connection.send(frames[cursor])
        if someone_is_late:
            self._tell_in(PAUSE_S)

    def _tell_now(self, worker_id: WorkerID) -> None:
        connection = self._head.members.connection_of(worker_id)
        if connection is not None:
            connection.send(self._frame(self._cursors[worker_id]))

    def _end(self) -> _Cursor:
        head = self._head
        never_came = head.messages.never_came + head.task_log.never_came
        return _Cursor(head.events.total, head.messages.log.total, head.task_log.total, never_came)

    def _frame(self, cursor: _Cursor) -> bytes:
        head = self._head
        events, events_lost = _newest(head.events, cursor.events)
        messages, messages_lost = _newest(head.messages.log, cursor.messages)
        calls, end = head.task_log.since(cursor.calls)
        lost = end - cursor.calls - sum(map(len, calls)) + events_lost + messages_lost
        lost += self._end().never_came - cursor.never_came
        return pack_message(
            EventNews(events=tuple(events), messages=tuple(messages), calls=calls, dropped=lost)
        )


def _newest(log: EventLog[_T], cursor: int) -> tuple[list[_T], int]:
    """What a log has behind a cursor, and how many more that were."""
    found, end = log.since(max(cursor, log.total - _MAX_EVENTS))
    return found, end - cursor - len(found)
