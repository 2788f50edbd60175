"""Calls of remote functions, as calls of Ray's.

In Ray: ``python/ray/remote_function.py``.
"""

from collections.abc import Mapping
from typing import Any, Final

import ray
import ray.util.client

from raylite._core.common.call_options import STREAMING
from raylite._core.common.object_ref import ObjectRef
from raylite.engines.base import Definition, TaskOptions
from raylite.engines.ray.entries import RayEntry
from raylite.engines.ray.errors import mapped
from raylite.engines.ray.generators import generator_of
from raylite.engines.ray.in_worker import function_for_ray
from raylite.engines.ray.options import for_ray
from raylite.engines.ray.values import args_for_ray, kwargs_for_ray
from raylite.exceptions import RaySystemError

__all__ = ["check_streams", "returned", "submit"]

_EARLY: Final = ("max_calls",)
"""Options that Ray takes where a function is decorated, and not for a call."""
_RayRef: Final = ray.ObjectRef


class _RayFunction:
    """Ray's remote function for one of the user's, made once for a definition."""

    def __init__(self, function: Definition, options: TaskOptions) -> None:
        early = {name: options.of_ray[name] for name in _EARLY if options.of_ray.get(name)}
        made = function_for_ray(function.target, function.name, function.source_files)
        self._ray_function = ray.remote(**early)(made) if early else ray.remote(made)
        self._options: TaskOptions | None = None
        self._with_options: Any = None

    def with_options(self, options: TaskOptions) -> Any:
        """The function with a call's options; those of the last call are at hand."""
        if options is not self._options:
            later = {key: one for key, one in options.of_ray.items() if key not in _EARLY}
            converted = for_ray(later)
            made = self._ray_function.options(**converted) if converted else self._ray_function
            self._with_options, self._options = made, options
        return self._with_options


def submit(
    function: Definition, args: tuple[Any, ...], kwargs: Mapping[str, Any], options: TaskOptions
) -> Any:
    """Queue a call of a remote function; gives a ref, None, a list of refs or a generator."""
    target: _RayFunction | None = function.shipped
    try:
        check_streams(options.num_returns, function.name)
        if target is None:
            target = function.shipped = _RayFunction(function, options)
        ray_function = target.with_options(options)
        return returned(ray_function.remote(*args_for_ray(args), **kwargs_for_ray(kwargs)))
    except Exception as error:
        told = mapped(error)
        if told is error:
            raise
        raise told from None


def check_streams(num_returns: int, name: str) -> None:
    """Refuse a generator where Ray's client is between, which has none that stream.

    Raises:
        RaySystemError: it says what to write instead.
    """
    if num_returns == STREAMING and ray.util.client.ray.is_connected():
        msg = (
            f"{name} is a generator, and Ray's client (ray://) cannot send items one by one. Write "
            f"{name}.options(num_returns='dynamic') if it is a function, return a list, or run the "
            "program on a machine of the cluster, with init('auto', engine='ray')."
        )
        raise RaySystemError(msg)


def returned(of_ray: Any) -> Any:
    """What Ray's ``.remote()`` gave, as raylite's gives it."""
    if isinstance(of_ray, _RayRef):
        return ObjectRef(RayEntry(of_ray))
    if of_ray is None:
        return None
    if isinstance(of_ray, list):
        return [ObjectRef(RayEntry(ray_ref)) for ray_ref in of_ray]
    return generator_of(of_ray)
