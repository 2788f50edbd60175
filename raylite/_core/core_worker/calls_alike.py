"""Calls that are made one by one to the same method: noted with what only they have.

In Ray: nothing; each task's event is a message of its own. Most loops call one method of one
actor, and then name, worker and actor need not be put down with each call, nor be compared again
when rows are made.
"""

from typing import Final

from raylite._core.common.ids import ActorID
from raylite._core.common.task_rows import Label
from raylite._core.core_worker.task_row_packer import Noted, TaskRowPacker

__all__ = ["NOBODY", "CallsAlike"]

NOBODY: Final = object()
"""No call has this name."""


class CallsAlike:
    """Replies to calls of one name, actor and worker, and when each was read.

    The reader adds to both lists, the reply first, so that each moment has a reply whenever
    another thread looks.
    """

    def __init__(self) -> None:
        self.name: object = NOBODY
        """Whose ``usual_name`` is the same object may belong to them; they were sent at once."""
        self.worker_id = ""
        self.actor_id: ActorID | None = None
        self.answers: list[bytes] = []
        self.read_s: list[float] = []
        self._label: Label = ("", None, None, "")

    def begin(self, noted: Noted) -> None:
        """See whether those that come are like one that was noted in full.

        Args:
            noted: the latest.
        """
        *_, name, worker_id, actor_id = noted
        self.worker_id, self.actor_id, self.name = worker_id, actor_id, name
        self._label = name, actor_id, None, worker_id

    def end(self) -> None:
        """None that comes is like these."""
        self.name = NOBODY

    def take_rows(self, packer: TaskRowPacker) -> bytes:
        """What was gathered, as rows; it is gone from here then."""
        number = len(self.read_s)
        answers, read_s = self.answers[:number], self.read_s[:number]
        del self.answers[:number], self.read_s[:number]
        return packer.packed_alike(answers, read_s, self._label)
