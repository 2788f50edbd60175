"""Looking at a runtime, and ending it, without taking part in it.

In Ray: ``ray status`` and ``ray stop`` in ``python/ray/scripts/scripts.py``, of which the latter
kills every process whose command line looks like one of Ray's.
"""

import contextlib
import os
import signal
import time
from typing import Any, Final, Self

import psutil

from raylite._core.common.ids import WorkerID
from raylite._core.node.runtime_address import RuntimeAddress, is_claimed, withdraw
from raylite._core.node.session_folder import remove_folders
from raylite._core.rpc.codec import FrameReader, pack_message, unpack_message
from raylite._core.rpc.connection import connect
from raylite._core.rpc.peer_messages import Hello, Request, Response

__all__ = ["Visit", "kill_runtime", "stop_runtime"]

_ANSWER_S: Final = 5.0
_END_S: Final = 10.0
_GRACE_S: Final = 2.0
_PAUSE_S: Final = 0.01
_READ_BYTES: Final = 1 << 16


class Visit:
    """Asks a runtime's head.

    Args:
        found: the runtime.

    Raises:
        OSError: if the head is gone; TimeoutError, which is one, if it does not answer in time.
    """

    def __init__(self, found: RuntimeAddress) -> None:
        self._sock = connect(found.session.head_address)
        self._sock.settimeout(_ANSWER_S)
        self._reader = FrameReader()
        self._number = 0
        hello = Hello(
            key=found.session.key,
            worker_id=WorkerID(f"visitor-{os.getpid()}"),
            pid=os.getpid(),
            role="visitor",
        )
        self._sock.sendall(pack_message(hello))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._sock.close()

    def ask(self, what: str, *args: Any) -> Any:
        """The answer to one of the questions of :mod:`raylite._core.node.head_requests`.

        Raises:
            OSError: as above.
            Exception: what the head has to object.
        """
        self._number += 1
        self._sock.sendall(pack_message(Request(number=self._number, what=what, args=args)))
        while True:
            for body in self._frames():
                answer = unpack_message(body)
                if isinstance(answer, Response) and answer.number == self._number:
                    if answer.error is not None:
                        raise answer.error
                    return answer.value

    def _frames(self) -> list[bytes]:
        missing = self._reader.missing()
        if missing is not None:
            count = self._sock.recv_into(missing)
            frame = self._reader.filled(count) if count else None
            frames = [frame] if frame is not None else []
        else:
            data = self._sock.recv(_READ_BYTES)
            count = len(data)
            frames = self._reader.feed(data)
        if count == 0:
            msg = "the runtime has ended"
            raise ConnectionError(msg)
        return [body for _kind, body in frames]


def stop_runtime(found: RuntimeAddress) -> bool:
    """Ask the runtime to end, and wait until no process and no file of it is left.

    Returns:
        False if it does not: then :func:`kill_runtime` is what remains.
    """
    processes = _processes_of(found)
    try:
        with Visit(found) as visit:
            visit.ask("stop")
    except TimeoutError:
        return False
    except OSError:  # It has ended by itself, or just does.
        pass
    if not _have_ended(processes, _END_S):
        return False
    _remove_files(found)
    return True


def kill_runtime(found: RuntimeAddress) -> None:
    """End the runtime's processes with SIGKILL, and remove its files."""
    processes = _processes_of(found)
    if processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(found.pid, signal.SIGKILL)
    # With the head gone the fork server ends everything, and best.
    if not _have_ended(processes, _GRACE_S):
        for process in processes:
            with contextlib.suppress(psutil.Error):
                process.kill()
        _have_ended(processes, _GRACE_S)
    _remove_files(found)


def _remove_files(found: RuntimeAddress) -> None:
    remove_folders(found.session)
    withdraw(found.folder, found.session.session_id)


def _processes_of(found: RuntimeAddress) -> list[psutil.Process]:
    if not is_claimed(found.folder):
        return []  # Its head is gone, and the head's number may be anybody's.
    try:
        head = psutil.Process(found.pid)
        return [head, *head.children(recursive=True)]
    except psutil.Error:
        return []


def _have_ended(processes: list[psutil.Process], timeout_s: float) -> bool:
    deadline_s = time.monotonic() + timeout_s
    while any(map(_lives, processes)):
        if time.monotonic() > deadline_s:
            return False
        time.sleep(_PAUSE_S)
    return True


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
