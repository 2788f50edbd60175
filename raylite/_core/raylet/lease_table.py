"""The leases of one node, and the one place where a lease changes its state.

In Ray: ``leased_workers_`` in ``src/ray/raylet/node_manager.h``. Left out here: leases that
wait for objects, since a request is made only when the arguments are there.

A lease that has ended is forgotten; the event log remembers it.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from raylite._core.common.events import Event, LeaseStateChanged
from raylite._core.common.ids import ActorID, LeaseID, WorkerID
from raylite._core.common.messages import RequestWorkerLease
from raylite._core.common.record import Record
from raylite._core.common.resources import CPU, ResourceSet
from raylite._core.common.scheduling_strategy import DEFAULT_STRATEGY, SchedulingStrategy
from raylite._core.common.states import LeaseState, check_transition
from raylite._core.raylet.gpu_instances import NO_SHARES, Shares
from raylite._core.raylet.resource_pool import ResourcePool

__all__ = ["Lease", "LeaseTable", "LeaseView"]


class LeaseView(Record):
    """A lease as others may see it, at one moment."""

    lease_id: LeaseID
    holder_id: WorkerID
    worker_id: WorkerID | None
    """None while it waits."""
    actor_id: ActorID | None
    state: LeaseState
    placement: ResourceSet
    held: ResourceSet
    lends_cpu: bool
    """The worker waits in ``get`` or ``wait``, and others may use its CPU."""
    number: int
    """Its place in the order of arrival."""


@dataclass(slots=True, eq=False)
class Lease:
    """A lease as its raylet sees it."""

    lease_id: LeaseID
    holder_id: WorkerID
    actor_id: ActorID | None
    placement: ResourceSet
    held: ResourceSet
    env_key: str
    strategy: SchedulingStrategy
    number: int
    """Its place in the order of arrival."""
    amounts: Mapping[str, float]
    """What it holds, as events tell it."""
    state: LeaseState = LeaseState.PENDING
    worker_id: WorkerID | None = None
    lends_cpu: bool = False
    pool: ResourcePool | None = None
    """Where it has what it holds from, once granted."""
    shares: Shares = NO_SHARES
    """What it has of which GPU."""

    @property
    def taken(self) -> ResourceSet:
        """What it keeps from others at the moment, once granted."""
        return self.held - self.held.only(CPU) if self.lends_cpu else self.held

    def view(self) -> LeaseView:
        """A copy that stays as it is."""
        return LeaseView(
            lease_id=self.lease_id,
            holder_id=self.holder_id,
            worker_id=self.worker_id,
            actor_id=self.actor_id,
            state=self.state,
            placement=self.placement,
            held=self.held,
            lends_cpu=self.lends_cpu,
            number=self.number,
        )


class LeaseTable:
    """All leases that are pending or granted.

    Args:
        record: called with every change of a state, before the method returns.
        numbers: the order of arrival, where several tables share one; None: its own.
    """

    def __init__(
        self, record: Callable[[Event], None], numbers: Iterator[int] | None = None
    ) -> None:
        self._record = record
        self._numbers = numbers or count(1)
        self._leases: dict[LeaseID, Lease] = {}
        # Granted for tasks, by holder; the inner dictionaries stand for ordered sets.
        self._held_for_tasks: dict[WorkerID, dict[LeaseID, Lease]] = {}

    def get(self, lease_id: LeaseID) -> Lease | None:
        """The lease, or None if there never was one or it has ended."""
        return self._leases.get(lease_id)

    def leases(self) -> list[Lease]:
        """Every lease, in the order of arrival."""
        return list(self._leases.values())

    def orphan(self, holder_id: WorkerID) -> list[Lease]:
        """Note that a holder is dead.

        Returns:
            The leases he used for tasks of his own. They last until their workers are dead.
        """
        return list(self._held_for_tasks.pop(holder_id, {}).values())

    def pending_of(self, holder_id: WorkerID) -> list[Lease]:
        """The requests a process has made for tasks of its own and that still wait."""
        return [
            lease
            for lease in self._leases.values()
            if lease.holder_id == holder_id
            and lease.state is LeaseState.PENDING
            and lease.actor_id is None
        ]

    def using(self, pools: Collection[ResourcePool]) -> list[Lease]:
        """The granted leases that have what they hold from one of these pools."""
        return [lease for lease in self._leases.values() if lease.pool in pools]

    def task_leases(self) -> list[Lease]:
        """The granted leases that living processes use for tasks."""
        return [lease for leases in self._held_for_tasks.values() for lease in leases.values()]

    def add(self, request: RequestWorkerLease) -> Lease:
        """Enter a request that waits from now on."""
        strategy = request.strategy
        lease = Lease(
            lease_id=request.lease_id,
            holder_id=request.holder_id,
            actor_id=request.actor_id,
            placement=request.placement,
            held=request.held,
            env_key=request.env_key,
            strategy=DEFAULT_STRATEGY if strategy == DEFAULT_STRATEGY else strategy,
            number=next(self._numbers),
            amounts=request.held.to_dict(),
        )
        self._leases[lease.lease_id] = lease
        self._report(lease, None, request.at_s)
        return lease

    def hand_over(self, lease: Lease, table: "LeaseTable") -> None:
        """Put a request that waits into another node's table. Its state stays the same."""
        del self._leases[lease.lease_id]
        table._leases[lease.lease_id] = lease  # noqa: SLF001  # a table of the same class

    def grant(self, lease: Lease, worker_id: WorkerID, pool: ResourcePool, at_s: float) -> None:
        """Give the lease its worker, and what it holds out of a pool that has room for it."""
        lease.worker_id = worker_id
        lease.pool, lease.shares = pool, pool.take(lease.held)
        self._move(lease, LeaseState.GRANTED, at_s)
        if lease.actor_id is None:
            self._held_for_tasks.setdefault(lease.holder_id, {})[lease.lease_id] = lease

    def set_lending(self, lease: Lease, *, lends_cpu: bool) -> None:
        """Lend the CPU of a granted lease to others, or take it back, even while it is in use."""
        before = lease.taken
        lease.lends_cpu = lends_cpu
        _pool_of(lease).give_back(before - lease.taken)

    def end(self, lease: Lease, at_s: float) -> None:
        """Return a granted lease with what it holds, or cancel one that waits, and forget it."""
        granted = lease.state is LeaseState.GRANTED
        if granted:
            _pool_of(lease).give_back(lease.taken, lease.shares)
        self._move(lease, LeaseState.RETURNED if granted else LeaseState.CANCELLED, at_s)
        del self._leases[lease.lease_id]
        # There are none where the lease is an actor's, or the holder is dead.
        siblings = self._held_for_tasks.get(lease.holder_id, {})
        if siblings.pop(lease.lease_id, None) and not siblings:
            del self._held_for_tasks[lease.holder_id]

    def _move(self, lease: Lease, new: LeaseState, at_s: float) -> None:
        check_transition(lease.state, new)
        old, lease.state = lease.state, new
        self._report(lease, old, at_s)

    def _report(self, lease: Lease, old: LeaseState | None, at_s: float) -> None:
        self._record(
            LeaseStateChanged(
                lease_id=lease.lease_id,
                holder_id=lease.holder_id,
                worker_id=lease.worker_id,
                actor_id=lease.actor_id,
                old=old,
                new=lease.state,
                at_s=at_s,
                resources=lease.amounts,
                group_id=lease.strategy.group_id,
                bundle_index=lease.strategy.bundle_index,
            )
        )


def _pool_of(lease: Lease) -> ResourcePool:
    assert lease.pool  # a granted lease has its resources from somewhere
    return lease.pool
