"""Reading large values: a file is mapped, and says so as long as anyone looks at it.

In Ray: ``PlasmaClient::Get`` in ``src/ray/object_manager/plasma/client.cc``, which counts for each
object how many clients use it. Left out here: that count. The kernel keeps it, as locks:

1. A reader takes a shared lock (``flock``) on the descriptor that it maps. Python's map keeps a
   copy of that descriptor, so the lock ends exactly when the last array that uses the map is gone;
   also when the reader is killed.
2. A writer uses a file again only if it gets the exclusive lock, that is: if nobody looks at it.
3. The writer gives the file another name before it changes a byte. A reader who came late, and got
   its lock after that, finds that the name he was told is gone: to him the object is lost, as it is
   whenever its owner has let go of it. He never sees another object's bytes.

A second ``get`` in a process uses the map that is there, pages and all.
"""

import contextlib
import errno
import mmap
import os
from typing import Final
from weakref import WeakValueDictionary

from raylite.exceptions import ObjectLostError, RaySystemError

with contextlib.suppress(ImportError):  # In a browser, where nothing is written to files.
    import fcntl

__all__ = ["open_map"]

_TOO_MANY: Final = {errno.EMFILE, errno.ENFILE, errno.ENOMEM}
_MOST_KEPT_FREE: Final = 256
_SHARE_KEPT_FREE: Final = 4
"""Of descriptors; whoever has none left cannot reach another process, not even to say so."""
_LIMIT: Final = os.sysconf_names["SC_OPEN_MAX"]

_maps: WeakValueDictionary[str, mmap.mmap] = WeakValueDictionary()
"""By name. Names are never used twice, so a map cannot be that of another object."""


def open_map(path: str, size_bytes: int) -> mmap.mmap:
    """The bytes of an object's file, read-only.

    Raises:
        ObjectLostError: if the file is gone, because the owner let go of the object.
        RaySystemError: if this process has mapped as many files as it may.
    """
    found = _maps.get(path)
    if found is not None:
        return found
    try:
        found = _map(path, size_bytes)
    except (FileNotFoundError, BlockingIOError):
        raise ObjectLostError from None
    except OSError as error:
        if error.errno not in _TOO_MANY:
            raise
        found = _map_with_more_files(path, size_bytes)
    _maps[path] = found
    return found


def _map(path: str, size_bytes: int) -> mmap.mmap:
    if len(_maps) >= _most_maps():
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        # Not waited for: who holds the exclusive lock writes another object into the file.
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        os.stat(path)  # noqa: PTH116  # Rule 3: the name was still there after the lock was.
        return mmap.mmap(fd, size_bytes, access=mmap.ACCESS_READ)
    finally:
        os.close(fd)


def _most_maps() -> float:
    """How many of the descriptors that this process may have are for maps."""
    limit = os.sysconf(_LIMIT)
    if limit < 0:
        return float("inf")
    return limit - min(_MOST_KEPT_FREE, limit // _SHARE_KEPT_FREE)


def _map_with_more_files(path: str, size_bytes: int) -> mmap.mmap:
    """Try again with all the descriptors that the system allows this process."""
    import resource  # noqa: PLC0415  # Few processes ever come here.

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        return _map(path, size_bytes)
    except (FileNotFoundError, BlockingIOError):
        raise ObjectLostError from None
    except (OSError, ValueError) as error:
        msg = (
            f"A value of {size_bytes:,} bytes could not be mapped: {error}. Each large value that "
            f"is in use takes a file descriptor, of which this process may have {hard:,} (it began "
            f"with {soft:,}; see 'ulimit -n'). Let go of arrays that are not needed any more, copy "
            "small parts out of them, or keep many small arrays together in one large one."
        )
        raise RaySystemError(msg) from None
