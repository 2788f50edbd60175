"""The names of the leases that a process asks for, and who in it has asked.

In Ray: ``LeaseID::FromWorker`` in ``src/ray/common/id.h``.
"""

import itertools
from typing import Any

from raylite._core.common.ids import LeaseID, WorkerID

__all__ = ["LeaseNumbers"]


class LeaseNumbers:
    """Names leases.

    Args:
        worker_id: the process, whose id the names begin with.
    """

    def __init__(self, worker_id: WorkerID) -> None:
        self._prefix = worker_id[:16]
        self._numbers = itertools.count(1)
        self._askers: dict[LeaseID, Any] = {}

    def new(self, asker: Any) -> LeaseID:
        """A name nobody has had, for a lease that is asked for now."""
        lease_id = LeaseID(f"{self._prefix}:{next(self._numbers)}")
        self._askers[lease_id] = asker
        return lease_id

    def settled(self, lease_id: LeaseID) -> Any:
        """Who has asked, now that there is an answer; None if nobody waits for it any more."""
        return self._askers.pop(lease_id, None)
