"""A process's large objects among those of the others: files that come back, room to wait for.

In Ray: ``src/ray/core_worker/store_provider/plasma_store_provider.h``. Left out here: fetching from
other machines.

An object's file is written by one process and owned by another where a value was returned. When
the owner lets go, he tells the writer (``SegmentsReleased``), who may write the next value into it.
The store decides what becomes of files; this is its way to the poller, the other processes and the
head.
"""

import gc
import time
from collections.abc import Callable
from typing import Any, Final

from raylite._core.common.ids import WorkerID
from raylite._core.common.session import SessionAddress
from raylite._core.object_store.names import short, writer_of
from raylite._core.object_store.new_files import NoRoomError
from raylite._core.object_store.plasma import PlasmaStore
from raylite._core.object_store.serialization import IN_FILE, WITH_SLOTS, split_call
from raylite._core.rpc.connection import Connection
from raylite._core.rpc.peer_messages import SegmentsReleased
from raylite.exceptions import RaySystemError

__all__ = ["ObjectFiles"]

_WAIT_S: Final = 1.0
"""How long a value waits for room: what nobody can get is gone in that time, in every process."""
_LOOK_S: Final = 0.02
"""How often it is looked whether there is some."""


class ObjectFiles:
    """Connects a process's store with everything else.

    Args:
        core: the process.
        session: its folders, and the limit.
        worker_id: the process's id.
    """

    def __init__(self, core: Any, session: SessionAddress, worker_id: WorkerID) -> None:
        self._core = core
        self.guard = core.guard
        self.store = PlasmaStore(session, worker_id, self)

    def poke(self) -> None:
        """Have :meth:`on_poke` called soon. Called from ``__del__``."""
        if not self._core.over:
            self._core.poller.poke()

    def on_poke(self) -> None:
        """Something was let go of: tell the writers, and see that it does not linger too long."""
        self._core.task_events.beside.look()
        for path in self.store.released_others():
            self._tell_writer(path)
        if not self.store.is_watched:
            self._trim()

    def on_message(self, _connection: Connection, message: object) -> bool:
        """Take a message of the protocol; False if it is none."""
        if not isinstance(message, SegmentsReleased):
            return False
        for path in message.paths:
            self.store.take_back(path)
        self.on_poke()
        return True

    def drop(self, payload: bytes) -> None:
        """A reply came that nobody waits for: let go of its files."""
        if payload[0] == IN_FILE:
            self.store.hold(payload)
        elif payload[0] == WITH_SLOTS:
            for part in split_call(memoryview(payload))[0]:
                self.drop(part)

    def is_gone(self, process: str) -> bool:
        """Whether there is no connection to a process, given by its short id."""
        return self._connection_to(process) is None

    def wait_for_room(self, error: NoRoomError, since_s: float) -> None:
        """Wait until there may be room.

        What nobody can get goes first: free segments, and what only Python's garbage collector
        finds; others do the same by themselves within half a second.

        Raises:
            ObjectStoreFullError: if there is none under the session's limit.
            OutOfDiskError: if there is none in the file systems.
        """
        size_bytes, limit, store = error.size_bytes, error.limit_bytes, self.store
        if limit is None or size_bytes <= limit:
            gc.collect()
            self.on_poke()
            if self._wait(lambda: store.has_room(size_bytes), since_s + _WAIT_S):
                return
        if limit is None:
            raise store.out_of_disk(size_bytes) from None
        from raylite._core.core_worker.store_full import store_full  # noqa: PLC0415  # Few ever come here.

        raise store_full(size_bytes, limit, store.total_bytes(), self._all_objects()) from None

    def restore_folders(self) -> bool:
        """Have the head make the session's folders again; whether they are there now."""
        try:
            return bool(self._core.head.ask("restore_folders"))
        except RaySystemError:  # The session is over, and that is why they are gone.
            return False

    def _wait(self, condition: Callable[[], bool], deadline_s: float) -> bool:
        """Wait, looking at the condition now and then only: it is not cheap."""
        core = self._core
        is_met, is_waiting = False, True

        def look() -> None:
            nonlocal is_met
            if is_waiting:
                self.store.give_up_free()
                is_met = is_met or condition()
                core.poller.call_later(_LOOK_S, look)

        look()
        try:
            core.poller.run_until(lambda: is_met or core.over, deadline_s)
        finally:
            is_waiting = False
        return is_met

    def _all_objects(self) -> list[dict[str, Any]]:
        try:
            rows, _ = self._core.head.ask("report", "objects")
        except RaySystemError:  # The session is over, which the caller will learn soon.
            return []
        found: list[dict[str, Any]] = rows
        return found

    def _trim(self) -> None:
        store = self.store
        self._core.task_events.beside.look()
        # First this: what is let go of after the look pokes, and what is before is seen by it.
        store.is_watched = False
        next_s = store.trim()
        if next_s is not None:
            store.is_watched = True
            self._core.poller.call_later(max(0.0, next_s - time.monotonic()), self._trim)

    def _tell_writer(self, path: str) -> None:
        writer = writer_of(path)
        connection = self._connection_to(writer)
        if writer == short(self._core.worker_id):
            self.store.take_back(path)
        elif connection is None:
            self.store.remove(path)
        else:
            connection.send_message(SegmentsReleased(paths=[path]))

    def _connection_to(self, process: str) -> Connection | None:
        connections: list[Connection] = self._core.peers.connections()
        for connection in connections:
            if not connection.closed and short(connection.peer_id) == process:
                return connection
        return None
