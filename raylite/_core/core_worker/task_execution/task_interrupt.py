"""The signal that interrupts a cancelled task, and that can hit nothing else.

In Ray: ``_thread.interrupt_main`` in ``python/ray/_raylet.pyx``. Left out here: waiting until a
blocking call such as ``time.sleep(60)`` returns; a real signal ends it at once.

Python runs a signal's handler in the main thread between any two of its steps. The handler raises
``KeyboardInterrupt`` only

1. while the code of the very call runs that is to be interrupted (``inside``): a signal that comes
   too late finds another call, or none, and does nothing;
2. in a step of the user's code: where the runtime's own code is at work on the user's behalf,
   or a module is imported, nothing is to be torn. It is raised when the runtime leaves or waits,
   as Ctrl-C is in the driver (:class:`~raylite._core.rpc.interrupt.InterruptGuard`), or with the
   next signal:

a signal that has had no effect is sent again, also since it may arrive a moment before the program
enters the system call that it was to end.
"""

import inspect
import os
import signal
import threading
import weakref
from _weakrefset import WeakSet
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final

from raylite._core.rpc.interrupt import InterruptGuard

__all__ = ["SIGNAL", "TaskInterrupt", "interruptible", "runs_user_code"]

SIGNAL: Final = int(getattr(signal, "SIGRTMIN", signal.SIGUSR2)) + (
    1 if hasattr(signal, "SIGRTMIN") else 0
)
"""One that nobody else is likely to use."""
_CORE: Final = str(Path(__file__).parents[1]) + os.sep
_NOT_BELOW: Final = (_CORE, "<frozen importlib")
"""What must not be torn: half a module stays half a module for the tasks that follow."""
_NOT_IN: Final = (weakref.__file__, WeakSet.add.__code__.co_filename)
"""Code in which an exception would get lost."""
_FIRST_S: Final = 0.002
_LONGEST_S: Final = 0.1
_STUCK_S: Final = 0.25
_user_code: set[CodeType] = set()


def runs_user_code(function: Callable[..., object]) -> None:
    """Note a function of the runtime that calls the code of a task directly."""
    _user_code.add(function.__code__)


def interruptible(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function with a frame of its own, in which it can be interrupted.

    One of Python's built-in functions, such as ``time.sleep``, has none.
    """
    if not inspect.isbuiltin(function):
        return function

    def call(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    call.__code__ = call.__code__.replace(co_filename=f"<{function.__name__}>")
    return call


class _Request:
    """What is wanted of a call that runs."""

    def __init__(self, call: object, *, force: bool, waits_only: bool) -> None:
        self.call = call
        self.force = force
        self.waits_only = waits_only
        self.was_seen = False
        """The main thread has made a step since."""
        self.was_noted = False
        """It will be raised where the call waits next."""


class TaskInterrupt(InterruptGuard):
    """Interrupts the call that runs in the main thread. Must be made there."""

    def __init__(self) -> None:
        super().__init__(needed=False)
        self._thread = threading.get_ident()
        self.inside: object | None = None
        """The call whose code runs in the main thread."""
        self._wanted: _Request | None = None
        signal.signal(SIGNAL, self._on_signal)

    def request(
        self,
        call: object,
        is_running: Callable[[], bool],
        call_later: Callable[[float, Callable[[], None]], None],
        *,
        force: bool = False,
        waits_only: bool = False,
    ) -> None:
        """Interrupt a call, as soon as its code runs and as long as it does.

        Args:
            call: the call.
            is_running: whether the main thread is at it, before and after its own code too.
            call_later: has an action called after a delay in seconds.
            force: end the process instead.
            waits_only: interrupt it only where it waits for an object.
        """
        request = self._wanted = _Request(call, force=force, waits_only=waits_only)
        waited_s, delay_s = 0.0, _FIRST_S

        def press() -> None:
            nonlocal waited_s, delay_s
            if self._wanted is not request or request.was_noted or not is_running():
                return
            if force and not request.was_seen and waited_s > _STUCK_S:
                # The main thread is where no signal reaches it, and so still in this call.
                os.kill(os.getpid(), signal.SIGKILL)
            signal.pthread_kill(self._thread, SIGNAL)
            call_later(delay_s, press)
            waited_s, delay_s = waited_s + delay_s, min(2 * delay_s, _LONGEST_S)

        press()

    # As its base, for the main thread while it runs a call.

    def enter(self) -> bool:
        """Hold the interrupt back; whether the caller must :meth:`leave`."""
        if self.inside is None or self._held or threading.get_ident() != self._thread:
            return False
        self._held = True
        return True

    def leave(self) -> None:
        """Let it through again, the one that came meanwhile first."""
        self._held = False
        if self._pending and (self._wanted is None or not self._wanted.waits_only):
            self._raise_pending()

    def open_window(self) -> None:
        """Let it through for the time of a wait, the one that came meanwhile first."""
        self._window = True
        self._held = False
        if self._pending:
            self._held, self._window = True, False
            self._raise_pending()
            self._held, self._window = False, True

    def _raise_pending(self) -> None:
        self._pending = False
        request = self._wanted
        if request is not None and request.call is self.inside:
            self._wanted = None
            raise KeyboardInterrupt

    def _on_signal(self, _signum: int, frame: FrameType | None) -> None:
        request = self._wanted
        if request is None:
            return
        request.was_seen = True
        if self.inside is not request.call:
            return
        if request.force:
            os.kill(os.getpid(), signal.SIGKILL)
        if not self._window and (self._held or request.waits_only):
            self._pending = True
            request.was_noted = request.waits_only
            return
        if not self._window and not _is_in_user_code(frame):
            return
        self._wanted = None
        self._pending = False
        self._held, self._window = self._window, False
        raise KeyboardInterrupt


def _is_in_user_code(frame: FrameType | None) -> bool:
    """Whether an exception raised in a frame would pass through the user's code alone."""
    innermost = frame
    while frame is not None:
        code = frame.f_code
        if code in _user_code:
            return frame is not innermost
        if code.co_name == "__del__" or code.co_filename.startswith(_NOT_BELOW):
            return False
        if frame is innermost and code.co_filename.startswith(_NOT_IN):
            return False
        frame = frame.f_back
    return False
