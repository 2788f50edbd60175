"""What became of this process's calls, gathered and told to the head.

In Ray: ``src/ray/core_worker/task_event_buffer.h``. One row for each call that ended, with its
four times. Gathering is on the hot path, and most of a row is made by the executor, who packs it
into his reply. Where calls are made one by one, each step is taken with cold caches: so what a row
is made of is only put down there, and many are made in one go; and while call follows call to the
same method, only what differs. Of replies that are read together nothing is looked at but the name:
what is to be added is the same for all of them, and their rows are made when the last one is read.
Rows go out every ``FLUSH_S``, and every ``WATCHED_S`` while somebody watches: while call follows
call, with the next one, so that no timer disturbs the reader, and else when the process comes to
rest. Without calls nothing runs. Whoever asks for the log has the processes tell first.
"""

import threading
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any, Final, Protocol, TypeVar

from raylite._core.common.ids import ActorID, WorkerID
from raylite._core.common.session import SessionAddress
from raylite._core.common.task_rows import ROW_BYTES, TaskRows
from raylite._core.core_worker.calls_alike import NOBODY, CallsAlike
from raylite._core.core_worker.message_log import NOTHING_TOLD, MessageLog
from raylite._core.core_worker.task_row_packer import Noted, TaskRowPacker
from raylite._core.core_worker.task_submission.calls import PendingCall
from raylite._core.core_worker.watched_calls import WatchedCalls
from raylite._core.rpc.at_rest import AtRest
from raylite._core.rpc.codec import NO_ANSWER
from raylite._core.rpc.peer_messages import TaskEvents

__all__ = ["EASED_S", "FLUSH_S", "WATCHED_S", "TaskEventBuffer"]

