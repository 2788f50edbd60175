"""A segment: a file that holds one object, and after that another.

In Ray: ``src/ray/object_manager/plasma/dlmalloc.cc``, which cuts objects out of one large segment
that stays mapped. Left out here: the allocator. A file holds one object at a time.

Why a segment is worth keeping: the first write to a page of a new file makes the kernel find the
page and clear it, the first touch of a page through a new map makes it fill in a table; both cost
more than the copy itself. A copy into pages that exist, through a map that was used before, is as
fast as the memory is.

New files are written with ``write``: a full file system is then an error, ``ENOSPC``, which can be
answered, while a page that cannot be had through a map is a SIGBUS, which cannot. So a map is only
used for pages that are there: those of a segment that was written to its end before.
"""

import contextlib
import mmap
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Final

with contextlib.suppress(ImportError):  # In a browser, where nothing is written to files.
    import fcntl

__all__ = ["Piece", "Segment", "create", "fill_new"]

Piece = bytes | memoryview

_IOV_MAX: Final = 512
_MOST_WRITTEN_BYTES: Final = 1 << 30
"""Some systems refuse to write more at a time."""
_CHUNK_BYTES: Final = 32 << 20
"""Without numpy, a copy into a map keeps other threads from running; after so much they have a
turn. That takes about the 5 ms after which Python gives them one anyway."""
_WORTH_A_MAP_BYTES: Final = 1 << 20
"""Below this, a ``write`` into pages that exist is as good, and takes no descriptor to keep."""
_POPULATED_BYTES: Final = 1 << 30
"""Up to this size a map is made in one go, for which other threads wait: 50 ms, about."""
_MOST_MAPS: Final = 64
"""How many segments of a process stay mapped for writing."""


class Segment:
    """A file that this process has written, and may write again once nobody uses it.

    Args:
        path: its present name.
        capacity: how many bytes of it are there.
        is_memory: whether it lies in memory, where a map is safe: a disk may be full when a page
            that exists is to be written back.
    """

    __slots__ = ("_map", "capacity", "is_memory", "path")

    num_maps = 0
    """How many segments of this process are mapped for writing. About: nobody locks it."""

    def __init__(self, path: str, capacity: int, *, is_memory: bool) -> None:
        self.path = path
        self.capacity = capacity
        self.is_memory = is_memory
        self._map: mmap.mmap | None = None

    @property
    def is_mapped(self) -> bool:
        """Whether it is mapped for writing, so that a copy into it is fast."""
        return self._map is not None

    def rewrite(self, path: str, pieces: Sequence[Piece], size_bytes: int) -> bool:
        """Make it another object's, if nobody looks at it.

        Args:
            path: its new name.
            pieces: what it is to hold; no more than its capacity.
            size_bytes: of all pieces.

        Returns:
            False if somebody does, or if the file is gone; then nothing has changed.

        Raises:
            OSError: if it cannot be written; then there is no telling what is in it.
        """
        try:
            fd = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            if not self._claim(fd, path):
                return False
            self._fill(fd, pieces, size_bytes)
        finally:
            # Said aloud, since a child that was forked meanwhile has the descriptor as well.
            fcntl.flock(fd, fcntl.LOCK_UN)
            os.close(fd)
        return True

    def rename(self, path: str) -> None:
        """Give it another name.

        Raises:
            OSError: if the file or the folder is gone.
        """
        os.rename(self.path, path)  # noqa: PTH104  # Paths are texts here: this is a hot path.
        self.path = path

    def discard(self) -> None:
        """Remove the file, if it is still there, and let go of the map."""
        with contextlib.suppress(OSError):
            os.unlink(self.path)  # noqa: PTH108  # As above.
        if self._map is not None:
            self._map = None
            Segment.num_maps -= 1

    def _claim(self, fd: int, path: str) -> bool:
        """Get the exclusive lock and change the name; readers who come later find neither."""
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.rename(path)
        except OSError:
            return False
        return True

    def _fill(self, fd: int, pieces: Sequence[Piece], size_bytes: int) -> None:
        target = self._mapped(fd) if size_bytes >= _WORTH_A_MAP_BYTES else None
        if target is None:
            _write_all(fd, pieces)
            return
        with memoryview(target) as view:
            _copy_all(view, pieces)

    def _mapped(self, fd: int) -> mmap.mmap | None:
        if self._map is None and self.is_memory and Segment.num_maps < _MOST_MAPS:
            with contextlib.suppress(OSError):  # Too many files, or maps: it works without.
                self._map = mmap.mmap(fd, self.capacity, flags=_flags_for(self.capacity))
                Segment.num_maps += 1
        return self._map


def _flags_for(size_bytes: int) -> int:
    """Have the kernel fill in its tables at once: half the time of one page after the other."""
    populate: int = getattr(mmap, "MAP_POPULATE", 0) if size_bytes <= _POPULATED_BYTES else 0
    return mmap.MAP_SHARED | populate


def create(path: str, size_bytes: int | None = None) -> int:
    """Make a new file, and give its descriptor.

    Args:
        path: must not exist.
        size_bytes: what it is going to hold, if that is to be seen from the beginning.
    """
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    if size_bytes is not None:
        try:
            os.ftruncate(fd, size_bytes)
        except BaseException:
            os.close(fd)
            raise
    return fd


def fill_new(fd: int, path: str, pieces: Sequence[Piece]) -> None:
    """Write a new file, or remove it.

    Raises:
        OSError: if there is no room for it.
    """
    try:
        _write_all(fd, pieces)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(path)  # noqa: PTH108  # As above.
        raise
    finally:
        os.close(fd)


def _views(pieces: Sequence[Piece]) -> Iterator[memoryview]:
    for piece in pieces:
        view = memoryview(piece)
        if view.nbytes:
            view = view.cast("B")
            for begin in range(0, view.nbytes, _MOST_WRITTEN_BYTES):
                yield view[begin : begin + _MOST_WRITTEN_BYTES]


def _copy_all(target: memoryview, pieces: Sequence[Piece]) -> None:
    at = 0
    # Whoever has large values mostly has numpy, whose copies let other threads run meanwhile and
    # need not be cut into pieces, which is a fifth faster.
    numpy = sys.modules.get("numpy")
    copy = getattr(numpy, "copyto", None)
    for view in _views(pieces):
        there = target[at : at + view.nbytes]
        at += view.nbytes
        if numpy is not None and copy is not None and view.nbytes > _WORTH_A_MAP_BYTES:
            copy(numpy.frombuffer(there, numpy.uint8), numpy.frombuffer(view, numpy.uint8))
        else:
            _copy_in_turns(there, view)


def _copy_in_turns(target: memoryview, view: memoryview) -> None:
    for begin in range(0, view.nbytes, _CHUNK_BYTES):
        target[begin : begin + _CHUNK_BYTES] = view[begin : begin + _CHUNK_BYTES]


def _write_all(fd: int, pieces: Sequence[Piece]) -> None:
    views = list(_views(pieces))
    while views:
        written = os.writev(fd, views[:_IOV_MAX])
        while views and written >= views[0].nbytes:
            written -= views[0].nbytes
            del views[0]
        if written:
            views[0] = views[0][written:]
