"""The newest calls that ended, kept as the rows they came in.

In Ray: ``src/ray/gcs/gcs_task_manager.h``. A call is one row of a few numbers; it becomes a
:class:`~raylite._core.common.events.TaskEnded` when somebody looks. So a program that makes 50,000
calls a second costs the head next to nothing.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any, Final

from raylite._core.common.events import TaskEnded
from raylite._core.common.ids import ActorID, WorkerID
from raylite._core.common.states import TaskState
from raylite._core.rpc.peer_messages import TaskEvents

__all__ = ["TaskLog"]

_CAPACITY: Final = 100_000


class TaskLog:
    """A bounded ring of rows.

    Args:
        began_s: when the session began, on the monotonic clock; events count from there.
    """

    def __init__(self, began_s: float) -> None:
        self._began_s = began_s
        self._rows: deque[tuple[WorkerID, tuple[Any, ...]]] = deque(maxlen=_CAPACITY)
        self._total = 0
        self._dropped = 0

    @property
    def total(self) -> int:
        """Rows ever added."""
        return self._total

    @property
    def dropped(self) -> int:
        """Rows that are no longer kept, or never came."""
        return self._total - len(self._rows) + self._dropped

    def add(self, batch: TaskEvents) -> None:
        """Take a batch."""
        owner_id = batch.owner_id
        self._rows.extend((owner_id, row) for row in batch.rows)
        self._total += len(batch.rows)
        self._dropped += batch.dropped

    def since(self, cursor: int) -> tuple[list[TaskEnded], int]:
        """What was added after a cursor, as far as it is kept, and the new cursor."""
        number = min(self._total - cursor, len(self._rows))
        start = len(self._rows) - number
        rows = list(self._rows)[start:] if number else []
        return [self._event(owner_id, row) for owner_id, row in rows], self._total

    def events(self) -> Iterator[TaskEnded]:
        """All that is kept, oldest first."""
        for owner_id, row in list(self._rows):
            yield self._event(owner_id, row)

    def _event(self, owner_id: WorkerID, row: tuple[Any, ...]) -> TaskEnded:
        seq, name, actor_id, failure, submitted_s, started_s, ended_s, replied_s, worker_id = row
        began_s = self._began_s
        return TaskEnded(
            task_id=f"{owner_id[:32]}{seq:016x}",
            name=name,
            actor_id=ActorID(actor_id) if actor_id is not None else None,
            owner_id=owner_id,
            state=TaskState.FAILED if failure else TaskState.FINISHED,
            submitted_s=submitted_s - began_s,
            started_s=started_s - began_s,
            ended_s=ended_s - began_s,
            at_s=replied_s - began_s,
            worker_id=WorkerID(worker_id) if worker_id else None,
            error_type=failure or None,
        )
