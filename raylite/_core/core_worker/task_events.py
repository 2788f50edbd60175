"""What became of this process's calls, gathered and told to the head.

In Ray: ``src/ray/core_worker/task_event_buffer.h``. One row for each call that ended, with its
four times. Gathering is on the hot path: a row is packed into bytes at once, since what is small
does not drive the program's own data out of the processor's cache.
Rows go out every ``FLUSH_S``, and every ``WATCHED_S`` while somebody watches: while call follows
call, with the next one, so that no timer disturbs the reader, and else when the process comes to
rest. Without calls nothing runs. Whoever asks for the log has the processes tell first.
"""

import itertools
import threading
from collections.abc import Callable
from struct import error as PackError  # noqa: N812  # It is a class.
from time import monotonic
from typing import Any, Final, Protocol

from raylite._core.common.ids import ActorID, WorkerID
from raylite._core.common.session import SessionAddress
from raylite._core.common.task_rows import (
    MAX_LABELS,
    ROW,
    SEQ_BITS,
    WHOLE,
    Label,
    TaskRows,
    labels_of,
    packed_shares,
    packed_size,
)
from raylite._core.core_worker.failure_kind import failure_kind
from raylite._core.core_worker.message_log import NOTHING_TOLD, MessageLog
from raylite._core.core_worker.task_submission.calls import PendingCall
from raylite._core.core_worker.watched_calls import WatchedCalls
from raylite._core.object_store.plasma import size_of
from raylite._core.object_store.serialization import ERROR, FIRST_OF_A_VALUE
from raylite._core.rpc.at_rest import AtRest
from raylite._core.rpc.peer_messages import TaskEvents

__all__ = ["FLUSH_S", "WATCHED_S", "TaskEventBuffer"]

FLUSH_S: Final = 0.1
"""Each time the head wakes up, which takes it a quarter of a millisecond."""
WATCHED_S: Final = 0.05
_SOON_S: Final = 0.004
"""While somebody watches: after a pause, so long is waited for more to tell."""
_AT_EASE: Final = 32
"""Events beside the rows that may be told so often; who has more to tell takes more time for it."""
_MAX_ROWS: Final = 20_000
"""More than these in one batch are counted and dropped: the log keeps 100,000 in all."""
_MAX_KEPT: Final = 1000
"""Labels that are remembered from batch to batch."""
_FORGOTTEN: Final[Label] = ("", None, None, "", 0)
_NOTHING_USUAL: Final = ("", "nobody", 0)
"""Name, worker and number of the label of the last call."""
_LOW_BITS: Final = (1 << SEQ_BITS) - 1
_pack_row = ROW.pack


class ReadsSockets(Protocol):
    """The poller, as far as it is needed here."""

    at_rest: AtRest
    clock: Callable[[], float]
    """Read whenever something has arrived; at first it always says 0."""
    read_s: float
    """What it has said last."""


