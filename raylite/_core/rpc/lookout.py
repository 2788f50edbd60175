"""When the background thread looks whether anybody reads the sockets, and what it then does.

In Ray: nothing; a thread there does nothing but read. To wake a thread takes some fifty
microseconds of CPU, which is more than a call. So who begins or ends to read wakes nobody: the
background thread looks by itself, and the rarer, the longer others have read in its place.

Rule 1: if nobody reads, and nobody has since the look before, the role is to be taken.
Rule 2: if somebody reads, the time to the next look is doubled, up to :data:`LONGEST_S`.
Rule 3: if he has sat in one wait since the look before, there is rest; and if that was the longest
        time, there is nothing to look for until he leaves.
Rule 4: if somebody has read since the look before, and does not now, he may compute from now on:
        the next look is soon. But who has read more than :data:`OFTEN` times will do so again.
"""

from enum import Enum, auto
from typing import Final

__all__ = ["LONGEST_S", "TICK_S", "Lookout", "Seen"]

TICK_S: Final = 0.002
"""How long nobody must have read before the background thread does."""
LONGEST_S: Final = 0.016
OFTEN: Final = 4


class Seen(Enum):
    """What a look has come to."""

    OTHERS_READ = auto()
    REST = auto()
    LONG_REST = auto()
    NOBODY_READS = auto()


class Lookout:
    """Remembers the look before."""

    def __init__(self) -> None:
        self.tick_s = TICK_S
        """Seconds to the next look."""
        self._turns = -1

    def look(self, turns: int, *, is_read: bool) -> Seen:
        """Look.

        Args:
            turns: how many times anybody has taken the role.
            is_read: whether anybody has it.
        """
        num_new, self._turns = turns - self._turns, turns
        if not is_read and num_new <= OFTEN:
            self.tick_s = TICK_S
            return Seen.OTHERS_READ if num_new else Seen.NOBODY_READS
        was_longest = self.tick_s >= LONGEST_S
        self.tick_s = min(2 * self.tick_s, LONGEST_S)
        if num_new:
            return Seen.OTHERS_READ
        return Seen.LONG_REST if was_longest else Seen.REST

    def look_soon(self) -> None:
        """There is something that has to be done soon, by whoever reads."""
        self.tick_s, self._turns = TICK_S, -1
