"""Which calls have ended lately, for news of them that comes late.

In Ray: ``GcsTaskManager``, which keeps a record of each task and never lets its state go back.
A call's owner tells of its end, and its executor that it has been running for a moment: of two
processes either may be first.
"""

from collections import deque
from functools import cached_property
from typing import Final

from raylite._core.common.event_batch import CallRows
from raylite._core.common.ids import WorkerID

__all__ = ["JustEnded"]

_BATCHES: Final = 32
"""A process tells some twenty times a second, of which none is late by more than a fraction."""


class _Batch:
    def __init__(self, rows: CallRows, at_s: float) -> None:
        self._rows = rows
        self.owner_id: WorkerID = rows.owner_id
        self.at_s = at_s

    @cached_property
    def numbers(self) -> set[int]:
        """Made only where somebody asks: most news is in time."""
        return self._rows.numbers()


class JustEnded:
    """The newest batches of calls that ended."""

    def __init__(self) -> None:
        self._batches: deque[_Batch] = deque(maxlen=_BATCHES)

    def add(self, rows: CallRows, at_s: float) -> None:
        """Take a batch.

        Args:
            rows: the calls.
            at_s: when the last of them ended, in seconds since the session began.
        """
        self._batches.append(_Batch(rows, at_s))

    def has(self, owner: str, number: int, since_s: float) -> bool:
        """Whether a call has ended since then.

        Args:
            owner: the beginning of its owner's id.
            number: the last 32 bits of its own number.
            since_s: in seconds since the session began.
        """
        return any(
            batch.at_s >= since_s and batch.owner_id.startswith(owner) and number in batch.numbers
            for batch in self._batches
        )
