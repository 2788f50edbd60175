"""What a worker does when its call waits long: it lends its CPU.

In Ray: ``NotifyDirectCallTaskBlocked`` in ``src/ray/core_worker/core_worker.cc``. When a wait
counts as long is :mod:`.waiting`'s.
"""

from collections.abc import Callable
from typing import Any

from raylite._core.common.ids import WorkerID
from raylite._core.common.messages import WorkerBlocked, WorkerUnblocked
from raylite._core.core_worker.entries import OwnedEntry

__all__ = ["LentCpu"]


class LentCpu:
    """The CPU of one worker.

    Args:
        home: the process.
        on_long_wait: nothing is to wait without need for the call that waits.
    """

    def __init__(self, home: Any, on_long_wait: Callable[[], None]) -> None:
        self._home = home
        self.on_long_wait = on_long_wait

    def is_under_way(self, entry: OwnedEntry) -> bool:
        """Whether the call that is to give a value was sent and has no answer yet."""
        return any(entry.seq in one.inflight for one in self._home.peers.connections())

    def on_blocked(self, blocked: bool) -> None:  # noqa: FBT001  # The state, not an option.
        """Lend the CPU, or have it back."""
        worker_id: WorkerID = self._home.worker_id
        kind = WorkerBlocked if blocked else WorkerUnblocked
        self._home.head.send(kind(worker_id=worker_id, at_s=self._home.now_s()))
