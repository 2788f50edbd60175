"""``import ray`` that gives raylite, in a driver that asked for it and in its workers.

In Ray: nothing like it. A finder is put before all others that Python asks for a module. For
``ray`` and every name below it, it answers with raylite's module of the same name: the very same
object, so that a class is one class however it was imported. A name that raylite does not have
is an error that says so; it is never looked for elsewhere, not even where Ray is installed.
"""

import importlib
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, Final

__all__ = ["RayFinder", "is_only_in_ray", "is_standing_in", "missing"]

_RAY: Final = "ray"
_OURS: Final = "raylite"

_ONLY_IN_RAY: Final = frozenset(
    {
        *("ClientBuilder", "Language", "LoggingConfig", "client", "cpp_function"),
        *("java_actor_class", "java_function", "state", "worker"),
        *("_common", "air", "autoscaler", "client_builder", "cluster_utils", "core"),
        *("cross_language", "dag", "dashboard", "data", "internal"),
        *("job_config", "job_submission", "llm", "rllib", "scripts", "serve", "train", "tune"),
        *("widgets", "workflow"),
    }
)
"""Names right below ``ray`` that raylite has not: a few functions and classes, then modules."""


def is_standing_in() -> bool:
    """Whether ``import ray`` gave, or would give, raylite in this process."""
    return sys.modules.get(_RAY) is sys.modules.get(_OURS, _RAY)


def is_only_in_ray(name: str) -> bool:
    """Whether ``ray.<name>`` is something of Ray's that raylite does not have."""
    return name in _ONLY_IN_RAY


def missing(name: str) -> str:
    """What to say when somebody wants ``ray.<name>``, which raylite does not have."""
    return (
        f"ray.{name} is not part of raylite, which has Ray's actors, tasks and utilities on one "
        "machine. For the rest run the program on Ray itself: pip install ray, then "
        "'python PROGRAM.py', without 'python -m raylite' and without install_as_ray()."
    )


class RayFinder:
    """Answers for ``ray`` and what is below it.

    Args:
        wanted: whether ``ray`` is to be raylite; asked when ``ray`` is imported for the first
            time, so that a worker finds out when it matters and not before.
    """

    def __init__(self, wanted: Callable[[], bool]) -> None:
        self._wanted = wanted

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Where a module is found; None for modules that are none of Ray's.

        Raises:
            ModuleNotFoundError: if raylite has no such module.
        """
        if fullname == _RAY or fullname.startswith(f"{_RAY}."):
            if not self._stands_in():
                return None
            ours = _OURS + fullname.removeprefix(_RAY)
            if ours not in sys.modules and fullname != _RAY:
                _found(ours, path, target)
            # Not derived from importlib.abc.Loader: to import that takes every driver 5 ms.
            loader: Any = _SameModule(ours)
            return ModuleSpec(fullname, loader, origin=ours)
        if fullname.startswith(f"{_OURS}.") and is_standing_in():
            # 'from ray import data' asks for 'raylite.data', since that is the module's own name.
            return _found(fullname, path, target)
        return None

    def _stands_in(self) -> bool:
        if _RAY in sys.modules:
            return is_standing_in()
        return self._wanted()


class _SameModule:
    """Loads a module by putting another in its place."""

    def __init__(self, ours: str) -> None:
        self._ours = ours

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:  # noqa: ARG002  # in Python's signature
        """Leave it to Python: what it makes is thrown away."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Name raylite's module, and those it has loaded already, as Ray does."""
        sys.modules[module.__name__] = importlib.import_module(self._ours)
        # Now and not when they are asked for: Python would then set them in their package anew,
        # where ray.util.placement_group is a function and no longer the module.
        below = f"{self._ours}."
        for name, loaded in list(sys.modules.items()):
            if name.startswith(below):
                sys.modules.setdefault(_RAY + name.removeprefix(_OURS), loaded)


def _found(ours: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec:
    spec = PathFinder.find_spec(ours, path, target)
    if spec is None:
        name = ours.removeprefix(f"{_OURS}.")
        raise ModuleNotFoundError(missing(name), name=f"{_RAY}.{name}")
    return spec
