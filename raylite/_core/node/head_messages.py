"""The messages that pass the head, and those that processes say they have sent to each other.

In Ray: nothing; messages between its processes are not recorded.

The GCS and the raylets live in one process, so what they tell each other takes no bytes. It is
recorded all the same, since a student who reads of them looks for it.
"""

from typing import Any, Final

from raylite._core.common import messages as tell
from raylite._core.common.event_log import EventLog
from raylite._core.common.events import GCS
from raylite._core.common.ids import NodeID
from raylite._core.common.message_rows import MessageRow
from raylite._core.rpc import peer_messages as peer
from raylite._core.rpc.codec import HEADER_BYTES
from raylite._core.rpc.connection import Connection
from raylite._core.rpc.message_facts import ABOUT, ASKED, about_of

__all__ = ["FORK_SERVER", "HeadMessages"]

CAPACITY: Final = 20_000
"""Messages kept; some 700 kilobytes when full."""
FORK_SERVER: Final = "fork-server"
_WITH_GCS: Final = frozenset(
    {
        tell.RegisterActor,
        tell.ActorDependenciesReady,
        tell.CreationFinished,
        tell.CreationFailed,
        tell.ActorOutOfScope,
        tell.ActorExiting,
        peer.ActorUpdate,
        peer.CreateActor,
        peer.DefineEnvironment,
        peer.SubscribeActor,
        peer.Welcome,
        peer.Request,
        peer.Response,
    }
)
"""Messages that the control plane takes or sends; all others are a raylet's."""


class HeadMessages:
    """Records messages, if the session records what becomes of calls.

    Args:
        head: whose messages they are.
        is_on: whether to record anything.
    """

    def __init__(self, head: Any, *, is_on: bool) -> None:
        self._head = head
        self._is_on = is_on
        self.log: EventLog[MessageRow] = EventLog(CAPACITY)
        self.never_came = 0
        """Those that processes had too many of to tell."""
        self._began_s = head.session.began_s
        self._asked: dict[tuple[str, int], str] = {}
        """By asker and number, what the questions are about that are recorded."""

    def received(self, connection: Connection, message: Any, body_bytes: int) -> None:
        """A process has sent the head something."""
        kind = type(message)
        size_bytes = body_bytes + HEADER_BYTES
        if kind is peer.Request:
            self._asked_for(connection, message, size_bytes)
            return
        about = ABOUT.get(kind)
        if about is None or not self._is_on:
            return
        at_s = self._head.now_s()
        told_s = getattr(message, "at_s", 0.0)
        # Some senders leave it to the head to say when that was.
        sent_s = min(told_s - self._began_s, at_s) if told_s else at_s
        source_id = _sender(connection, message)
        target_id = GCS if kind in _WITH_GCS else self._raylet(message, source_id)
        row = kind.__name__, source_id, target_id, about(message), size_bytes, sent_s, at_s
        self._record(row)

    def sent(self, connection: Connection, message: Any, size_bytes: int) -> None:
        """The head has sent a process something."""
        kind = type(message)
        target_id: str = connection.peer_id
        if kind is peer.Response:
            about = self._asked.pop((target_id, message.number), None)
            if about is None:
                return
        elif kind in ABOUT and self._is_on:
            about = ABOUT[kind](message)
        else:
            return
        at_s = self._head.now_s()
        if kind is peer.ForkWorker:
            target_id = FORK_SERVER
        source_id = GCS if kind in _WITH_GCS else self._raylet(message, target_id)
        self._record((kind.__name__, source_id, target_id, about, size_bytes, at_s, at_s))

    def between(self, message: Any, *, to_gcs: bool, node_id: NodeID | None = None) -> None:
        """The control plane has told a raylet something, or a raylet the control plane.

        Args:
            message: what.
            to_gcs: which of the two has heard it.
            node_id: of the raylet; None: the one where the drivers are.
        """
        if not self._is_on:
            return
        at_s, kind = self._head.now_s(), type(message)
        raylet = f"raylet:{node_id or self._head.node_id}"
        source_id, target_id = (raylet, GCS) if to_gcs else (GCS, raylet)
        self._record((kind.__name__, source_id, target_id, ABOUT[kind](message), 0, at_s, at_s))

    def told(self, events: peer.TaskEvents) -> None:
        """A process says what it has sent to others."""
        if self._is_on:
            for kind, target_id, about, size_bytes, sent_s in events.messages:
                row = kind, events.owner_id, target_id, about, size_bytes, sent_s, sent_s
                self.log.record(row)
            self.never_came += events.messages_dropped

    def _asked_for(self, connection: Connection, request: peer.Request, size_bytes: int) -> None:
        kind = ASKED.get(request.what)
        if kind is not None and self._is_on:
            about, at_s, source_id = about_of(request), self._head.now_s(), connection.peer_id
            self._asked[source_id, request.number] = about
            self._record((kind, source_id, GCS, about, size_bytes, at_s, at_s))

    def _record(self, row: MessageRow) -> None:
        self.log.record(row)
        self._head.readers.news()

    def _raylet(self, message: Any, other_id: str) -> str:
        """The raylet of the worker that a message is about, comes from or goes to."""
        place_of = self._head.pool.place_of
        place = place_of(getattr(message, "worker_id", other_id)) or place_of(other_id)
        return f"raylet:{place.node_id if place is not None else self._head.node_id}"


def _sender(connection: Connection, message: object) -> str:
    return FORK_SERVER if isinstance(message, peer.WorkerExited) else connection.peer_id
