"""What placement groups have set aside on one node, in two phases.

In Ray: ``src/ray/raylet/placement_group_resource_manager.h``. Left out here: resources with the
group's id in their name (``CPU_group_0_...``); a bundle is a pool of its own instead.

A bundle is taken out of the node as a whole when it is prepared. Leases can use it once it is
committed. When it is returned its free part goes back at once, and what its leases still use
becomes theirs from the node, until their workers are dead.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from raylite._core.common.ids import PlacementGroupID
from raylite._core.common.placement_group_spec import BundleSpec
from raylite._core.common.scheduling_strategy import SchedulingStrategy
from raylite._core.raylet.resource_pool import ResourcePool

__all__ = ["BundleTable"]


@dataclass(slots=True, eq=False)
class _Bundle:
    attempt: int
    pool: ResourcePool
    committed: bool = False


class BundleTable:
    """The bundles on one node.

    Args:
        node: what the bundles are taken from.
    """

    def __init__(self, node: ResourcePool) -> None:
        self.node = node
        self._without_group = (node,)
        self._groups: dict[PlacementGroupID, dict[int, _Bundle]] = {}

    def pools_for(self, strategy: SchedulingStrategy) -> Sequence[ResourcePool]:
        """Where a lease may take its resources from, the best place first.

        Any bundle will do for the index -1. Programs number what they place from 0 on, so the
        last bundles are tried first.
        """
        if strategy.group_id is None:
            return self._without_group
        bundles = self._groups.get(strategy.group_id, {})
        return [
            bundles[index].pool
            for index in sorted(bundles, reverse=True)
            if bundles[index].committed and strategy.bundle_index in (index, -1)
        ]

    def prepare(
        self, group_id: PlacementGroupID, attempt: int, bundles: Sequence[BundleSpec]
    ) -> bool:
        """Set all of these aside or none. What is set aside already stays so.

        Returns:
            Whether they are.
        """
        self.give_back_prepared(group_id, before=attempt)
        mine = self._groups.setdefault(group_id, {})
        new: dict[int, _Bundle] = {}
        for bundle in bundles:
            if bundle.index in mine:
                mine[bundle.index].attempt = attempt
                continue
            if not self.node.has_room(bundle.resources):
                break
            shares = self.node.take(bundle.resources)
            new[bundle.index] = _Bundle(attempt, ResourcePool(bundle.resources, shares))
        else:
            mine.update(new)
            return True
        for taken in new.values():
            self.node.absorb(taken.pool)
        self._drop_if_empty(group_id)
        return False

    def commit(self, group_id: PlacementGroupID, attempt: int) -> bool:
        """Let leases use what the attempt has prepared.

        Returns:
            False if it has prepared nothing here, or no longer.
        """
        prepared = [
            bundle
            for bundle in self._groups.get(group_id, {}).values()
            if bundle.attempt == attempt
        ]
        for bundle in prepared:
            bundle.committed = True
        return bool(prepared)

    def give_back_prepared(self, group_id: PlacementGroupID, *, before: int) -> None:
        """Give back what attempts before this one have prepared and not committed."""
        for index, bundle in list(self._groups.get(group_id, {}).items()):
            if bundle.attempt < before and not bundle.committed:
                self.node.absorb(bundle.pool)
                del self._groups[group_id][index]
        self._drop_if_empty(group_id)

    def give_back(self, group_id: PlacementGroupID) -> list[ResourcePool]:
        """Give all bundles of a group back.

        Returns:
            Their pools. Whatever is in use of them comes from the node from now on.
        """
        pools = [bundle.pool for bundle in self._groups.pop(group_id, {}).values()]
        for pool in pools:
            self.node.absorb(pool)
        return pools

    def _drop_if_empty(self, group_id: PlacementGroupID) -> None:
        if not self._groups.get(group_id, True):
            del self._groups[group_id]
