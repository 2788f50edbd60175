"""What the head tells a process, and who wants to know.

In Ray: ``src/ray/pubsub``. Left out here: long polling; the connection is open both ways.
"""

import contextlib
import logging
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any

from raylite._core.common.bars import BarsTold
from raylite._core.common.event_batch import EventBatch
from raylite._core.common.events import Event
from raylite._core.common.ids import ActorID
from raylite._core.common.message_rows import MessageRow, messages_of
from raylite._core.common.worker_output import OutputLines, Picture
from raylite._core.core_worker.failures import session_over
from raylite._core.core_worker.reports import answer
from raylite._core.rpc.peer_messages import (
    ActorUpdate,
    EventNews,
    EventsWatched,
    FoldersRestored,
    LeaseGranted,
    LeaseRejected,
    Notice,
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
        self._callbacks: list[Callable[[EventBatch], None]] = []
        self.on_bars: Callable[[BarsTold], None] | None = None
        """Shows how far workers are; None where nobody looks."""
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

    def subscribe_events(
        self, callback: Callable[[EventBatch], None], *, with_history: bool
    ) -> Callable[[], None]:
        """Have further events reported; returns the way out.

        Args:
            callback: is given each batch.
            with_history: the first one is to be all that the event log keeps.

        Raises:
            RaySystemError: if the session is over.
        """
        core, answered = self._core, []

        def begin(found: Any) -> None:
            # Called by whoever reads: what comes before the answer is older, what follows is newer.
            self._callbacks.append(callback)
            answered.append(True)
            if with_history and found is not None:
                self._call(callback, _batch(found))

        core.head.ask_later(begin, "subscribe_events", True, with_history)
        core.poller.run_until(lambda: bool(answered))
        if core.head.lost:
            raise session_over()

        def unsubscribe() -> None:
            with contextlib.suppress(ValueError):  # It was removed because it raised.
                self._callbacks.remove(callback)
            if not self._callbacks and not self._core.over:
                self._core.head.ask("subscribe_events", False, False)

        return unsubscribe

    def history(self) -> EventBatch:
        """All that the event log keeps. It is unpacked here, so that the head loses no time."""
        return _batch(self._core.head.ask("history"))

    def on_message(self, message: object) -> None:
        """The head says something."""
        core = self._core
        match message:
            case ActorUpdate():
                core.actors.on_update(message)
                core.task_events.look()
            case LeaseGranted():
                core.tasks.granted(message)
                core.task_events.look()
            case LeaseRejected():
                core.tasks.rejected(message)
            case ReturnIdleLeases():
                core.tasks.share()
            case Welcome():
                self._welcome = message
            case FoldersRestored():
                core.peers.listen_again()
                core.store.folders_restored()
            case EventsWatched():
                core.task_events.watch(core, on=message.on)
            case AskForReport():
                core.head.send(answer(core, message))
            case _:
                self._tell_people(message)

    def _tell_people(self, message: object) -> None:
        match message:
            case OutputLines() | Picture():
                self._core.output.take(message)
            case EventNews():
                events = _merged(message.events, message.messages)
                calls, dropped = message.calls, message.dropped
                self._report(EventBatch(events=events, calls=calls, dropped=dropped))
            case Notice():
                _logger.warning(message.text)
            case BarsTold():
                if self.on_bars is not None:
                    self.on_bars(message)
            case _:
                self._core.on_worker_message(message)

    def on_head_lost(self) -> None:
        """The session is over."""
        if self.on_lost is not None:
            self.on_lost()

    def _report(self, batch: EventBatch) -> None:
        for callback in list(self._callbacks):
            self._call(callback, batch)

    def _call(self, callback: Callable[[EventBatch], None], batch: EventBatch) -> None:
        try:
            callback(batch)
        except Exception:
            with contextlib.suppress(ValueError):  # It has ended itself before it raised.
                self._callbacks.remove(callback)
            _logger.exception("a subscriber to raylite's events raised and was removed")


def _batch(history: tuple[Any, Any, Any, int]) -> EventBatch:
    events, messages, calls, dropped = history
    found = _merged(events.events(), messages.events())
    return EventBatch(events=found, calls=calls, dropped=dropped)


def _merged(events: Sequence[Event], messages: Iterable[MessageRow]) -> tuple[Event, ...]:
    return tuple(sorted([*events, *messages_of(messages)], key=attrgetter("at_s")))
