"""What is to be done later, in order of time."""

import heapq
import itertools
import logging
import time
from collections.abc import Callable
from typing import Final

__all__ = ["Timers"]

_NEVER_S: Final = float("inf")
_logger = logging.getLogger(__name__)


class Timers:
    """Actions with times. Any thread may add one; one thread at a time runs them."""

    def __init__(self) -> None:
        self.pending: list[tuple[float, int, Callable[[], None]]] = []
        """A heap."""
        self._numbers = itertools.count()

    def add(self, delay_s: float, action: Callable[[], None]) -> None:
        """Have ``action`` called in about ``delay_s`` seconds."""
        when_s = time.monotonic() + delay_s
        heapq.heappush(self.pending, (when_s, next(self._numbers), action))

    def timeout_s(self, deadline_s: float | None) -> float:
        """Seconds until there is something to do, or the deadline; 0 if that is now."""
        until_s = _NEVER_S if deadline_s is None else deadline_s
        if self.pending and self.pending[0][0] < until_s:
            until_s = self.pending[0][0]
        left_s = until_s - time.monotonic()
        return max(0.0, left_s)

    def run_due(self) -> None:
        """Do what is due."""
        now_s = time.monotonic()
        while self.pending and self.pending[0][0] <= now_s:
            action = heapq.heappop(self.pending)[2]
            try:
                action()
            except Exception:
                _logger.exception("a timer of raylite failed; the session goes on")
