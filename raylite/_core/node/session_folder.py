"""The folders of a session: made, locked, and swept when nobody is left.

In Ray: ``python/ray/_private/node.py`` (``/tmp/ray/session_*``). Left out here: logs, and keeping
anything.

A session has a folder for its sockets, one in memory for large objects, and maybe one on another
disk for those that find no room there. Each holds a file
that the session's processes lock (shared) as long as they live. The kernel lets go of a lock when
a process ends, however it ended: a folder whose lock is free belongs to nobody.
"""

import contextlib
import fcntl
import os
import shutil
import time
from pathlib import Path
from typing import Final

from raylite._core.common.record import Record
from raylite._core.common.session import SessionAddress
from raylite._core.object_store.names import LEDGER

__all__ = [
    "ANY_STORE",
    "PREFIX",
    "StorePlace",
    "lock_folders",
    "make_session",
    "remove_folders",
    "restore_folders",
    "runtime_folder",
    "sweep",
]

PREFIX: Final = "raylite-"
_LOCK: Final = "lock"
_KEY_BYTES: Final = 32
_NAME_BYTES: Final = 6
_SHM: Final = Path("/dev/shm")  # noqa: S108  # Memory, where the system has it; the folder in it is 0700.
_LONGEST_SOCKET_FOLDER: Final = 60
"""A Unix socket's path has about 100 bytes, of which the file's name takes some."""
_UNLOCKED_S: Final = 60.0
"""How long a folder may be without its lock file: its maker needs a millisecond."""


class StorePlace(Record):
    """What a user has said of the object store."""

    memory: str = ""
    """The folder in memory; empty: where this system has one."""
    disk: str = ""
    """The folder for what finds no room in memory; empty: that for temporary files."""
    limit: int | None = None
    """Bytes in all; None: what there is room for."""


ANY_STORE: Final = StorePlace()


def make_session(store: StorePlace = ANY_STORE) -> tuple[SessionAddress, list[int]]:
    """Make the folders of a new session, mode 0700, and lock them for this process.

    Args:
        store: where large objects are to lie, and how much they may take.

    Returns:
        The session, and the descriptors to be closed when this process leaves it.

    Raises:
        OSError: if a folder cannot be made.
    """
    name = f"{PREFIX}{os.urandom(_NAME_BYTES).hex()}"
    folder = f"{_temp_folder()}/{name}"
    memory = store.memory or (str(_SHM) if os.access(_SHM, os.W_OK) else "")
    session = SessionAddress(
        session_id=name.removeprefix(PREFIX),
        folder=folder,
        shm_folder=f"{memory}/{name}" if memory else folder,
        spill_folder=f"{store.disk}/{name}" if store.disk else folder,
        store_limit=store.limit,
        head_address=f"{folder}/head.sock",
        key=os.urandom(_KEY_BYTES),
        began_s=time.monotonic(),
    )
    locks = []
    try:
        for one in _folders(session):
            Path(one).mkdir(mode=0o700)
            locks.append(_make_lock(Path(one)))
        if store.limit is not None:
            _begin_to_count(folder)
    except BaseException:
        remove_folders(session)
        for fd in locks:
            os.close(fd)
        raise
    return session, locks


def restore_folders(session: SessionAddress) -> list[int]:
    """Make the folders again that somebody has removed, or emptied.

    Returns:
        The descriptors of the locks that were made; none if nothing was missing.

    Raises:
        OSError: if that cannot be done.
    """
    locks = []
    for folder in _folders(session):
        if not (Path(folder) / _LOCK).exists():
            Path(folder).mkdir(mode=0o700, exist_ok=True)
            locks.append(_make_lock(Path(folder)))
    if session.store_limit is not None and not (Path(session.folder) / LEDGER).exists():
        _begin_to_count(
            session.folder, session.store_limit
        )  # Full: whoever comes first counts anew.
    return locks


def lock_folders(session: SessionAddress) -> list[int]:
    """Lock the session's folders for as long as this process lives, or the descriptors are open.

    Returns:
        The descriptors.

    Raises:
        OSError: if the session's folder is gone: it is over.
    """
    fds = []
    for folder in _folders(session):
        try:
            fd = os.open(f"{folder}/{_LOCK}", os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            if folder == session.folder:
                raise
            continue  # Somebody has removed a folder for objects: they find room in another.
        fcntl.flock(fd, fcntl.LOCK_SH)
        fds.append(fd)
    return fds


def remove_folders(session: SessionAddress) -> None:
    """Remove all files of a session."""
    for folder in _folders(session):
        shutil.rmtree(folder, ignore_errors=True)


def runtime_folder() -> str:
    """Where this user's runtime is found, if ``raylite start`` has begun one.

    See :mod:`raylite._core.node.runtime_address`.
    """
    return f"{_temp_folder()}/{PREFIX}{os.getuid()}"


def sweep(session: SessionAddress | None = None) -> None:
    """Remove what sessions left behind that ended without being able to clean up.

    Args:
        session: of this process, if any; where its folders are, others may be.
    """
    own = {Path(folder).parent for folder in _folders(session)} if session is not None else set()
    for base in {Path(_temp_folder()), Path("/tmp"), _SHM, *own}:  # noqa: S108  # Where make_session puts them.
        for folder in base.glob(f"{PREFIX}*"):
            _remove_if_abandoned(folder)


def _begin_to_count(folder: str, counted: int = 0) -> None:
    from raylite._core.object_store.ledger import make_ledger  # noqa: PLC0415  # Most sessions have no limit.

    make_ledger(folder, counted)


def _folders(session: SessionAddress) -> set[str]:
    return {session.folder, session.shm_folder, session.spill_folder}


def _make_lock(folder: Path) -> int:
    """Make the lock file, locked from the moment it can be seen under its name."""
    new = folder / f"{_LOCK}.new"
    fd = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    fcntl.flock(fd, fcntl.LOCK_SH)
    new.rename(folder / _LOCK)
    return fd


def _remove_if_abandoned(folder: Path) -> None:
    with contextlib.suppress(OSError):  # Another user's, or gone meanwhile, or still locked.
        status = folder.lstat()
        if status.st_uid != os.getuid():
            return
        if not (folder / _LOCK).exists():
            if time.time() - status.st_mtime > _UNLOCKED_S:
                shutil.rmtree(folder, ignore_errors=True)
            return
        fd = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # A folder's name may be used again: what is removed is what was locked.
            if os.path.samestat(os.fstat(fd), (folder / _LOCK).stat()):
                shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(fd)


def _temp_folder() -> str:
    """Where folders are made.

    As ``tempfile`` finds it, whose import would take longer than all else here.
    """
    folder = os.environ.get("TMPDIR", "/tmp")  # noqa: S108  # A folder of our own is made in it.
    usable = len(folder) <= _LONGEST_SOCKET_FOLDER and os.access(folder, os.W_OK)
    return folder if usable else "/tmp"  # noqa: S108  # As above.
