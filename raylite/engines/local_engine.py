"""The driver's part of a session on this machine.

In Ray: ``connect`` in ``python/ray/_private/worker.py``. The driver is the first to join. The
head ends the session when the driver's connection ends, however that happens.
"""

import contextlib
import os
import sys
from typing import Final

from raylite._core.common.ids import WORKER_ID_BYTES, WorkerID
from raylite._core.core_worker.core_worker import CoreWorker
from raylite._core.node.begun_session import BegunSession
from raylite._core.rpc.interrupt import InterruptGuard
from raylite._core.rpc.peer_messages import OutputLines
from raylite.engines.base import EngineConfig
from raylite.exceptions import RaySystemError

__all__ = ["LocalEngine", "show_output"]

_START_S: Final = 30.0


class LocalEngine(CoreWorker):
    """The driver's core worker, together with the session it began.

    Args:
        config: what ``init`` was told.
        begun: the session.
        guard: holds Ctrl-C back until the session stands.

    Raises:
        RaySystemError: if the head does not come up.
    """

    def __init__(self, config: EngineConfig, begun: BegunSession, guard: InterruptGuard) -> None:
        self._closed = False
        self._begun = begun
        self._join(guard)
        if config.log_to_driver:
            self.news.on_output = show_output

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
            steps.callback(self._begun.end)
            steps.callback(super().close)

    def leave_as_forked_child(self) -> None:
        """This is a forked copy of the driver, which takes no part in the session."""
        self._closed = True
        self._begun.let_go()
        super().leave_as_forked_child()

    def _join(self, guard: InterruptGuard) -> None:
        msg = (
            "The head process of raylite did not start; what it wrote to stderr says why. "
            f"Try {sys.executable} -c 'import raylite._core.node.head' in a terminal."
        )
        begun = self._begun
        if not begun.wait_for_head(_START_S):
            raise RaySystemError(msg)
        worker_id = WorkerID(os.urandom(WORKER_ID_BYTES).hex())
        try:
            super().__init__(
                begun.address, worker_id, "driver", namespace=begun.namespace, guard=guard
            )
        except OSError as error:  # It listened, and is gone.
            raise RaySystemError(msg) from error


def show_output(output: OutputLines) -> None:
    """Print what a worker printed, each line with who it was."""
    stream = sys.stderr if output.stream == "stderr" else sys.stdout
    who = f"({output.prefix or 'worker'} pid={output.pid})"
    stream.write("".join(f"{who} {line}\n" for line in output.lines))
    stream.flush()
