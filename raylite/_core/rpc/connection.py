"""One socket to one other process: frames in, frames out, no waiting.

In Ray: a gRPC channel. Left out here: reconnecting. A connection that broke stays broken, and
its owner decides what that means.

Any thread may send. A frame is put on the outbox and written by whichever thread gets hold of
the writer's lock without waiting; a thread that does not get it leaves its frames to the one
that has it. So no thread ever waits for another's write, and what piles up meanwhile goes out
in one write.
"""

import contextlib
import logging
import select
import socket
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

from raylite._core.common.ids import WorkerID
from raylite._core.rpc.codec import FrameReader, pack_message
from raylite._core.rpc.interrupt import InterruptGuard

__all__ = ["Address", "Connection", "NotesReads", "connect", "listen"]

Address = str
"""The path of a Unix socket."""

_logger = logging.getLogger("raylite")
READ_BYTES: Final = 1 << 16
_BACKLOG: Final = 256
_NOTHING: Final = memoryview(b"")


class WriteWatcher(Protocol):
    """Who is told that a socket's buffer was full."""

    def watch_writable(self, connection: "Connection", *, on: bool) -> None:
        """Have ``connection.on_writable`` called once there is room (or no longer)."""
        ...


class NotesReads(Protocol):
    """Who is told which frames were read together."""

    def read_begins(self) -> None:
        """Several frames were read at once, and are handed out now."""
        ...

    def read_ends(self) -> None:
        """All of them were."""
        ...


