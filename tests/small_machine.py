"""As little as a free Binder machine has: programs that run in it see no more than that.

One CPU, 2 GB of memory, 64 MB in ``/dev/shm``. Where this user may make control groups, the first
two are limited as Binder limits them, by quotas: a program sees all CPUs of the machine, and may
use the time of one. Elsewhere it is given one CPU, and its memory is watched only.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from jupyter_client.manager import AsyncKernelManager

from tests.mounts import own_mounts
from tests.processes import wait_until

__all__ = ["CPUS", "MEMORY_BYTES", "SHARED_MB", "SmallMachine", "small_machine"]

CPUS: Final = 1
MEMORY_BYTES: Final = 2_000_000_000
SHARED_MB: Final = 64
"""In ``/dev/shm``: what a container has unless somebody asks for more."""
_PERIOD_US: Final = 100_000
_SHARES: Final = 10 * 1024
"""Else all processes of the group would be given as little as one program beside it."""
_CGROUPS: Final = Path("/sys/fs/cgroup")
_LIMITS: Final = {
    "cpu": {
        "cpu.cfs_period_us": _PERIOD_US,
        "cpu.cfs_quota_us": CPUS * _PERIOD_US,
        "cpu.shares": _SHARES,
    },
    "cpuacct": {},
    "memory": {"memory.limit_in_bytes": MEMORY_BYTES},
}
"""By controller, what is written into which of its files."""


@dataclass(frozen=True)
class SmallMachine:
    """Limits; a program that is started with ``prefix`` runs in them, with all that it starts."""

    groups: dict[str, Path] = field(default_factory=dict)
    """The folder of its control group, by controller; empty where we may make none."""

    @property
    def prefix(self) -> list[str]:
        """What comes before a program and its arguments. The program keeps its process."""
        enter = [f"echo $$ > {folder}/cgroup.procs" for folder in self.groups.values()]
        # As in a container, where its own groups are all that can be seen.
        enter += [f"mount --bind {at} {_CGROUPS / name}" for name, at in self.groups.items()]
        mounts = own_mounts()
        if mounts:
            enter.append(f"mount -t tmpfs -o size={SHARED_MB}m tmpfs /dev/shm")
        if not self.groups and shutil.which("taskset"):
            enter.append(f"taskset --cpu-list --pid {min(os.sched_getaffinity(0))} $$ >/dev/null")
        script = " && ".join([*enter, 'exec "$@"'])
        return [*mounts, "sh", "-c", script, "sh"]

    def cpu_s(self) -> float | None:
        """CPU time, in seconds, that its programs have used; None where nobody counts."""
        group = self.groups.get("cpuacct")
        return int((group / "cpuacct.usage").read_text()) / 1e9 if group else None

    def kernels(self) -> type[AsyncKernelManager]:
        """Kernels in the limits, for ``nbclient``."""
        prefix = self.prefix

        class Kernels(AsyncKernelManager):
            def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
                return [*prefix, *super().format_kernel_cmd(extra_arguments)]

        return Kernels


@contextmanager
def small_machine() -> Iterator[SmallMachine]:
    """A machine of its own, which has to be empty again at the end."""
    with ExitStack() as undo:
        try:
            groups = {name: undo.enter_context(_group(name)) for name in _LIMITS}
        except OSError:
            undo.close()
            groups = {}
        yield SmallMachine(groups if os.geteuid() == 0 and own_mounts() else {})


@contextmanager
def _group(controller: str) -> Iterator[Path]:
    """A control group below our own.

    Raises:
        OSError: if this user may not make one, or there is no such controller.
    """
    group = _own_group(controller) / f"raylite-small-{os.getpid()}"
    if group.exists():  # One folder may belong to several controllers, as ``cpu`` and ``cpuacct``.
        yield group
        return
    group.mkdir()
    try:
        for name, value in _LIMITS[controller].items():
            (group / name).write_text(str(value))
        yield group
    finally:
        wait_until(lambda: not (group / "cgroup.procs").read_text())
        group.rmdir()


def _own_group(controller: str) -> Path:
    """Where our group of a controller is shown."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, names, path = line.split(":", 2)
        if controller in names.split(","):
            return _CGROUPS / controller / path.removeprefix("/")
    raise FileNotFoundError(controller)
