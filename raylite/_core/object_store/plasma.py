"""Large values: one file each, written once, mapped by whoever reads.

In Ray: ``src/ray/object_manager/plasma/store.h``, which keeps one large segment and hands out
pieces of it. Left out here: that segment, eviction and spilling. A file for each object needs no
allocator, and its life is its owner's: when the owner lets go of the last ref, the file is
unlinked, and the pages go with the last reader's map. A file's name begins with its owner, so that
what a dead process owned can be found and removed.

Files lie in memory (``/dev/shm``) while it has room, else on disk. They are written with
``write``, not through a map: a full file system is then an ``ENOSPC`` error that can be answered,
and not a SIGBUS that cannot.
"""

import contextlib
import errno
import itertools
import mmap
import os
import pickle
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from raylite._core.common.ids import WorkerID
from raylite._core.common.record import Record
from raylite._core.object_store.serialization import IN_FILE, join_buffers, layout, loads_inline

__all__ = [
    "INLINE_MAX_BYTES",
    "SURELY_INLINE_BYTES",
    "PlasmaFile",
    "PlasmaStore",
    "PlasmaStoreStatistics",
    "load",
    "remove_files_of",
    "written_by",
]

INLINE_MAX_BYTES: Final = 100 * 1024
"""Values up to this size travel inside messages."""
SURELY_INLINE_BYTES: Final = 50_000
"""A pickle up to this size, without buffers, needs no thought."""
_KEEP_FREE_BYTES: Final = 8 << 20
_IOV_MAX: Final = 512
_ID_CHARS: Final = 12


class PlasmaFile:
    """The owner's hold on a file: it is unlinked when the hold is let go."""

    __slots__ = ("_getpid", "_pid", "_unlink", "path", "size_bytes")

    def __init__(self, path: str, size_bytes: int) -> None:
        self.path = path
        self.size_bytes = size_bytes
        # Module globals may be gone when the interpreter ends and __del__ still runs.
        self._unlink = os.unlink
        self._getpid = os.getpid
        self._pid = os.getpid()

    @classmethod
    def of(cls, payload: bytes) -> "PlasmaFile":
        """The hold on the file that a payload speaks of."""
        return cls(*pickle.loads(memoryview(payload)[1:]))

    def hand_over(self) -> None:
        """Leave the file to whoever is told its path: he becomes its owner."""
        self.path = ""

    def __del__(self) -> None:
        if self.path and self._getpid() == self._pid:  # A forked copy is not the owner.
            with contextlib.suppress(OSError):
                self._unlink(self.path)


class PlasmaStoreStatistics(Record):
    """What one process has written so far."""

    num_files: int
    num_bytes: int
    num_on_disk: int
    """How many files did not find room in memory."""


class PlasmaStore:
    """Where one process writes its large values.

    Args:
        shm_dir: a folder in memory.
        disk_dir: a folder on disk, for what finds no room there.
        worker_id: the process, which owns what it writes unless it says otherwise.
    """

    def __init__(self, shm_dir: str, disk_dir: str, worker_id: WorkerID) -> None:
        self._dirs = (Path(shm_dir), Path(disk_dir))
        self._worker_id = worker_id
        self._numbers = itertools.count()
        self._num_files = self._num_bytes = self._num_on_disk = 0

    def statistics(self) -> PlasmaStoreStatistics:
        """How much was written, and where."""
        return PlasmaStoreStatistics(
            num_files=self._num_files, num_bytes=self._num_bytes, num_on_disk=self._num_on_disk
        )

    def pack(
        self,
        data: bytes,
        buffers: Sequence[pickle.PickleBuffer],
        owner_id: WorkerID | None = None,
    ) -> tuple[bytes, PlasmaFile | None]:
        """A payload of a pickle and its buffers.

        Args:
            data: the pickle.
            buffers: what it left out of band.
            owner_id: who is going to own the file, if it is not this process.

        Returns:
            The payload, and the hold on its file where it was too large to travel inline.

        Raises:
            OSError: if there is no room for it in memory nor on disk.
        """
        if not buffers and len(data) <= INLINE_MAX_BYTES:
            return data, None
        size_bytes = len(data) + sum(buffer.raw().nbytes for buffer in buffers)
        if size_bytes <= INLINE_MAX_BYTES:
            return join_buffers(data, buffers), None
        pieces = layout(data, buffers)
        size_bytes = sum(memoryview(piece).nbytes for piece in pieces)
        name = f"{_owner_prefix(owner_id or self._worker_id)}{self._worker_id[:_ID_CHARS]}"
        file = self._write(f"{name}-{next(self._numbers):x}", pieces, size_bytes)
        payload = bytes((IN_FILE,)) + pickle.dumps((file.path, file.size_bytes))
        if owner_id is not None:
            file.hand_over()
        return payload, file

    def _write(self, name: str, pieces: list[bytes | memoryview], size_bytes: int) -> PlasmaFile:
        shm_dir, disk_dir = self._dirs
        if _free_bytes(shm_dir) > size_bytes + _KEEP_FREE_BYTES:
            try:
                return self._write_file(shm_dir / name, pieces, size_bytes)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
        self._num_on_disk += 1
        return self._write_file(disk_dir / name, pieces, size_bytes)

    def _write_file(
        self, path: Path, pieces: list[bytes | memoryview], size_bytes: int
    ) -> PlasmaFile:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        file = PlasmaFile(str(path), size_bytes)
        try:
            _write_all(fd, pieces)
        finally:
            os.close(fd)
        self._num_files += 1
        self._num_bytes += size_bytes
        return file


def remove_files_of(owner_id: WorkerID, folders: Iterable[str]) -> None:
    """Remove what a process owned that has ended, however it ended."""
    for folder in folders:
        for path in Path(folder).glob(f"{_owner_prefix(owner_id)}*"):
            path.unlink(missing_ok=True)


def _owner_prefix(owner_id: WorkerID) -> str:
    return f"{owner_id[:_ID_CHARS]}-"


def _free_bytes(folder: Path) -> int:
    try:
        found = os.statvfs(folder)
    except OSError:
        return 0
    return found.f_bavail * found.f_frsize


def _write_all(fd: int, pieces: list[bytes | memoryview]) -> None:
    views = [memoryview(piece).cast("B") for piece in pieces if memoryview(piece).nbytes]
    while views:
        written = os.writev(fd, views[:_IOV_MAX])
        while views and written >= views[0].nbytes:
            written -= views[0].nbytes
            del views[0]
        if written:
            views[0] = views[0][written:]


def size_of(payload: bytes) -> int:
    """How many bytes a payload has, the message's or the file's."""
    if payload[0] != IN_FILE:
        return len(payload)
    _, size_bytes = pickle.loads(memoryview(payload)[1:])
    return int(size_bytes)


def written_by(payload: bytes) -> tuple[str, int]:
    """Who wrote the file of a large value, by the first digits of his id; and its size in bytes."""
    path, size_bytes = pickle.loads(memoryview(payload)[1:])
    writer = Path(path).name.rpartition("-")[0][-_ID_CHARS:]
    return writer, int(size_bytes)


def load(payload: bytes) -> Any:
    """The value of any payload, from the message or from its file.

    Raises:
        OSError: if the file is gone, because the owner let go of the object.
    """
    if payload[0] != IN_FILE:
        return loads_inline(payload)
    path, _ = pickle.loads(memoryview(payload)[1:])
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        view = memoryview(mmap.mmap(fd, 0, access=mmap.ACCESS_READ))
    finally:
        os.close(fd)
    return loads_inline(view)
