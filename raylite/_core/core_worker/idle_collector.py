"""Looking for circles in a worker that has borrowed something and fallen idle.

In Ray: the global garbage collection that ``src/ray/raylet/node_manager.cc`` triggers when memory
runs out. Python frees circles, as of an error and the frames it came through, only when enough is
made anew, and an idle worker makes nothing: what it has borrowed would stay for ever.
"""

import gc
from collections.abc import Callable
from typing import Final

__all__ = ["IdleCollector"]

_PAUSE_S: Final = 0.3


class IdleCollector:
    """Has Python look for circles, once after something was borrowed.

    Args:
        call_later: calls a function after so many seconds, from the thread that reads.
        is_idle: whether nothing runs here.
    """

    def __init__(
        self, call_later: Callable[[float, Callable[[], None]], object], is_idle: Callable[[], bool]
    ) -> None:
        self._call_later = call_later
        self._is_idle = is_idle
        self._is_due = False

    def borrowed(self) -> None:
        """There is something new that somebody may be waiting to have back."""
        if not self._is_due:
            self._is_due = True
            self._call_later(_PAUSE_S, self._look)

    def _look(self) -> None:
        if not self._is_idle():
            self._call_later(_PAUSE_S, self._look)
            return
        self._is_due = False  # First: finalizers may borrow.
        gc.collect()
