"""How the head learns that a process is gone when no connection says so.

In Ray: ``ray_process_reaper.py`` and the raylet's watch over its parent.

The end of a process closes its connection, and that is how the head learns of it, save in two
cases: it ended before it connected; or a process that it forked holds a copy of the socket, which
keeps the connection open.
"""

import os
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
        """The process has ended."""
        self._poller.remove(self._fd)
        self._on_gone()

    def on_writable(self) -> None:
        """Never."""


def watch_sentinel(poller: Poller, fd: int, on_gone: Callable[[], None]) -> None:
    """Have ``on_gone`` called once when a file descriptor can be read; it stays open."""
    _Sentinel(poller, fd, on_gone)


def watch_process(poller: Poller, pid: int, on_gone: Callable[[], None]) -> None:
    """Have ``on_gone`` called once when a process has ended.

    Args:
        poller: calls it.
        pid: the process; where the system has no pidfd, the end of this process's parent is seen.
        on_gone: is called by whoever reads, soon even if the process has ended already.
    """
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        poller.call_later(0.0, on_gone)
    except (AttributeError, OSError):  # Not Linux; or an old one, or a sandbox that forbids it.
        _look_for_parent(poller, pid, on_gone)
    else:
        watch_sentinel(poller, fd, on_gone)


def _look_for_parent(poller: Poller, pid: int, on_gone: Callable[[], None]) -> None:
    def look() -> None:
        if os.getppid() == pid:
            poller.call_later(_LOOK_EVERY_S, look)
        else:
            on_gone()

    look()
