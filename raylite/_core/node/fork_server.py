"""The process that workers are forked from.

In Ray: none; ``src/ray/raylet/worker_pool.h`` starts each worker as a new interpreter. So does
loky, and so did raylite at first: 80 ms and 13 MB for each worker. The fork server is one loky
process that has imported what workers need and then does nothing but fork: a few milliseconds and
the pages that a worker really changes. It has one thread and runs no user code, so a fork in it
has none of the hazards of forking a program.

It is the parent of all workers. So it alone learns how they end, it reads what they print, and it
survives whatever they do. When the head's connection ends, for whatever reason, it ends all
workers with their children and removes the session's files: that is the one way a session ends.
"""

import contextlib
import gc
import itertools
import os
import select
import signal
import socket
import time
import traceback
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from raylite._core.common.ids import WorkerID
from raylite._core.common.session import SessionAddress
from raylite._core.common.worker_output import OutputLines, Picture
from raylite._core.core_worker.worker_main import run_worker
from raylite._core.node.descendants import (
    adopt_orphans,
    children,
    die_with_parent,
    kill_descendants,
    kill_group,
    kill_process,
)
from raylite._core.node.session_folder import lock_folders, remove_folders, runtime_folder
from raylite._core.node.worker_pipe import WorkerPipe
from raylite._core.rpc.codec import unpack_message
from raylite._core.rpc.connection import Address, Connection, connect
from raylite._core.rpc.peer_messages import (
    Drained,
    DrainOutput,
    ForkWorker,
    Hello,
    WorkerExited,
)

__all__ = ["run_fork_server"]

_READ_BYTES: Final = 1 << 16
_LAST_READS: Final = 64
_MOST_PUSHED: Final = 256
"""With so many messages that the head has not taken yet, no more are read."""
_TAIL_LINES: Final = 20
_TAIL_CHARS: Final = 1000
_EXIT_BROKEN: Final = 70
_KILL_S: Final = 1.0
_RETRY_S: Final = 0.002
_ALL_FDS: Final = 1 << 16
_LOOK: Final = os.WEXITED | os.WNOHANG | os.WNOWAIT
"""See who has ended, without collecting him."""


@dataclass(slots=True, eq=False)
class _Child:
    """A worker process."""

    worker_id: WorkerID
    pid: int
    streams: list[WorkerPipe]
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=_TAIL_LINES))


