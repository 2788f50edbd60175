"""How many CPUs this process may really use.

As ``loky.cpu_count()`` counts: the affinity mask, the container's quota and
``LOKY_MAX_CPU_COUNT``, whichever is least. ``os.cpu_count()`` tells the machine's, which in a
container is somebody else's.
"""

import math
import os
from pathlib import Path

__all__ = ["cpu_count"]


def cpu_count() -> int:
    """CPUs this process may use, at least 1."""
    counts = [os.cpu_count() or 1]
    if hasattr(os, "sched_getaffinity"):
        counts.append(len(os.sched_getaffinity(0)))
    quota = _cgroup_quota()
    if quota is not None:
        counts.append(quota)
    limit = os.environ.get("LOKY_MAX_CPU_COUNT", "")
    if limit.isdigit():
        counts.append(int(limit))
    return max(1, min(counts))


def _cgroup_quota() -> int | None:
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text("ascii").split()
    except (OSError, ValueError):
        return _cgroup_v1_quota()
    return None if quota == "max" else math.ceil(int(quota) / int(period))


def _cgroup_v1_quota() -> int | None:
    folder = Path("/sys/fs/cgroup/cpu")
    try:
        quota = int((folder / "cpu.cfs_quota_us").read_text("ascii"))
        period = int((folder / "cpu.cfs_period_us").read_text("ascii"))
    except (OSError, ValueError):
        return None
    return math.ceil(quota / period) if quota > 0 and period > 0 else None
