"""Ray's actors and tasks on one machine: ``import raylite as ray``.

General layout. This package is Ray's public API. Each function checks what the user typed and
hands it through one door, :mod:`raylite.engines.base`, to an engine, which :func:`init` loads by
name. The runtime behind the usual engine is :mod:`raylite._core`; what a notebook shows of it is
:mod:`raylite.notebook`. Importing this package loads neither.
"""

import importlib

from raylite import actor, exceptions
from raylite._api import (
    available_resources,
    cluster_resources,
    get,
    get_actor,
    get_gpu_ids,
    init,
    is_initialized,
    kill,
    nodes,
    put,
    shutdown,
    wait,
)
from raylite._notebook import load_ipython_extension, progress, unload_ipython_extension
from raylite._remote import remote
from raylite.actor import ActorClass, ActorHandle, method
from raylite.object_ref import DynamicObjectRefGenerator, ObjectRef, ObjectRefGenerator
from raylite.runtime_context import get_runtime_context

__all__ = [
    "ActorClass",
    "ActorHandle",
    "DynamicObjectRefGenerator",
    "ObjectRef",
    "ObjectRefGenerator",
    "__version__",
    "actor",
    "available_resources",
    "cluster_resources",
    "exceptions",
    "get",
    "get_actor",
    "get_gpu_ids",
    "get_runtime_context",
    "init",
    "is_initialized",
    "kill",
    "load_ipython_extension",
    "method",
    "nodes",
    "progress",
    "put",
    "remote",
    "shutdown",
    "unload_ipython_extension",
    "wait",
]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """``ray.util`` and ``ray.cloudpickle``, which are loaded when a program first uses them."""
    homes = {"util": "raylite.util", "cloudpickle": "cloudpickle"}
    if name not in homes:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return importlib.import_module(homes[name])


for _name in __all__:
    _public = globals()[_name]
    # What a user reads in a traceback or in help() is the name he writes.
    if getattr(_public, "__module__", "").startswith("raylite._"):
        _public.__module__ = __name__
del _name, _public
