"""What became of this process's calls, gathered and told to the head.

In Ray: ``src/ray/core_worker/task_event_buffer.h``. One row for each call that ended, with its
four times. Gathering is on the hot path: a row is packed into bytes at once, since what is small
does not drive the program's own data out of the processor's cache.
Rows go out every ``FLUSH_S``: while call follows call, with the next one, so that no timer
disturbs the reader, and else when the process comes to rest. Without calls nothing runs.
"""

import itertools
import threading
from collections.abc import Callable
from time import monotonic
from typing import Final

from raylite._core.common.ids import ActorID, WorkerID
from raylite._core.common.task_rows import (
    MAX_LABELS,
    ROW,
    SEQ_BITS,
    Label,
    TaskRows,
    labels_of,
)
from raylite._core.core_worker.failure_kind import failure_kind
from raylite._core.core_worker.task_submission.calls import PendingCall
from raylite._core.object_store.serialization import ERROR
from raylite._core.rpc.peer_messages import TaskEvents

__all__ = ["FLUSH_S", "TaskEventBuffer"]

FLUSH_S: Final = 0.05
_MAX_ROWS: Final = 20_000
"""More than these in one batch are counted and dropped: the log keeps 100,000 in all."""
_MAX_KEPT: Final = 1000
"""Labels that are remembered from batch to batch."""
_FORGOTTEN: Final[Label] = ("", None, None, "", 0)
_NOTHING_USUAL: Final[tuple[str, str, str | None, int]] = ("", "nobody", None, 0)
"""Name, worker, actor and number of the label of the last call."""
_LOW_BITS: Final = (1 << SEQ_BITS) - 1
_pack_row = ROW.pack


class TaskEventBuffer:
    """Gathers rows as :mod:`raylite._core.common.task_rows` describes them.

    Args:
        owner_id: this process.
        send: sends a message to the head.
        call_at_rest: has an action called when the process comes to rest, after a delay in
            seconds.
    """

    def __init__(
        self,
        owner_id: WorkerID,
        send: Callable[[object], None],
        call_at_rest: Callable[[float, Callable[[], None]], None],
    ) -> None:
        self._owner_id = owner_id
        self._send = send
        self._call_at_rest = call_at_rest
        self._rows: list[bytes] = []
        self._labels: dict[int, Label] = {}
        """By number, the oldest first."""
        self._numbers: dict[Label, int] = {}
        self._usual = _NOTHING_USUAL
        self._next_number = itertools.count().__next__
        self._flushing = threading.RLock()
        self._due_s = 0.0
        """When to flush; 0 while there is nothing."""

    def add(self, call: PendingCall, payload: bytes, actor_id: ActorID | None) -> None:
        """Note a call that ended, and with what. Any thread may; none waits for another."""
        now_s = monotonic()
        seq = call.seq
        name, worker_id, usual_actor_id, number = self._usual
        # Most often it is the very same name, actor and worker as before. That is seen twice as
        # fast as a label is made and looked up.
        if (
            call.name is not name
            or call.worker_id is not worker_id
            or actor_id is not usual_actor_id
            or payload[0] == ERROR
            or seq > _LOW_BITS
        ):
            number = self._number_of(call, payload, actor_id)
            seq &= _LOW_BITS
        submitted_s = call.submitted_s
        # One that has ended without an answer has no other times.
        started_s, ended_s = call.started_s or submitted_s, call.ended_s or submitted_s
        self._rows.append(_pack_row(submitted_s, started_s, ended_s, now_s, seq, number))
        if now_s >= self._due_s:
            self._begin_or_flush(now_s)

    def flush(self) -> None:
        """Tell the head what was gathered."""
        self._due_s = 0.0
        with self._flushing:
            # Any thread may add meanwhile: what was taken is cut off, the list stays the same.
            taken = self._rows[:]
            del self._rows[: len(taken)]
        if not taken:
            return
        dropped = max(0, len(taken) - _MAX_ROWS)
        rows = b"".join(taken[dropped:])
        used = {number: self._labels.get(number, _FORGOTTEN) for number in set(labels_of(rows))}
        batch = TaskRows(labels=used, rows=rows)
        self._send(TaskEvents(owner_id=self._owner_id, rows=batch, dropped=dropped))
        if len(self._labels) > _MAX_KEPT:
            self._forget_old_labels(len(self._labels) - _MAX_KEPT // 2)

    def _begin_or_flush(self, now_s: float) -> None:
        if self._due_s:
            self.flush()
        else:
            self._due_s = now_s + FLUSH_S
            self._call_at_rest(FLUSH_S, self.flush)

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
            self._usual = call.name, call.worker_id, actor_id, number
        return number

    def _forget_old_labels(self, number_of_them: int) -> None:
        self._usual = _NOTHING_USUAL
        for number in list(self._labels)[:number_of_them]:
            label = self._labels.pop(number)
            self._numbers.pop(label, None)
