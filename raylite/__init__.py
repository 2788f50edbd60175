"""Ray's actors and tasks on one machine: ``import raylite as ray``.

General layout. This package is Ray's public API. Each function checks what the user typed and
hands it through one door, :mod:`raylite.engines.base`, to an engine, which :func:`init` loads by
name. The runtime behind the usual engine is :mod:`raylite._core`; what a notebook shows of it is
:mod:`raylite.notebook`. Importing this package loads neither.
"""

import importlib

from raylite import actor, exceptions
from raylite._api import get, get_actor, kill, put, wait
from raylite._as_ray import install_as_ray
from raylite._cancel import cancel
from raylite._core.common.public_ids import (
    ActorClassID,
    ActorID,
    FunctionID,
    JobID,
    NodeID,
    PlacementGroupID,
    TaskID,
    UniqueID,
    WorkerID,
)
from raylite._core.common.version import __version__
from raylite._flows import creation_flow, submission_flow, trace
from raylite._looking import (
    dashboard,
    doctor,
    explain,
    load_events,
    report,
    save_events,
    show_timeline,
    watch,
)
from raylite._notebook import (
    hide_own_lines_in_cells,
    load_ipython_extension,
    output,
    progress,
    unload_ipython_extension,
)
from raylite._remote import remote
from raylite._resources import available_resources, cluster_resources, get_gpu_ids, nodes
from raylite._session import init, is_initialized, shutdown
from raylite._timeline import timeline
from raylite.actor import ActorClass, ActorHandle, method
from raylite.object_ref import DynamicObjectRefGenerator, ObjectRef, ObjectRefGenerator
from raylite.runtime_context import get_runtime_context

__all__ = [
    "ActorClass",
    "ActorClassID",
    "ActorHandle",
    "ActorID",
    "DynamicObjectRefGenerator",
    "FunctionID",
    "JobID",
    "NodeID",
    "ObjectRef",
    "ObjectRefGenerator",
    "PlacementGroupID",
    "TaskID",
    "UniqueID",
    "WorkerID",
    "__version__",
    "actor",
    "available_resources",
    "cancel",
    "cluster_resources",
    "creation_flow",
    "dashboard",
    "doctor",
    "exceptions",
    "explain",
    "get",
    "get_actor",
    "get_gpu_ids",
    "get_runtime_context",
    "init",
    "install_as_ray",
    "is_initialized",
    "kill",
    "load_events",
    "load_ipython_extension",
    "method",
    "nodes",
    "output",
    "progress",
    "put",
    "remote",
    "report",
    "save_events",
    "show_timeline",
    "shutdown",
    "submission_flow",
    "timeline",
    "trace",
    "unload_ipython_extension",
    "wait",
    "watch",
]


_MODULES = {
    *("_private", "_raylet", "cloudpickle", "cluster", "experimental", "runtime_env", "types"),
    "util",
}


def __getattr__(name: str) -> object:
    """Names that are loaded when a program first uses them, and a word about those that are not."""
    if name == "ObjectID":  # Ray's older name for it.
        return ObjectRef
    if name in _MODULES:
        return importlib.import_module(f"raylite.{name}")
    msg = f"module {__name__!r} has no attribute {name!r}"
    if not name.startswith("__"):
        stand_in = importlib.import_module("raylite._core.common.stand_in")
        near = importlib.import_module("difflib").get_close_matches(name, __all__, 1)
        hint = f". Did you mean {near[0]!r}?" if near else ""
        msg = stand_in.missing(name) if stand_in.is_only_in_ray(name) else f"{msg}{hint}"
    raise AttributeError(msg)


for _name in __all__:
    _public = globals()[_name]
    # What a user reads in a traceback or in help() is the name he writes.
    if getattr(_public, "__module__", "").startswith("raylite._"):
        _public.__module__ = __name__
hide_own_lines_in_cells()
del _name, _public, hide_own_lines_in_cells
