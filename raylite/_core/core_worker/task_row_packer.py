"""Makes the rows of the event log from calls that have ended, as the log keeps them.

In Ray: ``TaskStatusEvent::ToRpcTaskEvents`` in ``src/ray/core_worker/task_event_buffer.cc``. What
calls have in common, their name, actor, worker and failure, is a label that has a number; rows say
that number.
"""

import itertools
from collections.abc import Sequence
from typing import Final

from raylite._core.common.ids import ActorID
from raylite._core.common.task_rows import (
    MAX_LABELS,
    ROW,
    ROW_BYTES,
    SEQ_BITS,
    WHOLE,
    Label,
    labels_of,
    packed_shares,
    packed_size,
)
from raylite._core.core_worker.failure_kind import failure_kind
from raylite._core.core_worker.task_submission.calls import PendingCall
from raylite._core.object_store.plasma import size_of
from raylite._core.object_store.serialization import ERROR, FIRST_OF_A_VALUE

__all__ = ["NotedCall", "TaskRowPacker"]

NotedCall = tuple[str, ActorID | None, str, int, float, float, float, float, float, int, int]
"""Name, actor, worker and number of a call; when it was submitted, sent (0: at once) and started,
when it ended, and when its reply was there; the bytes of its arguments and of its result."""

_MAX_KEPT: Final = 1000
"""Labels that are remembered from batch to batch."""
_FORGOTTEN: Final[Label] = ("", None, None, "", 0)
_NOTHING_USUAL: Final = ("", "nobody", 0)
"""Name, worker and number of the label of the last call."""
_LOW_BITS: Final = (1 << SEQ_BITS) - 1
_pack_into = ROW.pack_into


class TaskRowPacker:
    """Packs, and numbers labels on the way."""

    def __init__(self) -> None:
        self._labels: dict[int, Label] = {}
        """By number, the oldest first."""
        self._numbers: dict[Label, int] = {}
        self._usual = _NOTHING_USUAL
        self._next_number = itertools.count().__next__

    def packed(self, noted: Sequence[NotedCall]) -> bytearray:
        """Rows, one behind the other, of calls about which nothing is unusual."""
        rows, at = bytearray(len(noted) * ROW_BYTES), 0
        usual_name, usual_worker_id, number = self._usual
        for (
            name,
            actor_id,
            worker_id,
            seq,
            submitted_s,
            sent_s,
            started_s,
            ended_s,
            now_s,
            args,
            result,
        ) in noted:
            # Most often it is the very same name and worker as before, and then the same actor,
            # since a worker has never more than one. That is seen twice as fast as a label is
            # looked up.
            if name is not usual_name or worker_id is not usual_worker_id or seq > _LOW_BITS:
                number = self._number_of((name, actor_id, None, worker_id, seq >> SEQ_BITS))
                usual_name, usual_worker_id, _ = self._usual
                seq &= _LOW_BITS  # noqa: PLW2901  # The rest is in the label.
            waited_s = started_s - submitted_s
            _pack_into(
                rows,
                at,
                submitted_s,
                waited_s,
                ended_s - started_s,
                now_s - ended_s,
                args,
                result,
                seq,
                int((sent_s - submitted_s) * WHOLE / waited_s) if sent_s else 0,
                number,
            )
            at += ROW_BYTES
        return rows

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
        submitted_s = call.submitted_s
        started_s, ended_s = call.started_s or submitted_s, call.ended_s or submitted_s
        waited_s, shares = started_s - submitted_s, 0
        if call.sent_s and waited_s > 0.0:
            shares = packed_shares(waited_s, call.sent_s - submitted_s, call.fetched_s)
        has_more = call.deps is not None or call.pin is not None
        is_odd = payload[0] < FIRST_OF_A_VALUE
        failure = failure_kind(payload) if payload[0] == ERROR else None
        seq = call.seq
        return ROW.pack(
            submitted_s,
            waited_s,
            ended_s - started_s,
            now_s - ended_s,
            packed_size(call.args_bytes()) if has_more else len(call.payload),
            packed_size(size_of(payload)) if is_odd else len(payload),
            seq & _LOW_BITS,
            shares,
            self._number_of((call.name, actor_id, failure, call.worker_id, seq >> SEQ_BITS)),
        )

    def labels(self, rows: bytes) -> dict[int, Label]:
        """The labels that packed rows have, by number."""
        numbers = self._labels if len(self._labels) == 1 else set(labels_of(rows))
        return {number: self._labels.get(number, _FORGOTTEN) for number in numbers}

    def forget_old_labels(self) -> None:
        """Keep no more labels than can be of use again."""
        if len(self._labels) > _MAX_KEPT:
            self._usual = _NOTHING_USUAL
            for number in list(self._labels)[: len(self._labels) - _MAX_KEPT // 2]:
                label = self._labels.pop(number)
                self._numbers.pop(label, None)

    def _number_of(self, label: Label) -> int:
        number = self._numbers.get(label)
        if number is None:
            number = self._next_number() % MAX_LABELS
            self._labels[number] = label
            self._numbers[label] = number
        name, _, failure, worker_id, high_bits = label
        is_usual = failure is None and not high_bits
        self._usual = (name, worker_id, number) if is_usual else _NOTHING_USUAL
        return number
