"""Waits that only another thread could end, where there is none.

In Ray: such a call waits in its own process, beside others. Here a call that waits on a lock of
Python's, as ``threading.Event``, ``Condition``, ``Barrier`` and ``queue.Queue`` do, keeps all
others from running. If there is no thread that could end the wait, that is said at once.
"""

import contextlib
import sys
import sysconfig
import threading
from pathlib import Path
from types import FrameType
from typing import Any, Final

from raylite.engines.inline.calls import CURRENT
from raylite.exceptions import RaySystemError

__all__ = ["OWN_THREAD", "Blocking"]

OWN_THREAD: Final = "raylite-inline"
"""How threads of this engine are called: they end no waits."""
_LIBRARIES: Final = (
    "<frozen",
    str(Path(__file__).parents[2]),
    *{sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")},
)
"""How the names of files begin that are not the program's."""
_LOOK_EACH_S: Final = 0.02
_LOOKS: Final = 20
"""In a row that have to find nobody."""


class Blocking:
    """Looks at waits without a limit in the code of calls, as long as a session lasts."""

    def __init__(self) -> None:
        self._at_first = set(threading.enumerate())
        """Such as a notebook's; what the program itself starts comes later."""
        self._wait: Any = threading.Condition.wait
        blocking = self

        def wait(condition: threading.Condition, timeout: float | None = None) -> bool:
            if timeout is None and CURRENT.get() is not None:
                # Whoever begins a thread waits until it has begun.
                begins = sys._getframe(2).f_code is threading.Thread.start.__code__  # noqa: SLF001  # As below.
                if not begins:
                    return blocking.wait_for_others(condition)
            waited: bool = blocking._wait(condition, timeout)
            return waited

        condition_class: Any = threading.Condition
        self._patched = wait
        condition_class.wait = wait

    def wait_for_others(self, condition: Any) -> bool:
        """Wait for a condition as long as there may be somebody who brings it.

        A thread between two calls of the program's looks as if it were idle, so that it takes
        several looks to know that nobody is left.

        Raises:
            RaySystemError: if there is nobody.
            RuntimeError: if the condition's lock is not held, as of every wait.
        """
        if not condition._is_owned():  # noqa: SLF001  # Python's own wait, with looks in between.
            msg = "cannot wait on un-acquired lock"
            raise RuntimeError(msg)
        waiter = threading.Lock()
        waiter.acquire()
        condition._waiters.append(waiter)  # noqa: SLF001  # As above.
        saved = condition._release_save()  # noqa: SLF001  # As above.
        try:
            self._acquire(waiter)
        finally:
            condition._acquire_restore(saved)  # noqa: SLF001  # As above.
            with contextlib.suppress(ValueError):
                condition._waiters.remove(waiter)  # noqa: SLF001  # As above.
        return True

    def _acquire(self, waiter: Any) -> None:
        looks = 0
        while not waiter.acquire(timeout=_LOOK_EACH_S):
            looks = 0 if self.others() else looks + 1
            if looks == _LOOKS:
                raise RaySystemError(_TOLD)

    def others(self) -> list[threading.Thread]:
        """The threads beside the one that asks which run code of the program's."""
        own, frames = threading.current_thread(), sys._current_frames()  # noqa: SLF001  # There is no other way.
        return [
            thread
            for thread in threading.enumerate()
            if thread is not own
            and thread not in self._at_first
            and thread.name != OWN_THREAD
            and _is_of_program(thread, frames.get(thread.ident or 0))
        ]

    def restore(self) -> None:
        """The session is over."""
        condition_class: Any = threading.Condition
        if condition_class.wait is self._patched:
            condition_class.wait = self._wait


def _is_of_program(thread: threading.Thread, frame: FrameType | None) -> bool:
    """Whether a thread may do something for the program: a notebook's and raylite's do not."""
    if isinstance(thread, threading.Timer):
        return not str(getattr(thread.function, "__module__", "")).startswith("raylite")
    if frame is None:
        return True  # It has just begun.
    while frame is not None:
        if not frame.f_code.co_filename.startswith(_LIBRARIES):
            return True
        frame = frame.f_back
    return False


_TOLD: Final = (
    "Deadlock: this call waits for something that another call would have to do, by "
    "threading.Event, Condition, Barrier or queue.Queue.\nIn one process that call can only be "
    'made after this one has ended. Run the program with init(engine="processes"), or make the '
    "actor asynchronous and wait with asyncio.Event."
)
