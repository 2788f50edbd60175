"""Progress bars of workers, and what becomes of them when their worker dies.

In Ray: ``BarManager`` in ``python/ray/experimental/tqdm_ray.py``, where they stay as they were.
"""

import importlib
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

    Args:
        subscribe: to the events of the session.
    """

    def __init__(
        self, subscribe: Callable[[Callable[[EventBatch], None]], Callable[[], None]]
    ) -> None:
        self._subscribe = subscribe
        self._moving: dict[WorkerID, set[int]] = {}
        self._leave: Callable[[], None] | None = None

    def take(self, news: BarsTold) -> None:
        """A worker has bars."""
        moving = self._moving.setdefault(news.worker_id, set())
        for bar in news.bars:
            if bar.ended:
                moving.discard(bar.number)
            else:
                moving.add(bar.number)
        if not moving:
            del self._moving[news.worker_id]
        show_bars(news)
        if self._moving and self._leave is None:
            self._leave = self._subscribe(self._see)
        elif not self._moving and self._leave is not None:
            leave, self._leave = self._leave, None
            leave()

    def _see(self, batch: EventBatch) -> None:
        for event in batch.events:
            if not isinstance(event, WorkerStateChanged) or event.new is not WorkerState.DEAD:
                continue
            if self._moving.pop(event.worker_id, None) is not None:
                why = event.why or "its process has ended"
                show_bars(BarsTold(worker_id=event.worker_id, pid=event.pid or 0, gone=why))
