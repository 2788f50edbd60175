"""How the head learns that a process is gone when no connection says so.

In Ray: ``ray_process_reaper.py`` and the raylet's watch over its parent.

The end of a process closes its connection, and that is how the head learns of it, save in two
cases: it ended before it connected; or a process that it forked holds a copy of the socket, which
keeps the connection open.
"""

import os
import select
from collections.abc import Callable
from typing import Final

from raylite._core.rpc.poller import Poller

__all__ = ["watch_process", "watch_sentinel"]

_LOOK_EVERY_S: Final = 0.5


class _Sentinel:
    """A file descriptor that can be read when a process has ended."""

    def __init__(self, poller: Poller, fd: int, on_gone: Callable[[], None]) -> None:
        self._poller = poller
        self._fd = fd
        self._on_gone = on_gone
        poller.add(fd, self)

    def on_readable(self) -> None:
        """The process has ended, unless this is meant for a descriptor that had the number before.

        Of several that are ready at once one may lead to the end of another's watch, and to a new
        descriptor under its number.
        """
        if not _can_be_read(self._fd):
            return
        self._poller.remove(self._fd)
        self._on_gone()

    def on_writable(self) -> None:
        """Never."""


def _can_be_read(fd: int) -> bool:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(0))


def watch_sentinel(poller: Poller, fd: int, on_gone: Callable[[], None]) -> None:
    """Have ``on_gone`` called once when a file descriptor can be read; it stays open."""
    _Sentinel(poller, fd, on_gone)


def watch_process(poller: Poller, pid: int, on_gone: Callable[[], None]) -> Callable[[], None]:
    """Have ``on_gone`` called once when a process has ended.

    Args:
        poller: calls it.
        pid: the process; where the system has no pidfd, it is looked for from time to time.
        on_gone: is called by whoever reads, soon even if the process has ended already.

    Returns:
        Ends the watch; harmless when it is over.
    """
    watched = True
    fd: int | None = None

    def gone() -> None:
        if watched:
            stop()
            on_gone()

    def stop() -> None:
        nonlocal watched, fd
        watched = False
        if fd is not None:
            poller.remove(fd)
            os.close(fd)
            fd = None

    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        poller.call_later(0.0, gone)
    except (AttributeError, OSError):  # Not Linux; or an old one, or a sandbox that forbids it.
        _look_for(poller, pid, gone, lambda: watched)
    else:
        watch_sentinel(poller, fd, gone)
    return stop


def _look_for(
    poller: Poller, pid: int, on_gone: Callable[[], None], watched: Callable[[], bool]
) -> None:
    is_parent = os.getppid() == pid

    def look() -> None:
        if not watched():
            return
        if os.getppid() == pid if is_parent else _exists(pid):
            poller.call_later(_LOOK_EVERY_S, look)
        else:
            on_gone()

    look()


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
