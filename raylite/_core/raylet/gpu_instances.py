"""The numbered GPUs of a node or a bundle, and how much of each is free.

In Ray: ``src/ray/common/scheduling/resource_instance_set.h``. Left out here: numbers for other
resources than GPUs.

The GPUs are logical: a number is promised to one lease, and what lies behind it is not looked at.
"""

from typing import Final, TypeAlias

from raylite._core.common.resources import UNITS_PER_WHOLE

__all__ = ["NO_SHARES", "GpuInstances", "Shares", "shares_of"]

Shares: TypeAlias = tuple[tuple[int, int], ...]
"""Pairs of a GPU's number and ten-thousandths of it."""

NO_SHARES: Final[Shares] = ()


def shares_of(units: int) -> Shares:
    """The GPUs of a node that has so many ten-thousandths, numbered from 0."""
    whole, rest = divmod(units, UNITS_PER_WHOLE)
    last = ((whole, rest),) if rest else ()
    return (*((number, UNITS_PER_WHOLE) for number in range(whole)), *last)


class GpuInstances:
    """What is free of each GPU.

    Args:
        shares: the GPUs, or the shares of GPUs, there are.
    """

    def __init__(self, shares: Shares) -> None:
        self._free = dict(sorted(shares))

    def free(self) -> Shares:
        """What nobody has, by number."""
        return tuple(self._free.items())

    def pick(self, units: int) -> Shares | None:
        """Choose GPUs for a demand, and take nothing yet.

        Whole GPUs are the first ones that are entirely free. A fraction goes where it leaves the
        smallest rest, so that fractions share one GPU and whole ones stay free.

        Returns:
            None if there is no such choice, though the free shares may add up to the demand.
        """
        whole, rest = divmod(units, UNITS_PER_WHOLE)
        entire = [number for number, free in self._free.items() if free == UNITS_PER_WHOLE][:whole]
        if len(entire) < whole:
            return None
        shares = [(number, UNITS_PER_WHOLE) for number in entire]
        if rest:
            fitting = [
                (free, number)
                for number, free in self._free.items()
                if free >= rest and number not in entire
            ]
            if not fitting:
                return None
            shares.append((min(fitting)[1], rest))
        return tuple(shares)

    def take(self, shares: Shares) -> None:
        """Give away what :meth:`pick` has chosen."""
        for number, units in shares:
            self._free[number] -= units

    def give_back(self, shares: Shares) -> None:
        """Have shares back that were taken."""
        for number, units in shares:
            self._free[number] += units
