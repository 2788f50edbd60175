"""Hands what workers print to the drivers whose work it is, as fast as those take it.

In Ray: ``python/ray/_private/log_monitor.py``, which publishes through the GCS.
"""

from typing import Any, Final

from raylite._core.common.ids import WorkerID
from raylite._core.common.worker_output import OutputLines, Picture
from raylite._core.rpc.connection import Connection

__all__ = ["OutputRelay"]

MOST_BYTES: Final = 32_000_000
"""With so much that a driver has not taken yet, lines are only counted for it."""
_LINE_BYTES: Final = 60
"""What a line takes beside its characters."""


class OutputRelay:
    """Sends output to drivers.

    Args:
        head: knows the drivers.
    """

    def __init__(self, head: Any) -> None:
        self._head = head
        self._left_out: dict[tuple[WorkerID, str], OutputLines] = {}
        """Without lines, but for their number: what was not sent since the last that was."""
        self._sent: dict[Connection, int] = {}
        """Bytes since the driver had taken all."""

    def take(self, message: OutputLines | Picture) -> None:
        """Send to the driver of the worker's job, if it is still there and keeps up."""
        members = self._head.members
        job = members.job_of(message.worker_id)
        connection = members.connection_of(job.driver_id) if job is not None else None
        if connection is None:
            return
        if isinstance(message, Picture):
            if self._has_room(connection, len(message.bundle)):
                connection.send_message(message)
            return
        key = message.worker_id, message.stream
        before = self._left_out.pop(key, None)
        if before is not None:
            message = message.replaced(left_out=message.left_out + before.left_out)
        size = sum(map(len, message.lines)) + _LINE_BYTES * len(message.lines)
        if self._has_room(connection, size):
            connection.send_message(message)
        else:
            left_out = message.left_out + len(message.lines)
            self._left_out[key] = message.replaced(lines=[], left_out=left_out)

    def tell_left_out(self) -> None:
        """Somebody wants to have seen all: tell how much there was that was not sent."""
        left_out, self._left_out = self._left_out, {}
        for message in left_out.values():
            self.take(message)

    def process_gone(self, process_id: WorkerID) -> None:
        """A worker or driver is gone."""
        for stream in ("stdout", "stderr"):
            left = self._left_out.pop((process_id, stream), None)
            if left is not None:
                self.take(left)
                self._left_out.pop((process_id, stream), None)
        self._sent = {known: size for known, size in self._sent.items() if not known.closed}

    def _has_room(self, connection: Connection, size: int) -> bool:
        """Whether a driver keeps up, so that it can be sent so much more."""
        sent = self._sent.get(connection, 0) if connection.num_pushed() else 0
        if sent > MOST_BYTES:
            return False
        self._sent[connection] = sent + size
        return True
