"""The most memory that a program and all it starts hold at a time. Only on Linux.

Private pages count once, those that several processes share are divided among them. Of files that
are mapped, as libraries are, at least those count that the largest process has mapped: another
program on this machine may use the same ones, and would take its share of them.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Final, Self

import psutil

__all__ = ["MemoryWatch"]

_LOOK_S: Final = 0.05
_KIB: Final = 1024


@dataclass(frozen=True, slots=True)
class _Held:
    """What a process holds, in kB."""

    anonymous: int
    files: int
    shared: int
    files_mapped: int
    """Its files, however many others have mapped them."""


class MemoryWatch:
    """Looks twenty times a second, from its beginning to its end.

    Args:
        pid: of the program. If it has mounts of its own, whoever has the same belongs to it.
    """

    def __init__(self, pid: int) -> None:
        self.peak_bytes = 0
        self._pid = pid
        self._mounts = _mounts(pid)
        self._ended = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(_LOOK_S):
            held = [found for pid in self._family() if (found := _held(pid)) is not None]
            self.peak_bytes = max(self.peak_bytes, self._sum_bytes(held))

    def _family(self) -> list[int]:
        if self._has_own_mounts():
            pids = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
            return [pid for pid in pids if _mounts(pid) == self._mounts]
        try:
            children = psutil.Process(self._pid).children(recursive=True)
        except psutil.Error:
            return []
        return [self._pid, *(child.pid for child in children)]

    def _has_own_mounts(self) -> bool:
        return self._mounts not in {"", _mounts(os.getpid())}

    def _sum_bytes(self, held: list[_Held]) -> int:
        files = max(sum(each.files for each in held), *(each.files_mapped for each in held), 0)
        in_folder = _used_bytes(self._pid) if self._has_own_mounts() else 0
        shared = max(_KIB * sum(each.shared for each in held), in_folder)
        return _KIB * (files + sum(each.anonymous for each in held)) + shared


def _held(pid: int) -> _Held | None:
    """None if it has ended while we looked."""
    try:
        rollup = _fields(Path(f"/proc/{pid}/smaps_rollup"))
        status = _fields(Path(f"/proc/{pid}/status"))
    except OSError:
        return None
    if "Pss_Anon" not in rollup:
        return None
    return _Held(
        rollup["Pss_Anon"], rollup["Pss_File"], rollup["Pss_Shmem"], status.get("RssFile", 0)
    )


def _fields(path: Path) -> dict[str, int]:
    """Lines such as ``Rss:  5 kB``."""
    lines = (line.split() for line in path.read_text().splitlines())
    return {line[0].rstrip(":"): int(line[1]) for line in lines if line[-1:] == ["kB"]}


def _mounts(pid: int) -> str:
    """Which mounts a process sees; empty if it is gone, or not ours to ask."""
    try:
        return str(Path(f"/proc/{pid}/ns/mnt").readlink())
    except OSError:
        return ""


def _used_bytes(pid: int) -> int:
    """What lies in the process's ``/dev/shm``, mapped by anybody or not."""
    try:
        found = os.statvfs(Path("/proc", str(pid), "root", "dev", "shm"))
    except OSError:
        return 0
    return (found.f_blocks - found.f_bfree) * found.f_frsize
