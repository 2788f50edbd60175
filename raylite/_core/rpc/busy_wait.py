"""Staying awake for an answer that is about to come.

In Ray: nothing; its threads sleep in gRPC's completion queue. To send a process to sleep and to
wake it on another CPU takes the kernel longer, on a virtual machine above all, than many a method
takes to answer: of two processes that take turns, each was asleep for most of the time.

Rule 1: whoever expects an answer soon looks for it without sleeping, for :data:`LONGEST_S` at most.
Rule 2: a look that was in vain is not repeated at once: after the first one two waits go without,
        then four, up to :data:`MOST_SKIPPED`. So it costs nothing where it does not help: with long
        methods, or where both processes share one CPU, which this one would keep from the other.
With one CPU nobody is to look: the poller then has none of this.
"""

import time
from collections.abc import Callable
from typing import Final, TypeVar

__all__ = ["LONGEST_S", "MOST_SKIPPED", "BusyWait"]

LONGEST_S: Final = 100e-6
MOST_SKIPPED: Final = 256

ReadyT = TypeVar("ReadyT")


class BusyWait:
    """Knows whether it is worth while to stay awake.

    Args:
        now_s: the monotonic clock.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._num_to_skip = 0
        self._last_skipped = 1

    def look(self, poll: Callable[[float], list[ReadyT]]) -> list[ReadyT]:
        """Look for what is ready, again and again for a moment.

        Args:
            poll: says what is ready; is given how many seconds it may take, which is none.

        Returns:
            What is ready; nothing if it is better to sleep.
        """
        if self._num_to_skip:
            self._num_to_skip -= 1
            return []
        now_s = self._now_s
        until_s = now_s() + LONGEST_S
        ready = poll(0.0)
        while not ready and now_s() < until_s:
            ready = poll(0.0)
        if ready:
            self._last_skipped = 1
        else:
            self._num_to_skip = self._last_skipped = min(2 * self._last_skipped, MOST_SKIPPED)
        return ready
