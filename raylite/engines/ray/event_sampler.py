"""Looks at Ray's tables while somebody watches or asks, and tells what has happened.

In Ray: nothing like it; its dashboard asks again and again as well.

Rule 1: one thread looks, and only while somebody watches or has just asked. Ray may keep whoever
        asks waiting when it has gone away; nobody else waits with it for longer than he wants.
Rule 2: it takes a tenth of a CPU at most: what takes long is done less often.
"""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from raylite._core.common.event_batch import EventBatch
from raylite._core.common.events import Event
from raylite._core.common.ids import ActorID
from raylite.engines.ray.events_model import SampledEvents
from raylite.engines.ray.looks import Looks

__all__ = ["EventSampler"]

_PAUSE_S: Final = 0.15
_TASKS_S: Final = 0.25
"""How often tasks are asked for; Ray's processes tell of them no more often."""
_SHARE: Final = 0.08
"""Of a CPU, at most."""
_WALL_SHARE: Final = 0.25
"""Of the time of whoever answers."""
_IDLE_S: Final = 2.0
_ANSWER_S: Final = 10.0
"""How long who asks waits for a look."""
_NUM_KEPT: Final = 100_000


class EventSampler:
    """The event log of a session on Ray.

    Args:
        engine: of the driver.
        looks: the way to Ray's tables.
    """

    def __init__(self, engine: Any, looks: Looks) -> None:
        self._engine = engine
        self._changed = threading.Condition(threading.Lock())
        """Guards what follows; told after each look."""
        self._telling = threading.RLock()
        """Held while subscribers are told, so that none hears of anything twice."""
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._tables = looks
        self._model = SampledEvents()
        self._log: deque[Event] = deque(maxlen=_NUM_KEPT)
        self._dropped = 0
        self._looks = 0
        self._asked = 0
        """The number of the look that somebody waits for."""
        self._subscribers: list[Callable[[EventBatch], None]] = []
        self._is_closed = False

    def registered(self, actor_id: ActorID, at_s: float) -> None:
        """The driver has asked for an actor at this time."""
        self._model.actors.registered_s[actor_id] = at_s

    def history(self) -> EventBatch:
        """All that is known, after one more look if Ray answers in time."""
        self._look_once()
        with self._telling:
            return EventBatch(events=tuple(self._log), dropped=self._dropped)

    def subscribe(
        self, callback: Callable[[EventBatch], None], *, with_history: bool
    ) -> Callable[[], None]:
        """Tell somebody of everything that is found from now on.

        Args:
            callback: told in the thread that looks.
            with_history: whether its first batch is what is known already.
        """
        if with_history:
            self._look_once()
        with self._telling:
            if with_history:
                callback(EventBatch(events=tuple(self._log), dropped=self._dropped))
            self._subscribers.append(callback)
        self._begin()

        def leave() -> None:
            with self._telling, contextlib.suppress(ValueError):
                self._subscribers.remove(callback)

        return leave

    def close(self) -> None:
        """Look no more."""
        self._is_closed = True
        self._wake.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(_ANSWER_S)

    def _begin(self) -> None:
        with self._changed:
            if self._is_closed or (self._thread is not None and self._thread.is_alive()):
                return
            self._thread = threading.Thread(target=self._run, name="raylite-looks", daemon=True)
            self._thread.start()

    def _look_once(self) -> None:
        """Have a look begun after this moment, and wait for it."""
        if self._is_closed or self._engine.over:
            return
        with self._changed:
            # One that goes on may have read before the moment.
            self._asked = wanted = self._looks + 1 + (self._thread is not None)
        self._begin()
        self._wake.set()
        with self._changed:
            self._changed.wait_for(lambda: self._looks >= wanted or self._is_closed, _ANSWER_S)

    def _run(self) -> None:
        idle_since_s = tasks_due_s = time.monotonic()
        while not self._is_closed and not self._engine.over:
            cpu_s, now_s = time.thread_time(), time.monotonic()
            is_asked = self._asked > self._looks
            with_tasks = is_asked or now_s >= tasks_due_s
            self._wake.clear()
            with contextlib.suppress(Exception):  # Ray has gone away: others find that out.
                self._look(with_tasks=with_tasks)
            with self._changed:
                self._looks += 1
                self._changed.notify_all()
            cpu_s = time.thread_time() - cpu_s
            ended_s = time.monotonic()
            if with_tasks:
                took_s = ended_s - now_s
                tasks_due_s = ended_s + max(_TASKS_S, took_s / _WALL_SHARE, cpu_s / _SHARE)
            if self._subscribers or is_asked:
                idle_since_s = ended_s
            if ended_s > idle_since_s + _IDLE_S and self._may_end():
                return
            if self._asked <= self._looks:
                self._wake.wait(max(_PAUSE_S, cpu_s / _SHARE))

    def _may_end(self) -> bool:
        with self._changed:
            if self._subscribers or self._asked > self._looks:
                return False
            self._thread = None
            return True

    def _look(self, *, with_tasks: bool) -> None:
        seen = self._tables.snapshot(with_tasks=with_tasks)
        with self._telling:
            events = self._model.take(seen)
            self._dropped += seen.missed + max(0, len(self._log) + len(events) - _NUM_KEPT)
            self._log.extend(events)
            if not events and not seen.missed:
                return
            batch = EventBatch(events=tuple(events), dropped=seen.missed)
            for tell in list(self._subscribers):
                try:
                    tell(batch)
                except Exception:  # As everywhere: one that raises is told no more.
                    self._subscribers.remove(tell)
