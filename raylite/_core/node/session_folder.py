"""The folders of a session: made, locked, and swept when nobody is left.

In Ray: ``python/ray/_private/node.py`` (``/tmp/ray/session_*``). Left out here: logs, and keeping
anything.

A session has a folder for its sockets and one in memory for large objects. Each holds a file
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

from raylite._core.common.session import SessionAddress

__all__ = ["PREFIX", "lock_folders", "make_session", "remove_folders", "runtime_folder", "sweep"]

PREFIX: Final = "raylite-"
_LOCK: Final = "lock"
_KEY_BYTES: Final = 32
_NAME_BYTES: Final = 6
_SHM: Final = Path("/dev/shm")  # noqa: S108  # Memory, where the system has it; the folder in it is 0700.
_LONGEST_SOCKET_FOLDER: Final = 60
"""A Unix socket's path has about 100 bytes, of which the file's name takes some."""
_UNLOCKED_S: Final = 60.0
"""How long a folder may be without its lock file: its maker needs a millisecond."""


def make_session() -> tuple[SessionAddress, list[int]]:
    """Make the folders of a new session, mode 0700, and lock them for this process.

    Returns:
        The session, and the descriptors to be closed when this process leaves it.
    """
    folder = f"{_temp_folder()}/{PREFIX}{os.urandom(_NAME_BYTES).hex()}"
    Path(folder).mkdir(mode=0o700)
    shm_folder = folder
    if os.access(_SHM, os.W_OK):
        shm_folder = str(_SHM / Path(folder).name)
        Path(shm_folder).mkdir(mode=0o700)
    session = SessionAddress(
        session_id=Path(folder).name.removeprefix(PREFIX),
        folder=folder,
        shm_folder=shm_folder,
        head_address=f"{folder}/head.sock",
        key=os.urandom(_KEY_BYTES),
        began_s=time.monotonic(),
    )
    return session, [_make_lock(Path(folder)) for folder in _folders(session)]


def lock_folders(session: SessionAddress) -> list[int]:
    """Lock the session's folders for as long as this process lives, or the descriptors are open.

    Returns:
        The descriptors.

    Raises:
        OSError: if the folders are gone: the session is over.
    """
    fds = []
    for folder in _folders(session):
        fd = os.open(f"{folder}/{_LOCK}", os.O_RDWR | os.O_CLOEXEC)
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


def sweep() -> None:
    """Remove what sessions left behind that ended without being able to clean up."""
    for base in {Path(_temp_folder()), Path("/tmp"), _SHM}:  # noqa: S108  # Where make_session puts them.
        for folder in base.glob(f"{PREFIX}*"):
            _remove_if_abandoned(folder)


def _folders(session: SessionAddress) -> set[str]:
    return {session.folder, session.shm_folder}


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
