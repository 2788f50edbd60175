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
from raylite._core.common.stand_in import RayFinder
from raylite._core.core_worker.core_worker import CoreWorker
from raylite._core.core_worker.task_execution.actor_instance import Leave
from raylite._core.core_worker.task_execution.display_hooks import show_what_is_displayed
from raylite._core.core_worker.task_execution.output import OutputState, redirect_output
from raylite._core.core_worker.task_execution.task_executor import TaskExecutor
from raylite._core.core_worker.task_execution.task_interrupt import TaskInterrupt
from raylite._core.core_worker.worker_environment import enter_environment
from raylite.exceptions import RaySystemError

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
    _be_the_first_to_go()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    output = OutputState()
    redirect_output(output)
    show_what_is_displayed(output)
    with contextlib.suppress(Exception):  # Only a help for the reader of a crash.
        faulthandler.enable(file=2, all_threads=False)
    interrupt = TaskInterrupt()
    executor = TaskExecutor(output, interrupt)
    core = CoreWorker(session, worker_id, "worker", executor, guard=interrupt)
    # Over means that the head is gone: then nothing of this process is to stay.
    core.news.on_lost = _end_with_the_head
    enter_environment(core.welcome)
    _answer_to_ray(core)
    _become_the_engine(core)
    _answer_before_os_exit(core)
    try:
        executor.run(core)
    except Leave as leave:
        code = leave.exit_code
    core.metrics.flush()
    core.peers.drain()
    atexit._run_exitfuncs()  # noqa: SLF001  # A forked child must not run its parent's way out, only this.
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # A stream of the user's own may be closed.
            stream.flush()
    output.finish_all()
    return code & 0xFF


def _be_the_first_to_go() -> None:
    """Where memory runs out, have the kernel end a worker, and not the notebook or the head.

    In Ray: ``worker_oom_score_adjustment``, with the same number. Only Linux knows of it.
    """
    with contextlib.suppress(OSError):
        score = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        try:
            os.write(score, b"1000")
        finally:
            os.close(score)


def _answer_before_os_exit(core: CoreWorker) -> None:
    """Let ``os._exit`` in user code end the process, and not what it has answered already.

    Replies are gathered while calls are short. A signal may take those of the last tick with it.
    """
    exit_now, worker_pid = os._exit, os.getpid()

    def exit_when_answered(status: int) -> NoReturn:
        if os.getpid() == worker_pid:
            core.metrics.flush()
            core.peers.drain()
        exit_now(status)

    os._exit = exit_when_answered


def _end_with_the_head() -> None:
    os.killpg(0, signal.SIGKILL)


def _answer_to_ray(core: CoreWorker) -> None:
    """Let ``import ray`` give raylite, if that is so in the driver at the time of the import."""

    def wanted() -> bool:
        with contextlib.suppress(RaySystemError):  # The session is over: nobody wants anything.
            return bool(core.head.ask("stands_in_for_ray"))
        return False

    sys.meta_path.insert(0, RayFinder(wanted))


def _become_the_engine(core: CoreWorker) -> None:
    """Let user code in this process submit calls of its own."""
    import importlib  # noqa: PLC0415  # With the next line: the core never names the layer above.

    importlib.import_module("raylite._engine").set_engine(core)
