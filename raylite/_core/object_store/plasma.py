"""Large values: one file each, written once, mapped by whoever reads.

In Ray: ``src/ray/object_manager/plasma/store.h``, a server which keeps one large segment and hands
out pieces of it. Left out here: the server, and copies in several places. The life of an object's
file, from the first byte to the last:

1. Whoever has the value writes it: into a segment of his that is free (:mod:`.segment_pool`), or
   into a new file, in memory if there is room (:mod:`.room`, :mod:`.ledger`), else on disk.
   It has its final name only when it is complete: what a killed writer has begun bears his own
   name, and goes with him.
2. The name is all that travels. It begins with the owner: of a ``put`` and of arguments that is the
   writer, of a return value the caller. The owner holds the file (:class:`PlasmaFile`).
3. Readers map it (:mod:`.mapping`), and hold a lock on it while anyone looks at the value.
4. When the owner lets go, the segment goes back to its writer, who alone can use it again at the
   full speed of memory, since he has it mapped for writing. Half a second later it is removed.

Who may die when, and what becomes of the file:

- A writer who has not finished: the file bears his name, and the head removes it.
- A writer whose owner never heard of the file, or who was about to get it back: when the connection
  ends, the owner looks for files by that writer that he does not hold.
- An owner: the file bears his name, and the head removes it. A writer who was about to give it to
  him does that himself.
- A reader: there is nothing to do.
"""

import contextlib
import itertools
import os
import pickle
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from raylite._core.common.ids import WorkerID
from raylite._core.common.record import Record
from raylite._core.common.session import SessionAddress
from raylite._core.object_store.mapping import open_map
from raylite._core.object_store.names import (
    file_name,
    object_files,
    short,
    total_bytes,
    writer_of,
)
from raylite._core.object_store.new_files import FoldersGoneError, NewFiles, NoRoomError
from raylite._core.object_store.segment import Segment
from raylite._core.object_store.segment_pool import SegmentPool
from raylite._core.object_store.serialization import (
    IN_FILE,
    WITH_SLOTS,
    join_buffers,
    layout,
    loads_inline,
    split_call,
)
from raylite._core.object_store.store_host import StoreHost
from raylite.exceptions import OutOfDiskError

__all__ = [
    "INLINE_MAX_BYTES",
    "SURELY_INLINE_BYTES",
    "PlasmaFile",
    "PlasmaStore",
    "PlasmaStoreStatistics",
    "load",
    "size_of",
    "written_by",
]

INLINE_MAX_BYTES: Final = 100 * 1024
"""Values up to this size travel inside messages."""
SURELY_INLINE_BYTES: Final = 50_000
"""A pickle up to this size, without buffers, needs no thought."""


class PlasmaFile:
    """The owner's hold on a file: the segment is free when the hold is let go."""

    __slots__ = ("_store", "path", "segment", "size_bytes", "when_freed")

    def __init__(
        self, store: "PlasmaStore", path: str, size_bytes: int, segment: Segment | None
    ) -> None:
        self._store = store
        self.path = path
        self.size_bytes = size_bytes
        self.segment = segment
        """None: another process has written it."""
        self.when_freed: Callable[[], None] | None = None
        """Called at the end of the hold, wherever that is: must only note it."""

    def __del__(self) -> None:
        if self.when_freed is not None:
            self.when_freed()
        self._store.note_released(self.path, self.segment)


class PlasmaStoreStatistics(Record):
    """What one process has written so far, and what it keeps for the next value."""

    num_files: int
    """How many files were made anew."""
    num_reused: int
    """How many values were written into a segment that was there."""
    num_bytes: int
    num_on_disk: int
    """How many files did not find room in memory."""
    num_free: int
    """Segments that hold nothing at the moment."""


