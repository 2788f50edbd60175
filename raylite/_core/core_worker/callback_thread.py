"""Runs what has to wait, or is the user's own, apart from the thread that reads.

In Ray: the ``io_service`` runs such callbacks itself. Here whoever reads the sockets must not wait
for what only he could read: a callback that unpacks a value, or calls ``get``, would wait for ever.
"""

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue

__all__ = ["CallbackThread"]

_logger = logging.getLogger("raylite")


class CallbackThread:
    """A thread that is started when it is first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    def call(self, action: Callable[[], None]) -> None:
        """Have ``action`` called, after those that were given before."""
        self._queue.put(action)
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="raylite-callbacks", daemon=True
                )
                self._thread.start()

    def close(self) -> None:
        """End the thread when it has called what was given."""
        self._queue.put(None)

    def _run(self) -> None:
        while (action := self._queue.get()) is not None:
            try:
                action()
            except Exception:
                _logger.exception("a callback of a future failed; the session goes on")
