"""How large a session is at a moment: what each of its processes holds, and which files there are.

Read from ``/proc``, so only on Linux. Memory is what a process would give back if it ended (USS):
pages that it shares with others, such as those a worker has from the process it was forked from,
do not count; when it writes to one of these, it gets a copy, and that counts.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["ProcessSize", "SessionSize", "measure"]

_ROLES: Final = ("driver", "head", "fork server", "worker")
_KIB: Final = 1024
_TREE_SEPARATOR: Final = ") "
"""Ends the name of a program in ``/proc/PID/stat``; the name itself may hold anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSize:
    """What one process holds."""

    role: str
    """Driver, head, fork server or worker."""
    pid: int
    private_bytes: int
    """Memory that is its own (USS)."""
    proportional_bytes: int
    """The same and its share of what it shares (PSS)."""
    num_fds: int
    num_threads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSize:
    """What a session holds."""

    processes: tuple[ProcessSize, ...]
    num_files: int
    """In the session's folders, on disk and in memory."""

    def of(self, role: str) -> list[ProcessSize]:
        """The processes of a role."""
        return [process for process in self.processes if process.role == role]


def measure(folders: Iterable[str]) -> SessionSize:
    """Look at this process, which is the driver, and at all that descends from it.

    Args:
        folders: of the session, in which files are counted.
    """
    found = []
    for pid, depth in _family().items():
        try:
            found.append(_process(pid, _ROLES[min(depth, len(_ROLES) - 1)]))
        except (FileNotFoundError, ProcessLookupError):
            continue  # It ended while we looked.
    return SessionSize(processes=tuple(found), num_files=_num_files(folders))


def _family() -> dict[int, int]:
    """This process and its descendants, and how many generations lie between."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        parents[int(folder.name)] = int(stat.rpartition(_TREE_SEPARATOR)[2].split()[1])
    found = {os.getpid(): 0}
    grows = True
    while grows:
        further = {
            pid: found[parent] + 1
            for pid, parent in parents.items()
            if parent in found and pid not in found
        }
        found |= further
        grows = bool(further)
    return found


def _process(pid: int, role: str) -> ProcessSize:
    folder = Path(f"/proc/{pid}")
    kib = _kib_by_name((folder / "smaps_rollup").read_text(encoding="ascii"))
    return ProcessSize(
        role=role,
        pid=pid,
        private_bytes=_KIB * (kib["Private_Clean"] + kib["Private_Dirty"]),
        proportional_bytes=_KIB * kib["Pss"],
        num_fds=len(os.listdir(folder / "fd")),  # noqa: PTH208  # Names are enough to be counted.
        num_threads=len(os.listdir(folder / "task")),  # noqa: PTH208  # As above.
    )


def _kib_by_name(text: str) -> dict[str, int]:
    lines = (line.split() for line in text.splitlines())
    return {line[0][:-1]: int(line[1]) for line in lines if line[-1] == "kB"}


def _num_files(folders: Iterable[str]) -> int:
    return sum(1 for folder in folders for path in Path(folder).rglob("*") if path.is_file())
