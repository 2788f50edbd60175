"""Cancelling calls that this process has submitted, wherever they are at the moment.

In Ray: ``CoreWorker::CancelTask`` and ``CancelChildren`` in ``src/ray/core_worker/core_worker.cc``.
Left out here: Ray's answer of the executor, whether it has found the task. Who is told to cancel
what has ended does nothing, and whoever hands something back may find that it is cancelled.

Rule 1: a call that was not sent ends here and now.
Rule 2: one that was sent is its executor's matter (:mod:`.call_canceller`). Whatever becomes of
        it, it is not tried again.
Rule 3: between two places, in the hands of another thread, a call is in neither. Then we look
        again in a moment.
"""

import contextlib
import itertools
from typing import Any, Final

from raylite._core.core_worker.entries import BorrowedEntry, OwnedEntry
from raylite._core.core_worker.failures import task_cancelled
from raylite._core.rpc.connection import Connection
from raylite._core.rpc.peer_messages import CancelAnswered, CancelObject, CancelTask

__all__ = ["Cancellation"]

_LOOK_AGAIN_S: Final = 0.001
_NO_FORCE: Final = (
    "force=True is not supported for actor tasks: it would end the actor, which has other calls to "
    "answer. Write ray.cancel(ref), or ray.kill(handle) to end the actor."
)


class Cancellation:
    """Finds calls of this process and cancels them.

    Args:
        home: the process.
    """

    def __init__(self, home: Any) -> None:
        self._home = home
        self.marked: set[int] = set()
        """Calls that are cancelled and have not ended; those who send calls again look here."""
        self._numbers = itertools.count(1)
        self._answers: dict[int, str] = {}

    def cancel(self, entry: Any, *, force: bool, recursive: bool) -> None:
        """Cancel the call that is to fill an entry, if it has not ended.

        Raises:
            ValueError: if ``force`` is set and it is a call of an actor's method.
        """
        if isinstance(entry, BorrowedEntry):
            self._ask_owner(entry, force=force, recursive=recursive)
        elif isinstance(entry, OwnedEntry) and self._may_be_filled(entry):
            self._cancel_guarded(entry, force=force, recursive=recursive)

    def cancel_children(self, parent: object, *, force: bool) -> None:
        """Cancel every call that code of ``parent``, a call that runs here, has made."""
        home = self._home
        found = [*home.tasks.pending(), *home.peers.sent_calls()]
        for client in home.clients():
            found += client.pending()
        for call in found:
            if call.parent is parent:
                entry = call.entries[0] if call.entries else None
                forced = force and call.definition is not None
                self._cancel(call.seq, entry, force=forced, recursive=True)

    def on_message(self, connection: Connection, message: object) -> bool:
        """Take a message of the protocol; False if it is none."""
        match message:
            case CancelObject():
                refused = self._cancel_for_borrower(message)
                connection.send_message(CancelAnswered(number=message.number, refused=refused))
            case CancelAnswered():
                self._answers[message.number] = message.refused
            case _:
                return False
        return True

    def _may_be_filled(self, entry: OwnedEntry) -> bool:
        # An item that is there may be one of a generator that goes on.
        return entry.home is self._home and (entry.payload is None or entry.index > 1)

    def _cancel_guarded(self, entry: OwnedEntry, *, force: bool, recursive: bool) -> None:
        guard = self._home.guard
        guarded = guard.enter()  # A call that was taken from its queue is not to be lost.
        try:
            self._cancel(entry.seq, entry, force=force, recursive=recursive)
        finally:
            if guarded:
                guard.leave()

    def _cancel(self, seq: int, entry: OwnedEntry | None, *, force: bool, recursive: bool) -> None:
        home = self._home
        self.marked.add(seq)
        if force:
            self._refuse_force(seq)
        for holder in (home.tasks, *home.clients()):
            call = holder.take(seq)
            if call is not None:
                home.call_failed(call, task_cancelled(call), holder.actor_id)
                return
        for connection in home.peers.connections():
            if seq in connection.inflight:
                message = CancelTask(seq=seq, force=force, recursive=recursive)
                connection.send_message(message)
                return
        if entry is not None and entry.payload is None and not home.over:
            home.poller.call_later(
                _LOOK_AGAIN_S, lambda: self._look_again(entry, force=force, recursive=recursive)
            )
        else:
            self.marked.discard(seq)

    def _look_again(self, entry: OwnedEntry, *, force: bool, recursive: bool) -> None:
        # Refused now: the call goes on, and whoever cancelled it has gone on as well.
        with contextlib.suppress(ValueError):
            self._cancel(entry.seq, entry, force=force, recursive=recursive)

    def _refuse_force(self, seq: int) -> None:
        """Raise ValueError if it is the call of an actor's method."""
        home = self._home
        is_method = any(client.holds(seq) for client in home.clients())
        for connection in home.peers.connections():
            call = connection.inflight.get(seq)
            is_method = is_method or (call is not None and call.definition is None)
        if is_method:
            self.marked.discard(seq)
            raise ValueError(_NO_FORCE)

    def _ask_owner(self, entry: BorrowedEntry, *, force: bool, recursive: bool) -> None:
        home = self._home
        if entry.payload is not None:
            return
        number = next(self._numbers)
        try:
            connection = home.peers.to(entry.owner_id, entry.address)
        except OSError:
            return  # Its owner is gone, and the call with him.
        message = CancelObject(
            object_id=entry.object_id, number=number, force=force, recursive=recursive
        )
        connection.send_message(message)
        home.poller.run_until(lambda: number in self._answers or connection.closed or home.over)
        refused = self._answers.pop(number, "")
        if refused:
            raise ValueError(refused)

    def _cancel_for_borrower(self, message: CancelObject) -> str:
        entry = self._home.ownership.find(message.object_id)
        try:
            if entry is not None:
                self.cancel(entry, force=message.force, recursive=message.recursive)
        except ValueError as refusal:
            return str(refusal)
        return ""
