"""A thread that waits while another one reads."""

import contextlib
import threading
from collections.abc import Callable

__all__ = ["Follower"]


class Follower:
    """Sleeps until the reader finds its thing, or gives up the role.

    Args:
        done: says whether that is there.
    """

    __slots__ = ("awake", "done")

    def __init__(self, done: Callable[[], bool | int]) -> None:
        self.done = done
        self.awake = threading.Lock()
        self.awake.acquire()

    def wake(self) -> None:
        """End its sleep, if it sleeps."""
        with contextlib.suppress(RuntimeError):  # Awake already.
            self.awake.release()
