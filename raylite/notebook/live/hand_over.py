"""How soon a thread that computes lets another one run, while there are live views.

Python takes its lock from a thread that computes after 5 ms, and a thread that has just read or
written a socket has to ask for it anew. News on its way to the screen asks a dozen times, so beside
a cell that computes it would take a tenth of a second. Where nobody asks, nothing is interrupted
more often. But where news follows news, all threads ask all the time, and to change sooner would
cost the cell as much again as the pictures do: then the next drawing is soon anyway.
"""

import sys
from collections import deque
from typing import Final

__all__ = ["HandOver"]

_SOON_S: Final = 0.001
_OFTEN: Final = 8
"""Drawings within a second."""


class HandOver:
    """Makes it sooner, and puts it back as it was. One thread at a time may call this."""

    def __init__(self) -> None:
        self._before_s: float | None = None
        self._drawn_s: deque[float] = deque(maxlen=_OFTEN)

    def adapt(self, now_s: float, *, has_drawn: bool) -> None:
        """Make it sooner while news is rare.

        Args:
            now_s: the time.
            has_drawn: whether there has just been some.
        """
        drawn_s = self._drawn_s
        if has_drawn:
            drawn_s.append(now_s)
        if len(drawn_s) == _OFTEN and now_s - drawn_s[0] < 1.0:
            self.restore()
        else:
            self.hurry()

    def hurry(self) -> None:
        """Have threads change sooner, if they do not yet."""
        interval_s = sys.getswitchinterval()
        if self._before_s is None and interval_s > _SOON_S:
            self._before_s = interval_s
            sys.setswitchinterval(_SOON_S)

    def restore(self) -> None:
        """Undo it, unless somebody else has changed it since."""
        before_s, self._before_s = self._before_s, None
        # What is read was rounded to microseconds.
        if before_s is not None and abs(sys.getswitchinterval() - _SOON_S) < _SOON_S / 100:
            sys.setswitchinterval(before_s)
