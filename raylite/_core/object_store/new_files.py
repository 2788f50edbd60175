"""New files for objects: in memory or on disk, under the limit, with a word where it is needed.

In Ray: ``CreateRequestQueue`` and ``PlasmaAllocator`` in ``src/ray/object_manager/plasma``. Left
out here: a queue of those who wait for room.
"""

import errno
import logging
import os
from collections.abc import Callable, Sequence
from typing import Any, Final

from raylite._core.common.session import SessionAddress
from raylite._core.object_store.room import MemoryWatch, free_bytes, in_words
from raylite._core.object_store.segment import Piece, Segment, create, fill_new
from raylite.exceptions import OutOfDiskError, RaySystemError

__all__ = ["FoldersGoneError", "NewFiles", "NoRoomError"]

_LOG = logging.getLogger("raylite")
_TOLD: Final = "told-of-disk"
_FULL: Final = {errno.ENOSPC, errno.EDQUOT}


class NoRoomError(Exception):
    """A value finds no room at the moment. Never seen by users.

    Args:
        size_bytes: of the value.
        limit_bytes: the session's, if that is the reason; else it is the file systems.
    """

    def __init__(self, size_bytes: int, limit_bytes: int | None) -> None:
        super().__init__(size_bytes, limit_bytes)
        self.size_bytes = size_bytes
        self.limit_bytes = limit_bytes


class FoldersGoneError(Exception):
    """Somebody has removed a folder of the session. Never seen by users."""


class NewFiles:
    """Makes the files of one process.

    Args:
        session: its folders, and the limit.
    """

    def __init__(self, session: SessionAddress) -> None:
        self._session = session
        self.folders = (session.shm_folder, session.spill_folder)
        self._memory = MemoryWatch(session.shm_folder)
        # A folder that the user chose may lie on a disk.
        self._is_memory = session.shm_folder.startswith("/dev/shm/")  # noqa: S108  # Only asked.
        self._ledger: Any = None
        self.num_files = self.num_on_disk = 0
        self.goes_without = False
        """A folder is gone and cannot be made again: use what there is."""

    def write(
        self, name: str, pieces: Sequence[Piece], size_bytes: int, give_up: Callable[[], bool]
    ) -> Segment:
        """Write a value into a new file.

        Args:
            name: of the file.
            pieces: of the value.
            size_bytes: of all pieces.
            give_up: removes what this process can do without; whether there was anything.

        Raises:
            NoRoomError: if it does not fit under the limit, or into the file systems.
            FoldersGoneError: if a folder is gone that may be made again.
            RaySystemError: if the session's folders are gone, or cannot be written.
        """
        shm_folder, spill_folder = self.folders
        try:
            segment = self._in_memory(name, pieces, size_bytes)
            if segment is None and give_up():
                segment = self._in_memory(name, pieces, size_bytes)
            if segment is None and not self.goes_without:
                self._check_folders()
            if segment is None:
                segment = self._try(spill_folder, name, pieces, size_bytes)
                self.num_on_disk += segment is not None
                if segment is not None and shm_folder != spill_folder:
                    self._tell_once(size_bytes)
        except OSError as error:
            if not self.goes_without:
                self._check_folders()
            raise self._cannot(size_bytes, error) from error
        if segment is None:
            raise NoRoomError(size_bytes, None)
        self.num_files += 1
        return segment

    def has_room(self, size_bytes: int) -> bool:
        """Whether a value of that size would find room at the moment."""
        limit = self._session.store_limit
        if limit is not None and not self._counted(limit).has_room(size_bytes):
            return False
        return self._memory.has_room(size_bytes) or free_bytes(self.folders[-1]) >= size_bytes

    def close(self) -> None:
        """Let go of what is open."""
        if self._ledger is not None:
            self._ledger.close()

    def reopen(self) -> None:
        """The folders were removed, and are there again."""
        self.goes_without = False
        ledger, self._ledger = self._ledger, None
        if ledger is not None:
            ledger.close()

    def _check_folders(self) -> None:
        if not all(os.access(at, os.F_OK) for at in (*self.folders, self._session.folder)):
            raise FoldersGoneError

    def _in_memory(self, name: str, pieces: Sequence[Piece], size_bytes: int) -> Segment | None:
        if not self._memory.has_room(size_bytes):
            return None
        return self._try(self.folders[0], name, pieces, size_bytes)

    def _try(
        self, folder: str, name: str, pieces: Sequence[Piece], size_bytes: int
    ) -> Segment | None:
        """The file; None if the file system is full."""
        path = f"{folder}/{name}"
        try:
            if free_bytes(folder) < size_bytes and os.access(folder, os.F_OK):
                return None
            fill_new(self._create(path, size_bytes), path, pieces)
        except OSError as error:
            # Somebody has removed the folder in memory: the disk is left.
            is_gone = isinstance(error, FileNotFoundError) and folder != self.folders[-1]
            if is_gone or error.errno in _FULL:
                return None
            raise
        return Segment(path, size_bytes, is_memory=self._is_memory and folder == self.folders[0])

    def _create(self, path: str, size_bytes: int) -> int:
        limit = self._session.store_limit
        if limit is None:
            return create(path)
        fd: int | None = self._counted(limit).reserve(size_bytes, lambda: create(path, size_bytes))
        if fd is None:
            raise NoRoomError(size_bytes, limit)
        return fd

    def _counted(self, limit: int) -> Any:
        if self._ledger is None:
            from raylite._core.object_store.ledger import Ledger  # noqa: PLC0415  # Most sessions have no limit.

            self._ledger = Ledger(self._session.folder, self.folders, limit)
        return self._ledger

    def _tell_once(self, size_bytes: int) -> None:
        """Say that values go to disk, once in a session, whichever process comes first."""
        shm_folder, spill_folder = self.folders
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            os.close(os.open(f"{self._session.folder}/{_TOLD}", flags, 0o600))
        except OSError:  # It was said; or the session is in ruins, which others will say.
            return
        _LOG.warning(
            "raylite: a value of %s finds no room in %s, which can take %s more, so it goes "
            "to %s, which is slower. This is said once. More room: delete what is not needed "
            "there, let go of ObjectRefs, or start a container with a larger --shm-size (or "
            "--memory).",
            in_words(size_bytes),
            shm_folder,
            in_words(self._memory.usable_bytes()),
            spill_folder,
        )

    def out_of_disk(self, size_bytes: int) -> OutOfDiskError:
        """What a caller is told whose value finds no room in any file system."""
        shm_folder, spill_folder = self.folders
        usable, free = in_words(self._memory.usable_bytes()), in_words(free_bytes(spill_folder))
        return OutOfDiskError(
            f"A value of {in_words(size_bytes)} ({size_bytes:,} bytes) finds no room: "
            f"{shm_folder} can take {usable} more, and {spill_folder}, where values go when memory "
            f"is full, has {free} left. Let go of ObjectRefs and of arrays that came from them, "
            "delete files there, or begin the session with a folder on a larger disk: "
            "init(object_spilling_directory=...)."
        )

    def _cannot(self, size_bytes: int, error: OSError) -> RaySystemError:
        folder = self._session.folder
        if not os.access(folder, os.F_OK):
            return RaySystemError(
                f"A value of {in_words(size_bytes)} could not be stored: the session's folder "
                f"{folder} is gone, somebody has removed it. Small values still work; for large "
                "ones call shutdown(), and then init(), for a new session."
            )
        return RaySystemError(
            f"A value of {in_words(size_bytes)} could not be written to {self.folders[-1]}: "
            f"{error}."
        )
