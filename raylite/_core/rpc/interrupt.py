"""Ctrl-C, held back while bytes are between two places.

``KeyboardInterrupt`` can be raised between any two steps of the main thread. Raised after a
frame was taken from a socket and before it was filed, it would lose a result; raised within a
write, it would tear a frame in two. So the main thread enters a guard around both. A Ctrl-C
that arrives inside is remembered and raised on leaving. While the thread only waits, it opens a
window in the guard: a Ctrl-C that arrives there is raised at once, and shuts the window, so that
a second one cannot get between the steps that clean up after the first.

``signal.getsignal`` turns numbers into enums, which takes 8 us; the C function below it does not.

The handler is put in place anew when somebody else has replaced it: IPython's kernel sets its
own for every cell.
"""

import _thread
import contextlib
import os
import signal
import threading
import time
import weakref
from _signal import getsignal  # type: ignore[import-not-found]  # Has no stub.
from collections.abc import Callable, Iterator
from threading import get_ident
from types import FrameType
from typing import Any, Final

__all__ = ["InterruptGuard"]

_SIGINT = int(signal.SIGINT)
_FINALIZER_DEPTH: Final = 12
"""So far a finalizer's own calls go, about."""
_CALLED_BY_WEAKREFS: Final = {"remove", "_remove"}
_WEAKREF_FILES: Final = {
    weakref.WeakValueDictionary.__init__.__code__.co_filename,
    weakref.WeakSet.__init__.__code__.co_filename,
}
_AGAIN_S = 0.005


class InterruptGuard:
    """Defers ``SIGINT`` for the main thread; does nothing in any other.

    Args:
        needed: False in a process that ignores ``SIGINT``, as workers do.
    """

    def __init__(self, *, needed: bool = True) -> None:
        self._main = threading.main_thread().ident if needed else None
        self._held = False
        self._window = False
        self._pending = False
        self._previous: Callable[[int, FrameType | None], Any] | int | None = None
        self._handler = self._on_sigint  # One object, to be compared by identity.

    def enter(self) -> bool:
        """Hold Ctrl-C back.

        Returns:
            Whether the caller must :meth:`leave`: False outside the main thread and where the
            guard is held already.
        """
        if self._held or get_ident() != self._main:
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
            self._interrupt(_SIGINT, None)

    @contextlib.contextmanager
    def released(self) -> Iterator[None]:
        """Let Ctrl-C through for the time of the body, if this thread holds it back.

        Raises:
            KeyboardInterrupt: if Ctrl-C was pressed while it was held back.
        """
        if not self._held or get_ident() != self._main:
            yield
            return
        self.leave()
        try:
            yield
        finally:
            self.enter()

    def open_window(self) -> None:
        """Let Ctrl-C through for the time of a wait, the one that came meanwhile first.

        Raises:
            KeyboardInterrupt: if Ctrl-C was pressed while it was held back.
        """
        self._window = True
        self._held = False
        if self._pending:  # Looked at after the window is open, or one could come in between.
            self._held = True
            self._window = self._pending = False
            self._interrupt(_SIGINT, None)

    def shut_window(self) -> None:
        """Hold Ctrl-C back again: the wait is over."""
        self._held = True
        self._window = False

    def uninstall(self) -> None:
        """Give ``SIGINT`` back to whoever had it."""
        if get_ident() != self._main:
            return
        if getsignal(_SIGINT) is self._handler and self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)

    def _install(self) -> None:
        # Whoever ignores Ctrl-C goes on ignoring it.
        current = getsignal(_SIGINT)
        if current is None or current == signal.SIG_IGN:
            return
        with contextlib.suppress(ValueError):  # Not the main interpreter.
            self._previous = current
            signal.signal(signal.SIGINT, self._handler)

    def _on_sigint(self, signum: int, frame: FrameType | None) -> None:
        if self._held:
            self._pending = True
            return
        if _in_finalizer(frame):
            _thread.start_new_thread(_interrupt_again, ())
            return
        in_window = self._window
        self._window = False
        self._held = in_window
        self._interrupt(signum, frame)
        # The handler is the user's own, and has let the program go on.
        self._window = in_window
        self._held = False

    def _interrupt(self, signum: int, frame: FrameType | None) -> None:
        if not callable(self._previous):
            raise KeyboardInterrupt
        self._previous(signum, frame)


def _in_finalizer(frame: FrameType | None) -> bool:
    """Whether the program is in a ``__del__``, or in what a weak table does when an object goes.

    Python would print what is raised there, and go on.
    """
    for _ in range(_FINALIZER_DEPTH):
        if frame is None:
            return False
        code = frame.f_code
        if code.co_name == "__del__":
            return True
        if code.co_name in _CALLED_BY_WEAKREFS and code.co_filename in _WEAKREF_FILES:
            return True
        frame = frame.f_back
    return False


def _interrupt_again() -> None:
    time.sleep(_AGAIN_S)
    os.kill(os.getpid(), _SIGINT)
