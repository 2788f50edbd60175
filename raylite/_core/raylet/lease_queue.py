"""Requests for a worker that wait, first come first served as far as they fit.

In Ray: ``leases_to_grant_`` in ``src/ray/raylet/local_lease_manager.h``, which sorts requests
into scheduling classes likewise. Left out here: caps for one class and backing off.

Requests of one shape (what they need to be placed, what they hold, where and in which environment
they run) are served in the order they came. Between shapes the earliest that fits goes first: a
small request may pass a big one that has to wait, so a big one never leaves a node idle, and may
wait long beside many small.

A decision looks at the first request of each shape alone: its cost grows with the number of
shapes, not with the number of requests.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from raylite._core.common.ids import LeaseID
from raylite._core.common.resources import ResourceSet
from raylite._core.common.scheduling_strategy import DEFAULT_STRATEGY, SchedulingStrategy
from raylite._core.raylet.lease_table import Lease

__all__ = ["LeaseQueue"]

_Shape: TypeAlias = tuple[ResourceSet, ResourceSet, str, SchedulingStrategy | None]


@dataclass(slots=True, eq=False)
class _Line:
    shape: _Shape
    # OrderedDict: its first entry is found in constant time however many were removed.
    leases: OrderedDict[LeaseID, Lease] = field(default_factory=OrderedDict)
    # How many requests each asker has, so that nobody need look through the line.
    askers: Counter[str] = field(default_factory=Counter)


class LeaseQueue:
    """The requests that wait in one place."""

    def __init__(self) -> None:
        self._lines: dict[_Shape, _Line] = {}
        self._line_of: dict[LeaseID, _Line] = {}

    def __len__(self) -> int:
        return len(self._line_of)

    def add(self, lease: Lease) -> None:
        """Put a request at the end of its line."""
        # The default is one object, see LeaseTable.add; None has a hash that costs nothing.
        wish = None if lease.strategy is DEFAULT_STRATEGY else lease.strategy
        shape = (lease.placement, lease.held, lease.env_key, wish)
        line = self._lines.get(shape)
        if line is None:
            line = self._lines[shape] = _Line(shape)
        line.leases[lease.lease_id] = lease
        line.askers[_asker(lease)] += 1
        self._line_of[lease.lease_id] = line

    def remove(self, lease: Lease) -> None:
        """Take a request out, wherever it stands."""
        line = self._line_of.pop(lease.lease_id)
        del line.leases[lease.lease_id]
        asker = _asker(lease)
        line.askers[asker] -= 1
        if not line.askers[asker]:
            del line.askers[asker]
        if not line.leases:
            del self._lines[line.shape]

    def heads(self) -> list[Lease]:
        """The first request of each line, in the order of arrival."""
        heads = [next(iter(line.leases.values())) for line in self._lines.values()]
        if len(heads) > 1:
            heads.sort(key=lambda lease: lease.number)
        return heads

    def line(self, head: Lease) -> Iterable[Lease]:
        """A request and those of its shape, in the order in which they will be served."""
        return self._line_of[head.lease_id].leases.values()

    def askers(self, head: Lease) -> Collection[str]:
        """Who waits in a line: holders, and actors, each of which is somebody of his own."""
        return self._line_of[head.lease_id].askers.keys()

    def matching(self, wanted: Callable[[Lease], bool]) -> list[Lease]:
        """The requests of all lines whose head is as wanted."""
        return [lease for head in self.heads() if wanted(head) for lease in self.line(head)]


def _asker(lease: Lease) -> str:
    return lease.actor_id or lease.holder_id
