"""Progress bars pass the head on their way from a worker to the driver of its job.

In Ray: they are lines of its output. Whoever has told of bars is remembered, so that the driver
learns when nothing more is to come.
"""

from typing import Any

from raylite._core.common.bars import BarsTold
from raylite._core.common.ids import WorkerID

__all__ = ["BarRelay"]


class BarRelay:
    """Passes on what workers tell of their bars.

    Args:
        head: whose members are told.
    """

    def __init__(self, head: Any) -> None:
        self._head = head
        self._driver_of: dict[WorkerID, WorkerID] = {}

    def told(self, worker_id: WorkerID, news: BarsTold) -> None:
        """A worker has bars."""
        job = self._head.members.job_of(worker_id)
        if job is not None:
            self._driver_of[worker_id] = job.driver_id
            self._head.send(job.driver_id, news)

    def process_gone(self, worker_id: WorkerID, reason: str) -> None:
        """A worker will tell nothing any more."""
        driver_id = self._driver_of.pop(worker_id, None)
        if driver_id is not None:
            self._head.send(driver_id, BarsTold(worker_id=worker_id, gone=reason))
