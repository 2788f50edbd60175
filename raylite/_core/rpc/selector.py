"""Waiting for several sockets: ``poll`` for few of them, ``epoll`` for many.

``epoll`` costs the same for any number of descriptors, and more than ``poll`` for a few: the thread
that waits is woken in two steps, and most often on another CPU. Sending 50 bytes to another process
and back took 52 us with ``epoll`` and 37 us with ``poll`` (medians, 2 CPUs). Most processes of a
session have less than ten connections.

A descriptor that is added while another thread waits with ``poll`` is not seen by it: whoever adds
one must wake that thread.
"""

import contextlib
import select
from collections.abc import Callable
from typing import Any, Final

__all__ = ["IN", "OUT", "Selector"]

IN: Final = select.POLLIN
OUT: Final = select.POLLOUT
_MANY: Final = 32


class Selector:
    """The descriptors a process waits for."""

    def __init__(self) -> None:
        self._masks: dict[int, int] = {}
        self._poll: Any = select.poll()
        self._epoll: Any = None
        self.wait_for_ever: Callable[[], list[tuple[int, int]]] = self._poll.poll
        """Which descriptors are ready, and for what, as soon as one is."""

    def register(self, fd: int, mask: int) -> None:
        """Wait for a descriptor from now on."""
        self._masks[fd] = mask
        if self._epoll is not None:
            self._epoll.register(fd, mask)
        elif len(self._masks) <= _MANY or not hasattr(select, "epoll"):
            self._poll.register(fd, mask)
        else:
            self._change_to_epoll()

    def modify(self, fd: int, mask: int) -> None:
        """Wait for something else; an unknown descriptor is ignored."""
        if fd in self._masks:
            self._masks[fd] = mask
            with contextlib.suppress(OSError):  # It was closed without a word.
                (self._epoll or self._poll).modify(fd, mask)

    def unregister(self, fd: int) -> None:
        """Wait for it no longer; an unknown descriptor is ignored."""
        if self._masks.pop(fd, None) is not None:
            with contextlib.suppress(OSError, KeyError):  # As above.
                (self._epoll or self._poll).unregister(fd)

    def wait(self, timeout_s: float) -> list[tuple[int, int]]:
        """Which descriptors are ready, and for what.

        Args:
            timeout_s: seconds to wait.
        """
        if self._epoll is not None:
            ready: list[tuple[int, int]] = self._epoll.poll(timeout_s)
        else:
            ready = self._poll.poll(timeout_s * 1000)
        return ready

    def own_fds(self) -> list[int]:
        """Descriptors of the selector itself."""
        return [] if self._epoll is None else [self._epoll.fileno()]

    def close(self) -> None:
        """Let go of what the kernel holds."""
        if self._epoll is not None:
            self._epoll.close()

    def _change_to_epoll(self) -> None:
        epoll = select.epoll()
        for fd, mask in self._masks.items():
            with contextlib.suppress(OSError):  # As above.
                epoll.register(fd, mask)
        self._epoll, self.wait_for_ever = epoll, epoll.poll
