"""What must hold for a raylet's books at any moment, told from its insides."""

from collections import Counter

from raylite._core.common.resources import UNITS_PER_WHOLE, ResourceSet
from raylite._core.common.states import LeaseState
from raylite._core.raylet.lease_table import Lease
from raylite._core.raylet.raylet import Raylet
from raylite._core.raylet.resource_pool import ResourcePool

__all__ = ["check_books", "pending_that_fit"]


def check_books(raylet: Raylet) -> None:
    """Nothing is lost, nothing given out twice, nothing taken from where it must not be."""
    tables = raylet._tables
    bundles = [
        bundle.pool for group in tables.bundles._groups.values() for bundle in group.values()
    ]
    granted = [lease for lease in tables.leases.leases() if lease.state is LeaseState.GRANTED]
    for pool in (tables.node, *bundles):
        expected = pool.total
        for lease in granted:
            if lease.pool is pool:
                expected -= lease.taken
        if pool is tables.node:
            for bundle in bundles:
                expected -= bundle.total
        assert pool.available == expected
        assert all(name == "CPU" for name, units in pool.available.units if units < 0)
    for lease in granted:
        allowed = tables.bundles.pools_for(lease.strategy)
        ending = lease.pool is tables.node and tables.worker_of(lease).stopping
        assert lease.pool in allowed or ending
    _check_gpus([tables.node, *bundles], granted, raylet.total)


def _check_gpus(pools: list[ResourcePool], granted: list[Lease], total: ResourceSet) -> None:
    shares: Counter[int] = Counter()
    for lease in granted:
        held = round(lease.held.amount("GPU") * UNITS_PER_WHOLE)
        assert sum(units for _number, units in lease.shares) == held
        shares.update(dict(lease.shares))
    for pool in pools:
        assert all(units >= 0 for _number, units in pool.free_shares())
        shares.update(dict(pool.free_shares()))
    assert shares == dict.fromkeys(range(int(total.amount("GPU"))), UNITS_PER_WHOLE)


def pending_that_fit(raylet: Raylet) -> list[Lease]:
    """The requests that only wait for a process, in the order of arrival."""
    leases = raylet._tables.leases.leases()
    pending = [lease for lease in leases if lease.state is LeaseState.PENDING]
    fitting = [lease for lease in pending if raylet.room_for(lease) is not None]
    return sorted(fitting, key=lambda lease: lease.number)
