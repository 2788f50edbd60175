"""Where the runtime that ``raylite start`` began is found, and why there is only one.

In Ray: ``/tmp/ray/ray_current_cluster``, without a key and without a lock.

Each user has one folder of a fixed name, mode 0700, while such a runtime is there. In it ``lock``
is locked by the head for as long as it lives, and ``address``, mode 0600, says where the session
is and what opens it. The kernel lets go of the lock however the head ends: an address whose lock
is free is what a killed runtime has left behind.

Rule: whoever makes or removes a file in the folder holds the lock, and has looked, after he had
it, whether what he locked is still the file in the folder.
"""

import fcntl
import json
import os
import shutil
import stat
import sys
import time
from pathlib import Path
from typing import Any, Final

from raylite._core.common.record import Record
from raylite._core.common.session import SessionAddress
from raylite._core.common.version import __version__
from raylite._core.rpc.connection import connect

__all__ = [
    "RuntimeAddress",
    "check_versions",
    "claim",
    "find",
    "is_claimed",
    "listens",
    "publish",
    "withdraw",
    "withdraw_own",
]

_LOCK: Final = "lock"
_ADDRESS: Final = "address"
_PATIENCE_S: Final = 2.0
"""Whoever removes what was left behind holds the lock for a moment."""
_PAUSE_S: Final = 0.01


class RuntimeAddress(Record):
    """A runtime that drivers may join."""

    folder: str
    session: SessionAddress
    pid: int
    """Of the head."""
    python: str
    version: str
    """Of raylite."""


def claim(folder: str) -> int | None:
    """Reserve the folder for a new runtime.

    Returns:
        A descriptor: as long as it, or a copy of it in another process, is open, nobody else can
        claim the folder. None if there is a runtime already.

    Raises:
        PermissionError: if somebody else has made a folder of that name.
        OSError: if it cannot be made.
    """
    deadline_s = time.monotonic() + _PATIENCE_S
    while True:
        fd = _try_to_claim(folder)
        if fd is not None:
            (Path(folder) / _ADDRESS).unlink(missing_ok=True)
            return fd
        found = find(folder)
        if time.monotonic() > deadline_s or (found is not None and listens(found)):
            return None
        time.sleep(_PAUSE_S)


def publish(folder: str, session: SessionAddress) -> None:
    """Let drivers find the session of this process, the head, which holds the lock."""
    told: dict[str, Any] = {name: getattr(session, name) for name in session.field_names}
    told["key"] = session.key.hex()
    text = json.dumps(
        {"session": told, "pid": os.getpid(), "python": _python(), "version": __version__}
    )
    new = Path(folder) / f"{_ADDRESS}.new"
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        file.write(text)
    new.rename(Path(folder) / _ADDRESS)


def find(folder: str) -> RuntimeAddress | None:
    """What the folder says, be the runtime alive or not; None if there is nothing of this user."""
    try:
        if not _is_private(os.lstat(folder)):
            return None
        told = json.loads((Path(folder) / _ADDRESS).read_text(encoding="utf-8"))
        session = told["session"]
        session["key"] = bytes.fromhex(session["key"])
        told["session"] = SessionAddress(**session)
        return RuntimeAddress(folder=folder, **told)
    except (OSError, ValueError, LookupError, TypeError):
        return None


def listens(found: RuntimeAddress) -> bool:
    """Whether the runtime's head takes connections."""
    try:
        connect(found.session.head_address).close()
    except OSError:
        return False
    return True


def is_claimed(folder: str) -> bool:
    """Whether a head holds the lock: then it lives, and the address says its process id."""
    fd = _try_to_claim(folder, make=False)
    if fd is not None:
        os.close(fd)
    return fd is None and Path(folder).exists()


def withdraw_own(folder: str) -> None:
    """Remove the folder; for whoever holds the lock."""
    shutil.rmtree(folder, ignore_errors=True)


def withdraw(folder: str, session_id: str | None = None) -> None:
    """Remove the folder if its runtime is gone.

    Args:
        folder: the user's.
        session_id: only if it is this session that is found there; None: whichever.
    """
    fd = _try_to_claim(folder, make=False)
    if fd is None:
        return
    found = find(folder)
    if session_id is None or (found is not None and found.session.session_id == session_id):
        withdraw_own(folder)
    os.close(fd)


def check_versions(found: RuntimeAddress) -> None:
    """See that this process can exchange code with the runtime's workers.

    Raises:
        RuntimeError: if it cannot.
    """
    if (found.python, found.version) != (_python(), __version__):
        msg = (
            f"Version mismatch: the runtime to join was started with raylite {found.version} and "
            f"Python {found.python}; this program runs raylite {__version__} and Python "
            f"{_python()}. Use the same for both, or write init(address='local') for a session "
            "of this program's own."
        )
        raise RuntimeError(msg)


def _python() -> str:
    return ".".join(map(str, sys.version_info[:2]))


def _try_to_claim(folder: str, *, make: bool = True) -> int | None:
    """Lock the folder's lock, or give None, at once."""
    fd = None
    try:
        if make:
            Path(folder).mkdir(mode=0o700, exist_ok=True)
        if not _is_private(os.lstat(folder)):
            msg = f"{folder} is not a folder of yours alone: somebody else has made it"
            raise PermissionError(msg)
        flags = os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if make else 0)
        fd = os.open(f"{folder}/{_LOCK}", flags, 0o600)
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(fd), (Path(folder) / _LOCK).stat()):
            fd, held = None, fd
            return held
    except (BlockingIOError, FileNotFoundError):  # Somebody has it; or removes it just now.
        pass
    finally:
        if fd is not None:
            os.close(fd)
    return None


def _is_private(status: os.stat_result) -> bool:
    mine = status.st_uid == os.getuid()
    return mine and stat.S_ISDIR(status.st_mode) and not status.st_mode & 0o077
