"""Waiting for, and looking after, processes: the one place of the tests that lets time pass.

A test never sleeps to get an order of things. Where it has to wait for another process, it waits
here, for a condition it can see.
"""

import fcntl
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Event
from time import monotonic

import psutil

MARK = "RAYLITE_TEST_RUN"
"""An environment variable that every process inherits which a test run starts, however deep."""

_POLL_S = 0.01


def wait_until(predicate: Callable[[], object], timeout_s: float = 10.0) -> None:
    """Return as soon as ``predicate()`` is true.

    Args:
        predicate: asked a hundred times a second.
        timeout_s: seconds after which to give up.

    Raises:
        TimeoutError: if it was not true in time.
    """
    pause = Event()
    deadline_s = monotonic() + timeout_s
    while not predicate():
        if monotonic() > deadline_s:
            name = getattr(predicate, "__name__", repr(predicate))
            msg = f"{name} was not true within {timeout_s} s"
            raise TimeoutError(msg)
        pause.wait(_POLL_S)


def descendants() -> set[psutil.Process]:
    """Every living process below this one; zombies that wait to be collected do not count."""
    return {process for process in psutil.Process().children(recursive=True) if _lives(process)}


def marked(mark: str) -> set[psutil.Process]:
    """Every living process, but this one, that carries the mark of a test run.

    Unlike :func:`descendants` this finds those as well whose parent has gone.
    """
    return {
        process
        for process in psutil.process_iter()
        if process.pid != os.getpid() and _mark_of(process) == mark and _lives(process)
    }


def session_files() -> set[Path]:
    """What sessions keep on disk: everything named ``raylite*`` where temporary files go.

    Memory is shared with other runs on this machine: what a living session has locked there is
    not counted, since the processes of this run's sessions are looked for by themselves.
    """
    shared = [path for path in Path("/dev/shm").glob("raylite*") if not _is_locked(path)]
    return {*Path(tempfile.gettempdir()).glob("raylite*"), *shared}


def _is_locked(folder: Path) -> bool:
    try:
        with (folder / "lock").open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def describe(processes: set[psutil.Process]) -> str:
    """One line a process, for the message of a failed test."""
    lines = []
    for process in sorted(processes, key=lambda process: process.pid):
        try:
            lines.append(f"{process.pid} {process.status()} {' '.join(process.cmdline())[:200]}")
        except psutil.Error:
            lines.append(f"{process.pid} (gone meanwhile)")
    return "\n".join(lines)


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _mark_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARK)
    except psutil.Error:
        return None
