"""Calls that ended, as packed rows: how they go from process to process, and lie in the log.

In Ray: ``TaskEvents`` in ``src/ray/protobuf/gcs.proto``, one message a task. Here a call is 38
bytes: its number, its four times, and the number of its *label*. A label is what many calls have
in common, such as name, actor and worker; it is kept once in a block of rows and goes with it, so
that nobody has to count who still uses it. Rows become events when somebody looks.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from struct import Struct
from typing import Final, TypeAlias

from raylite._core.common.events import TaskEnded
from raylite._core.common.ids import ActorID, WorkerID
from raylite._core.common.record import Record
from raylite._core.common.states import TaskState

__all__ = [
    "MAX_LABELS",
    "ROW",
    "ROW_BYTES",
    "SEQ_BITS",
    "Label",
    "TaskRowBlock",
    "TaskRows",
    "labels_of",
]

ROW: Final = Struct("@ddddIH")
"""When a call was submitted, started, ended, and replied to, in seconds on the monotonic clock;
the last 32 bits of its number; number of the label. In the machine's own order, which packs much
faster."""
SEQ_BITS: Final = 32
ROW_BYTES: Final = ROW.size
MAX_LABELS: Final = 1 << 16
"""As many as two bytes can number."""
_LABEL_AT: Final = ROW_BYTES - 2

Label: TypeAlias = tuple[str, str | None, str | None, str, int]
"""Name, actor, what has gone wrong (None if nothing has), who has run it (empty if nobody), and
what goes before the bits of the call's number."""


class TaskRows(Record):
    """A batch of rows of one process."""

    labels: Mapping[int, Label]
    """By the numbers they have in the rows."""
    rows: bytes

    def __len__(self) -> int:
        return len(self.rows) // ROW_BYTES


def labels_of(rows: bytes | memoryview) -> Sequence[int]:
    """The number of each row's label; read by column, without a step of Python a row."""
    column = bytearray(2 * (len(rows) // ROW_BYTES))
    column[0::2], column[1::2] = rows[_LABEL_AT::ROW_BYTES], rows[_LABEL_AT + 1 :: ROW_BYTES]
    return array("H", bytes(column))


def _write_labels(rows: memoryview, column: bytes) -> None:
    rows[_LABEL_AT::ROW_BYTES], rows[_LABEL_AT + 1 :: ROW_BYTES] = column[0::2], column[1::2]


class TaskRowBlock:
    """Rows of several processes, in the order in which they were added.

    Its memory is had at once, and used again after :meth:`clear`: what grows and is let go again
    and again leaves holes, a megabyte of them for four megabytes of rows.

    Args:
        capacity: rows that it can take.
    """

    __slots__ = ("_labels", "_rows", "_size")

    def __init__(self, capacity: int) -> None:
        self._labels: dict[tuple[WorkerID, Label], int] = {}
        self._rows = bytearray(capacity * ROW_BYTES)
        self._size = 0
        """Bytes that are in use."""

    def __len__(self) -> int:
        return self._size // ROW_BYTES

    def clear(self) -> None:
        """Forget all rows."""
        self._labels.clear()
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
        known, at = self._labels, self._size
        if len(known) + len(batch.labels) > MAX_LABELS:
            return 0
        size = min(len(batch.rows) - start * ROW_BYTES, len(self._rows) - at)
        if not size:
            return 0
        with memoryview(self._rows)[at : at + size] as new:
            new[:] = memoryview(batch.rows)[start * ROW_BYTES :][:size]
            numbers = {
                there: known.setdefault((owner_id, label), len(known))
                for there, label in batch.labels.items()
            }
            if any(there != here for there, here in numbers.items()):
                told = labels_of(new)
                _write_labels(new, array("H", map(numbers.__getitem__, told)).tobytes())
        self._size = at + size
        return size // ROW_BYTES

    def events(self, began_s: float, start: int = 0) -> Iterator[TaskEnded]:
        """The rows as events, oldest first.

        Args:
            began_s: when the session began, on the monotonic clock; events count from there.
            start: the number of rows to leave out.
        """
        labels, rows = list(self._labels), self._rows[start * ROW_BYTES : self._size]
        for *times_s, low_bits, number in ROW.iter_unpack(bytes(rows)):
            owner_id, label = labels[number]
            yield _event(owner_id, label, low_bits, [at_s - began_s for at_s in times_s])


def _event(owner_id: WorkerID, label: Label, low_bits: int, times_s: list[float]) -> TaskEnded:
    name, actor_id, failure, worker_id, high_bits = label
    seq = (high_bits << SEQ_BITS) + low_bits
    submitted_s, started_s, ended_s, replied_s = times_s
    return TaskEnded(
        task_id=f"{owner_id[:32]}{seq:016x}",
        name=name,
        actor_id=ActorID(actor_id) if actor_id is not None else None,
        owner_id=owner_id,
        state=TaskState.FAILED if failure else TaskState.FINISHED,
        submitted_s=submitted_s,
        started_s=started_s,
        ended_s=ended_s,
        at_s=replied_s,
        worker_id=WorkerID(worker_id) if worker_id else None,
        error_type=failure,
    )
