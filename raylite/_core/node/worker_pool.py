"""Worker processes, as the head sees them: started, known, ended.

In Ray: ``src/ray/raylet/worker_pool.h``. Left out here: which worker is used for what, which the
pure :mod:`raylite._core.raylet` decides.
"""

import itertools
import os
import signal
import time
from collections.abc import Callable
from typing import Any, Final

from raylite._core.common.ids import WORKER_ID_BYTES, NodeID, WorkerID
from raylite._core.common.record import Record
from raylite._core.common.session import SessionAddress
from raylite._core.common.task_spec import WorkerExit
from raylite._core.node.descendants import kill_descendants, kill_group, kill_process
from raylite._core.node.fork_server_process import start_fork_server
from raylite._core.rpc.connection import Connection
from raylite._core.rpc.peer_messages import DrainOutput, ForkWorker, WorkerExited

__all__ = ["WorkerPlace", "WorkerPool", "WorkerPoolStatistics"]

_END_S: Final = 1.5
_MAX_FAILED_STARTS: Final = 3


class WorkerPoolStatistics(Record):
    """How many processes there are."""

    started: int
    alive: int
    fork_server_pid: int | None


class WorkerPlace(Record):
    """What a worker process is for, from its first moment on."""

    node_id: NodeID
    env_key: str


