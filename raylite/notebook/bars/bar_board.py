"""Collects what all processes tell of their bars, and has them drawn, one picture for each cell.

In Ray: the ``_BarManager`` of ``python/ray/experimental/tqdm_ray.py``. What is told comes in on
whichever thread reads, which must not wait for a browser: a thread of its own draws, ten times a
second, as long as there is something to draw.

A picture begins when its bars have moved for half a second. It becomes plain HTML when its cell
has ended and all its bars have; bars that come later move on in the same place.
"""

import atexit
import contextlib
import logging
import threading
import time
from collections import deque
from typing import Any, Final

from raylite import _engine
from raylite._core.common.bars import BarState, BarsTold
from raylite._core.common.ids import WorkerID
from raylite.notebook.bars.bar_places import Place, place_of, tell_of_ended_cells
from raylite.notebook.bars.bars_model import BarTable
from raylite.notebook.bars.model import ProgressView

__all__ = ["BOARD", "BarBoard", "take"]

TICK_S: Final = 0.1
QUIET_S: Final = 0.5
"""Bars that have moved for less than this are not shown."""
_REST_S: Final = 1.0
"""A picture whose bars have all ended is finished so much later, unless its cell ends before."""
_FORGOTTEN_S: Final = 5.0
_logger = logging.getLogger("raylite")


class _Picture:
    """The bars of one cell, and where they are drawn.

    Args:
        place: where.
    """

    def __init__(self, place: Place) -> None:
        self.table = BarTable()
        self.place = place
        self.shown: tuple[ProgressView, ...] = ()
        self.is_finished = True
        self.heard_s = 0.0

    def draw(self, at_s: float) -> None:
        """Draw, if there is something to see."""
        if self.table.busy_s(at_s) < QUIET_S or not self.place.is_free():
            return
        views = self.table.views(at_s)
        if views and views != self.shown:
            self.shown, self.is_finished = views, False
            self.place.display.show(*views)

    def finish(self, at_s: float) -> None:
        """Draw what stays."""
        if not self.is_finished:
            self.is_finished = True
            self.place.display.finish(*self.table.views(at_s))

    def is_at_rest(self, at_s: float) -> bool:
        """Whether nothing has moved for a while, and nothing is about to."""
        return self.table.is_over and at_s - self.heard_s >= _REST_S


class BarBoard:
    """All pictures of this process."""

    def __init__(self) -> None:
        self._inbox: deque[BarsTold] = deque()
        self._pictures: dict[int, _Picture] = {}
        self._drawing = threading.RLock()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._sessions: dict[WorkerID, Any] = {}
        self._has_failed = False

    def take(self, news: BarsTold) -> None:
        """Somebody tells of bars; returns at once."""
        self._inbox.append(news)
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                tell_of_ended_cells(self.cell_ended)
                self._thread = threading.Thread(target=self._run, name="raylite-bars", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            time.sleep(TICK_S)
            try:
                self.look()
            except Exception:
                if not self._has_failed:  # Once a cell: it would be said ten times a second.
                    _logger.exception("the progress bars could not be drawn; the session goes on")
                self._has_failed = True
                self._pictures.clear()
            with self._starting:
                if not (self._pictures or self._inbox):
                    self._thread = None
                    return

    def look(self) -> None:
        """Draw what has changed."""
        with self._drawing:
            at_s = time.monotonic()
            self._fold(at_s)
            for origin, picture in list(self._pictures.items()):
                picture.draw(at_s)
                if picture.is_at_rest(at_s):
                    picture.finish(at_s)
                if picture.is_finished and picture.is_at_rest(at_s - _FORGOTTEN_S):
                    del self._pictures[origin]

    def _fold(self, at_s: float) -> None:
        while self._inbox:
            news = self._inbox.popleft()
            if news.gone:
                for picture in self._pictures.values():
                    picture.table.fold(news, at_s)
            elif news.worker_id:
                self._sessions[news.worker_id] = _engine.get_or_none()
            by_origin: dict[int, list[BarState]] = {}
            for state in news.bars:
                by_origin.setdefault(state.origin, []).append(state)
            for origin, states in by_origin.items():
                picture = self._picture(origin)
                picture.heard_s = at_s
                picture.table.fold(news.replaced(bars=tuple(states)), at_s)
        self._end_bars_of_ended_sessions(at_s)

    def _end_bars_of_ended_sessions(self, at_s: float) -> None:
        living = _engine.get_or_none()
        for worker_id, session in list(self._sessions.items()):
            if session is not living or living is None or living.over:
                del self._sessions[worker_id]
                gone = BarsTold(worker_id=worker_id, gone="the session has ended")
                for picture in self._pictures.values():
                    picture.table.fold(gone, at_s)

    def _picture(self, origin: int) -> _Picture:
        picture = self._pictures.get(origin)
        if picture is None:
            picture = self._pictures[origin] = _Picture(place_of(origin))
        return picture

    def cell_ended(self) -> None:
        """A cell has ended: what it has to show for good, it has to show now."""
        with self._drawing:
            self._has_failed = False
            if not (self._pictures or self._inbox):
                return
            _hear_all()
            self.look()
            at_s = time.monotonic()
            for origin, picture in list(self._pictures.items()):
                # Nobody knows whose bars are the next without a number.
                if not origin or not picture.place.is_watched:
                    picture.finish(at_s)
                    del self._pictures[origin]
                elif picture.table.is_over:
                    picture.finish(at_s)

    def end(self) -> None:
        """The program ends."""
        with self._drawing, contextlib.suppress(Exception):
            at_s = time.monotonic()
            self._fold(at_s)
            for picture in self._pictures.values():
                picture.draw(at_s)
                picture.table.end("the program has ended", at_s)
                picture.finish(at_s)
            self._pictures.clear()


def _hear_all() -> None:
    """Have read what workers had said before they replied: it went by the head."""
    engine = _engine.get_or_none()
    if engine is not None and not engine.over:
        with contextlib.suppress(Exception):
            # At the second answer the head has read all that was there at the first question.
            engine.resources(available=False)
            engine.resources(available=False)


BOARD: Final = BarBoard()
take = BOARD.take
atexit.register(BOARD.end)
