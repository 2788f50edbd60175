"""Progress bars of workers, and what becomes of them when their worker dies.

In Ray: ``BarManager`` in ``python/ray/experimental/tqdm_ray.py``, where they stay as they were.
"""

import importlib
import threading
from collections.abc import Callable
from typing import Any

from raylite._core.common.bars import BarsTold
from raylite._core.common.event_batch import EventBatch
from raylite._core.common.events import WorkerStateChanged
from raylite._core.common.ids import WorkerID
from raylite._core.common.states import WorkerState

__all__ = ["BarsWatch", "show_bars"]


def show_bars(news: BarsTold) -> None:
    """Draw how far something is. What draws is loaded when there is something to draw."""
    board: Any = importlib.import_module("raylite.notebook.bars.bar_board")
    board.take(news)


class BarsWatch:
    """Passes on what workers tell of their bars, and looks after those while any moves.

    Bars come by the log files, and that a worker has died comes from the GCS: either may be first.

    Args:
        subscribe: to the events of the session, and to those that are known.
    """

    def __init__(
        self, subscribe: Callable[[Callable[[EventBatch], None]], Callable[[], None]]
    ) -> None:
        self._subscribe = subscribe
        self._lock = threading.Lock()
        """Guards what follows."""
        self._moving: dict[WorkerID, set[int]] = {}
        self._gone: dict[WorkerID, BarsTold] = {}
        """Workers that have died, as far as somebody watches."""
        self._leave: Callable[[], None] | None = None
        self._is_watching = False

    def take(self, news: BarsTold) -> None:
        """A worker has bars."""
        with self._lock:
            moving = self._moving.setdefault(news.worker_id, set())
            for bar in news.bars:
                if bar.ended:
                    moving.discard(bar.number)
                else:
                    moving.add(bar.number)
            gone = self._gone.get(news.worker_id) if moving else None
            if not moving or gone is not None:
                del self._moving[news.worker_id]
            begins = bool(self._moving) and not self._is_watching
            self._is_watching = self._is_watching or begins
            # In this order for whoever draws, so with the lock held; it does not wait.
            show_bars(news)
            if gone is not None:
                show_bars(gone)
        if begins:
            # The first look may take a second, for which what is printed is not to wait.
            threading.Thread(target=self._watch, name="raylite-bars-watch", daemon=True).start()
        self._leave_if_idle()

    def _watch(self) -> None:
        leave = self._subscribe(self._see)
        with self._lock:
            self._leave = leave
        self._leave_if_idle()

    def _leave_if_idle(self) -> None:
        with self._lock:
            if self._moving or self._leave is None:
                return
            leave, self._leave, self._is_watching = self._leave, None, False
            self._gone.clear()
        leave()

    def _see(self, batch: EventBatch) -> None:
        for event in batch.all_events():
            if not isinstance(event, WorkerStateChanged) or event.new is not WorkerState.DEAD:
                continue
            why = event.why.rstrip(".") or "its process has ended"
            gone = BarsTold(worker_id=event.worker_id, pid=event.pid or 0, gone=why)
            with self._lock:
                self._gone[event.worker_id] = gone
                if self._moving.pop(event.worker_id, None) is not None:
                    show_bars(gone)
        self._leave_if_idle()
