"""Requests for a worker that wait, first come first served as far as they fit.

In Ray: ``leases_to_grant_`` in ``src/ray/raylet/local_lease_manager.h``, which sorts requests
into scheduling classes likewise. Left out here: caps for one class and backing off.

Requests of one shape (what they need to be placed, what they hold) are served in the order
they came. Between shapes the earliest that fits goes first: a small request may pass a big one
that has to wait, so a big one never leaves a node idle, and may wait long beside many small.

A decision looks at the first request of each shape alone: its cost grows with the number of
shapes, not with the number of requests.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterator

from raylite._core.common.ids import LeaseID
from raylite._core.common.resources import ResourceSet
from raylite._core.raylet.lease_table import Lease

__all__ = ["LeaseQueue"]

Shape = tuple[ResourceSet, ResourceSet]


class LeaseQueue:
    """The waiting requests of one node.

    Args:
        total: what the node has; requests that do not fit in it stay, and are never served.
    """

    def __init__(self, total: ResourceSet) -> None:
        self._total = total
        # OrderedDict: its first entry is found in constant time however many were removed.
        self._shapes: dict[Shape, OrderedDict[LeaseID, Lease]] = {}
        # How many requests of a shape each holder has, so that nobody need look through a line.
        self._askers: dict[Shape, Counter[str]] = {}
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, lease: Lease) -> None:
        """Put a request at the end of its line."""
        line = self._shapes.setdefault((lease.placement, lease.held), OrderedDict())
        line[lease.lease_id] = lease
        self._askers.setdefault((lease.placement, lease.held), Counter())[_asker(lease)] += 1
        self._length += 1

    def remove(self, lease: Lease) -> None:
        """Take a request out, wherever it stands."""
        shape = lease.placement, lease.held
        line = self._shapes[shape]
        del line[lease.lease_id]
        askers = self._askers[shape]
        askers[_asker(lease)] -= 1
        if not askers[_asker(lease)]:
            del askers[_asker(lease)]
        if not line:
            del self._shapes[shape], self._askers[shape]
        self._length -= 1

    def first_fitting(self, available: ResourceSet) -> Lease | None:
        """The earliest request that can be granted with what is available."""
        fitting = (head for head in self._feasible_heads() if head.held.fits_in(available))
        return min(fitting, key=lambda lease: lease.number, default=None)

    def count_fitting(self, available: ResourceSet, limit: int) -> int:
        """How many requests could be granted side by side, counted up to ``limit``."""
        count = 0
        for head in sorted(self._feasible_heads(), key=lambda lease: lease.number):
            length = len(self._shapes[head.placement, head.held])
            while length and count < limit and head.held.fits_in(available):
                available -= head.held
                length -= 1
                count += 1
        return count

    def waits_for(self, granted: Lease, available: ResourceSet) -> bool:
        """Whether a request waits that would profit if a granted lease were given back.

        One of the same holder for the same shape would not: it is for the tasks that the granted
        lease is working off.
        """
        for head in self._feasible_heads():
            if head.held.fits_in(available):
                continue
            askers = self._askers[head.placement, head.held].keys()
            if head.held != granted.held or askers - {granted.holder_id}:
                return True
        return False

    def _feasible_heads(self) -> Iterator[Lease]:
        for (placement, _held), line in self._shapes.items():
            if placement.fits_in(self._total):
                yield next(iter(line.values()))


def _asker(lease: Lease) -> str:
    """Who would use the worker: each actor is somebody of his own."""
    return lease.actor_id or lease.holder_id
