"""The connections of a process to all others, one each.

In Ray: ``src/ray/core_worker_rpc_client/core_worker_client_pool.h``. Left out here: pings; the
kernel says when a process on the same machine is gone.

Every connection begins with a ``Hello`` that carries the session's key. Sockets lie in a folder
that only the user may enter; the key keeps out whoever got in nevertheless, because what comes
over a connection is unpickled.
"""

import contextlib
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from raylite._core.common.ids import WorkerID
from raylite._core.rpc.codec import MESSAGE, pack_message, unpack_message
from raylite._core.rpc.connection import Address, Connection, NotesReads, connect, listen
from raylite._core.rpc.peer_messages import Hello
from raylite._core.rpc.poller import Poller

__all__ = ["Listener", "Peers"]

_DRAIN_S: Final = 1.0
FrameHandler = Callable[[Connection, int, bytes], None]


class Listener:
    """Accepts connections and hands out those that knew the key."""

    def __init__(
        self,
        address: Address,
        key: bytes,
        accepted: Callable[[socket.socket], Connection],
        greeted: Callable[[Connection, Hello], None],
    ) -> None:
        self.address = address
        self._key = key
        self._accepted = accepted
        self._greeted = greeted
        self._sock = listen(address)
        self.fd = self._sock.fileno()

    def on_readable(self) -> None:
        """Somebody knocks."""
        with contextlib.suppress(BlockingIOError, ConnectionError):
            sock, _ = self._sock.accept()
            self._accepted(sock)

    def on_writable(self) -> None:
        """A listening socket never is."""

    def greet(self, connection: Connection, kind: int, body: bytes) -> None:
        """Judge the first frame of a connection."""
        hello = unpack_message(body) if kind == MESSAGE and self._key in body else None
        if isinstance(hello, Hello) and hello.key == self._key:
            connection.peer_id = hello.worker_id
            self._greeted(connection, hello)
        else:
            connection.close()

    def listen_again(self, poller: Poller) -> None:
        """Listen at the same address, if somebody has removed its file."""
        if Path(self.address).exists():
            return
        poller.remove(self.fd)
        self._sock.close()
        self._sock = listen(self.address)
        self.fd = self._sock.fileno()
        poller.add(self.fd, self)

    def close(self) -> None:
        """Stop listening and take the socket's file away."""
        self._sock.close()
        with contextlib.suppress(OSError):
            Path(self.address).unlink()


class Peers:
    """Finds or makes the connection to a process.

    Args:
        hello: what this process says first.
        poller: reads the connections.
        on_frame: is given every frame after the first.
        on_lost: is told when a connection is gone.
    """

    def __init__(
        self,
        hello: Hello,
        poller: Poller,
        on_frame: FrameHandler,
        on_lost: Callable[[Connection], None],
    ) -> None:
        self._hello = pack_message(hello)
        self._poller = poller
        self._on_frame = on_frame
        self._on_lost = on_lost
        self._connections: dict[WorkerID, Connection] = {}
        self.note_sent: Callable[[Connection, Any, int], None] | None = None
        """Given to each connection, as is the next."""
        self.reads_noted: NotesReads | None = None
        self._all: set[Connection] = set()
        self._listener = Listener(hello.address, hello.key, self._accept, self._greeted)
        poller.add(self._listener.fd, self._listener)

    def to(self, worker_id: WorkerID, address: Address) -> Connection:
        """The connection to a process, made now if there is none.

        Raises:
            OSError: if nobody listens at the address: the process is gone.
        """
        connection = self._connections.get(worker_id)
        if connection is None or connection.closed:
            connection = self._open(connect(address), self._on_frame)
            connection.peer_id = worker_id
            self._connections[worker_id] = connection
            connection.send(self._hello)
        return connection

    def listen_again(self) -> None:
        """The session's folder was removed, and made again."""
        self._listener.listen_again(self._poller)

    def known(self, worker_id: WorkerID) -> Connection | None:
        """The connection to a process, if there is one."""
        return self._connections.get(worker_id)

    def to_executor_of(self, seq: int, message: object) -> None:
        """Send to whoever is executing a call of this process, if it is still under way."""
        for connection in list(self._all):
            if seq in connection.inflight:
                connection.send_message(message)

    def connections(self) -> list[Connection]:
        """All connections."""
        return list(self._all)

    def sent_calls(self) -> list[Any]:
        """The calls of this process that were sent and have no reply yet."""
        return [call for connection in self.connections() for call in connection.calls()]

    def num_unanswered(self) -> int:
        """How many calls of this process have no reply yet."""
        return sum(len(connection.inflight) for connection in list(self._all))

    def unanswered(self) -> frozenset[int]:
        """The numbers of the calls of this process that were sent and have no reply yet."""
        return frozenset(seq for connection in list(self._all) for seq in list(connection.inflight))

    def abandon(self, payload: bytes) -> None:
        """The session is over: end the calls that have no reply yet."""
        for connection in list(self._all):
            for call in list(connection.inflight.values()):
                call.resolve(payload)

    def drain(self) -> None:
        """Write what is left to write, before the process ends."""
        for connection in list(self._all):
            connection.drain(_DRAIN_S)

    def close(self) -> None:
        """Close all connections."""
        self._poller.remove(self._listener.fd)
        self._listener.close()
        for connection in list(self._all):
            connection.close()

    def _open(self, sock: socket.socket, on_frame: FrameHandler) -> Connection:
        connection = Connection(sock, on_frame, self._closed)
        connection.note_sent, connection.reads_noted = self.note_sent, self.reads_noted
        self._all.add(connection)
        self._poller.add_connection(connection)
        return connection

    def _accept(self, sock: socket.socket) -> Connection:
        return self._open(sock, self._first_frame)

    def _first_frame(self, connection: Connection, kind: int, body: bytes) -> None:
        self._listener.greet(connection, kind, body)
        if connection.peer_id:
            connection.on_frame = self._on_frame

    def _greeted(self, connection: Connection, hello: Hello) -> None:
        self._connections.setdefault(hello.worker_id, connection)

    def _closed(self, connection: Connection) -> None:
        self._poller.remove(connection.fd)
        self._all.discard(connection)
        if self._connections.get(connection.peer_id) is connection:
            del self._connections[connection.peer_id]
        self._on_lost(connection)