def run_fork_server(session: SessionAddress, head_pid: int) -> None:
    """Serve until the head is gone, then end everything. Never returns."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        lock_folders(session)
        server = _ForkServer(session, head_pid)
    except OSError:  # The head was gone before we were there.
        pass
    else:
        server.serve_or_die()
    kill_descendants(_KILL_S)
    remove_folders(session)
    _withdraw_address(session)
    os._exit(0)


def _withdraw_address(session: SessionAddress) -> None:
    """Let nobody find the session any more, if it was one that drivers can find."""
    if Path(runtime_folder()).exists():
        from raylite._core.node.runtime_address import withdraw  # noqa: PLC0415  # Most sessions do without.

        withdraw(runtime_folder(), session.session_id)


class _ForkServer:
    """Forks workers, reads their output, reports their ends."""

    def __init__(self, session: SessionAddress, head_pid: int) -> None:
        self._session = session
        self._children: dict[int, _Child] = {}
        self._streams: dict[int, tuple[_Child, WorkerPipe]] = {}
        self._poll = select.poll()
        self._wake_fd, write_fd = os.pipe()
        for fd in (self._wake_fd, write_fd):
            os.set_blocking(fd, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(write_fd)
        self._poll.register(self._wake_fd, select.POLLIN)
        self._head = Connection(
            _connect_to_head(session.head_address, head_pid), self._on_frame, lambda _: None
        )
        self._poll.register(self._head.fd, select.POLLIN)
        self._head_poll = select.poll()
        self._head_poll.register(self._wake_fd, select.POLLIN)
        self._head_poll.register(self._head.fd, select.POLLIN | select.POLLOUT)
        self._head.watch_with(self)
        self._head.send_message(
            Hello(
                key=session.key,
                worker_id=WorkerID("fork-server"),
                pid=os.getpid(),
                role="fork_server",
            )
        )
        adopt_orphans()
        # What lives now is never freed in a worker; the collector need not touch its pages.
        gc.collect()
        gc.freeze()

    def watch_writable(self, connection: Connection, *, on: bool) -> None:
        """Watch the head's connection while its buffer is full."""
        self._poll.modify(connection.fd, select.POLLIN | select.POLLOUT if on else select.POLLIN)

    def serve_or_die(self) -> None:
        """Work until the head's connection ends.

        On an error of our own this process ends, with all workers. The head starts another.
        """
        try:
            self._serve()
        except BaseException:
            os.write(2, traceback.format_exc().encode())
            kill_descendants(_KILL_S)
            os._exit(_EXIT_BROKEN)

    def _serve(self) -> None:
        while not self._head.closed:
            if self._head.num_pushed() > _MOST_PUSHED:
                self._wait_for_head()
                continue
            for fd, mask in self._poll.poll():
                if fd == self._head.fd:
                    if mask & select.POLLOUT:
                        self._head.on_writable()
                    self._head.on_readable()
                elif fd == self._wake_fd:
                    self._reap()
                elif fd in self._streams:
                    self._read(*self._streams[fd])

    def _wait_for_head(self) -> None:
        """It is behind: whoever prints meanwhile waits, as with any pipe."""
        for fd, mask in self._head_poll.poll():
            if fd == self._wake_fd:
                self._reap()
                continue
            if mask & select.POLLOUT:
                self._head.on_writable()
            if mask & ~select.POLLOUT:
                self._head.on_readable()

    def _on_frame(self, _connection: Connection, _kind: int, body: bytes) -> None:
        message = unpack_message(body)
        if isinstance(message, ForkWorker):
            self._fork(message.worker_id)
        elif isinstance(message, DrainOutput):
            for fd, _mask in self._poll.poll(0):
                if fd in self._streams:
                    self._read(*self._streams[fd])  # Once: that is all that a pipe can hold.
            self._head.send_message(Drained(number=message.number))

    def _fork(self, worker_id: WorkerID) -> None:
        server_pid = os.getpid()
        pipes: list[tuple[int, int]] = []
        try:
            pipes += [os.pipe(), os.pipe()]
            pid = os.fork()
        except OSError as error:  # Too many processes, or no memory for one more.
            for fd in itertools.chain(*pipes):
                os.close(fd)
            self._head.send_message(
                WorkerExited(
                    worker_id=worker_id,
                    pid=0,
                    status=_EXIT_BROKEN << 8,
                    stderr_tail=f"The system refused a new process: {error}",
                )
            )
            return
        if pid == 0:
            self._become_worker(worker_id, pipes, server_pid)
        with contextlib.suppress(OSError):  # The child does it as well; who comes first counts.
            os.setpgid(pid, pid)
        streams = []
        for (read_fd, write_fd), name in zip(pipes, ("stdout", "stderr"), strict=True):
            os.close(write_fd)
            os.set_blocking(read_fd, False)
            streams.append(WorkerPipe(read_fd, name, worker_id, pid))
        child = _Child(worker_id, pid, streams)
        self._children[pid] = child
        for stream in streams:
            self._streams[stream.fd] = (child, stream)
            self._poll.register(stream.fd, select.POLLIN)

    def _become_worker(
        self, worker_id: WorkerID, pipes: list[tuple[int, int]], server_pid: int
    ) -> None:
        code = _EXIT_BROKEN
        try:
            die_with_parent(server_pid)
            adopt_orphans()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(pipes[0][1], 1)
            os.dup2(pipes[1][1], 2)
            # All but standard streams is the fork server's: its sockets, and the others' pipes.
            os.closerange(3, _ALL_FDS)
            lock_folders(self._session)
            gc.enable()
            code = run_worker(self._session, worker_id)
        except BaseException:  # Nothing may return into the fork server's loop.
            os.write(2, traceback.format_exc().encode())
        finally:
            os._exit(code)

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake_fd, _READ_BYTES)
        for pid, child in list(self._children.items()):
            if os.waitid(os.P_PID, pid, _LOOK) is None:
                continue
            # While its entry is not collected its number cannot be anybody else's.
            kill_group(pid)
            _, status = os.waitpid(pid, 0)
            self._bury(child, status)
        self._end_orphans()

    def _bury(self, child: _Child, status: int) -> None:
        self._drain(child)
        del self._children[child.pid]
        for stream in child.streams:
            self._forget(child, stream)
        self._head.send_message(
            WorkerExited(
                worker_id=child.worker_id,
                pid=child.pid,
                status=status,
                stderr_tail="\n".join(child.tail),
            )
        )

    def _end_orphans(self) -> None:
        """End what dead workers had started: workers adopt orphans, and leave us theirs."""
        for pid in children():
            if pid not in self._children:
                kill_process(pid)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)  # Or when its signal brings us here again.

    def _drain(self, child: _Child) -> None:
        """Read what there is, but not for ever: a child of his may go on printing."""
        for stream in child.streams:
            for _ in range(_LAST_READS):
                if not (stream.is_open and self._read(child, stream)):
                    break

    def _read(self, child: _Child, stream: WorkerPipe) -> bool:
        """Read once; whether there was anything."""
        try:
            data = os.read(stream.fd, _READ_BYTES)
        except BlockingIOError:
            return False
        if data:
            self._forward(child, stream, stream.feed(data))
        else:
            self._forget(child, stream)
        return bool(data)

    def _forward(
        self, child: _Child, stream: WorkerPipe, news: Iterable[OutputLines | Picture]
    ) -> None:
        for message in news:
            lines = message.lines if isinstance(message, OutputLines) else [""]
            if stream.name == "stderr":
                child.tail.extend(line[:_TAIL_CHARS] for line in lines[-_TAIL_LINES:])
            self._head.send_message(message)

    def _forget(self, child: _Child, stream: WorkerPipe) -> None:
        """Nothing more will come. The number of the descriptor may soon be another worker's."""
        if stream.is_open:
            self._forward(child, stream, stream.end())
            stream.is_open = False
            del self._streams[stream.fd]
            self._poll.unregister(stream.fd)
            os.close(stream.fd)


def _connect_to_head(address: Address, head_pid: int) -> socket.socket:
    """Connect, once the head listens; it loads while we do.

    Raises:
        OSError: if the head has died meanwhile.
    """
    while True:
        try:
            return connect(address)
        except OSError:
            if os.getppid() != head_pid:
                raise
            time.sleep(_RETRY_S)
