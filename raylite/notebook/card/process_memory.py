"""How much memory many processes take, without taking a CPU for it.

In Ray: the reporter agent of each node. To ask for what a process shares costs the system a
millisecond or more, so a few are asked a second, those first that have waited longest.
"""

import time
from collections.abc import Callable
from typing import Final

from raylite.notebook.card.memory_meter import own_bytes

__all__ = ["ProcessMemory"]

_EVERY_S: Final = 1.0
_AT_ONCE: Final = 8
_MOST: Final = 4000


class ProcessMemory:
    """What is known of the memory of processes.

    Args:
        look: how many bytes a process takes, by its pid; None if nobody knows.
        clock: seconds.
    """

    def __init__(
        self,
        look: Callable[[int], int | None] = own_bytes,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look = look
        self._clock = clock
        self._found: dict[int, tuple[float, int | None]] = {}
        self._since_s = -_EVERY_S
        self._left = 0

    def read(self, pid: int) -> int | None:
        """Bytes that a process takes by itself, a second old or a little more."""
        now_s = self._clock()
        if now_s >= self._since_s + _EVERY_S:
            self._since_s, self._left = now_s, _AT_ONCE
        at_s, found = self._found.get(pid, (-_EVERY_S, None))
        if self._left and now_s >= at_s + _EVERY_S:
            self._left -= 1
            found = self._look(pid)
            self._found.pop(pid, None)
            self._found[pid] = now_s, found
            if len(self._found) > _MOST:
                del self._found[next(iter(self._found))]
        return found
