"""Calls that ended, as packed rows: how they go from process to process, and lie in the log.

In Ray: ``TaskEvents`` in ``src/ray/protobuf/gcs.proto``, one message a task. Here a call is 40
bytes: its number, its times, its sizes, and the number of its *label*. A label is what many calls
have in common, such as name, actor and worker; it is kept once in a block of rows and goes with
it, so that nobody has to count who still uses it. Rows become events when somebody looks.

Most of a row is made by the executor, and comes with its reply (:mod:`..rpc.codec`). The owner
adds how the call spent the time before it began, when the reply was there, and the label, so that
who makes many calls has the least to do for each.

Of the times only the first is a moment. The next two are what passed since the one before, with
seven digits each, so that none can come to lie before the one before it.
"""

import sys
from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from struct import Struct
from typing import Any, Final, TypeAlias

from raylite._core.common.events import TaskEnded
from raylite._core.common.ids import ActorID, WorkerID
from raylite._core.common.record import Record
from raylite._core.common.states import TaskState

__all__ = [
    "LAST_MOMENT",
    "LONGEST_S",
    "MAX_LABELS",
    "MOMENTS_IN_S",
    "ROW",
    "ROW_BYTES",
    "ROW_OF_EXECUTOR",
    "ROW_OF_OWNER",
    "Label",
    "Span",
    "TaskRowBlock",
    "TaskRows",
    "labels_of",
    "moments_of",
    "numbers_of",
    "packed_row",
    "packed_size",
    "row_event",
    "row_events",
    "row_number",
    "row_spans",
]

ROW_OF_EXECUTOR: Final = Struct("<dffIIIH")
"""When a call was submitted, in seconds on the monotonic clock; the seconds until it began, and
until it ended; the bytes of its arguments and of its result; its number, the lower half first.
With 48 bits there is a number for each of 100,000 calls a second for 89 years."""
ROW_OF_OWNER: Final = Struct("<eeIH")
"""The seconds before it was sent, and those in which its executor fetched its arguments, with three
digits; the microsecond in which its owner had the reply, of which there are the last 32 bits; the
number of its label. Where the first are negative, they are those between being sent and the reply:
so many calls that were sent at the same moment, and are answered at the same, have them alike."""
LONGEST_S: Final = 65_504.0
"""No number of seconds with three digits can be larger."""
ROW: Final = Struct(ROW_OF_EXECUTOR.format + ROW_OF_OWNER.format.lstrip("<"))
_HALF_BITS: Final = 32
_LOWER_HALF: Final = (1 << _HALF_BITS) - 1
ROW_BYTES: Final = ROW.size
MAX_LABELS: Final = 1 << 16
"""As many as two bytes can number."""
_LABEL_AT: Final = ROW_BYTES - 2
_BYTE: Final = 0xFF
_NUMBER_AT: Final = 24
_NUMBER_BYTES: Final = 6
MOMENTS_IN_S: Final = 1e6
LAST_MOMENT: Final = (1 << 32) - 1
"""Behind it, after more than an hour, moments begin anew."""
_A_MOMENT_S: Final = 1.0
_IN_KIB: Final = 1 << 31
"""Set in a size that is too large to be counted in bytes."""

Label: TypeAlias = tuple[str, str | None, str | None, str]
"""Name, actor, what has gone wrong (None if nothing has), and who has run it (empty if nobody)."""

Span: TypeAlias = tuple[int, float, float, float, float]
"""The number of a call's label; when it was submitted, sent, began and ended, in seconds since the
session began."""


def packed_size(size_bytes: int) -> int:
    """A size as it stands in a row: exact below two gigabytes, and then up to 1,023 bytes less."""
    return size_bytes if size_bytes < _IN_KIB else min(size_bytes >> 10, _IN_KIB - 1) | _IN_KIB


def _size(packed: int) -> int:
    return packed if packed < _IN_KIB else (packed ^ _IN_KIB) << 10


def packed_row(
    times_s: tuple[float, float, float, float],
    sizes: tuple[int, int],
    seq: int,
    before_s: tuple[float, float],
    number: int,
) -> bytes:
    """A whole row.

    Args:
        times_s: when the call was submitted, began and ended, and when its owner had the reply;
            each on the monotonic clock.
        sizes: of the arguments and of the result, see :func:`packed_size`.
        seq: the number of the call.
        before_s: how long it waited before it was sent, and how long its executor took to fetch
            the arguments.
        number: the label's.
    """
    submitted_s, started_s, ended_s, now_s = times_s
    waited_s, ran_s = started_s - submitted_s, ended_s - started_s
    before = (min(duration_s, LONGEST_S) for duration_s in before_s)
    tail = ROW_OF_OWNER.pack(*before, int(now_s * MOMENTS_IN_S) & LAST_MOMENT, number)
    halves = seq & _LOWER_HALF, seq >> _HALF_BITS
    return ROW_OF_EXECUTOR.pack(submitted_s, waited_s, ran_s, *sizes, *halves) + tail


