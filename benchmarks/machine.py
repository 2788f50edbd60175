"""The machine that a benchmark ran on, and what else it had to do meanwhile.

A figure means little without them. Two kinds of disturbance are told apart: other work on the
machine, seen while nothing of ours runs, and processor time that the host of a virtual machine
gave to somebody else ("steal"), seen all the time.
"""

import os
import platform
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

GLANCE_S = 0.5
"""Seconds to look at the idle machine before each round."""
BUSY = 0.1
"""From this share of all CPUs on, other work disturbs two processes that talk to each other."""
_SHM = Path("/dev/shm")  # noqa: S108 - we look at its room only
_STEAL = 7
"""The place of stolen time in the first line of ``/proc/stat``."""
_IDLE = (3, 4)
"""The places of idle time: nothing to do, and waiting for a disk."""


def machine_line() -> str:
    """Cores, processor, Python and kernel, in a line."""
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, "
        f"{platform.system()} {platform.release()}"
    )


def available_bytes() -> int:
    """Memory that programs can still get, in bytes; a large number where nobody tells."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return sys.maxsize
    found = {
        name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)
    }
    return found.get("MemAvailable", found.get("MemFree", 0)) * 1024


def available_shm_bytes() -> int:
    """Room in ``/dev/shm``, in bytes; a large number where there is no such thing."""
    return shutil.disk_usage(_SHM).free if _SHM.exists() else sys.maxsize


def _ticks() -> tuple[int, ...]:
    """What ``/proc/stat`` says of all CPUs since the start; empty where there is none."""
    try:
        line = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0]
    except OSError:
        return ()
    return tuple(int(word) for word in line.split()[1:9])


def _shares(before: Sequence[int], after: Sequence[int]) -> tuple[float, float]:
    """Busy and stolen shares of all CPUs between two looks, from 0 to 1."""
    spent = [late - early for early, late in zip(before, after, strict=True)]
    total = sum(spent)
    if not total:
        return 0.0, 0.0
    stolen = spent[_STEAL]
    idle = sum(spent[place] for place in _IDLE)
    return (total - idle - stolen) / total, stolen / total


@dataclass(slots=True)
class LoadWatch:
    """Notes the machine's load before, during and after a benchmark.

    Call :meth:`glance` before each round, while nothing of the benchmark runs, and :meth:`note`
    at the end.
    """

    others: list[float] = field(default_factory=list)
    """The share of all CPUs that other work used, at each glance."""
    averages: list[float] = field(default_factory=lambda: [os.getloadavg()[0]])
    """The load average of one minute, before and at each glance."""
    _began: tuple[int, ...] = field(default_factory=_ticks)

    def glance(self) -> None:
        """Look at the machine for half a second."""
        before = _ticks()
        time.sleep(GLANCE_S)
        if before:
            self.others.append(_shares(before, _ticks())[0])
        self.averages.append(os.getloadavg()[0])

    def note(self) -> str:
        """Load before, during and after, and what it means for the figures, in a line or two."""
        after = os.getloadavg()[0]
        before, *during = self.averages
        told = f"Load {before:.1f} before, "
        told += f"{median(during):.1f} (at most {max(during):.1f}) during, " if during else ""
        told += f"{after:.1f} after."
        stolen = _shares(self._began, _ticks())[1] if self._began else 0.0
        return told + disturbance(self.others, stolen)


def disturbance(others: Sequence[float], stolen: float) -> str:
    """What other work and a busy host mean for the figures: a sentence, or nothing.

    Args:
        others: shares of all CPUs that other work used, from 0 to 1, at several moments.
        stolen: the share that the host of a virtual machine gave to others.
    """
    told = ""
    busy = median(others) if others else 0.0
    if others:
        told = f" Before its rounds other work used {100 * busy:.0f} % of the CPUs"
        told += f" (at most {100 * max(others):.0f} %)"
        told += f"; the host kept {100 * stolen:.0f} %." if stolen >= 0.005 else "."  # noqa: PLR2004
    if busy >= BUSY or max(others, default=0) >= 3 * BUSY or stolen >= BUSY:
        told += " **The machine had other work: the ratios count more than the figures.**"
    return told
