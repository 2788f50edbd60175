"""A short text for a value, whatever its class does when it is asked for one.

In Ray: nothing like it. What runs here may be the user's: ``__repr__`` may raise, print, take for
ever or give a megabyte. So it runs in a thread that nobody waits for long, and is cut.
"""

import contextlib
import reprlib
import threading
from collections.abc import Callable
from typing import Any, Final

from raylite.notebook.live.words import count, one_line

__all__ = ["preview_of", "within"]

_PATIENCE_S: Final = 0.25
_LONGEST: Final = 200
_COUNTED: Final = (list, tuple, dict, set, frozenset)


class _Short(reprlib.Repr):
    """Like Python's own, but for long texts and deep nests."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 3
        self.maxstring = self.maxother = self.maxlong = _LONGEST


def within(seconds: float, run: Callable[[], None]) -> None:
    """Run something that may be of the user's, and do not wait for it for long.

    Args:
        seconds: to wait; what takes longer goes on, and nobody looks at it.
        run: what it raises is nobody's business.
    """

    def quietly() -> None:
        with contextlib.suppress(BaseException):  # Whatever it is, there is a picture without it.
            run()

    thread = threading.Thread(target=quietly, name="raylite-preview", daemon=True)
    thread.start()
    thread.join(seconds)


def preview_of(unpack: Callable[[], Any]) -> tuple[str, str]:
    """The type of a value, with how many things are in it, and a short text.

    What cannot be had in time, or at all, is empty.

    Args:
        unpack: gives the value; it may run code of the user's.
    """
    told = ["", ""]

    def tell() -> None:
        value = unpack()
        if isinstance(value, BaseException):
            value = getattr(value, "cause", None) or value
            told[:] = type(value).__name__, one_line(f"{type(value).__name__}: {value}", _LONGEST)
            return
        kind = type(value).__name__
        is_counted = type(value) in _COUNTED
        told[0] = f"{kind} of {count(len(value), 'item')}" if is_counted else kind
        told[1] = one_line(_Short().repr(value), _LONGEST)

    within(_PATIENCE_S, tell)
    return told[0], told[1]
