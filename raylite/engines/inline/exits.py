"""The end of a process that there is not: code that would end its worker ends only that.

In Ray: the worker process ends. In one process ``os._exit``, or a signal that a call sends to its
own process, would end the program, or a browser's kernel. While a session lasts, these end what
they would end in processes: the actor, or the task.
"""

import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any, Final, NoReturn

from raylite.engines.inline.calls import CURRENT
from raylite.exceptions import ActorExit

__all__ = ["Exits", "WorkerEnds", "end_child", "exit_told"]

_DEADLY: Final = frozenset(
    number
    for name in ("SIGKILL", "SIGTERM", "SIGABRT", "SIGSEGV", "SIGBUS", "SIGQUIT", "SIGHUP")
    if (number := getattr(signal, name, None)) is not None
)


class WorkerEnds(BaseException):
    """The code of a call ends its process, as it believes.

    Args:
        how: in words.
    """

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


class Exits:
    """Has the ways to end a process end calls, as long as a session lasts."""

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._exit: Callable[[int], Any] = os._exit
        self._kill: Callable[[int, int], Any] | None = getattr(os, "kill", None)
        os._exit = self._exit_worker
        if self._kill is not None:
            os.kill = self._kill_worker

    def restore(self) -> None:
        """The session is over."""
        if getattr(os._exit, "__self__", None) is self:
            os._exit = self._exit
        if self._kill is not None and getattr(os.kill, "__self__", None) is self:
            os.kill = self._kill

    def _exit_worker(self, status: int) -> NoReturn:
        # A child that a call has forked has a process to end.
        if CURRENT.get() is not None and os.getpid() == self._pid:
            raise WorkerEnds(_with_code(status))
        self._exit(status)
        raise AssertionError

    def _kill_worker(self, pid: int, number: int, /) -> None:
        if CURRENT.get() is not None and pid == os.getpid() == self._pid and number in _DEADLY:
            how = f"its worker process was killed by {signal.Signals(number).name}"
            raise WorkerEnds(how)
        assert self._kill is not None
        self._kill(pid, number)


def end_child(error: BaseException | None) -> NoReturn:
    """A child that a call has forked comes back from the call's code: it ends there.

    Else there would be two programs from then on.

    Args:
        error: what it came back with.
    """
    status = 0
    if isinstance(error, SystemExit):
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
    elif error is not None:
        traceback.print_exception(error)
        status = 1
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


def exit_told(error: BaseException) -> tuple[bool, str] | None:
    """Whether an error is a wish to end: on purpose or not, and in which words; else None."""
    match error:
        case ActorExit():
            return True, "exit_actor() was called"
        case WorkerEnds():
            return False, error.how
        case SystemExit(code=0):
            return True, "sys.exit(0) was called"
        case SystemExit():
            return False, _with_code(error.code if isinstance(error.code, int) else 1)
    return None


def _with_code(code: int) -> str:
    return f"its worker process exited with code {code}"
