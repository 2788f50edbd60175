"""What this process tells others directly, and what becomes of its large objects: for the log.

In Ray: nothing; its event log is of tasks and actors. Gathered here and told to the head with the
calls that ended (:mod:`.task_events`), never by a message of its own. What is too much is counted
and not told.
"""

from collections import deque
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Any, Final, TypeAlias

from raylite._core.common.events import Event, ObjectSealed, ObjectsFreed
from raylite._core.common.ids import ObjectID, WorkerID
from raylite._core.common.record import Record
from raylite._core.common.session import SessionAddress
from raylite._core.core_worker.entries import Entry
from raylite._core.core_worker.watched_calls import WatchedCalls
from raylite._core.rpc.connection import Connection
from raylite._core.rpc.message_facts import ABOUT, task_of

__all__ = ["NOTHING_TOLD", "MessageLog", "OwnMessage", "Told"]

MAX_ROWS: Final = 500
"""Messages between two times of telling; a program of actors that pass refs around makes some
thousands a second."""

OwnMessage: TypeAlias = tuple[str, str, str, int, float]
"""Kind, target, about, bytes and when it was sent, in seconds since the session began."""


class Told(Record):
    """What goes with the calls that ended."""

    messages: tuple[OwnMessage, ...]
    events: tuple[Event, ...]
    dropped: int


NOTHING_TOLD: Final = Told(messages=(), events=(), dropped=0)


class MessageLog:
    """Gathers.

    Args:
        worker_id: this process.
        session: when it began, and where its objects lie.
        tell_soon: has all that was gathered told to the head.
    """

    def __init__(
        self, worker_id: WorkerID, session: SessionAddress, tell_soon: Callable[[], None]
    ) -> None:
        self._worker_id = worker_id
        self._began_s = session.began_s
        self._memory = session.shm_folder
        self._tell_soon = tell_soon
        self._messages: list[OwnMessage] = []
        self._sealed: list[Event] = []
        self._freed: deque[ObjectID] = deque()
        self._dropped = 0
        self.is_on = True
        """Whether the head wants to know."""
        self.watched: WatchedCalls | None = None
        """What more is to be told while somebody watches."""

    def sent(self, connection: Connection, message: Any, size_bytes: int) -> None:
        """A message has gone to another process."""
        kind = type(message)
        about = ABOUT.get(kind)
        if about is None or not self.is_on:
            return
        if len(self._messages) >= MAX_ROWS:
            self._dropped += 1
            return
        target_id = connection.peer_id
        subject = about(message) or task_of(message, self._worker_id, target_id)
        at_s = monotonic() - self._began_s
        self._messages.append((kind.__name__, target_id, subject, size_bytes, at_s))
        if len(self._messages) == 1:
            self._tell_soon()

    def sealed(self, entry: Entry, writer_id: WorkerID) -> None:
        """An object of this process lies in a file."""
        hold = entry.pin
        if hold is None or not self.is_on:
            return
        object_id = entry.object_id
        hold.when_freed = partial(self._freed.append, object_id)
        self._sealed.append(
            ObjectSealed(
                object_id=object_id.hex(),
                owner_id=self._worker_id,
                worker_id=writer_id,
                size_bytes=hold.size_bytes,
                on_disk=not hold.path.startswith(self._memory),
                at_s=monotonic() - self._began_s,
            )
        )
        self._tell_soon()

    def look(self) -> None:
        """Something was let go of; a finalizer can only note it."""
        if self._freed:
            self._tell_soon()

    def take(self) -> Told:
        """All that was gathered since this was last called."""
        watched = self.watched.news() if self.watched is not None else []
        if not (watched or self._messages or self._sealed or self._freed):
            return NOTHING_TOLD
        # Any thread may add meanwhile: what is taken is cut off, the lists stay the same.
        messages, events = self._messages[:], self._sealed[:]
        del self._messages[: len(messages)], self._sealed[: len(events)]
        dropped, self._dropped = self._dropped, 0
        freed = [self._freed.popleft().hex() for _ in range(len(self._freed))]
        if freed:
            at_s = monotonic() - self._began_s
            events.append(ObjectsFreed(object_ids=tuple(freed), at_s=at_s))
        events += watched
        return Told(messages=tuple(messages), events=tuple(events), dropped=dropped)
