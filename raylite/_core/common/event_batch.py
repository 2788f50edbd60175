"""What a subscriber to the event log is handed: events, and calls as the packed rows they are.

In Ray: ``TaskEventData`` in ``src/ray/protobuf/gcs.proto``. A program may make 50,000 calls a
second. Who shows them counts them by label, in a step of C a column, and unpacks only those that
he shows one by one.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from math import inf
from typing import Final, NamedTuple

from raylite._core.common.events import Event, TaskEnded
from raylite._core.common.ids import WorkerID
from raylite._core.common.record import Record
from raylite._core.common.task_rows import (
    ROW_BYTES,
    Label,
    Span,
    TaskRows,
    labels_of,
    moments_of,
    numbers_of,
    row_event,
    row_events,
    row_number,
    row_spans,
)

__all__ = ["NO_CALLS", "CallRows", "EventBatch", "PackedCall"]

_OWNER_DIGITS: Final = 32
"""Of a call's id: they are the beginning of its owner's."""


class PackedCall(NamedTuple):
    """One call that ended, with a row of its own: it keeps no others in memory."""

    owner_id: WorkerID
    label: Label
    row: bytes
    began_s: float

    def event(self) -> TaskEnded:
        """The call, unpacked."""
        return row_event(self.owner_id, self.label, self.row, self.began_s)

    def is_of(self, task_id: str) -> bool:
        """Whether it is the call with that id."""
        return task_id == f"{self.owner_id[:_OWNER_DIGITS]}{row_number(self.row):016x}"


class CallRows(Record):
    """Calls of one owner that ended, in the order in which they did."""

    owner_id: WorkerID
    rows: TaskRows
    began_s: float
    """When the session began, on the monotonic clock."""

    def __len__(self) -> int:
        return len(self.rows)

    def counts(self) -> Mapping[Label, int]:
        """How many calls there are of each label (name, actor, failure, worker)."""
        found = Counter(labels_of(self.rows.rows))
        labels = self.rows.labels
        return {labels[number]: count for number, count in found.items()}

    def events(self, newest: int | None = None) -> Iterator[TaskEnded]:
        """The calls as events, oldest first.

        Args:
            newest: only so many, the last ones; None: all.
        """
        start = 0 if newest is None else max(0, len(self) - newest)
        return row_events(self.owner_id, self.rows, self.began_s, start)

    def event(self, at: int) -> TaskEnded:
        """One of the calls.

        Args:
            at: which, counted from 0.
        """
        one = self.rows.replaced(rows=self.rows.rows[at * ROW_BYTES : (at + 1) * ROW_BYTES])
        return next(row_events(self.owner_id, one, self.began_s))

    def numbers(self) -> set[int]:
        """The last 32 bits of the numbers of the calls, with which their ids end."""
        return set(numbers_of(self.rows.rows))

    def chosen(self, labels: AbstractSet[int], window: tuple[float, float]) -> Sequence[int]:
        """Which of the calls have one of these labels and were submitted in a span of time.

        Args:
            labels: their numbers, as ``rows`` has them.
            window: from when to when, in seconds since the session began.

        Returns:
            Their places, counted from 0.
        """
        has_all = len(labels) == len(self.rows.labels)
        first_s, last_s = window[0] + self.began_s, window[1] + self.began_s
        if first_s == -inf and last_s == inf:
            if has_all:
                return range(len(self))
            found = labels_of(self.rows.rows)
            return [at for at, number in enumerate(found) if number in labels]
        moments = moments_of(self.rows.rows)
        inside = [at for at, moment_s in enumerate(moments) if first_s <= moment_s <= last_s]
        if has_all or not inside:
            return inside
        found = labels_of(self.rows.rows)
        return [at for at in inside if found[at] in labels]

    def spans(self) -> Iterator[Span]:
        """When each call was submitted, sent, began and ended, by the number of its label."""
        return row_spans(self.rows, self.began_s)

    def newest_of_each(self, quota: int, look_at: int) -> list[PackedCall]:
        """The last calls of each label, oldest first, so that a rare one is not missed.

        Args:
            quota: how many of each.
            look_at: how many rows to look at, from the end.
        """
        rows, labels = self.rows.rows, self.rows.labels
        owner_id, began_s = self.owner_id, self.began_s
        return [
            PackedCall(owner_id, labels[number], rows[at : at + ROW_BYTES], began_s)
            for at, number in _last_of_each(labels_of(rows), quota, look_at)
        ]


def _last_of_each(labels: Sequence[int], quota: int, look_at: int) -> list[tuple[int, int]]:
    """Where the last rows of each label begin, in their order, and their labels."""
    first = max(0, len(labels) - look_at)
    if quota == 1:  # Of very many labels: the last one wins, in one step of C for all.
        last = dict(zip(labels[first:], range(first, len(labels)), strict=True))
        return sorted((at * ROW_BYTES, number) for number, at in last.items())
    taken, chosen = Counter[int](), []
    for at in range(len(labels) - 1, first - 1, -1):
        number = labels[at]
        if taken[number] < quota:
            taken[number] += 1
            chosen.append((at * ROW_BYTES, number))
    return chosen[::-1]


NO_CALLS: Final[tuple[CallRows, ...]] = ()


class EventBatch(Record):
    """Further events, oldest first."""

    events: tuple[Event, ...]
    """All but those of calls that ended."""
    calls: tuple[CallRows, ...] = NO_CALLS
    dropped: int = 0
    """Events and rows between the batch before and this one that came too fast to be kept."""

    def all_events(self) -> list[Event]:
        """All of it as events, in the order of their times."""
        ended = [event for rows in self.calls for event in rows.events()]
        return sorted([*self.events, *ended], key=lambda event: event.at_s)
