"""Things to do when a process comes to rest: when nobody reads its sockets in quick succession.

In Ray: nothing; its timers live in a thread of their own. A timer of the poller would limit each
wait of the reader, and the kernel takes longer to wait with a limit: some two microseconds in each
round trip, on a virtual machine. What has time until the program pauses costs nothing here.
"""

from collections.abc import Callable

__all__ = ["AtRest"]


class AtRest:
    """Keeps actions until there is rest, and then makes timers of them.

    Args:
        call_later: makes a timer.
    """

    def __init__(self, call_later: Callable[[float, Callable[[], None]], None]) -> None:
        self._call_later = call_later
        self._actions: dict[Callable[[], None], float] = {}
        self._is_resting = False

    def call(self, delay_s: float, action: Callable[[], None]) -> None:
        """Have ``action`` called once there is rest.

        Args:
            delay_s: seconds after it has begun, or from now on if it has.
            action: calling it without need must be harmless.
        """
        self._actions[action] = delay_s
        if self._is_resting:
            self.begin()

    def begin(self) -> None:
        """Somebody has sat in one wait for a tick, or nobody waits at all."""
        self._is_resting = True
        while self._actions:
            try:
                action, delay_s = self._actions.popitem()
            except KeyError:  # Another thread has taken the last one.
                return
            self._call_later(delay_s, action)

    def end(self) -> None:
        """Somebody reads again."""
        self._is_resting = False
