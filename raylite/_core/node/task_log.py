"""The newest calls that ended, kept as the packed rows they came in.

In Ray: ``src/ray/gcs/gcs_task_manager.h``. A call is one row of a few numbers; it becomes a
:class:`~raylite._core.common.events.TaskEnded` when somebody looks. So a program that makes 50,000
calls a second costs the head next to nothing, and a full log is some four megabytes.

Rows lie in blocks, and go a block at a time. What a block has more than the log may keep is passed
over.
"""

from collections import deque
from itertools import islice
from typing import Final

from raylite._core.common.event_batch import CallRows
from raylite._core.common.task_rows import TaskRowBlock
from raylite._core.rpc.peer_messages import TaskEvents

__all__ = ["TaskLog"]

_CAPACITY: Final = 100_000
_BLOCK_ROWS: Final = 2048


class TaskLog:
    """A bounded ring of rows.

    Args:
        began_s: when the session began, on the monotonic clock; events count from there.
        capacity: rows to keep; older ones are dropped and counted.
        block_rows: how many make a block.
    """

    def __init__(
        self, began_s: float, capacity: int = _CAPACITY, block_rows: int = _BLOCK_ROWS
    ) -> None:
        self._began_s = began_s
        self._capacity = capacity
        self._block_rows = block_rows
        self._blocks: deque[TaskRowBlock] = deque()
        self._in_blocks = 0
        self._total = 0
        self.never_came = 0
        """Rows that processes had too many of to tell."""

    @property
    def total(self) -> int:
        """Rows ever added, which is also the cursor behind the last one."""
        return self._total

    @property
    def kept(self) -> int:
        """Rows that can be looked at."""
        return min(self._in_blocks, self._capacity)

    @property
    def dropped(self) -> int:
        """Rows that are no longer kept, or never came."""
        return self._total - self.kept + self.never_came

    def add(self, batch: TaskEvents) -> None:
        """Take a batch."""
        number, at = len(batch.rows), 0
        while at < number:
            added = self._blocks[-1].add(batch.owner_id, batch.rows, at) if self._blocks else 0
            if not added:
                self._blocks.append(self._empty_block())
            at += added
            self._in_blocks += added
        self._total += number
        self.never_came += batch.dropped

    def _empty_block(self) -> TaskRowBlock:
        """A new block, or the oldest, if the log is full without it."""
        if not self._blocks or self._in_blocks - len(self._blocks[0]) < self._capacity:
            return TaskRowBlock(self._block_rows)
        oldest = self._blocks.popleft()
        self._in_blocks -= len(oldest)
        oldest.clear()
        return oldest

    def since(self, cursor: int) -> tuple[tuple[CallRows, ...], int]:
        """What was added after a cursor, as far as it is kept, and the new cursor."""
        return self._newest(self._total - cursor), self._total

    def rows(self) -> tuple[CallRows, ...]:
        """All that is kept, oldest first."""
        return self._newest(self.kept)

    def _newest(self, number: int) -> tuple[CallRows, ...]:
        """The last rows, oldest first; who is up to date looks at no others."""
        missing = min(max(number, 0), self.kept)
        at = len(self._blocks)
        while missing > 0:
            at -= 1
            missing -= len(self._blocks[at])
        found = []
        # What is still missing is below zero by what the first of these blocks has too much.
        for block in islice(self._blocks, at, None):
            for owner_id, rows in block.rows(-missing):
                found.append(CallRows(owner_id=owner_id, rows=rows, began_s=self._began_s))
            missing = 0
        return tuple(found)
