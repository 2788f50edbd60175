"""Real processes on this machine: the engine that ``init()`` starts by default.

In Ray: ``python/ray/_private/node.py`` and ``worker.py`` (``connect``). The driver makes the
session's folders, starts the head, and joins as the first process. The head ends the session when
the driver's connection ends, however that happens.
"""

import contextlib
import os
import sys
from typing import Final

from raylite._core.common.ids import WORKER_ID_BYTES, NodeID, WorkerID
from raylite._core.common.resources import ResourceSet
from raylite._core.core_worker.core_worker import CoreWorker
from raylite._core.node.cpus import cpu_count
from raylite._core.node.head_config import HeadConfig
from raylite._core.node.head_process import HeadProcess
from raylite._core.node.session_folder import make_session, remove_folders
from raylite._core.rpc.interrupt import InterruptGuard
from raylite._core.rpc.peer_messages import OutputLines
from raylite.engines.base import EngineConfig
from raylite.exceptions import RaySystemError

__all__ = ["LocalEngine", "start"]

_START_S: Final = 30.0


class LocalEngine(CoreWorker):
    """The driver's core worker, together with the head it started.

    Args:
        config: what ``init`` was told.

    Raises:
        RaySystemError: if the head does not come up.
    """

    def __init__(self, config: EngineConfig) -> None:
        self._closed = False
        self._namespace = config.namespace or os.urandom(8).hex()
        # Ctrl-C while the session begins is not to leave half a session behind.
        guard = InterruptGuard()
        guarded = guard.enter()
        try:
            self._begin(config, guard)
        except BaseException:
            guard.uninstall()
            if guarded:
                guard.leave()
            raise
        if guarded:
            self._let_interrupts_through()

    def close(self) -> None:
        """End the session: every process, every file. Harmless when called twice.

        Raises:
            KeyboardInterrupt: afterwards, if Ctrl-C was pressed meanwhile.
        """
        if self._closed:
            return
        self._closed = True
        # From the last to the first; each is done whatever those before it have raised.
        with contextlib.ExitStack() as steps:
            steps.callback(self.guard.uninstall)
            if self.guard.enter():
                steps.callback(self.guard.leave)
            steps.callback(self._remove_files)
            steps.callback(self._process.wait)
            steps.callback(super().close)

    def leave_as_forked_child(self) -> None:
        """This is a forked copy of the driver, which takes no part in the session."""
        self._closed = True
        self._close_locks()
        super().leave_as_forked_child()

    def _head_config(self, config: EngineConfig) -> HeadConfig:
        return HeadConfig(
            session=self._folders,
            total=ResourceSet.of(_resources(config)),
            namespace=self._namespace,
            node_id=NodeID(os.urandom(WORKER_ID_BYTES).hex()),
            driver_pid=os.getpid(),
        )

    def _begin(self, config: EngineConfig, guard: InterruptGuard) -> None:
        with contextlib.ExitStack() as undo:
            self._folders, self._locks = make_session()
            undo.callback(self._remove_files)
            self._process = HeadProcess(self._head_config(config))
            undo.callback(self._kill_head)
            self._join(guard)
            undo.pop_all()
        if config.log_to_driver:
            self.news.on_output = show_output

    def _join(self, guard: InterruptGuard) -> None:
        session = self._folders
        msg = (
            "The head process of raylite did not start; what it wrote to stderr says why. "
            f"Try {sys.executable} -c 'import raylite._core.node.head' in a terminal."
        )
        if not self._process.wait_until_it_listens(session.head_address, _START_S):
            raise RaySystemError(msg)
        worker_id = WorkerID(os.urandom(WORKER_ID_BYTES).hex())
        try:
            super().__init__(session, worker_id, "driver", namespace=self._namespace, guard=guard)
        except OSError as error:  # It listened, and is gone.
            raise RaySystemError(msg) from error

    def _let_interrupts_through(self) -> None:
        try:
            self.guard.leave()
        except BaseException:
            self.close()
            raise

    def _kill_head(self) -> None:
        self._process.kill()
        self._process.wait()

    def _remove_files(self) -> None:
        remove_folders(self._folders)
        self._close_locks()

    def _close_locks(self) -> None:
        while self._locks:
            os.close(self._locks.pop())


def start(config: EngineConfig) -> LocalEngine:
    """Start a session on this machine.

    Raises:
        RaySystemError: if it does not come up.
    """
    return LocalEngine(config)


def show_output(output: OutputLines) -> None:
    """Print what a worker printed, each line with who it was."""
    stream = sys.stderr if output.stream == "stderr" else sys.stdout
    who = f"({output.prefix or 'worker'} pid={output.pid})"
    stream.write("".join(f"{who} {line}\n" for line in output.lines))
    stream.flush()


def _resources(config: EngineConfig) -> dict[str, float]:
    cpus = cpu_count() if config.num_cpus is None else config.num_cpus
    return {"CPU": cpus, "GPU": config.num_gpus, **config.resources}
