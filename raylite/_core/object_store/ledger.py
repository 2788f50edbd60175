"""How much the objects of a session take, counted by all its processes together.

In Ray: the footprint limit of ``src/ray/object_manager/plasma/plasma_allocator.cc``, which one
process keeps. Here every process writes its own files, and may die while it does.

1. The truth is in the folders: the sum of the sizes of the files. A file has its full size from its
   first moment, before it has its bytes.
2. The ledger is a number in a small file that is never smaller than the truth. Whoever makes a file
   adds to it first, with the file's lock held until the new file is there.
3. Nobody subtracts when a file goes. Who finds no room by the number adds up the files and corrects
   it, and only then gives up.

So it is exact when it matters, a new object mostly costs one read and one write of eight bytes, and
there is nothing to put right after a death: the lock goes with the process, and so does the file.
"""

import contextlib
import os
import struct
import threading
from collections.abc import Callable, Sequence
from typing import Final

from raylite._core.object_store.names import LEDGER, total_bytes

with contextlib.suppress(ImportError):  # In a browser, where nothing is written to files.
    import fcntl

__all__ = ["Ledger", "make_ledger"]

_NUMBER: Final = struct.Struct("<Q")


def make_ledger(folder: str, counted: int = 0) -> None:
    """Begin to count.

    Args:
        folder: of the session.
        counted: never less than what is there.
    """
    fd = os.open(f"{folder}/{LEDGER}", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    os.write(fd, _NUMBER.pack(counted))
    os.close(fd)


class Ledger:
    """One process's access to the session's count.

    Args:
        folder: of the session, where :func:`make_ledger` was called.
        folders: where its objects lie.
        limit_bytes: how much they may take together.

    Raises:
        OSError: if the session's folder is gone.
    """

    def __init__(self, folder: str, folders: Sequence[str], limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._folders = tuple(folders)
        self._fd = os.open(f"{folder}/{LEDGER}", os.O_RDWR | os.O_CLOEXEC)
        # A lock on a file keeps out other processes, not other threads.
        self._lock = threading.Lock()

    def reserve(self, size_bytes: int, create: Callable[[], int]) -> int | None:
        """Make a file if there is room for it.

        Args:
            size_bytes: how large the file is.
            create: makes it, in this size; its result is returned.

        Returns:
            None if there is no room under the limit.
        """
        with self._lock:
            fcntl.flock(self._fd, fcntl.LOCK_EX)
            try:
                if not self._add(size_bytes):
                    return None
                return create()
            finally:
                # Said aloud, since a child that was forked meanwhile has the descriptor as well.
                fcntl.flock(self._fd, fcntl.LOCK_UN)

    def has_room(self, size_bytes: int) -> bool:
        """Whether a file of that size could be made at the moment."""
        return total_bytes(self._folders) + size_bytes <= self.limit_bytes

    def close(self) -> None:
        """Let go of the file."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def _add(self, size_bytes: int) -> bool:
        (counted,) = _NUMBER.unpack(os.pread(self._fd, _NUMBER.size, 0))
        counted += size_bytes
        if counted > self.limit_bytes:
            counted = total_bytes(self._folders) + size_bytes
        if counted > self.limit_bytes:
            return False
        os.pwrite(self._fd, _NUMBER.pack(counted), 0)
        return True
