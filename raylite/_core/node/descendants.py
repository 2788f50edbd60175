"""Ending everything that a process has started, however deep, and however it hides.

In Ray: ``src/ray/util/subreaper.h`` and ``process.h``. Left out here: systems other than Linux
have no subreapers, so there a grandchild that has left its group may outlive its parent.

A worker's children are in its process group, unless they have left it (``setsid``). Then only the
family tree leads to them, and that tears when a parent in between ends: its children are given to
the nearest ancestor that asked for orphans, or else to process 1. So every process of the session
asks. What follows is that a process which ends hands all its descendants, one generation after
the other, to the one that ends it.
"""

import contextlib
import ctypes
import os
import signal
import sys
import time
from pathlib import Path
from typing import Final

__all__ = [
    "adopt_orphans",
    "children",
    "die_with_parent",
    "kill_descendants",
    "kill_group",
    "kill_process",
]

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
_PAUSE_S: Final = 0.001


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends, as far as the system can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent(parent_pid: int) -> None:
    """Have the kernel kill this process when its parent ends, also while C code keeps it busy.

    To the kernel the parent is the thread that forked us: it must be one that stays.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:  # It ended before we had asked.
        os._exit(0)


def children() -> list[int]:
    """The children of this process, those that have ended and were not collected included.

    They must have been started by the main thread, as an orphan counts as if it had.
    """
    pid = os.getpid()
    try:
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]
    except OSError:  # Not Linux, or a kernel without this list.
        import psutil  # noqa: PLC0415  # Takes memory that is better saved where it can be.

        return [child.pid for child in psutil.Process().children()]


def kill_group(pid: int) -> None:
    """End a process group with SIGKILL."""
    with contextlib.suppress(OSError):  # Nobody is left in it.
        os.killpg(pid, signal.SIGKILL)


def kill_process(pid: int) -> None:
    """End one process with SIGKILL."""
    with contextlib.suppress(OSError):  # It has ended.
        os.kill(pid, signal.SIGKILL)


def kill_descendants(timeout_s: float) -> None:
    """End all descendants of this process, which adopts orphans, and see that they have ended.

    Args:
        timeout_s: how many seconds to wait at most for those that cannot end yet.
    """
    deadline_s = time.monotonic() + timeout_s
    # With each round the next generation becomes ours.
    while pids := children():
        for pid in pids:
            kill_group(pid)
            kill_process(pid)
        for pid in pids:
            _collect(pid, deadline_s)
        if time.monotonic() > deadline_s:
            return


def _collect(pid: int, deadline_s: float) -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(pid, os.WNOHANG) == (0, 0) and time.monotonic() < deadline_s:
            time.sleep(_PAUSE_S)
