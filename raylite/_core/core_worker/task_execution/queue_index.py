"""Finding calls that wait for the main thread, when many of them are cancelled.

In Ray: ``pending_task_id_to_is_canceled`` of the queues in ``src/ray/core_worker/task_execution``,
which every call is entered into. Here calls are not unpacked before their turn, and nearly none is
ever cancelled. So numbers are read when the first call is, each one once, and forgotten soon.
"""

import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Any, Final

from raylite._core.rpc.codec import unpack_call_head
from raylite._core.rpc.connection import Connection

__all__ = ["Job", "QueueIndex"]

Job = tuple[Connection | None, int, Any]
"""Who has sent it, what kind of frame it is, and its body; what nobody has sent is no call."""
KEPT_S: Final = 1.0


class QueueIndex:
    """The calls in a queue, by who has sent them and their number.

    Args:
        queue: another thread takes calls from its front at any time.
        call_later: calls a function after so many seconds.
    """

    def __init__(
        self, queue: deque[Job], call_later: Callable[[float, Callable[[], None]], None]
    ) -> None:
        self._queue = queue
        self._call_later = call_later
        self._jobs: dict[tuple[Connection, int], Job] = {}
        self._newest: Job | None = None

    def take(self, connection: Connection, seq: int) -> bool:
        """Take a call out of the queue; False if it is not there."""
        self._read_new()
        job = self._jobs.pop((connection, seq), None) or self._search(connection, seq)
        if job is None:
            return False
        try:
            self._queue.remove(job)
        except ValueError:  # The main thread has begun it meanwhile.
            return False
        if job is self._newest:
            with contextlib.suppress(IndexError):  # There is none left.
                self._newest = self._queue[-1]
        return True

    def _read_new(self) -> None:
        """Read the numbers of the calls behind the newest that was read."""
        newest = self._newest
        try:
            new = list(takewhile(lambda job: job is not newest, reversed(self._queue)))
        except RuntimeError:  # The main thread has taken one just now.
            new = list(takewhile(lambda job: job is not newest, reversed(list(self._queue))))
        if not new:
            return
        if newest is None:
            self._call_later(KEPT_S, self._forget)
        self._newest = new[0]
        self._jobs.update(_numbered(new))

    def _search(self, connection: Connection, seq: int) -> Job | None:
        """Look at each: it may have been put back to the front."""
        return dict(_numbered(list(self._queue))).get((connection, seq))

    def _forget(self) -> None:
        self._jobs.clear()
        self._newest = None


def _numbered(jobs: list[Job]) -> Iterator[tuple[tuple[Connection, int], Job]]:
    for job in jobs:
        connection, _, body = job
        if connection is not None:
            yield (connection, unpack_call_head(body)[0]), job
