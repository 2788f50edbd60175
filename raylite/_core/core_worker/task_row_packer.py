"""Makes the rows of the event log from calls that have ended, as the log keeps them.

In Ray: ``TaskStatusEvent::ToRpcTaskEvents`` in ``src/ray/core_worker/task_event_buffer.cc``. What
calls have in common, their name, actor, worker and failure, is a label that has a number; rows say
that number. Of a usual call most of the row came with its reply, and what is left to be added is
the same for all replies that were read together, but for those of another name or worker.
"""

from collections.abc import Sequence
from itertools import count, repeat
from struct import Struct
from typing import Final, TypeAlias

from raylite._core.common.ids import ActorID
from raylite._core.common.task_rows import (
    LAST_MOMENT,
    LONGEST_S,
    MAX_LABELS,
    MOMENTS_IN_S,
    ROW_BYTES,
    ROW_OF_EXECUTOR,
    ROW_OF_OWNER,
    Label,
    labels_of,
    packed_row,
    packed_size,
)
from raylite._core.core_worker.failure_kind import failure_kind
from raylite._core.core_worker.task_submission.calls import PendingCall
from raylite._core.object_store.plasma import size_of
from raylite._core.object_store.serialization import ERROR, FIRST_OF_A_VALUE
from raylite._core.rpc.codec import NO_ANSWER, unpack_answer

__all__ = ["Noted", "TaskRowPacker"]

Noted: TypeAlias = tuple[bytes, float, float, str, str, ActorID | None]
"""What is noted of a usual call: its reply, when that was read, how long the call waited before it
was sent, its name, who has run it, and whose method it was."""

_SHORTEST_S: Final = 1e-6
"""With three digits this is not zero yet, which would say that the call was sent at once."""
_MAX_KEPT: Final = 1000
"""Labels that are remembered from batch to batch."""
_FEW: Final = 16
"""So many labels go with each batch: looking which of them its rows have would take longer."""
_FORGOTTEN: Final[Label] = ("", None, None, "")
_NOTHING: Final = object()
_pack_tail: Final = ROW_OF_OWNER.pack
_START: Final = f"{ROW_OF_EXECUTOR.size}s"
"""A reply begins with the executor's part of the row: of its bytes so many are taken."""
_pack_row: Final = Struct(f"<{_START}{ROW_OF_OWNER.format.lstrip('<')}").pack
_pack_row_sent_at_once: Final = Struct(f"<{_START}4xIH").pack
_GROUP: Final = 16
_pack_group: Final = Struct("<" + f"{_START}{ROW_OF_OWNER.size}s" * _GROUP).pack
"""Many rows for the price of a few."""


