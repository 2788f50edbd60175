"""What is to be done later, in order of time."""

import heapq
import itertools
import logging
import time
from collections.abc import Callable
from typing import TypeAlias

__all__ = ["Timer", "Timers"]

_logger = logging.getLogger(__name__)


Timer: TypeAlias = tuple[float, int, Callable[[], None]]
"""When something is due, on the monotonic clock; a number, the lower the older; what is due."""


class Timers:
    """Actions with times. Any thread may add and forget one; one thread at a time runs them.

    So what was first a moment ago may be gone, and each look at it has to be a single one.

    Args:
        now_s: the monotonic clock.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self.pending: list[Timer] = []
        """A heap."""
        self._numbers = itertools.count()

    def add(self, delay_s: float, action: Callable[[], None]) -> Timer:
        """Have ``action`` called in about ``delay_s`` seconds."""
        timer = self._now_s() + delay_s, next(self._numbers), action
        heapq.heappush(self.pending, timer)
        return timer

    def forget(self, timer: Timer) -> bool:
        """Do not do it; whether it was not done yet. Any thread may say so."""
        try:
            self.pending.remove(timer)
        except ValueError:
            return False
        heapq.heapify(self.pending)
        return True

    def timeout_s(self, deadline_s: float | None) -> float | None:
        """Seconds until there is something to do, or the deadline; 0: now, None: never."""
        until_s = deadline_s
        for due_s, _, _ in self.pending[:1]:
            until_s = due_s if until_s is None else min(due_s, until_s)
        return None if until_s is None else max(0.0, until_s - self._now_s())

    def run_due(self) -> None:
        """Do what is due."""
        now_s = self._now_s()
        while self.pending:
            try:
                timer = heapq.heappop(self.pending)
            except IndexError:  # It was forgotten.
                return
            if timer[0] > now_s:
                heapq.heappush(self.pending, timer)
                return
            try:
                timer[2]()
            except Exception:
                _logger.exception("a timer of raylite failed; the session goes on")