class Connection:
    """A non-blocking stream of frames.

    Args:
        sock: a connected stream socket; it becomes the connection's own.
        on_frame: called with kind and body of each frame, by the thread that reads.
        on_close: called once when the other side is gone or :meth:`close` was called.
    """

    def __init__(
        self,
        sock: socket.socket,
        on_frame: Callable[["Connection", int, bytes], None],
        on_close: Callable[["Connection"], None],
    ) -> None:
        sock.setblocking(False)
        self._sock = sock
        self.fd = sock.fileno()
        self.on_frame = on_frame
        """Is given every frame. Who has greeted the other side may put another in its place."""
        self._on_close = on_close
        self._reader = FrameReader()
        self._outbox: deque[bytes] = deque()
        self._unsent = _NOTHING
        self._write_lock = threading.Lock()
        self._watcher: WriteWatcher | None = None
        self._guard: InterruptGuard | None = None
        self.closed = False
        self.peer_id = WorkerID("")
        """The worker id of the other side, once it has said hello."""
        self.inflight: dict[int, Any] = {}
        """Calls that went out and were not answered yet, by number, in order."""
        self.note_sent: Callable[[Connection, Any, int], None] | None = None
        """Told of each rare message that was sent, and its bytes."""
        self.reads_noted: NotesReads | None = None
        self.sent_definitions: set[str] = set()
        """Which functions the other side has got already."""
        self.sent_context: Any = None
        """What the other side was last told of the lease it works under; None: an ordinary one."""
        self.lease_context: Any = None
        """The same, as this side was told."""

    def watch_with(self, watcher: WriteWatcher, guard: InterruptGuard | None = None) -> None:
        """Whom to ask for a call back when the socket's buffer is full.

        Args:
            watcher: calls back.
            guard: holds Ctrl-C back while frames are written, where there may be one.
        """
        self._watcher = watcher
        self._guard = guard

    def calls(self) -> list[Any]:
        """The calls that went out and were not answered yet."""
        return list(self.inflight.values())

    def push(self, frame: bytes) -> None:
        """Put a frame on the outbox; it goes out with the next :meth:`flush`."""
        self._outbox.append(frame)

    def num_pushed(self) -> int:
        """How many frames are on the outbox."""
        return len(self._outbox)

    def is_behind(self) -> bool:
        """Whether the other side has not taken all yet."""
        return bool(self._outbox or self._unsent)

    def send(self, frame: bytes) -> None:
        """Write a frame, behind what is on the outbox."""
        guard = self._guard
        guarded = guard is not None and guard.enter()
        try:
            self.send_guarded(frame)
        finally:
            if guarded and guard is not None:
                guard.leave()

    def send_guarded(self, frame: bytes) -> None:
        """The same for whom no Ctrl-C can hit: it is held back already, or there is none here."""
        # By position: as a keyword, ``blocking`` takes four times as long.
        if not self._write_lock.acquire(False):
            self._outbox.append(frame)
        else:
            try:  # What is before it is only known for sure by who holds the lock.
                if self._outbox or self._unsent:
                    self._outbox.append(frame)
                else:  # Most often it is the only one.
                    self._write(frame)
            finally:
                self._write_lock.release()
        if self._outbox:
            self._write_outbox()

    def send_message(self, message: object) -> None:
        """Send a rare message."""
        frame = pack_message(message)
        if self.note_sent is not None:  # First: the answer may come before this returns.
            self.note_sent(self, message, len(frame))
        self.send(frame)

    def flush(self) -> None:
        """Write the outbox, as far as the socket takes it now."""
        guard = self._guard
        guarded = guard is not None and guard.enter()
        try:
            self._write_outbox()
        finally:
            if guarded and guard is not None:
                guard.leave()

    def _write_outbox(self) -> None:
        # Looked at again after the lock is free: a frame that was put there while this thread
        # was about to leave would otherwise stay.
        while self._outbox and not self._unsent and not self.closed:
            if not self._write_lock.acquire(False):
                return
            try:
                self._write_rest()
            finally:
                self._write_lock.release()

    def drain(self, longest_s: float) -> None:
        """Write everything, and wait for room: for a process that is about to end.

        Args:
            longest_s: seconds for which the other side may leave its end full.
        """
        self.flush()
        while (self._outbox or self._unsent) and not self.closed:
            with contextlib.suppress(OSError, ValueError):  # Closed meanwhile.
                if not select.select([], [self._sock], [], longest_s)[1]:
                    return
            self.on_writable()

    def on_writable(self) -> None:
        """The socket has room again."""
        with self._write_lock:
            if self._watcher is not None:
                self._watcher.watch_writable(self, on=False)
            self._write_rest()
        self.flush()

    def _write_rest(self) -> None:
        if self._unsent:
            self._write(self._unsent)
        elif self._outbox:
            self._write(self._joined())

    def _write(self, data: bytes | memoryview) -> None:
        try:
            sent = self._sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._unsent = _NOTHING
            self._outbox.clear()
            return  # The reader sees the end of the stream as well, and says so once.
        if sent == len(data):
            self._unsent = _NOTHING
            return
        self._unsent = memoryview(data)[sent:]
        if self._watcher is not None:
            self._watcher.watch_writable(self, on=True)

    def _joined(self) -> bytes:
        """As many frames as one write should take."""
        outbox = self._outbox
        first = outbox.popleft()
        if not outbox:
            return first
        frames, size = [first], len(first)
        while outbox and size < READ_BYTES:
            frame = outbox.popleft()
            frames.append(frame)
            size += len(frame)
        return b"".join(frames)

    def on_readable(self) -> None:
        """Read once and hand out the frames that are whole."""
        reader = self._reader
        if reader.large is not None:
            frames = self._read_large(reader)
        else:
            try:
                data = self._sock.recv(READ_BYTES)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self.close()
                return
            frames = reader.feed(data)
        noted = self.reads_noted if len(frames) > 1 else None
        if noted is not None:
            noted.read_begins()
        try:
            for kind, body in frames:
                on_frame = self.on_frame  # Anew each time: the first one may change it.
                try:
                    on_frame(self, kind, body)
                except Exception:  # The frames behind it are as good as they were.
                    _logger.exception("raylite could not handle a message; the session goes on")
        finally:
            if noted is not None:
                noted.read_ends()

    def _read_large(self, reader: FrameReader) -> list[tuple[int, bytes]]:
        """Read more of a frame that is larger than one read, to where it is to lie."""
        missing = reader.missing()
        assert missing is not None
        try:
            count = self._sock.recv_into(missing)
        except BlockingIOError:
            return []
        except OSError:
            count = 0
        if not count:
            self.close()
            return []
        frame = reader.filled(count)
        return [] if frame is None else [frame]

    def close_after_reading(self) -> None:
        """Take what has arrived, then close. Only the thread that reads may call it."""
        self.read_on()
        self.close()

    def read_on(self) -> None:
        """Take what has arrived. Only the thread that reads may call it."""
        while not self.closed and self._has_bytes():
            self.on_readable()

    def _has_bytes(self) -> bool:
        try:
            return bool(self._sock.recv(1, socket.MSG_PEEK))
        except OSError:
            return False

    def close(self) -> None:
        """End the connection from this side; harmless when called twice."""
        if self.closed:
            return
        self.closed = True
        self._on_close(self)
        with contextlib.suppress(OSError):
            self._sock.close()


def listen(address: Address) -> socket.socket:
    """A listening socket at a path that must not exist yet."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # Bound under another name first: whoever sees the address may connect.
    sock.bind(f"{address}.new")
    sock.listen(_BACKLOG)
    Path(f"{address}.new").rename(address)
    sock.setblocking(False)
    return sock


def connect(address: Address) -> socket.socket:
    """A connected socket.

    Raises:
        OSError: if nobody listens there.
    """
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.connect(address)
    except OSError:
        sock.close()
        raise
    return sock
