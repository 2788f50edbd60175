"""Amounts of CPU, GPU, memory and whatever else a program names, compared exactly.

In Ray: ``src/ray/common/scheduling/resource_set.h`` and ``fixed_point.h``, whose granularity
is kept: a ten-thousandth. Left out here: single GPUs with numbers of their own, and labels.

Three leases of 0.1 CPU and seven more make exactly one CPU, which floats would deny. So an
amount is an integer inside and a float only on the way in and out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Final

__all__ = ["CPU", "GPU", "UNITS_PER_WHOLE", "ResourceSet"]

CPU: Final = "CPU"
"""The one resource a blocked worker lends."""
GPU: Final = "GPU"
UNITS_PER_WHOLE: Final = 10_000


@dataclass(frozen=True, slots=True)
class ResourceSet:
    """Named amounts. What is not named is zero, and zeros are not kept.

    An amount may be negative, but only as the result of a subtraction: a node whose worker
    takes its lent CPU back, while somebody else uses it, has less than nothing available.

    Args:
        units: pairs of name and ten-thousandths, sorted by name. Use :meth:`of` instead.
    """

    units: tuple[tuple[str, int], ...] = ()

    @classmethod
    def of(cls, amounts: Mapping[str, float]) -> "ResourceSet":
        """Read amounts as a program writes them.

        Args:
            amounts: by name, in whole CPUs, GPUs, bytes or units of the program's own.

        Raises:
            ValueError: if an amount is negative, infinite, not a number, or so small that it
                would be rounded to nothing.
        """
        return cls._from_units({name: _to_units(name, value) for name, value in amounts.items()})

    @classmethod
    def _from_units(cls, units: Mapping[str, int]) -> "ResourceSet":
        return cls(tuple(sorted((name, value) for name, value in units.items() if value)))

    def to_dict(self) -> dict[str, float]:
        """The amounts as floats, as Ray's ``cluster_resources()`` writes them: ``{"CPU": 2.0}``."""
        return {name: value / UNITS_PER_WHOLE for name, value in self.units}

    def amount(self, name: str) -> float:
        """How much of one resource there is; 0.0 where it is not named."""
        return dict(self.units).get(name, 0) / UNITS_PER_WHOLE

    def only(self, name: str) -> "ResourceSet":
        """The set with everything but one resource left out."""
        return ResourceSet(tuple(pair for pair in self.units if pair[0] == name))

    def positive(self) -> "ResourceSet":
        """The set without what is owed: what a user is told is available."""
        return ResourceSet(tuple(pair for pair in self.units if pair[1] > 0))

    def fits_in(self, other: "ResourceSet") -> bool:
        """Whether ``other`` has at least as much of everything named here.

        Resources not named here do not matter, so the empty set fits even where CPUs are owed.
        """
        there = dict(other.units)
        return all(value <= there.get(name, 0) for name, value in self.units)

    def __add__(self, other: "ResourceSet") -> "ResourceSet":
        total = dict(self.units)
        for name, value in other.units:
            total[name] = total.get(name, 0) + value
        return self._from_units(total)

    def __sub__(self, other: "ResourceSet") -> "ResourceSet":
        """What is left; amounts below zero are what is owed, and are kept."""
        rest = dict(self.units)
        for name, value in other.units:
            rest[name] = rest.get(name, 0) - value
        return self._from_units(rest)

    def __bool__(self) -> bool:
        return bool(self.units)

    def __repr__(self) -> str:
        return f"ResourceSet.of({self.to_dict()})"


def _to_units(name: str, value: float) -> int:
    if not 0 <= value < inf:
        msg = f"The amount of {name!r} must be zero or a positive number, but it is {value!r}."
        raise ValueError(msg)
    units = round(value * UNITS_PER_WHOLE)
    if value and not units:
        msg = (
            f"The amount of {name!r} is {value!r}, but resources are counted in steps of "
            f"{1 / UNITS_PER_WHOLE}: write 0 or at least that."
        )
        raise ValueError(msg)
    return units
