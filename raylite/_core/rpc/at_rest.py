"""Things to do when a process comes to rest: when nobody reads its sockets in quick succession.

In Ray: nothing; its timers live in a thread of their own. A timer of the poller would limit each
wait of the reader, and the kernel takes longer to wait with a limit: some two microseconds in each
round trip, on a virtual machine. What has time until the program pauses costs nothing here: it
becomes a timer when there is rest, and is none any more when somebody reads again. A program that
never pauses puts nothing off for longer than its time and a look of the background thread.
"""

import time
from collections.abc import Callable
from typing import Protocol

from raylite._core.rpc.timers import Timer

__all__ = ["AtRest"]


class MakesTimers(Protocol):
    """The poller, as far as it is needed here."""

    def call_later(self, delay_s: float, action: Callable[[], None]) -> Timer:
        """Make a timer."""
        ...

    def forget(self, timer: Timer) -> bool:
        """Take a timer back; whether it was not run yet."""
        ...


class AtRest:
    """Keeps actions until there is rest, and then makes timers of them.

    Args:
        poller: runs timers.
        now_s: the monotonic clock.
    """

    def __init__(self, poller: MakesTimers, now_s: Callable[[], float] = time.monotonic) -> None:
        self._poller = poller
        self._now_s = now_s
        self._actions: dict[Callable[[], None], tuple[float, float | None]] = {}
        """How long after the beginning of rest, and when, if it has begun before."""
        self._timers: dict[Callable[[], None], Timer] = {}
        self._is_resting = False

    def call(self, delay_s: float, action: Callable[[], None]) -> None:
        """Have ``action`` called once there is rest.

        Args:
            delay_s: seconds after it has begun for the first time, or from now on if it has. Said
                again, it takes the place of what was said before.
            action: calling it without need must be harmless.
        """
        self._actions[action] = delay_s, None
        if self._is_resting:
            self.begin()

    def begin(self) -> None:
        """Somebody has sat in one wait for a tick, or nobody waits at all."""
        self._is_resting = True
        while self._actions:
            try:
                action, (delay_s, due_s) = self._actions.popitem()
            except KeyError:  # Another thread has taken the last one.
                return
            if due_s is not None:
                delay_s = max(0.0, due_s - self._now_s())
            # Of two the other would limit each wait until it is due, for nothing.
            before = self._timers.pop(action, None)
            if before is not None:
                self._poller.forget(before)
            self._timers[action] = self._poller.call_later(delay_s, action)

    def end(self) -> None:
        """Somebody reads again."""
        self._is_resting = False
        while self._timers:
            try:
                action, timer = self._timers.popitem()
            except KeyError:  # As above.
                return
            if self._poller.forget(timer):
                self._actions.setdefault(action, (0.0, timer[0]))

    def pass_over(self, next_look_s: float) -> None:
        """Somebody reads again and again: only what cannot wait any longer is made a timer.

        Args:
            next_look_s: seconds until this is called again, if he goes on.
        """
        self.end()
        now_s = self._now_s()
        for action, (delay_s, due_s) in list(self._actions.items()):
            if due_s is None and delay_s > next_look_s:
                self._actions[action] = delay_s, now_s + delay_s
            elif due_s is None or due_s <= now_s:
                self._actions.pop(action, None)
                self._poller.call_later(delay_s if due_s is None else 0.0, action)
