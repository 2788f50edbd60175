"""What became of this process's calls, gathered and told to the head.

In Ray: ``src/ray/core_worker/task_event_buffer.h``. One row for each call that ended, with its
four times. Gathering is on the hot path: a call is noted as it is, and some calls together are
packed into bytes, in a loop whose steps are warm. No more than a few dozen: what is small does not
drive the program's own data out of the processor's cache.
Rows go out every ``FLUSH_S``, and every ``WATCHED_S`` while somebody watches: while call follows
call, with the next one, so that no timer disturbs the reader, and else when the process comes to
rest. Without calls nothing runs. Whoever asks for the log has the processes tell first.
"""

import threading
from collections.abc import Callable
from time import monotonic
from typing import Any, Final, Protocol

from raylite._core.common.ids import ActorID, WorkerID
from raylite._core.common.session import SessionAddress
from raylite._core.common.task_rows import ROW_BYTES, TaskRows
from raylite._core.core_worker.message_log import NOTHING_TOLD, MessageLog
from raylite._core.core_worker.task_row_packer import NotedCall, TaskRowPacker
from raylite._core.core_worker.task_submission.calls import PendingCall
from raylite._core.core_worker.watched_calls import WatchedCalls
from raylite._core.object_store.serialization import FIRST_OF_A_VALUE
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
_TOGETHER: Final = 32
"""When so many calls are noted, they are packed."""


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
        self._noted: list[NotedCall] = []
        self._rows: list[bytes | bytearray] = []
        """One or more behind the other in each."""
        self._packer = TaskRowPacker()
        self._flushing = threading.RLock()
        self._due_s = 0.0
        """When to flush; 0 while there is nothing."""
        self._looked_s = 0.0
        """The last reading after which this was looked at; 0: it has to be."""
        self._flushed_s = 0.0
        self._watched_s = WATCHED_S

    def call_ended(self, call: PendingCall, payload: bytes, actor_id: ActorID | None) -> None:
        """Note a call that will not be tried again, and file its reply.

        Any thread may. Both in one piece, since this is the hot path: a call more would be a tenth
        of what it costs to note one.
        """
        if self._cancelled:
            self._cancelled.discard(call.seq)
        if self.is_on:
            sent_s, started_s = call.sent_s, call.started_s
            # When what is read now had arrived: one look at the clock for all replies in it.
            now_s = self._poller.read_s
            if (
                payload[0] < FIRST_OF_A_VALUE
                or not (sent_s < started_s and now_s)
                or (sent_s and not call.is_plain)
            ):
                self._note_unusual(call, payload, actor_id)
            else:
                noted = self._noted
                noted.append(
                    (
                        call.name,
                        actor_id,
                        call.worker_id,
                        call.seq,
                        call.submitted_s,
                        sent_s,
                        started_s,
                        call.ended_s,
                        now_s,
                        len(call.payload),
                        len(payload),
                    )
                )
                if now_s != self._looked_s:  # Once for all replies that are read together.
                    self._look(now_s)
        call.resolve(payload)

    def flush(self) -> None:
        """Tell the head what was gathered."""
        self._due_s = self._looked_s = 0.0
        self._flushed_s = monotonic()
        with self._flushing:
            self._pack()
            rows, self._rows = b"".join(self._rows), []
            told = self.beside.take()
            if not rows and told is NOTHING_TOLD:
                return
            dropped = max(0, len(rows) // ROW_BYTES - _MAX_ROWS)
            rows = rows[dropped * ROW_BYTES :]
            labels = self._packer.labels(rows)
            self._packer.forget_old_labels()
        self._watched_s = min(max(WATCHED_S, WATCHED_S * len(told.events) / _AT_EASE), FLUSH_S)
        self._send(
            TaskEvents(
                owner_id=self._owner_id,
                rows=TaskRows(labels=labels, rows=rows),
                dropped=dropped,
                messages=told.messages,
                messages_dropped=told.dropped,
                events=told.events,
            )
        )

    def _look(self, now_s: float) -> None:
        """See whether there is enough to be packed, or it is time to tell."""
        self._looked_s = now_s
        if len(self._noted) >= _TOGETHER:
            self._pack()
        if now_s >= self._due_s:
            self._begin_or_flush(now_s)

    def _pack(self) -> None:
        with self._flushing:
            # Any thread may note more meanwhile: what is taken is cut off, the list stays the same.
            noted = self._noted[:]
            del self._noted[: len(noted)]
            if noted:
                rows = self._packer.packed(noted)
                self._rows.append(rows)

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
        with self._flushing:
            self._pack()
            self._rows.append(self._packer.packed_unusual(call, payload, actor_id, now_s))
        if now_s >= self._due_s:
            self._begin_or_flush(now_s)
