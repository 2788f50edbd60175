"""What the head tells a process, and who wants to know.

In Ray: ``src/ray/pubsub``. Left out here: long polling; the connection is open both ways.
"""

import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import Any

from raylite._core.common.events import Event
from raylite._core.common.ids import ActorID, WorkerID
from raylite._core.core_worker.reports import answer
from raylite._core.rpc.peer_messages import (
    ActorUpdate,
    EventBatch,
    FoldersRestored,
    LeaseGranted,
    LeaseRejected,
    Notice,
    OutputLines,
    ReturnIdleLeases,
    SubscribeActor,
    Welcome,
)
from raylite._core.rpc.report_messages import AskForReport
from raylite.exceptions import RaySystemError

__all__ = ["News"]

_logger = logging.getLogger("raylite")


class News:
    """Distributes what the head says.

    Args:
        core: the process's core worker.
    """

    def __init__(self, core: Any) -> None:
        self._core = core
        self._welcome: Welcome | None = None
        self._callbacks: list[Callable[[Sequence[Event]], None]] = []
        self.on_output: Callable[[OutputLines], None] | None = None
        """Shows what workers print; None where nobody looks."""
        self.on_lost: Callable[[], None] | None = None
        """Called when the head is gone."""

    def wait_for_welcome(self, deadline_s: float | None) -> Welcome:
        """The head's answer to our hello.

        Args:
            deadline_s: on the monotonic clock; None: a worker waits for its job's driver.

        Raises:
            ConnectionResetError: if the head has ended.
            RaySystemError: if it does not answer.
        """
        core = self._core
        core.poller.run_until(lambda: self._welcome is not None or core.over, deadline_s)
        if self._welcome is None:
            if core.over:
                msg = "The session's head process ended before it answered."
                raise ConnectionResetError(msg)
            msg = "The session's head process does not answer."
            raise RaySystemError(msg)
        return self._welcome

    def is_welcome(self) -> bool:
        """Whether the head has let this process in, and its core worker is complete."""
        return self._welcome is not None and hasattr(self._core, "environments")

    def subscribe_actor(self, actor_id: ActorID) -> None:
        """Learn what becomes of an actor."""
        self._core.head.send(SubscribeActor(actor_id=actor_id))

    def subscribe_events(self, callback: Callable[[Sequence[Event]], None]) -> Callable[[], None]:
        """Have further events reported; returns the way out."""
        self._callbacks.append(callback)
        if len(self._callbacks) == 1:
            self._core.head.ask("subscribe_events", True)

        def unsubscribe() -> None:
            with contextlib.suppress(ValueError):  # It was removed because it raised.
                self._callbacks.remove(callback)
            if not self._callbacks and not self._core.over:
                self._core.head.ask("subscribe_events", False)

        return unsubscribe

    def show_output_of(self, worker_id: WorkerID) -> None:
        """Show what a worker has printed so far, before its value is used."""
        if self.on_output is not None and not self._core.over:
            self._core.head.ask("drain_output", worker_id)

    def on_message(self, message: object) -> None:
        """The head says something."""
        core = self._core
        match message:
            case ActorUpdate():
                core.actors.on_update(message)
            case LeaseGranted():
                core.tasks.granted(message)
            case LeaseRejected():
                core.tasks.rejected(message)
            case ReturnIdleLeases():
                core.tasks.share()
            case EventBatch() | OutputLines() | Notice():
                self._tell_people(message)
            case Welcome():
                self._welcome = message
            case FoldersRestored():
                core.peers.listen_again()
                core.store.folders_restored()
            case AskForReport():
                core.head.send(answer(core, message))
            case _:
                core.on_worker_message(message)

    def _tell_people(self, message: EventBatch | OutputLines | Notice) -> None:
        match message:
            case EventBatch():
                self._report(message.events)
            case OutputLines():
                if self.on_output is not None:
                    self.on_output(message)
            case Notice():
                _logger.warning(message.text)

    def on_head_lost(self) -> None:
        """The session is over."""
        if self.on_lost is not None:
            self.on_lost()

    def _report(self, events: Sequence[Event]) -> None:
        for callback in list(self._callbacks):
            try:
                callback(events)
            except Exception:
                self._callbacks.remove(callback)
                _logger.exception("a subscriber to raylite's events raised and was removed")