class WorkerPool:
    """Starts and ends worker processes through the fork server.

    Args:
        session: where they find the session.
        fork_server: the process, which may still be loading.
        on_starting: told of each worker that is being started.
        on_exited: told of each that is gone.
    """

    def __init__(
        self,
        session: SessionAddress,
        fork_server: Any,
        on_starting: Callable[[WorkerID, NodeID, str], None],
        on_exited: Callable[[WorkerID, WorkerExit], None],
    ) -> None:
        self._session = session
        self._on_starting = on_starting
        self._on_exited = on_exited
        self._process = fork_server
        self._failed_starts = 0
        self._connection: Connection | None = None
        self._waiting: list[WorkerID] = []
        self._pids: dict[WorkerID, int | None] = {}
        self._places: dict[WorkerID, WorkerPlace] = {}
        self._expected: dict[WorkerID, str] = {}
        self._crashes: set[WorkerID] = set()
        self._asked: dict[WorkerID, int] = {}
        self._numbers = itertools.count()
        self._started = 0

    def connected(self, connection: Connection) -> None:
        """The fork server is there."""
        self._connection = connection
        waiting, self._waiting = self._waiting, []
        for worker_id in waiting:
            connection.send_message(ForkWorker(worker_id=worker_id))

    def start_worker(self, node_id: NodeID, env_key: str) -> None:
        """Start one more worker for a node and an environment."""
        worker_id = WorkerID(os.urandom(WORKER_ID_BYTES).hex())
        self._pids[worker_id] = None
        self._places[worker_id] = WorkerPlace(node_id=node_id, env_key=env_key)
        self._started += 1
        self._on_starting(worker_id, node_id, env_key)
        if self._connection is None:
            self._waiting.append(worker_id)
        else:
            self._connection.send_message(ForkWorker(worker_id=worker_id))

    def registered(self, worker_id: WorkerID, pid: int) -> None:
        """A worker has said hello, unless it is one whose end was told before that was read."""
        if worker_id in self._pids:
            self._pids[worker_id] = pid
            self._failed_starts = 0

    def pid_of(self, worker_id: WorkerID) -> int | None:
        """The process id of a living worker."""
        return self._pids.get(worker_id)

    def place_of(self, worker_id: WorkerID) -> WorkerPlace | None:
        """What a worker was started for."""
        return self._places.get(worker_id)

    def knows(self, worker_id: WorkerID) -> bool:
        """Whether a worker is starting, or alive, or its end not known yet."""
        return worker_id in self._pids

    def expect_exit(self, worker_id: WorkerID, reason: str) -> Callable[[], None]:
        """A worker was told to leave: its end is no crash.

        Returns:
            Kills the worker, unless it has said meanwhile that it stays.
        """
        number = self._asked[worker_id] = next(self._numbers)
        self._expected[worker_id] = reason

        def kill_if_still_asked() -> None:
            if self._asked.get(worker_id) == number:
                self.kill(worker_id, reason)

        return kill_if_still_asked

    def stays(self, worker_id: WorkerID) -> None:
        """A worker that was told to leave does not."""
        self._expected.pop(worker_id, None)
        self._asked.pop(worker_id, None)

    def kill(self, worker_id: WorkerID, reason: str, *, is_crash: bool = False) -> None:
        """End a worker and its children with SIGKILL.

        Args:
            worker_id: the worker.
            reason: of its end.
            is_crash: whether an actor that is in it may be restarted.
        """
        pid = self._pids.get(worker_id)
        if pid is not None:
            self._expected[worker_id] = reason
            if is_crash:
                self._crashes.add(worker_id)
            kill_group(pid)

    def drain_output(self, number: int) -> bool:
        """Have the workers' output forwarded now; False if there is nobody to do it."""
        if self._connection is None or self._connection.closed:
            return False
        self._connection.send_message(DrainOutput(number=number))
        return True

    def exited(self, message: WorkerExited) -> None:
        """The fork server reports an end."""
        worker_id = message.worker_id
        if self._pids.pop(worker_id, message.pid) is None and worker_id not in self._expected:
            pass  # It died before its hello: the raylet must know all the same.
        self._places.pop(worker_id, None)
        code, number = _decode(message.status)
        expected = self._expected.pop(worker_id, None)
        crash = worker_id in self._crashes
        self._crashes.discard(worker_id)
        self._asked.pop(worker_id, None)
        reason = expected or _describe(message.pid, code, number)
        self._on_exited(
            worker_id,
            WorkerExit(
                intended=expected is not None and not crash,
                reason=reason,
                exit_code=code,
                signal=number,
                stderr_tail=message.stderr_tail,
            ),
        )

    def fork_server_lost(self) -> None:
        """The fork server was killed: so are its workers, and a new one is started."""
        # With its end the workers, and what they had started, have become the head's children.
        kill_descendants(_END_S)
        pids, self._pids = self._pids, {}
        if self._connection is None or None in pids.values():
            self._failed_starts += 1
        self._connection = None
        self._waiting.clear()
        reason = "the process that workers are forked from was killed"
        for worker_id, pid in pids.items():
            self._places.pop(worker_id, None)
            # That one had not begun says nothing of the next: it is no start that failed.
            self._on_exited(worker_id, WorkerExit(intended=pid is None, reason=reason))
        if self.can_start:
            self._process = start_fork_server(self._session)

    @property
    def can_start(self) -> bool:
        """Whether the fork server can be expected to come up."""
        return self._failed_starts < _MAX_FAILED_STARTS

    @property
    def sentinel(self) -> int:
        """A file descriptor that can be read when the fork server has ended."""
        fd: int = self._process.sentinel
        return fd

    def close(self) -> None:
        """Have the fork server end everything, and see that it does."""
        if self._connection is not None:
            self._connection.close()
        else:
            kill_process(self._process.pid)  # It has no worker yet, and may wait for us to listen.
        deadline_s = time.monotonic() + _END_S
        while self._process.is_alive() and time.monotonic() < deadline_s:
            self._process.join(0.01)
        if self._process.exitcode != 0:  # It was killed before it had done its duty, or is stuck.
            kill_descendants(_END_S)

    def statistics(self) -> WorkerPoolStatistics:
        """How many processes there are."""
        return WorkerPoolStatistics(
            started=self._started, alive=len(self._pids), fork_server_pid=self._process.pid
        )


def _decode(status: int) -> tuple[int | None, int | None]:
    if os.WIFSIGNALED(status):
        return None, os.WTERMSIG(status)
    return os.WEXITSTATUS(status), None


def _describe(pid: int, code: int | None, number: int | None) -> str:
    if number is None:
        return f"its worker process (pid {pid}) exited with code {code}"
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    hint = ", as the kernel does when memory runs out" if number == signal.SIGKILL else ""
    return f"its worker process (pid {pid}) was killed by {name}{hint}"
