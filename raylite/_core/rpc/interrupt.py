"""Ctrl-C, held back while bytes are between two places.

``KeyboardInterrupt`` can be raised between any two steps of the main thread. Raised after a
frame was taken from a socket and before it was filed, it would lose a result; raised within a
write, it would tear a frame in two. So the main thread enters a guard around both. A Ctrl-C
that arrives inside is remembered and raised on leaving; one that arrives while the thread only
waits is raised at once.

``signal.getsignal`` turns numbers into enums, which takes 8 us; the C function below it does not.

The handler is put in place anew when somebody else has replaced it: IPython's kernel sets its
own for every cell.
"""

import contextlib
import signal
import threading
from _signal import getsignal  # type: ignore[import-not-found]  # Has no stub.
from collections.abc import Callable
from types import FrameType
from typing import Any

__all__ = ["InterruptGuard"]

_SIGINT = int(signal.SIGINT)


class InterruptGuard:
    """Defers ``SIGINT`` for the main thread; does nothing in any other."""

    def __init__(self) -> None:
        self._main = threading.main_thread().ident
        self._held = False
        self._pending = False
        self._previous: Callable[[int, FrameType | None], Any] | int | None = None
        self._handler = self._on_sigint  # One object, to be compared by identity.

    def enter(self) -> bool:
        """Hold Ctrl-C back.

        Returns:
            Whether the caller must :meth:`leave`: False outside the main thread and where the
            guard is held already.
        """
        if self._held or threading.get_ident() != self._main:
            return False
        if getsignal(_SIGINT) is not self._handler:
            self._install()
        self._held = True
        return True

    def leave(self) -> None:
        """Let Ctrl-C through again, the one that came meanwhile first.

        Raises:
            KeyboardInterrupt: if Ctrl-C was pressed while it was held back.
        """
        self._held = False
        if self._pending:
            self._pending = False
            raise KeyboardInterrupt

    def resume(self) -> None:
        """Hold Ctrl-C back again after :meth:`leave`, for the thread that had entered."""
        self._held = True

    def uninstall(self) -> None:
        """Give ``SIGINT`` back to whoever had it."""
        if threading.get_ident() != self._main:
            return
        if getsignal(_SIGINT) is self._handler and self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)

    def _install(self) -> None:
        # Whoever ignores Ctrl-C, as workers do, goes on ignoring it.
        current = getsignal(_SIGINT)
        if current is None or current is signal.SIG_IGN:
            return
        with contextlib.suppress(ValueError):  # Not the main interpreter.
            self._previous = current
            signal.signal(signal.SIGINT, self._handler)

    def _on_sigint(self, signum: int, frame: FrameType | None) -> None:
        if self._held:
            self._pending = True
        elif callable(self._previous):
            self._previous(signum, frame)
        else:
            raise KeyboardInterrupt
