"""What can be built on tasks and actors: pools, queues, and questions about the session.

In Ray: ``python/ray/util``. Everything here uses the public API, as a program of yours would; so
these files are also examples of how to write one. The progress bars ``tqdm`` and ``trange`` are
found here, too. Of the modules below, ``queue``, ``metrics``, ``multiprocessing``, ``joblib`` and
``state`` are to be imported by name.
"""

import importlib

from raylite._progress_bar import tqdm, trange
from raylite.util._named_actors import list_named_actors
from raylite.util._node import get_node_instance_id, get_node_ip_address
from raylite.util.actor_pool import ActorPool
from raylite.util.check_serialize import inspect_serializability
from raylite.util.debug import disable_log_once_globally, enable_periodic_logging, log_once
from raylite.util.helpers import as_completed, map_unordered
from raylite.util.placement_group import (
    get_current_placement_group,
    get_placement_group,
    placement_group,
    placement_group_table,
    remove_placement_group,
)
from raylite.util.serialization import deregister_serializer, register_serializer

__all__ = [
    "ActorPool",
    "as_completed",
    "deregister_serializer",
    "disable_log_once_globally",
    "enable_periodic_logging",
    "get_current_placement_group",
    "get_node_instance_id",
    "get_node_ip_address",
    "get_placement_group",
    "inspect_serializability",
    "list_named_actors",
    "log_once",
    "map_unordered",
    "placement_group",
    "placement_group_table",
    "register_serializer",
    "remove_placement_group",
    "tqdm",
    "trange",
]

_BY_NAME = {"joblib", "metrics", "multiprocessing", "queue", "state"}


def __getattr__(name: str) -> object:
    """A module that is loaded when it is first used, and a word about those that are not."""
    if name == "scheduling_strategies":
        return importlib.import_module(f"{__name__}.{name}")
    msg = f"module {__name__!r} has no attribute {name!r}"
    if name in _BY_NAME:
        msg = f"{msg} yet: it is to be imported, 'from {__name__} import {name}'."
    raise AttributeError(msg)
