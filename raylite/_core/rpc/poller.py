"""Who reads the sockets: whoever waits.

In Ray: the ``io_service`` thread of the core worker (``src/ray/core_worker/core_worker.cc``).
A thread of its own that reads every reply and wakes the thread that waits for it costs two
switches between threads for each call, which is more than the call itself. So here the role of
the *reader* is passed around, as in the leader/followers pattern (Schmidt et al., "Pattern-
Oriented Software Architecture" 2, 2000):

1. A thread that waits for something takes the role, if it is free, and reads until it has it.
2. If another thread waits already, it is a follower: it sleeps until the reader finds its thing
   or gives up the role.
3. A background thread takes the role when nobody has wanted it for ``TICK_S``, so that messages
   are read while the program computes. It gives the role back as soon as somebody waits.

While user threads read in quick succession the background thread only looks in now and then
(:mod:`.lookout`); while somebody sits in one long wait it sleeps; while all is idle, it waits in
the kernel. Nothing spins.
"""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Final

from raylite._core.rpc.at_rest import AtRest
from raylite._core.rpc.busy_wait import BusyWait
from raylite._core.rpc.connection import Connection
from raylite._core.rpc.follower import Follower
from raylite._core.rpc.interrupt import InterruptGuard
from raylite._core.rpc.lookout import TICK_S, Lookout, Seen
from raylite._core.rpc.readable import Readable
from raylite._core.rpc.selector import IN, OUT, Selector
from raylite._core.rpc.timers import Timer, Timers
from raylite._core.rpc.waker import Waker

__all__ = ["TICK_S", "Poller"]

_LEAVE_S: Final = 2.0
_SOON_S: Final = 4 * TICK_S
"""Who looks so often need not be woken to write what was held back."""
_NEVER_S: Final = float("inf")
_logger = logging.getLogger(__name__)