def _arrived_s(ended_s: float, moment: int) -> float:
    """When a reply was there, at most an hour after its call had ended.

    It may have come between the clock and the read, and so a moment before.
    """
    before = int((ended_s - _A_MOMENT_S) * MOMENTS_IN_S)
    later_s = ((moment - before) & LAST_MOMENT) / MOMENTS_IN_S - _A_MOMENT_S
    return ended_s + max(0.0, later_s)


class TaskRows(Record):
    """A batch of rows of one process."""

    labels: Mapping[int, Label]
    """By the numbers they have in the rows."""
    rows: bytes

    def __len__(self) -> int:
        return len(self.rows) // ROW_BYTES


def labels_of(rows: bytes | memoryview) -> Sequence[int]:
    """The number of each row's label; read by column, without a step of Python a row."""
    return _column("H", rows, _LABEL_AT)


def moments_of(rows: bytes | memoryview) -> Sequence[float]:
    """When each row was submitted, in seconds on the monotonic clock; read by column as well."""
    return _column("d", rows, 0)


def numbers_of(rows: bytes | memoryview) -> Sequence[int]:
    """The last 32 bits of each row's number; read by column as well."""
    return _column("I", rows, _NUMBER_AT)


def _column(kind: str, rows: bytes | memoryview, first: int) -> "array[Any]":
    found: array[Any] = array(kind)
    width = found.itemsize
    column = bytearray(width * (len(rows) // ROW_BYTES))
    for at in range(width):
        column[at::width] = rows[first + at :: ROW_BYTES]
    found.frombytes(column)
    if sys.byteorder == "big":
        found.byteswap()
    return found


def _renumber(rows: memoryview, numbers: Mapping[int, int]) -> None:
    """Give the rows' labels other numbers."""
    if max(*numbers, *numbers.values()) <= _BYTE:  # Usually: then it is one step of C for all.
        table = bytearray(range(_BYTE + 1))
        for there, here in numbers.items():
            table[there] = here
        rows[_LABEL_AT::ROW_BYTES] = bytes(rows[_LABEL_AT::ROW_BYTES]).translate(table)
        return
    renumbered = array("H", map(numbers.__getitem__, labels_of(rows)))
    if sys.byteorder == "big":
        renumbered.byteswap()
    column = renumbered.tobytes()
    rows[_LABEL_AT::ROW_BYTES], rows[_LABEL_AT + 1 :: ROW_BYTES] = column[0::2], column[1::2]


class TaskRowBlock:
    """Rows of several processes, in the order in which they were added.

    Its memory is had at once, and used again after :meth:`clear`: what grows and is let go again
    and again leaves holes, a megabyte of them for four megabytes of rows.

    Args:
        capacity: rows that it can take.
    """

    __slots__ = ("_labels", "_numbers", "_other", "_rows", "_size")

    def __init__(self, capacity: int) -> None:
        self._labels: dict[int, tuple[WorkerID, Label]] = {}
        self._numbers: dict[tuple[WorkerID, Label], int] = {}
        self._other = MAX_LABELS
        """The last number given to a label whose own was not free; the next is one less."""
        self._rows = bytearray(capacity * ROW_BYTES)
        self._size = 0
        """Bytes that are in use."""

    def __len__(self) -> int:
        return self._size // ROW_BYTES

    def clear(self) -> None:
        """Forget all rows."""
        self._labels.clear()
        self._numbers.clear()
        self._other = MAX_LABELS
        self._size = 0

    def add(self, owner_id: WorkerID, batch: TaskRows, start: int = 0) -> int:
        """Append as many rows of a batch as there is room for.

        Args:
            owner_id: the process whose calls they are.
            batch: of that process.
            start: the number of rows to leave out.

        Returns:
            How many were added; 0 if the block is full.
        """
        at = self._size
        if len(self._labels) + len(batch.labels) > MAX_LABELS:
            return 0
        size = min(len(batch.rows) - start * ROW_BYTES, len(self._rows) - at)
        if not size:
            return 0
        with memoryview(self._rows)[at : at + size] as new:
            new[:] = memoryview(batch.rows)[start * ROW_BYTES :][:size]
            numbers = {
                there: self._number_of((owner_id, label), there)
                for there, label in batch.labels.items()
            }
            if any(there != here for there, here in numbers.items()):
                _renumber(new, numbers)
        self._size = at + size
        return size // ROW_BYTES

    def _number_of(self, label: tuple[WorkerID, Label], there: int) -> int:
        """The number of a label here: most often the one it has there, so that rows stay as is."""
        number = self._numbers.get(label)
        if number is None:
            number = there
            while number in self._labels:  # It is another process's, or an older one's.
                number = self._other = self._other - 1
            self._labels[number], self._numbers[label] = label, number
        return number

    def rows(self, start: int = 0) -> list[tuple[WorkerID, TaskRows]]:
        """The rows by owner, each in the order in which they were added.

        Args:
            start: the number of rows to leave out.
        """
        part = bytes(self._rows[start * ROW_BYTES : self._size])
        if not part:
            return []
        labels, used = self._labels, sorted(set(labels_of(part)))
        owners = {number: labels[number][0] for number in used}
        by_owner = {owner_id: [part] for owner_id in owners.values()}
        if len(by_owner) > 1:
            by_owner = _split(part, owners)
        found = []
        for owner_id, pieces in by_owner.items():
            own = {number: labels[number][1] for number in used if owners[number] == owner_id}
            found.append((owner_id, TaskRows(labels=own, rows=b"".join(pieces))))
        return found


def _split(rows: bytes, owners: Mapping[int, WorkerID]) -> dict[WorkerID, list[bytes]]:
    """The rows of each owner, in pieces that lay together."""
    found: dict[WorkerID, list[bytes]] = {}
    at = 0
    for owner_id, run in groupby(map(owners.__getitem__, labels_of(rows))):
        end = at + sum(1 for _ in run) * ROW_BYTES
        found.setdefault(owner_id, []).append(rows[at:end])
        at = end
    return found


def row_events(
    owner_id: WorkerID, rows: TaskRows, began_s: float, start: int = 0
) -> Iterator[TaskEnded]:
    """The rows of one process as events, oldest first.

    Args:
        owner_id: the process.
        rows: its calls that ended.
        began_s: when the session began, on the monotonic clock; events count from there.
        start: the number of rows to leave out.
    """
    labels = rows.labels
    for row in ROW.iter_unpack(memoryview(rows.rows)[start * ROW_BYTES :]):
        yield _event(owner_id, labels[row[-1]], row, began_s)


def row_event(owner_id: WorkerID, label: Label, row: bytes, began_s: float) -> TaskEnded:
    """One row as an event.

    Args:
        owner_id: the process whose call it is.
        label: the row's.
        row: its bytes.
        began_s: as for :func:`row_events`.
    """
    return _event(owner_id, label, ROW.unpack(row), began_s)


def row_number(row: bytes) -> int:
    """The number of the call in one row."""
    return int.from_bytes(row[_NUMBER_AT : _NUMBER_AT + _NUMBER_BYTES], "little")


def row_spans(rows: TaskRows, began_s: float) -> Iterator[Span]:
    """The times of the rows, oldest first, at a fifth of what events would cost.

    Args:
        rows: calls of one process.
        began_s: as for :func:`row_events`.
    """
    for row in ROW.iter_unpack(rows.rows):
        moment_s, waited_s, ran_s, _, _, _, _, unsent_s, _, arrived, number = row
        submitted_s = moment_s - began_s
        started_s = submitted_s + waited_s
        if unsent_s < 0:
            unsent_s = _unsent_s(moment_s, waited_s + ran_s, unsent_s, arrived)
        sent_s = submitted_s + unsent_s if unsent_s < waited_s else started_s
        yield number, submitted_s, sent_s, started_s, started_s + ran_s


def _unsent_s(moment_s: float, took_s: float, before_reply_s: float, arrived: int) -> float:
    """How long a call waited of which is known how long before its reply it was sent."""
    return max(0.0, _arrived_s(moment_s + took_s, arrived) + before_reply_s - moment_s)


def _event(
    owner_id: WorkerID, label: Label, row: tuple[float | int, ...], began_s: float
) -> TaskEnded:
    name, actor_id, failure, worker_id = label
    moment_s, waited_s, ran_s, *numbers = row
    args, result, lower, upper = map(int, numbers[:4])
    unsent_s, fetched_s, arrived, _ = numbers[4:]
    seq = (upper << _HALF_BITS) + lower
    submitted_s = moment_s - began_s
    started_s = submitted_s + waited_s
    ended_s = started_s + ran_s
    if unsent_s < 0:
        unsent_s = _unsent_s(moment_s, waited_s + ran_s, unsent_s, int(arrived))
    return TaskEnded(
        task_id=f"{owner_id[:32]}{seq:016x}",
        name=name,
        actor_id=ActorID(actor_id) if actor_id is not None else None,
        owner_id=owner_id,
        state=TaskState.FAILED if failure else TaskState.FINISHED,
        submitted_s=submitted_s,
        started_s=started_s,
        ended_s=ended_s,
        at_s=max(ended_s, _arrived_s(moment_s + waited_s + ran_s, int(arrived)) - began_s),
        worker_id=WorkerID(worker_id) if worker_id else None,
        error_type=failure,
        sent_s=submitted_s + min(unsent_s, waited_s),
        fetched_s=min(fetched_s, waited_s),
        args_bytes=_size(args),
        result_bytes=_size(result),
    )