class TaskEventBuffer:
    """Gathers rows as :mod:`raylite._core.common.task_rows` describes them.

    Args:
        owner_id: this process.
        session: when it began, and where its objects lie.
        send: sends a message to the head.
        poller: says when it has last read, and when the process rests.
        cancelled: numbers of calls that somebody has cancelled; with its end a call leaves it.
    """

    def __init__(
        self,
        owner_id: WorkerID,
        session: SessionAddress,
        send: Callable[[object], None],
        poller: ReadsSockets,
        cancelled: set[int],
    ) -> None:
        self._owner_id = owner_id
        self._send = send
        self._poller = poller
        self._cancelled = cancelled
        self.is_on = True
        """Whether calls are noted."""
        self.beside = MessageLog(owner_id, session, self._flush_soon)
        """What is told with the rows."""
        self._rows: list[bytes] = []
        self._labels: dict[int, Label] = {}
        """By number, the oldest first."""
        self._numbers: dict[Label, int] = {}
        self._usual = _NOTHING_USUAL
        self._next_number = itertools.count().__next__
        self._flushing = threading.RLock()
        self._due_s = 0.0
        """When to flush; 0 while there is nothing."""
        self._flushed_s = 0.0
        self._watched_s = WATCHED_S

    def call_ended(self, call: PendingCall, payload: bytes, actor_id: ActorID | None) -> None:
        """Note a call that will not be tried again, and file its reply.

        Any thread may; none waits for another. Both in one piece, since this is the hot path: a
        call more would be a tenth of what it costs to note one.
        """
        if self._cancelled:
            self._cancelled.discard(call.seq)
        if self.is_on:
            name, worker_id, number = self._usual
            started_s, ended_s = call.started_s, call.ended_s
            # Most often it is the very same name and worker as before, and then the same actor,
            # since a worker has never more than one. That is seen twice as fast as a label is
            # looked up.
            if (
                call.name is not name
                or call.worker_id is not worker_id
                or payload[0] < FIRST_OF_A_VALUE
                or call.sent_s
                or not started_s
            ):
                self._note_unusual(call, payload, actor_id)
            else:
                submitted_s = call.submitted_s
                # When what is read now had arrived: one look at the clock for all replies in it.
                now_s = self._poller.read_s
                try:
                    row = _pack_row(
                        submitted_s,
                        started_s - submitted_s,
                        ended_s - started_s,
                        now_s - ended_s,
                        len(call.payload),
                        len(payload),
                        call.seq,
                        0,
                        number,
                    )
                except PackError:  # The call's number has more than 32 bits.
                    self._usual = _NOTHING_USUAL
                    row = self._unusual_row(call, payload, actor_id, now_s)
                self._rows.append(row)
                if now_s >= self._due_s:
                    self._begin_or_flush(now_s)
        call.resolve(payload)

    def flush(self) -> None:
        """Tell the head what was gathered."""
        self._due_s, self._flushed_s = 0.0, monotonic()
        with self._flushing:
            # Any thread may add meanwhile: what was taken is cut off, the list stays the same.
            taken = self._rows[:]
            del self._rows[: len(taken)]
            told = self.beside.take()
        if not taken and told is NOTHING_TOLD:
            return
        self._watched_s = min(max(WATCHED_S, WATCHED_S * len(told.events) / _AT_EASE), FLUSH_S)
        dropped = max(0, len(taken) - _MAX_ROWS)
        rows = b"".join(taken[dropped:])
        numbers = self._labels if len(self._labels) == 1 else set(labels_of(rows))
        used = {number: self._labels.get(number, _FORGOTTEN) for number in numbers}
        self._send(
            TaskEvents(
                owner_id=self._owner_id,
                rows=TaskRows(labels=used, rows=rows),
                dropped=dropped,
                messages=told.messages,
                messages_dropped=told.dropped,
                events=told.events,
            )
        )
        if len(self._labels) > _MAX_KEPT:
            self._forget_old_labels(len(self._labels) - _MAX_KEPT // 2)

    def _begin_or_flush(self, now_s: float) -> None:
        if self._due_s:
            self.flush()
        else:
            wait_s = FLUSH_S
            if self.beside.watched is not None:  # Whoever looks wants to see it at once.
                wait_s = max(_SOON_S, self._flushed_s + self._watched_s - now_s)
            self._due_s = now_s + wait_s
            self._poller.at_rest.call(wait_s, self.flush)

    def watch(self, core: Any, *, on: bool) -> None:
        """Tell more than rows, and sooner, while somebody watches.

        Args:
            core: the process.
            on: whether anybody does.
        """
        beside = self.beside
        if beside.watched is not None:
            beside.watched.end()
        beside.watched = WatchedCalls(core, self._flush_soon) if on else None
        if on:
            self._flush_soon()

    def look(self) -> None:
        """Calls that waited may have been sent: tell it soon, if somebody watches."""
        if self.beside.watched is not None:
            self._flush_soon()

    def _flush_soon(self) -> None:
        if not self._due_s:
            self._begin_or_flush(monotonic())

    def _note_unusual(self, call: PendingCall, payload: bytes, actor_id: ActorID | None) -> None:
        if call.quiet:
            return
        poller = self._poller
        now_s = poller.read_s
        if not (call.started_s and now_s):  # It ended without an answer, or is the very first.
            poller.clock, poller.read_s = monotonic, monotonic()
            now_s = poller.read_s
        self._rows.append(self._unusual_row(call, payload, actor_id, now_s))
        if now_s >= self._due_s:
            self._begin_or_flush(now_s)

    def _unusual_row(
        self, call: PendingCall, payload: bytes, actor_id: ActorID | None, now_s: float
    ) -> bytes:
        submitted_s = call.submitted_s
        started_s, ended_s = call.started_s or submitted_s, call.ended_s or submitted_s
        waited_s, args, result, shares = started_s - submitted_s, len(call.payload), len(payload), 0
        if call.sent_s and waited_s > 0.0:
            # Very many calls come here that are tasks, most of them without anything to fetch.
            shares = int((call.sent_s - submitted_s) * WHOLE / waited_s)
            if call.fetched_s or not 0 <= shares <= WHOLE:
                shares = packed_shares(waited_s, call.sent_s - submitted_s, call.fetched_s)
            if call.deps is not None or call.pin is not None:
                args = packed_size(call.args_bytes())
        name, worker_id, number = self._usual
        is_odd = payload[0] < FIRST_OF_A_VALUE
        is_other = call.name is not name or call.worker_id is not worker_id
        if is_odd or is_other or call.seq > _LOW_BITS:
            number = self._number_of(call, payload, actor_id)
            result = packed_size(size_of(payload)) if is_odd else result
        return _pack_row(
            submitted_s,
            waited_s,
            ended_s - started_s,
            now_s - ended_s,
            args,
            result,
            call.seq & _LOW_BITS,
            shares,
            number,
        )

    def _number_of(self, call: PendingCall, payload: bytes, actor_id: ActorID | None) -> int:
        """The number of a call's label."""
        failure = failure_kind(payload) if payload[0] == ERROR else None
        high_bits = call.seq >> SEQ_BITS
        label = call.name, actor_id, failure, call.worker_id, high_bits
        number = self._numbers.get(label)
        if number is None:
            number = self._next_number() % MAX_LABELS
            self._labels[number] = label
            self._numbers[label] = number
        if failure is None and not high_bits:
            self._usual = call.name, call.worker_id, number
        return number

    def _forget_old_labels(self, number_of_them: int) -> None:
        self._usual = _NOTHING_USUAL
        for number in list(self._labels)[:number_of_them]:
            label = self._labels.pop(number)
            self._numbers.pop(label, None)
