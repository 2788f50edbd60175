"""An event loop that reads the process's sockets while it is idle.

In Ray: nothing; its event loop sleeps in a thread of its own, and is woken through a pipe.

asyncio asks its selector to wait when no coroutine can go on. This one waits in the process's
poller, as any thread that waits for something does. The descriptors that coroutines wait for are
in an ``epoll`` of the loop's own, which for the poller is one descriptor more.

While coroutines run nobody drains that ``epoll``, so a background thread that reads meanwhile
stops to look at it when it is found ready; the loop has it looked at again when it is idle.
"""

import asyncio
import selectors
import threading
import time
from collections.abc import Callable
from contextvars import Context
from typing import Final, Protocol, TypeVarTuple

from raylite._core.rpc.poller import TICK_S, Poller

__all__ = ["LaneLoop"]

_Args = TypeVarTuple("_Args")
_LOOK_S: Final = TICK_S / 4
"""How often to read while coroutines run."""


class Reader(Protocol):
    """Reads what the process is sent, in the loop's thread."""

    def leads(self) -> bool:
        """Whether to read in this thread now."""
        ...

    def lead(self, is_wanted: Callable[[], bool], deadline_s: float | None) -> None:
        """Read until a condition holds, or a time on the monotonic clock, or a call came."""
        ...

    def look(self) -> None:
        """Read what is there."""
        ...


class _IdleSelector(selectors.DefaultSelector):
    """The loop's own descriptors.

    Args:
        turn_ends: called at the end of each turn of the loop that is not the last for now.
        wait: waits for anything, so many seconds (None: for ever), and says whether a descriptor
            may be ready; None if it cannot be used now.
    """

    def __init__(
        self, turn_ends: Callable[[], None], wait: Callable[[float | None], bool | None]
    ) -> None:
        super().__init__()
        self._turn_ends = turn_ends
        self._wait = wait

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Which descriptors are ready.

        Args:
            timeout: seconds to wait; None waits for ever, 0 not at all.
        """
        if timeout is not None and timeout <= 0:
            self._turn_ends()
        else:
            may_be_ready = self._wait(timeout)
            if may_be_ready is not None:
                return super().select(0) if may_be_ready else []
        return super().select(timeout)


class LaneLoop(asyncio.SelectorEventLoop):
    """An event loop for calls, in a thread of its own.

    Args:
        poller: reads the process's sockets.
    """

    def __init__(self, poller: Poller) -> None:
        selector = _IdleSelector(self._end_turn, self._wait)
        self.fd = selector.fileno()
        self._poller = poller
        self.thread_id: int | None = None
        """The thread it runs in."""
        self._reader: Reader | None = None
        self._looked_s = 0.0
        self._lock = threading.Lock()
        self._is_idle = False
        self._is_watched = False
        self._has_ready = False
        self._is_woken = False
        super().__init__(selector)

    def read_with(self, reader: Reader) -> None:
        """Read what the process is sent, from now on, while the loop is idle and in between."""
        self._reader = reader
        self.call_soon_threadsafe(_nothing)  # It waits already, and not like that.

    def call_soon_threadsafe(
        self,
        callback: Callable[[*_Args], object],
        *args: *_Args,
        context: Context | None = None,
    ) -> asyncio.Handle:
        """As its base; in the loop's own thread, which may be reading, without a byte in a pipe."""
        if threading.get_ident() != self.thread_id:
            return super().call_soon_threadsafe(callback, *args, context=context)
        self._is_woken = True
        return self.call_soon(callback, *args, context=context)

    # Called by the poller.

    def on_readable(self) -> None:
        """One of the loop's own descriptors is ready."""
        with self._lock:
            self._has_ready = True
            if not self._is_idle:
                self._is_watched = False
                self._poller.remove(self.fd)

    def on_writable(self) -> None:
        """An ``epoll`` never is."""

    def _end_turn(self) -> None:
        """Write what was answered, and read now and then, so that nobody else has to."""
        self._poller.flush_dirty()
        reader = self._reader
        if reader is not None and reader.leads():
            now_s = time.monotonic()
            if now_s - self._looked_s > _LOOK_S:
                self._looked_s = now_s
                reader.look()

    def _wait(self, timeout_s: float | None) -> bool | None:
        """Wait until a call came, a callback was added, or one of the descriptors is ready."""
        reader = self._reader
        if reader is None or not reader.leads():
            self._poller.flush_dirty()
            return None
        deadline_s = None if timeout_s is None else time.monotonic() + timeout_s
        with self._lock:
            self._is_idle = True
            self._is_woken = self._has_ready = False
            if not self._is_watched:
                self._is_watched = True
                self._poller.add(self.fd, self)
        try:
            reader.lead(self._is_wanted, deadline_s)
        finally:
            self._is_idle = False
        self._looked_s = time.monotonic()
        return self._has_ready

    def _is_wanted(self) -> bool:
        return self._has_ready or self._is_woken


def _nothing() -> None:
    """A callback, to have the loop make a turn."""
