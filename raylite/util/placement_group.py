"""Placement groups: resources reserved together, on one node or spread over several.

In Ray: ``python/ray/util/placement_group.py``. Left out here: ``topology_strategy`` for more than
nodes, which is about racks of machines.

A group is a list of *bundles*, each of which lies on one node. All of them are reserved or none.
Tasks and actors are then put into them::

    group = placement_group([{"CPU": 1}, {"CPU": 1}], strategy="SPREAD")
    ray.get(group.ready())
    strategy = PlacementGroupSchedulingStrategy(group)
    ray.get(work.options(scheduling_strategy=strategy).remote())
    remove_placement_group(group)
"""

from collections.abc import Mapping
from typing import Any

from raylite import _engine
from raylite._bundles import (
    check_lifetime,
    check_name,
    checked_bundles,
    checked_strategy,
    checked_target,
)
from raylite._group_view import GroupTable
from raylite._placement_group import PlacementGroup, known_group, row_of

__all__ = [
    "PlacementGroup",
    "get_current_placement_group",
    "get_placement_group",
    "placement_group",
    "placement_group_table",
    "remove_placement_group",
]


def placement_group(  # noqa: PLR0917  # Ray's signature
    bundles: list[dict[str, float]],
    strategy: str | None = None,
    name: str = "",
    lifetime: str | None = None,
    _soft_target_node_id: str | None = None,
    bundle_label_selector: list[dict[str, str]] | None = None,
    topology_strategy: Mapping[str, str] | None = None,
) -> PlacementGroup:
    """Ask for a placement group. It is there as soon as there is room for all of its bundles.

    Args:
        bundles: what to reserve, as ``[{"CPU": 1}, {"GPU": 1, "CPU": 2}]``.
        strategy: ``"PACK"``, on as few nodes as possible, which is what None means; ``"SPREAD"``,
            on different ones as far as possible; ``"STRICT_PACK"``, on one; ``"STRICT_SPREAD"``,
            on different ones.
        name: under which :func:`get_placement_group` finds it.
        lifetime: None ends the group with its program; ``"detached"`` keeps it until it is removed.
        _soft_target_node_id: with STRICT_PACK, the node it would like best.
        bundle_label_selector: for each bundle, the labels that its node must have.
        topology_strategy: another way to give ``strategy``, under the key ``"ray.io/node-id"``.

    Returns:
        A handle; its ``ready()`` and ``wait()`` say when the group is there.

    Raises:
        ValueError: for anything that cannot be reserved.
        TypeError: for a name that is no text.
        RaySystemError: if the name is taken.
    """
    node_strategy = checked_strategy(strategy, topology_strategy)
    target = checked_target(_soft_target_node_id, node_strategy)
    specs = checked_bundles(bundles, bundle_label_selector)
    check_lifetime(lifetime)
    check_name(name)
    group_id = _engine.current().create_placement_group(
        specs,
        node_strategy,
        name=name,
        detached=lifetime == "detached",
        target_node_id=target,
    )
    cache = [{key: float(amount) for key, amount in bundle.items()} for bundle in bundles]
    return known_group(group_id, cache)


def remove_placement_group(placement_group: PlacementGroup) -> None:
    """Give a group's resources back, and end what runs in it.

    Tasks and actors that still wait for the group fail. Does nothing where it is removed already.

    Args:
        placement_group: the group.

    Raises:
        AssertionError: for None.
        AttributeError: for anything else that is no group.
    """
    group = _checked(placement_group, "remove_placement_group")
    if not group.is_empty:
        _engine.current().remove_placement_group(group.runtime_id)


def get_placement_group(placement_group_name: str) -> PlacementGroup:
    """The group of that name, in the namespace of the session.

    Raises:
        ValueError: if there is none, or for an empty name.
        TypeError: for a name that is no text.
    """
    if not placement_group_name:
        msg = f"get_placement_group({placement_group_name!r}) was called with an empty name."
        raise ValueError(msg)
    check_name(placement_group_name)
    group_id = _engine.current().get_placement_group(placement_group_name)
    if group_id is None:
        msg = (
            f"Failed to look up placement group with name {placement_group_name!r}: it was never "
            "made, or was removed. Make it with placement_group(bundles, name=...)."
        )
        raise ValueError(msg)
    return known_group(group_id)


def placement_group_table(placement_group: PlacementGroup | None = None) -> dict[Any, Any]:
    """What is known of one group, or of all.

    Args:
        placement_group: the group; None: all, also those that were removed lately.

    Returns:
        Of one group: its bundles, its state, and where each bundle is; empty, if it is not known.
        Of all: the same by id.

    Raises:
        AttributeError: for what is no group.
    """
    if placement_group is not None:
        return GroupTable(row_of(_checked(placement_group, "placement_group_table")) or {})
    rows = _engine.current().placement_groups(None)
    return GroupTable((row["placement_group_id"], row) for row in rows)


def get_current_placement_group() -> PlacementGroup | None:
    """The group that the calling task or actor runs in; None if it runs in none."""
    group_id = _engine.current().facts().strategy.group_id
    return None if group_id is None else known_group(group_id)


def _checked(group: Any, function: str) -> PlacementGroup:
    if group is None:
        msg = f"{function}(None): there is no group."
        raise AssertionError(msg)
    if not isinstance(group, PlacementGroup):
        msg = (
            f"{function}({group!r}): this is no placement group, since it has no attribute 'id'. "
            "Give what placement_group(bundles) or get_placement_group(name) returned."
        )
        raise AttributeError(msg)  # noqa: TRY004  # Ray's type
    return group
