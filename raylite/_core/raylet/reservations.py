"""What the waiting requests are about to take, as soon as their workers are there.

In Ray: none; a raylet takes the resources before it has a worker. Here a lease holds nothing until
it is granted, so whoever plans ahead takes the resources for a moment and gives them back.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from raylite._core.raylet.gpu_instances import Shares
from raylite._core.raylet.lease_table import Lease
from raylite._core.raylet.resource_pool import ResourcePool

__all__ = ["Reservation", "release", "reserve", "reserve_all"]


class Reservation(NamedTuple):
    """Resources that a request will need, taken for the length of a thought."""

    lease: Lease
    pool: ResourcePool
    shares: Shares


def reserve(lease: Lease, pool: ResourcePool) -> Reservation:
    """Take what a request will hold out of a pool that has room for it."""
    return Reservation(lease, pool, pool.take(lease.held))


def reserve_all(
    lines: Iterable[Iterable[Lease]],
    room_for: Callable[[Lease], ResourcePool | None],
    limit: int | None = None,
) -> list[Reservation]:
    """Reserve for all requests that could be granted side by side.

    Args:
        lines: requests of one shape each.
        room_for: where a request can take what it will hold, or None.
        limit: how many requests to reserve for.
    """
    reservations: list[Reservation] = []
    for line in lines:
        for lease in line:
            pool = None if len(reservations) == limit else room_for(lease)
            if pool is None:
                break
            reservations.append(reserve(lease, pool))
    return reservations


def release(reservations: list[Reservation]) -> None:
    """Give everything back."""
    for lease, pool, shares in reservations:
        pool.give_back(lease.held, shares)
