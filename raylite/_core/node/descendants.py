"""Ending everything that a process has started, however deep, and however it hides.

In Ray: ``src/ray/util/subreaper.h`` and ``process.h``. Left out here: systems other than Linux
have no subreapers, so there a grandchild that has left its group outlives its parent.

A worker's children are in its process group, unless they have left it (``setsid``). Then only the
family tree leads to them, and that tears when a parent in between ends: its children are given to
the nearest ancestor that asked for them, or else to process 1. So the session's own processes ask.
"""

import contextlib
import ctypes
import os
import signal
import sys
import time
from typing import Final

__all__ = ["adopt_orphans", "die_with_parent", "kill_descendants", "kill_group"]

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
_PAUSE_S: Final = 0.002


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends, as far as the system can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent(parent_pid: int) -> None:
    """Have the kernel kill this process when its parent ends, also while C code keeps it busy.

    The kernel means the thread that forked us, so it must be one that stays: its main thread.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:  # It ended before we had asked.
        os._exit(0)


def kill_group(pid: int) -> None:
    """End a process group with SIGKILL."""
    with contextlib.suppress(OSError):  # Nobody is left in it.
        os.killpg(pid, signal.SIGKILL)


def kill_descendants(timeout_s: float) -> None:
    """End all descendants of this process with SIGKILL, and see that they have ended.

    Args:
        timeout_s: how many seconds to wait at most for one that cannot die yet.
    """
    import psutil  # noqa: PLC0415  # Only needed when something ends, and nothing of it is small.

    me = psutil.Process()
    deadline_s = time.monotonic() + timeout_s
    # Again and again: one that is being killed may just have started another, and the children
    # of one that has ended become ours.
    while descendants := me.children(recursive=True):
        for process in descendants:
            with contextlib.suppress(psutil.Error):
                process.kill()
        for process in descendants:
            with contextlib.suppress(ChildProcessError):  # A grandchild still; or collected.
                os.waitpid(process.pid, os.WNOHANG)
        if time.monotonic() > deadline_s:
            return
        time.sleep(_PAUSE_S)