class TaskRowPacker:
    """Packs, and numbers labels on the way."""

    def __init__(self) -> None:
        self._labels: dict[int, Label] = {}
        """By number, the oldest first."""
        self._numbers: dict[Label, int] = {}
        self.in_use: int | None = None
        """The number that the rows of calls which are being read together will have."""
        self._used: set[int] = set()
        """What the rows have that were packed and not told yet."""
        self._next_number = count().__next__

    def packed(self, noted: Sequence[Noted]) -> bytes:
        """The rows of usual calls.

        Args:
            noted: what was noted of each.
        """
        rows: list[bytes] = []
        last_name: object = _NOTHING
        last_worker_id = last_actor_id = None
        for answer, read_s, unsent_s, name, worker_id, actor_id in noted:
            if (
                name is not last_name
                or worker_id is not last_worker_id
                or actor_id is not last_actor_id
            ):
                last_name, last_worker_id, last_actor_id = name, worker_id, actor_id
                number = self._number_of((name, actor_id, None, worker_id))
            moment = int(read_s * MOMENTS_IN_S) & LAST_MOMENT
            if unsent_s > 0:
                row = _pack_row(answer, min(unsent_s, LONGEST_S), 0.0, moment, number)
            else:
                row = _pack_row_sent_at_once(answer, moment, number)
            rows.append(row)
        return b"".join(rows)

    def packed_alike(
        self, answers: Sequence[bytes], read_s: Sequence[float], label: Label
    ) -> bytes:
        """The rows of usual calls with one label that were sent at once.

        Args:
            answers: their replies.
            read_s: when each was read.
            label: theirs.
        """
        number = self._number_of(label)
        moments = [int(moment_s * MOMENTS_IN_S) & LAST_MOMENT for moment_s in read_s]
        return b"".join(map(_pack_row_sent_at_once, answers, moments, repeat(number)))

    def tail(self, call: PendingCall, actor_id: ActorID | None, read_s: float) -> bytes:
        """What the rows of usual calls end with that were sent at the same moment, or at once.

        Args:
            call: one of them.
            actor_id: whose method they were.
            read_s: when their replies were read.
        """
        self.in_use = number = self._number_of((call.name, actor_id, None, call.worker_id))
        unsent_s = call.sent_s and min(call.sent_s - read_s, -_SHORTEST_S)
        return _pack_tail(unsent_s, 0.0, int(read_s * MOMENTS_IN_S) & LAST_MOMENT, number)

    @staticmethod
    def packed_together(answers: Sequence[bytes], tail: bytes) -> bytes:
        """The rows of usual calls that end in the same way.

        Args:
            answers: their replies.
            tail: see :meth:`tail`.
        """
        parts = [tail] * (2 * _GROUP)
        groups = []
        for at in range(0, len(answers), _GROUP):
            group = answers[at : at + _GROUP]
            parts[: 2 * len(group) : 2] = group
            groups.append(_pack_group(*parts))
        return b"".join(groups)[: len(answers) * ROW_BYTES]

    def packed_unusual(
        self, call: PendingCall, payload: bytes, actor_id: ActorID | None, now_s: float
    ) -> bytes:
        """The row of a call that has failed, has waited, or has large values.

        Args:
            call: the call.
            payload: its reply.
            actor_id: whose method it was.
            now_s: when the reply was there.
        """
        submitted_s = started_s = ended_s = call.submitted_s
        if call.answer is not NO_ANSWER:
            answer = unpack_answer(call.answer)
            started_s = answer.submitted_s + answer.waited_s
            ended_s = started_s + answer.ran_s
        before_sent_s = max(0.0, call.sent_s - submitted_s)
        has_more = call.deps is not None or call.pin is not None
        is_odd = payload[0] < FIRST_OF_A_VALUE
        failure = failure_kind(payload) if payload[0] == ERROR else None
        return packed_row(
            (submitted_s, started_s, ended_s, now_s),
            (
                packed_size(call.args_bytes()) if has_more else len(call.payload),
                packed_size(size_of(payload)) if is_odd else len(payload),
            ),
            call.seq,
            (before_sent_s, call.fetched_s),
            self._number_of((call.name, actor_id, failure, call.worker_id)),
        )

    def labels(self, rows: bytes) -> dict[int, Label]:
        """The labels that packed rows have, by number, and maybe others of the same time."""
        numbers = self._used if len(self._used) <= _FEW else set(labels_of(rows))
        return {number: self._labels.get(number, _FORGOTTEN) for number in numbers}

    def were_told(self) -> None:
        """The packed rows are on their way: keep no more labels than may be used again."""
        self._used = set() if self.in_use is None else {self.in_use}
        if len(self._labels) > _MAX_KEPT:
            for number in list(self._labels)[: len(self._labels) - _MAX_KEPT // 2]:
                if number != self.in_use:
                    self._numbers.pop(self._labels.pop(number), None)

    def _number_of(self, label: Label) -> int:
        number = self._numbers.get(label)
        if number is None:
            number = self._next_number() % MAX_LABELS
            self._labels[number] = label
            self._numbers[label] = number
        self._used.add(number)
        return number
