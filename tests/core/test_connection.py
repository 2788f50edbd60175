"""Frames go out whole and in their order, whoever writes them."""

import socket
from typing import Any

from raylite._core.rpc.connection import Connection


class LastMoment:
    """A lock that another thread lets go of just now, with something it could not write yet."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def acquire(self, _blocking: bool) -> bool:  # As of a lock.
        if self.connection is not None and not self.connection.is_behind():
            self.connection._unsent = memoryview(b"the rest of one, ")
        return True

    def release(self) -> None: ...


def test_a_frame_is_not_written_into_one_that_another_thread_has_only_begun() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = Connection(ours, lambda *_: None, lambda _: None)
        lock: Any = LastMoment(connection)
        connection._write_lock = lock
        connection.send(b"another")
        connection._write_rest()  # As when the socket has room again.
        connection._write_rest()
        assert theirs.recv(100) == b"the rest of one, another"
