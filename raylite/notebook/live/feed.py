"""The events of one session on their way into a world.

In Ray: nothing like it.
"""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable

from raylite._core.common.event_batch import EventBatch
from raylite._task_events import notice_if_off, notice_if_sampled
from raylite.engines.base import Engine
from raylite.exceptions import RaySystemError
from raylite.notebook.world.moment import Moment
from raylite.notebook.world.unsure import take_unsure
from raylite.notebook.world.world import World

__all__ = ["Feed"]


class Feed:
    """Listens from the moment it is made, and begins with all that happened before.

    Args:
        engine: of the session.
        on_news: called when something has come, in whichever thread reads.
    """

    def __init__(self, engine: Engine, on_news: Callable[[], None]) -> None:
        self.engine = engine
        self.world = World()
        self.is_ended = False
        self._on_news = on_news
        self._came = threading.Event()
        self._batches: deque[EventBatch] = deque()
        session = engine.state("session")[0]
        self.notice = notice_if_off(session) or notice_if_sampled(
            complete_events=engine.complete_events
        )
        """What all pictures of the session have to say, if anything."""
        self._began_s = float(session["began_s"])
        self._unsubscribe = engine.subscribe(self._take, with_history=True)
        self.fold()
        self._unsure = take_unsure(self.world)

    def ask_what_is_open(self) -> None:
        """Ask the processes which calls still run, where the log does not say; it may take time.

        Called once, by the thread that draws.
        """
        unsure, self._unsure = self._unsure, ()
        if not unsure:
            return
        open_ids: set[str] = set()
        with contextlib.suppress(RaySystemError):  # The session is over, and so are they.
            open_ids = {str(call["task_id"]) for call in self.engine.report("calls")[0]}
        still = tuple(event for event in unsure if event.task_id in open_ids)
        self._batches.append(EventBatch(events=still))

    def fold(self) -> None:
        """Put what has come into the world."""
        batches = self._batches
        while batches:
            self.world.fold(batches.popleft())

    def moment(self) -> Moment:
        """Now."""
        return Moment(now_s=time.monotonic() - self._began_s, is_over=self.is_ended)

    def wait_for_last(self, timeout_s: float) -> None:
        """Give what this process and the head have not told yet the time to come."""
        self._came.clear()
        with contextlib.suppress(RaySystemError):  # It is over already.
            self.engine.history()
            self._came.wait(timeout_s)

    def close(self) -> None:
        """Listen no more."""
        with contextlib.suppress(RaySystemError):  # As above.
            self._unsubscribe()

    def _take(self, batch: EventBatch) -> None:
        self._batches.append(batch)
        self._came.set()
        self._on_news()