class PlasmaStore:
    """Where one process writes its large values.

    Args:
        session: its folders, and the limit.
        worker_id: the process, which owns what it writes unless it says otherwise.
        host: waits, and is poked.
    """

    def __init__(self, session: SessionAddress, worker_id: WorkerID, host: StoreHost) -> None:
        self._me = short(worker_id)
        self._host = host
        self._numbers = itertools.count()
        self._pool = SegmentPool()
        self._new_files = NewFiles(session)
        self._held: set[str] = set()
        """The names of files that others have written for this process."""
        self._lent: dict[str, Segment] = {}
        """By name, the segments that this process has written for others."""
        self._released: deque[Segment] = deque()
        """Of this process's own, those whose objects were let go of."""
        self._released_others: deque[str] = deque()
        """The names of files by others, likewise."""
        self._is_poked = False
        self.is_watched = False
        """Somebody is going to call :meth:`trim` anyway."""
        self._pid = os.getpid()
        self._is_open = True
        self._num_reused = self._num_bytes = 0

    def statistics(self) -> PlasmaStoreStatistics:
        """How much was written, and where."""
        return PlasmaStoreStatistics(
            num_files=self._new_files.num_files,
            num_reused=self._num_reused,
            num_bytes=self._num_bytes,
            num_on_disk=self._new_files.num_on_disk,
            num_free=len(self._pool),
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
            The payload, and this process's hold on its file, where it was too large to travel
            inline and belongs to this process.

        Raises:
            ObjectStoreFullError: if it does not fit under the session's limit.
            OutOfDiskError: if there is no room for it in memory nor on disk.
            RaySystemError: if the session's folders are gone.
        """
        if not buffers and len(data) <= INLINE_MAX_BYTES:
            return data, None
        size_bytes = len(data) + sum(buffer.raw().nbytes for buffer in buffers)
        if size_bytes <= INLINE_MAX_BYTES:
            return join_buffers(data, buffers), None
        guarded = self._host.guard.enter()
        try:
            return self._in_file(layout(data, buffers), owner_id)
        finally:
            if guarded:
                self._host.guard.leave()

    def hold(self, payload: bytes) -> PlasmaFile:
        """Take over the file that a payload speaks of, which another process has written."""
        path, size_bytes = pickle.loads(memoryview(payload)[1:])
        self._held.add(path)
        return PlasmaFile(self, path, size_bytes, None)

    def note_released(self, path: str, segment: Segment | None) -> None:
        """The hold on a file is gone. Called from ``__del__``: only notes it."""
        if segment is None:
            self._released_others.append(path)
        else:
            self._released.append(segment)
            if self.is_watched:
                return
        if not self._is_poked:
            self._is_poked = True
            self._host.poke()

    def released_others(self) -> list[str]:
        """The files by others that were let go of since this was last asked."""
        self._is_poked = False
        names = []
        while self._released_others and self._is_ours():
            names.append(self._released_others.popleft())
            self._held.discard(names[-1])
        return names

    def trim(self) -> float | None:
        """Remove what has lingered.

        Returns:
            When to come again, on the monotonic clock; None: not before the next release.
        """
        self._settle()
        self._pool.trim(time.monotonic())
        return self._pool.next_trim_s()

    def take_back(self, path: str) -> None:
        """The owner of a file that this process has written has let go of it."""
        segment = self._lent.pop(path, None)
        if segment is not None:
            self._pool.add(segment, time.monotonic())
        elif writer_of(path) == self._me:
            self.remove(path)

    def remove(self, path: str) -> None:
        """Nobody wants the file any more, and nobody can use it again."""
        segment = self._lent.pop(path, None)
        if segment is not None:
            segment.discard()
        elif self._is_ours():
            Path(path).unlink(missing_ok=True)

    def process_gone(self, worker_id: WorkerID) -> None:
        """Another process has ended: what it wrote for this one, or this one for it, has nobody."""
        other = short(worker_id)
        for path in [path for path in list(self._lent) if _owner_of(path) == other]:
            self.remove(path)
        if self._is_ours() and other != self._me:
            for entry in object_files(self._new_files.folders, self._me):
                if writer_of(entry.name) == other and entry.path not in self._held:
                    self.remove(entry.path)

    def give_up_free(self) -> bool:
        """Remove all free segments; whether there were any."""
        self._settle()
        return self._pool.clear()

    def folders_restored(self) -> None:
        """The session's folders were removed, and made again."""
        self._new_files.reopen()

    def total_bytes(self) -> int:
        """What the files of all objects of the session take."""
        return total_bytes(self._new_files.folders)

    def has_room(self, size_bytes: int) -> bool:
        """Whether a value of that size would find room at the moment."""
        return self._new_files.has_room(size_bytes)

    def out_of_disk(self, size_bytes: int) -> OutOfDiskError:
        """What a caller is told whose value finds no room in any file system."""
        return self._new_files.out_of_disk(size_bytes)

    def close(self) -> None:
        """The process leaves the session, which looks after the files itself."""
        if self._is_ours():
            self._pool.clear()
        self.abandon()

    def abandon(self) -> None:
        """The same in a forked copy of the process, which must not touch any file."""
        self._is_open = False
        self._new_files.close()

    def _is_ours(self) -> bool:
        return self._is_open and os.getpid() == self._pid

    def _settle(self) -> None:
        """What this process has let go of is free."""
        now_s = time.monotonic()
        while self._released and self._is_ours():
            try:
                segment = self._released.popleft()
            except IndexError:  # Another thread took the last one.
                return
            self._pool.add(segment, now_s)

    def _in_file(
        self, pieces: list[bytes | memoryview], owner_id: WorkerID | None
    ) -> tuple[bytes, PlasmaFile | None]:
        size_bytes = sum(memoryview(piece).nbytes for piece in pieces)
        segment = self._write(pieces, size_bytes)
        self._num_bytes += size_bytes
        hold = None
        if owner_id is None:
            hold = PlasmaFile(self, segment.path, size_bytes, segment)
        else:
            self._lend(segment, short(owner_id))
        return bytes((IN_FILE,)) + pickle.dumps((segment.path, size_bytes)), hold

    def _write(self, pieces: list[bytes | memoryview], size_bytes: int) -> Segment:
        self._settle()
        name = file_name(self._me, self._me, next(self._numbers))
        segment = self._rewrite(name, pieces, size_bytes)
        full_since_s = 0.0
        while segment is None:
            try:
                segment = self._new_files.write(name, pieces, size_bytes, self.give_up_free)
            except NoRoomError as error:
                full_since_s = full_since_s or time.monotonic()
                if not self.give_up_free():
                    self._host.wait_for_room(error, full_since_s)
            except FoldersGoneError:
                self._new_files.goes_without = not self._host.restore_folders()
        return segment

    def _rewrite(
        self, name: str, pieces: list[bytes | memoryview], size_bytes: int
    ) -> Segment | None:
        def rewrite(segment: Segment) -> bool:
            folder = segment.path.rpartition("/")[0]
            return segment.rewrite(f"{folder}/{name}", pieces, size_bytes)

        if not self._pool:
            return None
        with contextlib.suppress(OSError):  # The disk is full: then it has to be a new file.
            segment = self._pool.reuse(size_bytes, rewrite)
            self._num_reused += segment is not None
            return segment
        return None

    def _lend(self, segment: Segment, owner: str) -> None:
        """Give a segment the name under which its owner takes it over."""
        folder, _, name = segment.path.rpartition("/")
        path = f"{folder}/{owner}{name[len(self._me) :]}"
        # First the note, then the name, then the look: in whichever moment the owner dies, it is
        # seen here or in process_gone.
        self._lent[path] = segment
        try:
            segment.rename(path)
        except OSError:
            self.remove(path)
            raise
        if self._host.is_gone(owner):
            self.remove(path)


def _owner_of(path: str) -> str:
    return path.rpartition("/")[2].partition("-")[0]


def size_of(payload: bytes) -> int:
    """How many bytes a payload has, the message's or the file's; of several parts, all of them."""
    if payload[0] == WITH_SLOTS:
        parts, rest = split_call(memoryview(payload))
        return len(rest) + sum(map(size_of, parts))
    if payload[0] != IN_FILE:
        return len(payload)
    _, size_bytes = pickle.loads(memoryview(payload)[1:])
    return int(size_bytes)


def written_by(payload: bytes) -> tuple[str, int]:
    """Who wrote the file of a large value, by the first digits of his id; and its size in bytes."""
    path, size_bytes = pickle.loads(memoryview(payload)[1:])
    return writer_of(path), int(size_bytes)


def load(payload: bytes) -> Any:
    """The value of any payload, from the message or from its file.

    Raises:
        ObjectLostError: if the file is gone, because the owner let go of the object.
        RaySystemError: if this process has mapped as many files as it may.
    """
    if payload[0] != IN_FILE:
        return loads_inline(payload)
    return loads_inline(memoryview(open_map(*pickle.loads(memoryview(payload)[1:]))))
