"""The newest calls that ended, as packed as they came until somebody looks.

In Ray: nothing like it. While calls end by the thousand, few of them are ever shown one by one.
"""

from collections import deque
from collections.abc import Iterator

from raylite._core.common.event_batch import PackedCall
from raylite._core.common.events import TaskEnded

__all__ = ["RecentCalls"]


class RecentCalls:
    """Calls, oldest first.

    Args:
        most: how many are kept.
    """

    __slots__ = ("_kept", "append")

    def __init__(self, most: int) -> None:
        self._kept: deque[TaskEnded | PackedCall] = deque(maxlen=most)
        self.append = self._kept.append
        """Add the newest one."""

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[TaskEnded]:
        return map(_event, list(self._kept))

    def __reversed__(self) -> Iterator[TaskEnded]:
        return map(_event, list(self._kept)[::-1])

    def find(self, task_id: str) -> TaskEnded | None:
        """The call with that id, if it is kept; nothing else is unpacked."""
        for one in reversed(self._kept):
            if one.is_of(task_id) if isinstance(one, PackedCall) else one.task_id == task_id:
                return _event(one)
        return None


def _event(one: TaskEnded | PackedCall) -> TaskEnded:
    return one.event() if isinstance(one, PackedCall) else one
