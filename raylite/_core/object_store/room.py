"""Where a new object finds room: in memory while that is safe, else on disk.

In Ray: ``PlasmaAllocator`` with its fallback directory, and ``determine_plasma_store_config`` in
``python/ray/_private/services.py``. Left out here: moving objects to disk later (spilling).

A folder in memory has two ends. One is its own size; in a container that is often 64 MB. The other
is the memory of the machine, or of the container: pages of such files count like any others, cannot
be written out, and who goes beyond the limit is killed, not told. So a value goes to disk when with
it less than a quarter of that memory, or a gigabyte, would be left, be there room in the folder or
not.
"""

import os
from pathlib import Path
from typing import Final

from raylite._core.common.record import Record

__all__ = ["MemoryWatch", "Room", "free_bytes", "in_words", "memory_limits"]

_KEEP_FREE_BYTES: Final = 8 << 20
"""Others use the folder as well, and die of a SIGBUS if it is full."""
_FOLDER_SHARE_KEPT: Final = 8
"""If the folder is so small that this is less."""
_LOOK_EVERY_BYTES: Final = 4 << 20
"""So much is written in between before the machine's memory is looked at again."""
_SHARE_KEPT: Final = 4
"""Of memory; programs have to live as well, and to make their values before they put them."""
_MOST_KEPT_BYTES: Final = 1 << 30
_NO_LIMIT: Final = 1 << 60


class Room(Record):
    """What there is of a kind of memory."""

    limit: int
    """Bytes in all."""
    free: int
    """Bytes that could be had at the moment."""

    def usable_bytes(self) -> int:
        """What may be taken, so that enough is left for the programs themselves."""
        return max(0, self.free - min(self.limit // _SHARE_KEPT, _MOST_KEPT_BYTES))


def free_bytes(folder: str, kept_bytes: int = 0) -> int:
    """How much a new file in a folder may take; 0 if the folder is gone.

    Args:
        folder: asked for.
        kept_bytes: how much is left to others there, but for a small file system, where it is less.
    """
    try:
        found = os.statvfs(folder)
    except OSError:
        return 0
    kept_bytes = min(kept_bytes, found.f_blocks * found.f_frsize // _FOLDER_SHARE_KEPT)
    return max(0, found.f_bavail * found.f_frsize - kept_bytes)


class MemoryWatch:
    """Says how much a folder in memory may still take.

    Args:
        folder: in memory.
        root: of the file system that tells of the machine; another one in tests.
    """

    def __init__(self, folder: str, root: str = "/") -> None:
        self._folder = folder
        self._root = Path(root)
        self._limits: list[_Limit] | None = None
        self._since_look = _LOOK_EVERY_BYTES
        self._had_room = True

    def has_room(self, size_bytes: int) -> bool:
        """Whether a file of this size may be written there."""
        if free_bytes(self._folder, _KEEP_FREE_BYTES) < size_bytes:
            return False
        self._since_look += size_bytes
        if self._since_look >= _LOOK_EVERY_BYTES or not self._had_room:
            # Only for large values, or many: three files have to be read.
            if self._limits is None:
                self._limits = memory_limits(self._root)
            self._had_room = all(size_bytes <= limit.now().usable_bytes() for limit in self._limits)
            self._since_look = 0
        return self._had_room

    def usable_bytes(self) -> int:
        """For people: how much may be written, by the tightest of all limits."""
        rooms = [limit.now().usable_bytes() for limit in self._limits or ()]
        return min([free_bytes(self._folder, _KEEP_FREE_BYTES), *rooms])


class _Limit:
    """A limit for memory that this process lives under."""

    def now(self) -> Room:
        """How things are at the moment."""
        raise NotImplementedError


class _Machine(_Limit):
    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> Room:
        try:
            lines = self._path.read_text("ascii").split("\n", 4)
            total, available = int(lines[0].split()[1]), int(lines[2].split()[1])
        except (OSError, ValueError, IndexError):  # No Linux.
            return Room(limit=0, free=_NO_LIMIT)
        return Room(limit=total * 1024, free=available * 1024)


class _ControlGroup(_Limit):
    """Of a container, or of one of the groups around it.

    Args:
        limit: bytes.
        usage: the file that says how many are in use.
        stat: the file that says what of them is a copy of what is on disk, and so given back when
            there is need.
        prefix: of the names in it that count the groups below as well.
    """

    def __init__(self, limit: int, usage: Path, stat: Path, prefix: str) -> None:
        self._limit = limit
        self._usage = usage
        self._stat = stat
        self._prefix = prefix

    def now(self) -> Room:
        try:
            used = int(self._usage.read_text("ascii"))
        except (OSError, ValueError):  # The group is gone.
            return Room(limit=0, free=_NO_LIMIT)
        return Room(limit=self._limit, free=self._limit - used + self._reclaimable())

    def _reclaimable(self) -> int:
        names = {f"{self._prefix}inactive_file", f"{self._prefix}active_file"}
        try:
            lines = [line.split() for line in self._stat.read_text("ascii").splitlines()]
            return sum(int(line[1]) for line in lines if line[0] in names)
        except (OSError, ValueError, IndexError):
            return 0


def memory_limits(root: Path = Path("/")) -> list[_Limit]:
    """The machine's memory, and that of every control group around this process with a limit."""
    limits: list[_Limit] = [_Machine(root / "proc/meminfo")]
    try:
        lines = (root / "proc/self/cgroup").read_text("ascii").splitlines()
    except OSError:
        return limits
    for line in lines:
        _, _, rest = line.partition(":")
        kinds, _, group = rest.partition(":")
        if not kinds:
            names = ("memory.max", "memory.current", "memory.stat", "")
            limits += _groups(root / "sys/fs/cgroup", group, names)
        elif "memory" in kinds.split(","):
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "memory.stat", "total_")
            limits += _groups(root / "sys/fs/cgroup/memory", group, names)
    return limits


def _groups(base: Path, group: str, names: tuple[str, str, str, str]) -> list[_Limit]:
    """The group and those around it. In a container only the outermost can be seen, as the base."""
    here = Path(group.lstrip("/"))
    found: list[_Limit] = []
    for part in [here, *here.parents]:
        folder = base / part
        limit = _limit_in(folder / names[0])
        if limit is not None:
            usage, stat = folder / names[1], folder / names[2]
            found.append(_ControlGroup(limit, usage, stat, names[3]))
    return found


def _limit_in(path: Path) -> int | None:
    try:
        limit = int(path.read_text("ascii"))
    except (OSError, ValueError):  # The word "max".
        return None
    return limit if limit < _NO_LIMIT else None


def in_words(size_bytes: int) -> str:
    """A size as people say it."""
    size = float(size_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if abs(size) < 1000 or unit == "GB":  # noqa: PLR2004  # Decimal, as on a label.
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
