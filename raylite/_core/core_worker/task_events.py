"""What became of this process's calls, gathered and told to the head.

In Ray: ``src/ray/core_worker/task_event_buffer.h``. One row for each call that ended, with its
four times: a tuple, since this is on the hot path. Batches go out at most every
``FLUSH_S``; without calls nothing runs.
"""

from collections.abc import Callable
from typing import Any, Final

from raylite._core.common.ids import WorkerID
from raylite._core.rpc.peer_messages import TaskEvents

__all__ = ["FLUSH_S", "TaskEventBuffer"]

FLUSH_S: Final = 0.05
_MAX_ROWS: Final = 20_000
"""More than these in one batch are counted and dropped: the log keeps 100,000 in all."""


class TaskEventBuffer:
    """Gathers rows: seq, name, actor, failure, submitted, started, ended, replied, worker.

    The failure is False, or Ray's word for it; the worker is empty if nobody has answered.

    Args:
        owner_id: this process.
        send: sends a message to the head.
        call_later: has an action called after a delay in seconds.
    """

    def __init__(
        self,
        owner_id: WorkerID,
        send: Callable[[object], None],
        call_later: Callable[[float, Callable[[], None]], None],
    ) -> None:
        self._owner_id = owner_id
        self._send = send
        self._call_later = call_later
        self._rows: list[tuple[Any, ...]] = []

    def add(self, row: tuple[Any, ...]) -> None:
        """Note a call that ended."""
        rows = self._rows
        rows.append(row)
        if len(rows) == 1:
            self._call_later(FLUSH_S, self.flush)

    def flush(self) -> None:
        """Tell the head what was gathered."""
        rows, self._rows = self._rows, []
        if rows:
            dropped = max(0, len(rows) - _MAX_ROWS)
            self._send(TaskEvents(owner_id=self._owner_id, rows=rows[dropped:], dropped=dropped))
