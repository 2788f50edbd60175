"""How much memory a process takes, looked at once a second at most.

In Ray: the reporter agent of each node, with ``psutil``. What processes share is divided among
them, since workers are forks that share most of it.
"""

import time
from pathlib import Path
from typing import Final

__all__ = ["MemoryMeter", "own_bytes"]

_EVERY_S: Final = 1.0
_KIB: Final = 1024


class MemoryMeter:
    """Looks at one process."""

    def __init__(self) -> None:
        self._pid: int | None = None
        self._next_s = 0.0
        self._found: int | None = None

    def read(self, pid: int | None) -> int | None:
        """Its bytes; None if there is no such process, or the system does not tell.

        Args:
            pid: the process; another one than the last time is looked at at once.
        """
        now_s = time.monotonic()
        if pid != self._pid or now_s >= self._next_s:
            self._pid, self._next_s = pid, now_s + _EVERY_S
            self._found = None if pid is None else own_bytes(pid)
        return self._found


def own_bytes(pid: int) -> int | None:
    """What a process takes, with its part of what it shares; None if the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:  # It has just ended, or belongs to somebody else, or this is no Linux.
        return None
    found = (line.split()[1] for line in lines if line.startswith("Pss:"))
    return next((int(number) * _KIB for number in found), None)
