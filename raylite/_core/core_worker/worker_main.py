"""The life of a worker process, from the fork to the exit.

In Ray: ``python/ray/_private/workers/default_worker.py``.
"""

import atexit
import contextlib
import faulthandler
import os
import signal
import sys
from typing import NoReturn

from raylite._core.common.ids import WorkerID
from raylite._core.common.session import SessionAddress
from raylite._core.core_worker.actor_instance import Leave
from raylite._core.core_worker.core_worker import CoreWorker
from raylite._core.core_worker.output import OutputState, redirect_output
from raylite._core.core_worker.task_executor import TaskExecutor

__all__ = ["run_worker"]


def run_worker(session: SessionAddress, worker_id: WorkerID) -> int:
    """Be a worker until told to leave.

    The process has its own group, so that its children can be ended with it. It ignores SIGINT:
    Jupyter's interrupt is for the driver, and an actor keeps its state.

    Returns:
        The exit code.
    """
    with contextlib.suppress(OSError):
        os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    output = OutputState()
    redirect_output(output)
    with contextlib.suppress(Exception):  # Only a help for the reader of a crash.
        faulthandler.enable(file=2, all_threads=False)
    executor = TaskExecutor(output)
    core = CoreWorker(session, worker_id, "worker", executor)
    # Over means that the head is gone: then nothing of this process is to stay.
    core.news.on_lost = _end_with_the_head
    _import_as_the_driver_does(core.welcome.import_path, core.welcome.cwd)
    _become_the_engine(core)
    _answer_before_os_exit(core)
    try:
        executor.run(core)
    except Leave as leave:
        code = leave.exit_code
    core.peers.drain()
    atexit._run_exitfuncs()  # noqa: SLF001  # A forked child must not run its parent's way out, only this.
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    return code & 0xFF


def _answer_before_os_exit(core: CoreWorker) -> None:
    """Let ``os._exit`` in user code end the process, and not what it has answered already.

    Replies are gathered while calls are short. A signal may take those of the last tick with it.
    """
    exit_now, worker_pid = os._exit, os.getpid()

    def exit_when_answered(status: int) -> NoReturn:
        if os.getpid() == worker_pid:
            core.peers.drain()
        exit_now(status)

    os._exit = exit_when_answered


def _end_with_the_head() -> None:
    os.killpg(0, signal.SIGKILL)


def _import_as_the_driver_does(import_path: tuple[str, ...], cwd: str) -> None:
    known = set(sys.path)
    sys.path[:0] = [entry for entry in import_path if entry not in known]
    with contextlib.suppress(OSError):  # It may be gone, or be another user's.
        os.chdir(cwd)


def _become_the_engine(core: CoreWorker) -> None:
    """Let user code in this process submit calls of its own."""
    import importlib  # noqa: PLC0415  # With the next line: the core never names the layer above.

    importlib.import_module("raylite._engine").set_engine(core)