class Poller:
    """Reads all sockets of a process, in whichever thread waits.

    Args:
        guard: holds Ctrl-C back while frames are handled.
        on_takeover: called by the background thread each time it takes the role, that is: when
            the program has been busy with something else for a tick.
        on_poke: called by the reader soon after somebody called :meth:`poke`.
        has_cpus: whether another process can run while this one stays awake.
    """

    def __init__(
        self,
        guard: InterruptGuard,
        on_takeover: Callable[[], None],
        on_poke: Callable[[], None],
        *,
        has_cpus: bool = False,
    ) -> None:
        self._guard = guard
        self._on_takeover = on_takeover
        self._select = Selector()
        self._handlers: dict[int, Readable] = {}
        self._role = threading.Lock()
        self._turns = 0
        self._followers: list[Follower] = []
        self._waker = Waker(on_poke)
        self._alarm = threading.Lock()
        self._alarm.acquire()
        self.reads_in_background = False
        """Whether the background thread has the role, because the others compute."""
        self._woke = False
        """Whether somebody was woken since the background thread has begun to read."""
        self._parked = False
        self._lookout = Lookout()
        self._is_urgent = False  # The background thread was woken to look more often.
        self._asked = False
        self._closed = False
        self._timers = Timers()
        self.at_rest = AtRest(self)
        self._busy_wait = BusyWait() if has_cpus else None
        self._dirty: set[Connection] = set()
        self._flush_timer = False
        self._in_kernel = False
        self.clock: Callable[[], float] = float
        """``time.monotonic``, once somebody wants to know the next."""
        self.read_s = 0.0
        """When what is read now had arrived."""
        self.reads_when_idle: int | None = None
        """A thread that need not be asked: it reads as soon as it has nothing else to do."""
        self._thread = threading.Thread(target=self._background, name="raylite-io", daemon=True)
        self.add(self._waker.fd, self._waker)

    def start(self) -> None:
        """Begin to read in the background."""
        self._thread.start()

    def add(self, fd: int, handler: Readable) -> None:
        """Read a file descriptor from now on."""
        self._handlers[fd] = handler
        self._select.register(fd, IN)
        self._selection_changed()

    def add_connection(self, connection: Connection) -> None:
        """Read a connection from now on, and watch it when its buffer is full."""
        connection.watch_with(self, self._guard)
        self.add(connection.fd, connection)

    def remove(self, fd: int) -> None:
        """Stop reading a file descriptor."""
        if self._handlers.pop(fd, None) is not None:
            self._select.unregister(fd)
            self._selection_changed()

    def watch_writable(self, connection: Connection, *, on: bool) -> None:
        """Call ``connection.on_writable`` once there is room (or no longer)."""
        if not connection.closed:
            self._select.modify(connection.fd, IN | OUT if on else IN)
            self._selection_changed()

    def _selection_changed(self) -> None:
        if self._in_kernel:
            self._waker.wake()  # The reader waits for the old selection.

    def flush_later(self, connection: Connection) -> None:
        """Write what was pushed when somebody waits, reads, or a few ticks have passed."""
        self._dirty.add(connection)
        if self._in_kernel:
            if not self._flush_timer:
                self._flush_timer = True
                self.call_later(TICK_S, self._flush_in_time)
        elif self._lookout.tick_s > _SOON_S and not self._is_urgent:
            self._is_urgent = True
            self._wake_background()

    def flush_dirty(self) -> None:
        """Write what was held back, on every connection."""
        while self._dirty:
            with contextlib.suppress(KeyError):
                self._dirty.pop().flush()

    def call_later(self, delay_s: float, action: Callable[[], None]) -> Timer:
        """Have ``action`` called in about ``delay_s`` seconds by whoever reads then."""
        timer = self._timers.add(delay_s, action)
        if self._in_kernel:
            self._waker.wake()  # The reader knows nothing of the timer.
        return timer

    def forget(self, timer: Timer) -> bool:
        """Do not call its action; whether that was not done yet."""
        return self._timers.forget(timer)

    def poke(self) -> None:
        """Have ``on_poke`` called soon. May be called from ``__del__``: it only writes a byte."""
        self._waker.wake()

    def read_soon(self) -> None:
        """Have somebody read now: somebody waits who cannot read himself."""
        if not self._role.locked() and threading.get_ident() != self.reads_when_idle:
            self._asked = True
            self._wake_background()

    def run_until(
        self,
        done: Callable[[], bool | int],
        deadline_s: float | None = None,
        soon: bool = False,  # noqa: FBT001, FBT002  # By position, since this is the hot path.
    ) -> bool:
        """Wait until ``done()``.

        Args:
            done: asked after each batch of frames; must be cheap.
            deadline_s: on the monotonic clock; None waits for ever.
            soon: it may take some microseconds only, for which it is not worth while to sleep.

        Returns:
            What ``done()`` said last.

        Raises:
            KeyboardInterrupt: at once, in the main thread, with nothing lost.
        """
        guarded = self._guard.enter()
        try:
            while not self._closed:
                # By position: as a keyword, ``blocking`` takes four times as long.
                if self._role.acquire(False):
                    self._turns += 1
                    try:
                        if self._read(done, deadline_s, guarded, soon):
                            return True
                    finally:
                        self._leave()
                elif done():
                    return True
                else:
                    self._follow(done, deadline_s, guarded=guarded)
                if deadline_s is not None and time.monotonic() >= deadline_s:
                    break
        finally:
            if guarded:
                self._guard.leave()
        return bool(done())

    def close(self) -> None:
        """Stop the background thread and let go of every file descriptor."""
        if self._closed:
            return
        self._closed = True
        self._waker.wake()
        self._wake_background()
        for follower in list(self._followers):
            follower.wake()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(timeout=_LEAVE_S)
        # Whoever is about to wait must not do so on what is closed under his feet.
        self._role.acquire(timeout=_LEAVE_S)
        self._select.close()
        self._waker.close()

    def abandon(self) -> None:
        """In a forked copy of the process: let go of every file descriptor, and read no more.

        They are replaced and not closed, since the objects that hold their numbers would close
        them again. Nothing is unregistered: the kernel's table is shared with the parent.
        """
        if self._closed:
            return
        self._closed = True
        self._dirty.clear()
        fds = [*self._handlers, self._waker.write_fd, *self._select.own_fds()]
        null_fd = os.open(os.devnull, os.O_RDWR)
        for fd in fds:
            os.dup2(null_fd, fd, inheritable=False)
        os.close(null_fd)

    def _read(
        self,
        done: Callable[[], bool | int],
        deadline_s: float | None,
        guarded: bool,  # noqa: FBT001  # As above.
        soon: bool,  # noqa: FBT001  # As above.
    ) -> bool:
        if done():
            return True
        guard, select = self._guard, self._select
        busy_wait = self._busy_wait if soon else None
        while not self._closed:
            # Before the looks at what is there to do: who comes later with more has to wake us.
            self._in_kernel = True
            try:
                if self._dirty:
                    self.flush_dirty()
                timeout_s, is_due, is_late = None, False, False
                if deadline_s is not None or self._timers.pending:
                    timeout_s = self._timers.timeout_s(deadline_s)
                    is_due = timeout_s == 0.0
                    # Even then what has arrived is read once: whoever asks again and again without
                    # waiting keeps the background thread from reading.
                    is_late = is_due and time.monotonic() >= (deadline_s or _NEVER_S)
                if guarded:
                    guard.open_window()
                try:
                    looks_first = busy_wait is not None and not is_due
                    ready = busy_wait.look(select.wait) if looks_first else None  # type: ignore[union-attr]  # There is one.
                    if not ready:
                        ready = (
                            select.wait_for_ever() if timeout_s is None else select.wait(timeout_s)
                        )
                finally:
                    if guarded:
                        guard.shut_window()
            finally:
                self._in_kernel = False
            self._handle(ready, is_due)
            if done():
                return True
            if is_late:
                break
        return bool(done())

    def _handle(self, ready: list[tuple[int, int]], is_due: bool) -> None:  # noqa: FBT001  # By position, since this is the hot path.
        handlers = self._handlers
        self.read_s = self.clock()
        for fd, mask in ready:
            handler = handlers.get(fd)
            if handler is None:
                self._select.unregister(fd)  # Closed by a frame earlier in this batch.
                continue
            try:
                if mask != OUT:
                    handler.on_readable()
                if mask & OUT:
                    handler.on_writable()
            except Exception:
                _logger.exception("raylite could not handle a message; the session goes on")
        if self._dirty:
            self.flush_dirty()
        if is_due:
            self._timers.run_due()
        if self._followers:
            self._wake_those_who_are_done()

    def _wake_those_who_are_done(self) -> None:
        for follower in list(self._followers):
            if follower.done():
                self._woke = True
                follower.wake()

    def _flush_in_time(self) -> None:
        self._flush_timer = False
        self.flush_dirty()

    def _leave(self) -> None:
        self._role.release()
        if self._followers:
            for follower in list(self._followers):
                follower.wake()
        if self._parked:
            self._wake_background()

    def _follow(
        self, done: Callable[[], bool | int], deadline_s: float | None, *, guarded: bool
    ) -> None:
        follower = Follower(done)
        self._followers.append(follower)
        try:
            if self.reads_in_background:
                self._waker.wake()
            if not self._role.locked():
                return  # It became free meanwhile, and nobody may be left to say so.
            timeout_s = -1.0 if deadline_s is None else max(0.0, deadline_s - time.monotonic())
            if guarded:
                self._guard.open_window()
            try:
                follower.awake.acquire(timeout=timeout_s)
            finally:
                if guarded:
                    self._guard.shut_window()
        finally:
            self._followers.remove(follower)

    def _wake_background(self) -> None:
        with contextlib.suppress(RuntimeError):  # The alarm is ringing already.
            self._alarm.release()

    def _background(self) -> None:
        lookout = self._lookout
        while not self._closed:
            self._alarm.acquire(timeout=lookout.tick_s)
            if self._is_urgent:
                self._is_urgent = False
                lookout.look_soon()
                continue
            seen = lookout.look(self._turns, is_read=self._role.locked())
            if seen is Seen.NOBODY_READS or self._asked:
                self._asked = False
                if self._role.acquire(False):  # As in run_until.
                    self._read_in_background()
            elif seen is Seen.OTHERS_READ:
                self.at_rest.pass_over(lookout.tick_s)
            else:
                self.at_rest.begin()
                if seen is Seen.LONG_REST:
                    self._park()

    def _park(self) -> None:
        """Sleep until the thread that sits in a long wait leaves it."""
        self._parked = True
        if self._role.locked() and not self._closed:
            self._alarm.acquire()
        self.at_rest.end()
        self._parked = False
        self._lookout.look_soon()

    def _read_in_background(self) -> None:
        self.reads_in_background = True
        try:
            self._woke = False
            self.at_rest.begin()
            self._on_takeover()
            self.flush_dirty()
            self._read(self._is_wanted, None, guarded=False, soon=False)
        except Exception:
            if not self._closed:
                _logger.exception("raylite's background thread failed; it goes on")
        finally:
            self.at_rest.end()
            self.reads_in_background = False
            self._leave()

    def _is_wanted(self) -> bool:
        # Who was woken may have left already, to compute: then there is something to take over.
        return self._woke or bool(self._followers)
