"""Placement groups, as Ray's.

In Ray: ``python/ray/util/placement_group.py``.
"""

import contextlib
import importlib
from typing import Any, Final

from raylite._core.common.ids import NodeID, PlacementGroupID
from raylite._core.common.object_ref import ObjectRef
from raylite._core.common.placement_group_spec import BundleSpec, PlacementStrategy
from raylite.engines.ray.entries import ref_of
from raylite.engines.ray.errors import mapped
from raylite.engines.ray.options import group_of_id

__all__ = ["create", "find", "ready", "remove", "rows"]

of_ray: Final[Any] = importlib.import_module("ray.util.placement_group")
"""By its name: in ``ray.util`` the function of the same name stands in its place."""


def create(
    bundles: tuple[BundleSpec, ...],
    strategy: PlacementStrategy,
    *,
    name: str,
    detached: bool,
    target_node_id: NodeID | None,
) -> PlacementGroupID:
    """Ask Ray for a group; see ``Engine.create_placement_group``."""
    labels = [dict(bundle.labels) for bundle in bundles]
    try:
        made = of_ray.placement_group(
            [bundle.resources.to_dict() for bundle in bundles],
            strategy.value,
            name,
            "detached" if detached else None,
            _soft_target_node_id=target_node_id,
            bundle_label_selector=labels if any(labels) else None,
        )
    except Exception as error:
        raise mapped(error) from None
    return PlacementGroupID(made.id.hex())


def remove(group_id: PlacementGroupID) -> None:
    """Have Ray remove a group."""
    of_ray.remove_placement_group(group_of_id(group_id))


def ready(group_id: PlacementGroupID) -> ObjectRef[Any]:
    """A ref that has the group as its value once it is there."""
    try:
        return ref_of(group_of_id(group_id).ready())
    except Exception as error:
        raise mapped(error) from None


def find(name: str) -> PlacementGroupID | None:
    """The group of that name in the session's namespace."""
    with contextlib.suppress(ValueError):
        return PlacementGroupID(of_ray.get_placement_group(name).id.hex())
    return None


def rows(group_id: PlacementGroupID | None) -> list[dict[str, Any]]:
    """Rows of Ray's table: of one group, or of all."""
    if group_id is None:
        return list(of_ray.placement_group_table().values())
    row = of_ray.placement_group_table(group_of_id(group_id))
    return [row] if row and row.get("state") else []
