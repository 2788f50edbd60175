"""Notices that a cluster has gone away, before Ray ends the program for it.

In Ray: ``gcs_rpc_server_reconnect_timeout_s``: a driver that has not reached its GCS for a minute
is ended by Ray, and with it a notebook's kernel. So the driver knocks at the GCS's port, and leaves
in time: calls fail with a sentence, pictures keep what they show, and ``init`` can begin anew.
"""

import contextlib
import socket
import threading
import time
from typing import Any, Final

import ray

from raylite.exceptions import RaySystemError

__all__ = ["Connection", "is_there", "knock"]

_EVERY_S: Final = 1.0
_KNOCK_S: Final = 2.0
_LOST_S: Final = 6.0
"""How long nobody has to answer. A GCS that is started again by those who run it needs a moment."""
_CALLS_END_S: Final = 3.0
"""How long calls that wait may take to notice."""
_LEAVE_S: Final = 30.0


def is_there(address: str) -> bool:
    """Whether somebody listens at an address.

    Args:
        address: host and port.
    """
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _KNOCK_S).close()
    except (OSError, ValueError):
        return False
    return True


def knock(address: str) -> None:
    """See that somebody is there, before Ray is asked for what it would wait for without an end.

    Raises:
        RaySystemError: if nobody is.
    """
    if not is_there(address):
        msg = (
            f"Nobody answers at {address}, where this program's Ray was. If its head node has "
            "ended, call shutdown(), and init() when a cluster runs again."
        )
        raise RaySystemError(msg)


class Connection:
    """Knocks at a port while the driver is there.

    Args:
        engine: of the driver; it is told.
        address: of the GCS, or of the client's server.
        shown: the address as the user knows it.
    """

    def __init__(self, engine: Any, address: str, shown: str) -> None:
        self._engine = engine
        self._address = address
        self._shown = shown
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="raylite-knocks", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Knock no more; if the cluster has gone away, wait until Ray has been left."""
        self._ended.set()
        if self._thread is not threading.current_thread():
            self._thread.join(_LEAVE_S)

    def _run(self) -> None:
        answered_s = time.monotonic()
        while not self._ended.wait(_EVERY_S):
            if not ray.is_initialized():
                return
            self._engine.rests.forget_idle()
            if is_there(self._address):
                answered_s = time.monotonic()
            elif time.monotonic() > answered_s + _LOST_S:
                self._leave()
                return

    def _leave(self) -> None:
        self._engine.lost(
            f"The connection to the Ray at {self._shown} is lost: nobody has answered there for "
            f"{_LOST_S:.0f} seconds. What ran there is gone. Call shutdown(), see with "
            "`ray status` that a cluster runs, and call init() again."
        )
        # Calls that wait look now and then whether they still should; Ray must not go before.
        self._ended.wait(_CALLS_END_S)
        with contextlib.suppress(Exception):  # It cannot say good-bye to anybody.
            ray.shutdown()
