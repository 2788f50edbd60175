"""What is put in another's words on its way: arguments to Ray, values from it.

In Ray: nothing like it. Refs and handles inside of a value travel as they are, since they are
pickled as Ray's (:mod:`.entries`); only what Ray looks at itself has to be Ray's own.
"""

import importlib
from collections.abc import Callable, Mapping
from typing import Any

import ray
from ray.util.placement_group import PlacementGroup

from raylite._core.common.object_ref import ObjectRef
from raylite._core.common.object_ref_generator import DynamicObjectRefGenerator

__all__ = ["args_for_ray", "from_ray", "kwargs_for_ray"]


def args_for_ray(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Positional arguments, raylite's refs as Ray's, so that Ray waits for their values."""
    if ObjectRef not in map(type, args):
        return args
    return tuple(_for_ray(value) for value in args)


def kwargs_for_ray(kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same for those with names."""
    if not kwargs:
        return kwargs
    return {name: _for_ray(value) for name, value in kwargs.items()}


def _for_ray(value: Any) -> Any:
    if type(value) is not ObjectRef:
        return value
    entries = importlib.import_module("raylite.engines.ray.entries")
    return entries.ray_ref_of(value)


def from_ray(value: Any) -> Any:
    """A value that Ray gave, in raylite's classes where it is one of Ray's own."""
    convert = _CONVERSIONS.get(type(value))
    return value if convert is None else convert(value)


def _generator(value: Any) -> Any:
    entries = importlib.import_module("raylite.engines.ray.entries")
    return DynamicObjectRefGenerator([entries.ref_of(ref) for ref in value])


def _group(value: Any) -> Any:
    return importlib.import_module("raylite._placement_group").known_group(value.id.hex())


_CONVERSIONS: dict[type, Callable[[Any], Any]] = {
    ray.DynamicObjectRefGenerator: _generator,
    PlacementGroup: _group,
}
