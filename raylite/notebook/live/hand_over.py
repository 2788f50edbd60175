"""How soon a thread that computes lets another one run, while there are live views.

Python takes its lock from a thread that computes after 5 ms, and a thread that has just read or
written a socket has to ask for it anew. News on its way to the screen asks a dozen times, so beside
a cell that computes it would take a tenth of a second. Where nobody asks, nothing is interrupted
more often.
"""

import sys
from typing import Final

__all__ = ["HandOver"]

_SOON_S: Final = 0.001


class HandOver:
    """Makes it sooner, and puts it back as it was. One thread at a time may call this."""

    def __init__(self) -> None:
        self._before_s: float | None = None

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
