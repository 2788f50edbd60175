"""Starting the fork server from the head.

It is loky that starts it: a fresh interpreter without the hazards of forking the head, on any
POSIX system and under any name of ``__main__``.
"""

import os
from multiprocessing import resource_tracker as stdlib_tracker
from typing import Any

from loky.backend import resource_tracker as loky_tracker
from loky.backend.context import get_context

from raylite._core.common.session import SessionAddress

__all__ = ["start_fork_server"]


def start_fork_server(session: SessionAddress) -> Any:
    """Start the process that workers are forked from.

    Returns:
        The ``loky`` process.
    """
    _do_without_trackers()
    process = get_context("loky").Process(
        target=_be_fork_server, args=(session, os.getpid()), name="raylite-fork-server"
    )
    process.start()
    return process


def _be_fork_server(session: SessionAddress, head_pid: int) -> None:
    from raylite._core.node.fork_server import run_fork_server  # noqa: PLC0415  # The head never needs it.

    run_fork_server(session, head_pid)


def _do_without_trackers() -> None:
    """Keep loky and multiprocessing from starting a resource tracker each.

    A tracker is an interpreter of its own (7 and 13 MB) that cleans up semaphores and shared files
    after a crash. The session has none of either: the fork server removes its files. A tracker
    counts as running while one can write to its pipe.
    """
    trackers: tuple[Any, ...] = (stdlib_tracker._resource_tracker, loky_tracker._resource_tracker)  # noqa: SLF001  # There is no public way.
    for tracker in trackers:
        tracker._fd = os.open(os.devnull, os.O_WRONLY)  # noqa: SLF001  # As above.
