"""Frames go out whole and in their order, whoever writes them."""

import socket
from typing import Any

import pytest

from raylite._core.rpc.codec import MESSAGE, pack_message
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


class Notes:
    """Writes down when several frames were read together."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def read_begins(self) -> None:
        self.told.append("begins")

    def read_ends(self) -> None:
        self.told.append("ends")


@pytest.mark.parametrize(
    ("number", "told"), [(1, ["frame"]), (3, ["begins", "frame", "frame", "frame", "ends"])]
)
def test_frames_that_are_read_together_have_a_beginning_and_an_end(
    number: int, told: list[str]
) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        notes = Notes()

        def on_frame(_connection: Connection, kind: int, _body: bytes) -> None:
            assert kind == MESSAGE
            notes.told.append("frame")

        connection = Connection(ours, on_frame, lambda _: None)
        connection.reads_noted = notes
        theirs.send(pack_message("one") * number)
        connection.on_readable()
        assert notes.told == told


def test_frames_that_are_read_together_have_an_end_where_one_ends_the_process() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        notes = Notes()

        def on_frame(*_: object) -> None:
            raise SystemExit

        connection = Connection(ours, on_frame, lambda _: None)
        connection.reads_noted = notes
        theirs.send(pack_message("one") * 2)
        with pytest.raises(SystemExit):
            connection.on_readable()
        assert notes.told == ["begins", "ends"]