FLUSH_S: Final = 0.25
"""Each time the head wakes up, which takes it a quarter of a millisecond. Ray waits a second."""
WATCHED_S: Final = 0.05
EASED_S: Final = 0.1
"""While somebody watches who has very much to see: it is not put off for longer."""
_SOON_S: Final = 0.004
"""While somebody watches: after a pause, so long is waited for more to tell."""
_AT_EASE: Final = 32
"""Events beside the rows that may be told so often; who has more to tell takes more time for it."""
_MAX_ROWS: Final = 60_000
"""More than these in one batch are counted and dropped: each may want a label, and of labels there
are 65,536."""
_BATCH_BYTES: Final = 1_500 * ROW_BYTES
"""Rows in one message: less than one read takes, so that nobody needs large pieces of memory."""
_MAKE_S: Final = 0.005
"""So often rows are made while calls end. What they are made of is still near the processor then,
and few replies, which may be large, are kept: what came last, until the next flush."""
_SURELY_EXACT_S: Final = 0.01
"""Calls may be noted together if no longer than this has passed since they were sent: three digits
of that are some microseconds."""
_NO_ROWS: Final = TaskRows(labels={}, rows=b"")
_ItemT = TypeVar("_ItemT")


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
        self._noted: list[Noted] = []
        """Of calls whose replies were read alone, what rows are to be made of."""
        self._alike = CallsAlike()
        """The same, if they are like those noted before; then nothing is noted."""
        self._together: list[bytes] = []
        """Replies to calls of one name, from one worker, that were read together."""
        self._tail = b""
        """What their rows will end with."""
        self._name: object = NOBODY
        """Calls of this name, the same object, belong to them."""
        self._reads_several = False
        self._rows: list[bytes] = []
        """What is made: rows, many in one piece."""
        self._packer = TaskRowPacker()
        self._flushing = threading.RLock()
        self._due_s = 0.0
        """When to flush; 0 while there is nothing."""
        self._look_s = 0.0
        """When the next row is a reason to make rows, or to flush."""
        self._flushed_s = 0.0
        self._watched_s = WATCHED_S

    def read_begins(self) -> None:
        """Several frames of one process were read together, and are to be handled now."""
        self._reads_several = True
        self._alike.end()

    def read_ends(self) -> None:
        """All of them were handled."""
        self._reads_several = False
        self._name = NOBODY
        if self._together:
            self._make_rows()
        self._packer.in_use = None

    def call_ended(self, call: PendingCall, payload: bytes, actor_id: ActorID | None) -> None:
        """Note a call that its executor has answered, and file the reply. Only who reads may."""
        if self._cancelled:
            self._cancelled.discard(call.seq)
        if self.is_on:
            name = call.usual_name
            if name is self._name:
                self._together.append(call.answer)
            elif (
                name is (alike := self._alike).name
                and call.worker_id is alike.worker_id
                and actor_id is alike.actor_id
            ):
                read_s = self._poller.read_s
                alike.answers.append(call.answer)
                alike.read_s.append(read_s)
                if read_s >= self._look_s:
                    self._look(read_s)
            else:
                self._note(call, payload, actor_id)
        call.resolve(payload)

    def call_failed(self, call: PendingCall, payload: bytes, actor_id: ActorID | None) -> None:
        """Note a call that will have no other answer than this error. Any thread may."""
        if self._cancelled:
            self._cancelled.discard(call.seq)
        if self.is_on:
            self._note_unusual(call, payload, actor_id)
        call.resolve(payload)

    def flush(self) -> None:
        """Tell the head what was gathered."""
        self._due_s = self._look_s = 0.0
        self._flushed_s = monotonic()
        with self._flushing:
            self._make_rows()
            made, dropped = _newest(_taken(self._rows))
            told = self.beside.take()
            labels = self._packer.labels
            batches = [TaskRows(labels=labels(rows), rows=rows) for rows in _in_batches(made)]
            self._packer.were_told()
        if not batches and told is NOTHING_TOLD:
            return
        self._watched_s = min(max(WATCHED_S, WATCHED_S * len(told.events) / _AT_EASE), EASED_S)
        first = TaskEvents(
            owner_id=self._owner_id,
            rows=batches[0] if batches else _NO_ROWS,
            dropped=dropped,
            messages=told.messages,
            messages_dropped=told.dropped,
            events=told.events,
        )
        self._send(first)
        for rows in batches[1:]:
            self._send(TaskEvents(owner_id=self._owner_id, rows=rows))

    def _note(self, call: PendingCall, payload: bytes, actor_id: ActorID | None) -> None:
        # When what is read now had arrived: one look at the clock for all replies in it.
        now_s = self._poller.read_s
        if call.usual_name is None or not now_s:
            self._note_unusual(call, payload, actor_id)
            return
        sent_s = call.sent_s
        if self._reads_several and not (sent_s and now_s - sent_s > _SURELY_EXACT_S):
            self._begin_together(call, actor_id, now_s)
            return
        alike = self._alike
        alike.end()
        if alike.answers or self._together:  # Rows are made in the order in which calls ended.
            self._make_rows()
        unsent_s = sent_s and sent_s - call.submitted_s
        self._noted.append((call.answer, now_s, unsent_s, call.name, call.worker_id, actor_id))
        if now_s >= self._look_s:
            self._look(now_s)

    def _begin_together(self, call: PendingCall, actor_id: ActorID | None, now_s: float) -> None:
        """Note a call, and what the rows of those that are read together with it will end with."""
        if now_s >= self._due_s:
            if self._due_s:
                self.flush()
            self._begin(now_s)
        with self._flushing:
            self._make_rows()
            self._tail = self._packer.tail(call, actor_id, now_s)
            self._together.append(call.answer)
            self._name = call.usual_name

    def _look(self, now_s: float) -> None:
        if now_s >= self._due_s:
            self._begin_or_flush(now_s)
        else:
            with self._flushing:
                if self._noted:
                    self._alike.begin(self._noted[-1])
                self._make_rows()
        self._look_s = min(self._due_s, now_s + _MAKE_S)

    def _make_rows(self) -> None:
        with self._flushing:
            if self._noted:
                self._rows.append(self._packer.packed(_taken(self._noted)))
            if self._alike.answers:
                self._rows.append(self._alike.take_rows(self._packer))
            together = _taken(self._together)
            if together:
                self._rows.append(self._packer.packed_together(together, self._tail))

    def _begin_or_flush(self, now_s: float) -> None:
        if self._due_s:
            self.flush()
        else:
            self._begin(now_s)

    def _begin(self, now_s: float) -> None:
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
        if call.answer is NO_ANSWER or not now_s:  # Nobody has answered, or it is the very first.
            poller.clock, poller.read_s = monotonic, monotonic()
            now_s = poller.read_s
        with self._flushing:  # Else its label might be forgotten meanwhile.
            self._make_rows()
            self._rows.append(self._packer.packed_unusual(call, payload, actor_id, now_s))
        if now_s >= self._due_s:
            self._begin_or_flush(now_s)


def _newest(pieces: list[bytes]) -> tuple[list[bytes], int]:
    """Pieces with as many rows as may be told, and the number of those before."""
    dropped = max(0, sum(map(len, pieces)) // ROW_BYTES - _MAX_ROWS)
    if dropped:
        pieces = [b"".join(pieces)[dropped * ROW_BYTES :]]
    return pieces, dropped


def _in_batches(pieces: list[bytes]) -> Iterator[bytes]:
    """The same, joined to what one message takes."""
    group: list[bytes] = []
    size = 0
    for piece in pieces:
        if size + len(piece) > _BATCH_BYTES:
            yield from _pieces_of(b"".join(group))
            group, size = [], 0
        group.append(piece)
        size += len(piece)
    yield from _pieces_of(b"".join(group))


def _pieces_of(rows: bytes) -> Iterator[bytes]:
    for at in range(0, len(rows), _BATCH_BYTES):
        yield rows[at : at + _BATCH_BYTES]


def _taken(items: list[_ItemT]) -> list[_ItemT]:
    """What is in a list, which is empty then but for what another thread puts there meanwhile."""
    found = items[:]
    del items[: len(found)]
    return found
