"""The driver's part of a session on this machine.

In Ray: ``connect`` in ``python/ray/_private/worker.py``. The head ends a session that the driver
began when the driver's connection ends, however that happens; a runtime that the driver joined
lives on.
"""

import contextlib
import importlib
import os
import sys
import time
from typing import Any, Final

from raylite._core.common.bars import BarsTold
from raylite._core.common.environment import Environment
from raylite._core.common.ids import WORKER_ID_BYTES, WorkerID
from raylite._core.core_worker.core_worker import CoreWorker
from raylite._core.core_worker.output_printer import OutputPrinter
from raylite._core.node.begun_session import BegunSession
from raylite._core.node.joined_session import JoinedSession
from raylite._core.rpc.interrupt import InterruptGuard
from raylite.engines.base import EngineConfig
from raylite.exceptions import RaySystemError

__all__ = ["LocalEngine", "show_bars"]

_START_S: Final = 30.0
_LEAVE_S: Final = 3.0
_OUTPUT_S: Final = 0.5
"""How long the end may wait for what workers have printed last."""
_NAME_BYTES: Final = 4


class LocalEngine(CoreWorker):
    """The driver's core worker, together with the session it began or joins.

    Args:
        config: what ``init`` was told.
        begun: the session.
        guard: holds Ctrl-C back until the session stands.

    Raises:
        RaySystemError: if the head does not come up.
        ConnectionError: if the runtime to join has just ended.
        ValueError: if the working directory is too large to be copied.
        OSError: if it cannot be copied.
    """

    def __init__(
        self, config: EngineConfig, begun: BegunSession | JoinedSession, guard: InterruptGuard
    ) -> None:
        self._closed = False
        self._begun = begun
        environment = self._with_copy(config)
        self._join(guard)
        self.environments.become(environment)
        if config.log_to_driver:
            self.output.show = OutputPrinter().show
            self.news.on_bars = show_bars

    def close(self) -> None:
        """End the session, every process and every file of it; or leave the runtime.

        Harmless when called twice.

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
            if not self._begun.is_begun:
                steps.callback(self._say_good_bye)
            steps.callback(self.output.fetch, _OUTPUT_S)

    def leave_as_forked_child(self) -> None:
        """This is a forked copy of the driver, which takes no part in the session."""
        self._closed = True
        self._begun.let_go()
        super().leave_as_forked_child()

    def address_info(self) -> dict[str, Any]:
        """Where the session is."""
        return {**super().address_info(), "address": self._begun.name}

    def _say_good_bye(self) -> None:
        """Leave, and see that the names of the actors that end with this driver are free."""
        self.task_events.flush()
        left: list[Any] = []
        self.head.ask_later(left.append, "leave")
        self.poller.run_until(lambda: bool(left) or self.head.lost, time.monotonic() + _LEAVE_S)

    def _with_copy(self, config: EngineConfig) -> Environment:
        """The job's environment, the working directory copied to where the session's files are."""
        environment = config.environment
        if not environment.working_dir:
            return environment
        from raylite._core.node.working_dir import copy_working_dir  # noqa: PLC0415  # Most do without.

        folder = f"{self._begun.address.folder}/working-dir-{os.urandom(_NAME_BYTES).hex()}"
        copy_working_dir(environment.working_dir, folder, config.excludes)
        return environment.replaced(copied_to=folder)

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
            if begun.is_begun:
                raise RaySystemError(msg) from error
            msg = f"The runtime to join, of process {begun.head_pid}, has just ended."
            raise ConnectionError(msg) from error


def show_bars(news: BarsTold) -> None:
    """Draw how far something is. What draws is loaded when there is something to draw."""
    importlib.import_module("raylite.notebook.bars.bar_board").take(news)
