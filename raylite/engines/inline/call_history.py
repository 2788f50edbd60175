"""What became of calls: the rows and events that pictures, timelines and tables are made of.

In Ray: ``src/ray/core_worker/task_event_buffer.h``. Here nothing has to travel. Who subscribes is
told at most every 50 ms while calls follow each other, and of the rest a moment later: by a timer
where there are threads, by the running event loop in a browser.
"""

import logging
import sys
import threading
import time
from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final

from raylite._core.common.event_batch import EventBatch
from raylite._core.common.events import PendingCallsChanged, TaskStateChanged
from raylite._core.common.ids import WorkerID
from raylite._core.common.message_rows import messages_of
from raylite._core.common.states import TaskState
from raylite._core.common.task_rows import Label, TaskRows, packed_row, packed_size
from raylite._core.core_worker.failure_kind import failure_kind
from raylite._core.object_store.serialization import ERROR
from raylite._core.rpc.peer_messages import TaskEvents
from raylite.engines.inline.blocking import OWN_THREAD
from raylite.engines.inline.calls import CURRENT, Call

__all__ = ["CallHistory"]

_PAUSE_S: Final = 0.05
_GATHERED: Final = 256
_HAS_THREADS: Final = sys.platform != "emscripten"
_logger = logging.getLogger("raylite")

_Cursor = tuple[int, int, int]
_Row = tuple[tuple[float, float, float, float], tuple[int, int], int, tuple[float, float]]
"""As :func:`packed_row` takes it, but for the label."""


class CallHistory:
    """Keeps rows, and tells subscribers.

    Args:
        plane: whose logs they go into.
    """

    def __init__(self, plane: Any) -> None:
        self._plane = plane
        self._rows: dict[WorkerID, list[tuple[Label, _Row]]] = {}
        self._number = 0
        self._subscribers: dict[Callable[[EventBatch], None], _Cursor] = {}
        self._told_s = 0.0
        self._timer: threading.Timer | None = None
        self._is_telling = False

    @property
    def is_watched(self) -> bool:
        """Whether anybody wants to know."""
        return bool(self._subscribers)

    def began(self, call: Call) -> None:
        """A call begins to run. It may take long, so whoever watches is told now."""
        if self.is_watched and not call.quiet and self._plane.task_events:
            self._plane.events.record(
                TaskStateChanged(
                    task_id=call.task_id,
                    name=call.name,
                    actor_id=call.actor_id,
                    worker_id=call.worker_id or call.owner_id,
                    new=TaskState.RUNNING,
                    at_s=self._plane.now_s(),
                )
            )
            self.news()

    def pending_changed(self, box: Any) -> None:
        """An actor has other calls to answer than before."""
        if self.is_watched and self._plane.task_events:
            queued = len(box.pending())
            self._plane.events.record(
                PendingCallsChanged(
                    owner_id=self._plane.members.driver_id,
                    actor_id=box.actor_id,
                    pending=queued + len(box.running),
                    queued=queued,
                    at_s=self._plane.now_s(),
                )
            )

    def add(self, call: Call, payload: bytes) -> None:
        """A call has ended, with this."""
        if call.quiet or not self._plane.task_events:
            return
        failure = failure_kind(payload) if payload[0] == ERROR else None
        label = (call.name, call.actor_id, failure, call.worker_id or "")
        self._rows.setdefault(call.owner_id, []).append((label, _row(call, payload)))
        self._number += 1
        if self._number >= _GATHERED:
            self.flush()
        self.news()

    def flush(self) -> None:
        """Write the rows into the log."""
        rows, self._rows, self._number = self._rows, {}, 0
        for owner_id, found in rows.items():
            labels: dict[Label, int] = {}
            packed = []
            for label, row in found:
                number = labels.setdefault(label, len(labels))
                packed.append(packed_row(*row, number=number))
            batch = TaskRows(
                labels={number: label for label, number in labels.items()}, rows=b"".join(packed)
            )
            self._plane.task_log.add(TaskEvents(owner_id=owner_id, rows=batch))

    def batch(self) -> EventBatch:
        """All that is kept."""
        self.flush()
        return self._since((0, 0, 0))

    def subscribe(
        self, callback: Callable[[EventBatch], None], *, with_history: bool
    ) -> Callable[[], None]:
        """Tell it of further events; gives the way out."""
        self.tell()
        if with_history:
            callback(self.batch())
        self._subscribers[callback] = self._end()

        def unsubscribe() -> None:
            self._subscribers.pop(callback, None)

        return unsubscribe

    def news(self) -> None:
        """There is something new: tell it, unless that was done a moment ago."""
        if not self.is_watched or self._is_telling:
            return
        left_s = self._told_s + _PAUSE_S - time.monotonic()
        if left_s <= 0 or not self._later(left_s):
            self.tell()

    def _later(self, left_s: float) -> bool:
        """Have it told later; False if nobody could."""
        if self._timer is not None:
            return True
        if not _HAS_THREADS:
            return False
        self._timer = threading.Timer(left_s, self.tell)
        self._timer.daemon = True
        self._timer.name = OWN_THREAD
        self._timer.start()
        return True

    def tell(self) -> None:
        """Give each subscriber what he does not know yet."""
        with self._plane.lock:
            if self._is_telling or not self._subscribers:
                return
            self._is_telling, self._timer, self._told_s = True, None, time.monotonic()
            token = CURRENT.set(None)  # Who is told is no part of the call that runs.
            try:
                self.flush()
                end = self._end()
                for callback, cursor in list(self._subscribers.items()):
                    if cursor != end and callback in self._subscribers:
                        self._subscribers[callback] = end
                        self._call(callback, self._since(cursor))
            finally:
                CURRENT.reset(token)
                self._is_telling = False

    def _call(self, callback: Callable[[EventBatch], None], batch: EventBatch) -> None:
        try:
            callback(batch)
        except Exception:
            self._subscribers.pop(callback, None)
            _logger.exception("a subscriber to raylite's events raised and was removed")

    def close(self) -> None:
        """The session is over."""
        self.tell()
        self._subscribers.clear()
        if self._timer is not None:
            self._timer.cancel()

    def _end(self) -> _Cursor:
        plane = self._plane
        return plane.events.total, plane.messages.log.total, plane.task_log.total

    def _since(self, cursor: _Cursor) -> EventBatch:
        plane = self._plane
        events, events_end = plane.events.since(cursor[0])
        messages, messages_end = plane.messages.log.since(cursor[1])
        calls, calls_end = plane.task_log.since(cursor[2])
        lost = (events_end - cursor[0] - len(events)) + (messages_end - cursor[1] - len(messages))
        lost += calls_end - cursor[2] - sum(map(len, calls))
        found = sorted([*events, *messages_of(messages)], key=attrgetter("at_s"))
        return EventBatch(events=tuple(found), calls=calls, dropped=lost)


def _row(call: Call, payload: bytes) -> _Row:
    submitted_s, now_s = call.submitted_s, time.monotonic()
    started_s = call.started_s or now_s
    ended_s = max(call.ended_s, started_s)
    return (
        (submitted_s, started_s, ended_s, now_s),
        (packed_size(len(call.payload)), packed_size(len(payload))),
        call.seq,
        ((call.sent_s or submitted_s) - submitted_s, 0.0),
    )
