"""The user's options in Ray's classes.

In Ray: ``python/ray/_common/ray_option_utils.py``. Keywords are Ray's own; only what names nodes,
labels and placement groups is of classes of raylite's.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import ray
from ray.util import scheduling_strategies as of_ray
from ray.util.placement_group import PlacementGroup

__all__ = ["environment_for_ray", "for_ray", "group_of_id", "ray_group"]

_GROUP_OPTION: Final = "placement_group"


def for_ray(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options as Ray takes them. None is as if it had not been given, but for a group."""
    made = {}
    for name, value in options.items():
        if name == _GROUP_OPTION:
            made[name] = value if value is None or isinstance(value, str) else ray_group(value)
        elif value is not None:
            made[name] = _CONVERSIONS.get(name, _as_it_is)(value)
    return made


def _as_it_is(value: Any) -> Any:
    return value


def ray_group(group: Any) -> PlacementGroup:
    """Ray's handle for a placement group, from raylite's."""
    return group_of_id(group.id.hex())


def group_of_id(group_id: str) -> PlacementGroup:
    """Ray's handle for a placement group, from its id in hexadecimal digits."""
    return PlacementGroup(ray.PlacementGroupID(bytes.fromhex(group_id)))


def _strategy(wish: Any) -> Any:
    kind = type(wish).__name__
    if kind == "PlacementGroupSchedulingStrategy":
        group = wish.placement_group
        return of_ray.PlacementGroupSchedulingStrategy(
            None if group is None else ray_group(group),
            wish.placement_group_bundle_index,
            wish.placement_group_capture_child_tasks,
        )
    if kind == "NodeAffinitySchedulingStrategy":
        return of_ray.NodeAffinitySchedulingStrategy(
            wish.node_id,
            wish.soft,
            wish._spill_on_unavailable,  # noqa: SLF001  # One class in two packages.
            wish._fail_on_unavailable,  # noqa: SLF001  # As above.
        )
    if kind == "NodeLabelSchedulingStrategy":
        return of_ray.NodeLabelSchedulingStrategy(
            hard=_conditions(wish.hard), soft=_conditions(wish.soft)
        )
    return wish


def _conditions(conditions: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: getattr(of_ray, type(condition).__name__)(*condition.values)
        for key, condition in conditions.items()
    }


def environment_for_ray(value: Any) -> dict[str, Any]:
    """A plain dictionary with plain texts."""
    folder = value.get("working_dir")
    return {**value, **({"working_dir": str(folder)} if folder is not None else {})}


_CONVERSIONS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "scheduling_strategy": _strategy,
    "retry_exceptions": lambda value: value if isinstance(value, bool) else list(value),
    "runtime_env": environment_for_ray,
}
