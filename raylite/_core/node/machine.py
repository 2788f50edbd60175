"""What every node has beside its CPUs and GPUs: a share of the machine's memory, and its address.

In Ray: ``resolve_resources`` in ``python/ray/_private/resource_and_label_spec.py``. Left out here:
accelerators. All nodes are on this machine, so each claims the same memory, as Ray's do when
several are started on one.
"""

import os
from pathlib import Path
from typing import Final

from raylite._core.common.resources import ResourceSet

__all__ = ["ADDRESS", "available_bytes", "node_total", "shown_resources"]

ADDRESS: Final = "127.0.0.1"
_EVERYWHERE: Final = frozenset({"memory", "object_store_memory"})
_OBJECT_STORE_SHARE: Final = 0.3
"""Of the memory; the rest is for tasks and actors to ask for."""
_LIMITS: Final = (
    "/sys/fs/cgroup/memory.max",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
)


def node_total(asked: ResourceSet, *, is_first: bool) -> ResourceSet:
    """All that a node has.

    Args:
        asked: what whoever starts it has said.
        is_first: whether the drivers are on it.
    """
    said = asked.to_dict()
    free = available_bytes()
    store = int(free * _OBJECT_STORE_SHARE)
    own = {"memory": free - store, "object_store_memory": store, f"node:{ADDRESS}": 1}
    if is_first:
        own["node:__internal_head__"] = 1
    return ResourceSet.of({**own, **said})


def shown_resources(total: ResourceSet, asked: ResourceSet) -> dict[str, float]:
    """What a node has, without what every node has, unless somebody asks for that."""
    wanted = asked.to_dict()
    return {
        name: amount
        for name, amount in total.to_dict().items()
        if name in wanted or not (name in _EVERYWHERE or name.startswith("node:"))
    }


def available_bytes() -> int:
    """Memory that this machine, or this container, has left."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
        left = next(line for line in lines if line.startswith("MemAvailable"))
        free = int(left.split()[1]) * 1024
    except (OSError, ValueError, StopIteration):  # No Linux.
        free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([free, *_limits()])


def _limits() -> list[int]:
    limits = []
    for path in _LIMITS:
        try:
            limits.append(int(Path(path).read_text("ascii")))
        except (OSError, ValueError):  # Another version of control groups, or no limit.
            continue
    return limits
