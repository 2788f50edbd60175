"""Ending another thread's wait in the kernel."""

import contextlib
import os
from collections.abc import Callable

__all__ = ["Waker"]


class Waker:
    """A pipe that ends the wait of whoever reads.

    Args:
        on_wake: called by the reader, once for any number of wakes.
    """

    def __init__(self, on_wake: Callable[[], None]) -> None:
        self._on_wake = on_wake
        self.fd, self.write_fd = os.pipe()
        os.set_blocking(self.fd, False)
        os.set_blocking(self.write_fd, False)

    def wake(self) -> None:
        """End the wait. May be called from anywhere: it only writes a byte."""
        with contextlib.suppress(OSError):  # Full: it is awake already. Closed: it has ended.
            os.write(self.write_fd, b"\0")

    def on_readable(self) -> None:
        """Somebody has woken us."""
        with contextlib.suppress(BlockingIOError):
            os.read(self.fd, 4096)
        self._on_wake()

    def on_writable(self) -> None:
        """A pipe's reading end never is."""

    def close(self) -> None:
        """Let go of the pipe."""
        os.close(self.fd)
        os.close(self.write_fd)
        self.write_fd = -1  # Whoever wakes us now must not write to a stranger.
