"""What a node or a bundle has to give: amounts, and GPUs by number.

In Ray: ``NodeResourceInstances`` in ``src/ray/common/scheduling/cluster_resource_data.h``.
"""

from raylite._core.common.resources import GPU, ResourceSet
from raylite._core.raylet.gpu_instances import NO_SHARES, GpuInstances, Shares, shares_of

__all__ = ["ResourcePool"]


class ResourcePool:
    """The one place a lease takes its resources from.

    Args:
        total: what there is.
        shares: which GPUs; None: as many as ``total`` says, numbered from 0.
    """

    def __init__(self, total: ResourceSet, shares: Shares | None = None) -> None:
        self.total = total
        self.available = total
        """Below zero where a lent CPU was taken back while in use."""
        self._gpus = GpuInstances(shares_of(_gpu_units(total)) if shares is None else shares)
        self._has_gpus = _gpu_units(total) > 0

    def could_hold(self, needed: ResourceSet) -> bool:
        """Whether there would be room if nothing were in use."""
        return needed.fits_in(self.total)

    def has_room(self, needed: ResourceSet) -> bool:
        """Whether all of it can be taken now."""
        if not needed.fits_in(self.available):
            return False
        units = _gpu_units(needed) if self._has_gpus else 0
        return not units or self._gpus.pick(units) is not None

    def take(self, needed: ResourceSet) -> Shares:
        """Take what there is room for.

        Returns:
            The shares of GPUs, to be given back with the rest.
        """
        self.available -= needed
        units = _gpu_units(needed) if self._has_gpus else 0
        if not units:
            return NO_SHARES
        shares = self._gpus.pick(units)
        assert shares is not None  # has_room was asked before
        self._gpus.take(shares)
        return shares

    def give_back(self, amount: ResourceSet, shares: Shares = NO_SHARES) -> None:
        """Have back what was taken, or a part of it that is lent to others."""
        self.available += amount
        self._gpus.give_back(shares)

    def free_shares(self) -> Shares:
        """What nobody has of each GPU."""
        return self._gpus.free()

    def absorb(self, part: "ResourcePool") -> None:
        """Have back what is free of a part that was taken out as a whole.

        Whoever still uses something of the part gives it back here from now on.
        """
        self.give_back(part.available, part.free_shares())


def _gpu_units(amounts: ResourceSet) -> int:
    return next((units for name, units in amounts.units if name == GPU), 0)
