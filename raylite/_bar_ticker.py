"""Looks ten times a second at the progress bars of this process, and tells what has changed.

In Ray: ``tqdm._dump_state`` in ``python/ray/experimental/tqdm_ray.py``, which looks at the clock in
each step of the loop. Here a loop with a bar only counts. What has to be told is told by a thread
that lives while there are bars.

A bar's last word goes out at once, ahead of its task's reply; but a program may make a hundred
thousand tiny bars, so words are rationed, and what a short bar has to say beyond that is summed up.
"""

import contextlib
import importlib
import os
import threading
import time
import weakref
from collections import deque
from typing import Any, Final, Protocol

from raylite import _engine
from raylite._core.common.bars import BarState, BarsTold
from raylite._core.common.ids import WorkerID

__all__ = ["TICKER", "BarTicker", "Tells"]

_TICK_S: Final = 0.1
_IDLE_TICKS: Final = 10
"""After so many looks at nothing the thread ends."""
_WORDS: Final = 20
"""How many last words may be said at once, and how many a second."""
_MOST_SUMS: Final = 100
_MOST_TOLD: Final = 200
"""Bars in a message; of a program that has more at a time, some are told of later."""


class Tells(Protocol):
    """A bar."""

    def state(self, *, ended: bool) -> BarState:
        """How far it is."""
        ...


class BarTicker:
    """Looks at bars. One for a process, outside of tests."""

    def __init__(self) -> None:
        self._bars: dict[int, weakref.ref[Tells]] = {}
        self._told: dict[int, BarState] = {}
        self._ended: deque[BarState] = deque()
        self._sums: dict[tuple[object, ...], BarState] = {}
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._words = float(_WORDS)
        self._spoke_s = 0.0

    def add(self, number: int, bar: Tells) -> None:
        """Look at a bar from now on."""
        self._bars[number] = weakref.ref(bar)
        self._begin()

    def _begin(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="raylite-bars", daemon=True)
                self._thread.start()

    def ended(self, last: BarState) -> None:
        """A bar has ended: this is its last word."""
        self._bars.pop(last.number, None)
        if self._may_speak():
            self._told.pop(last.number, None)
            tell([last])
        else:
            self._ended.append(last)
            self._begin()

    def dropped(self, last: BarState) -> None:
        """A bar has ended since nobody has it any more.

        Python may say so in the middle of anything: nothing is sent here, and no lock is taken.
        """
        self._ended.append(last)
        self._bars.pop(last.number, None)

    def _may_speak(self) -> bool:
        now_s = time.monotonic()
        self._words = min(self._words + (now_s - self._spoke_s) * _WORDS, _WORDS)
        self._spoke_s = now_s
        if self._words < 1:
            return False
        self._words -= 1
        return True

    def _run(self) -> None:
        idle = 0
        while True:
            time.sleep(_TICK_S)
            idle = 0 if self.look() else idle + 1
            if idle > _IDLE_TICKS and not self._bars:
                with self._starting:
                    if not (self._bars or self._ended):
                        self._thread = None
                        return

    def look(self) -> bool:
        """Tell what has changed since the last look; whether there was anything."""
        changed = self._last_words()
        for number, ref in list(self._bars.items()):
            bar = ref()
            if bar is None or len(changed) >= _MOST_TOLD:
                continue
            state, before = bar.state(ended=False), self._told.get(number)
            del bar
            # It grows older, which alone is no news.
            is_news = before is None or state.replaced(age_s=before.age_s) != before
            if is_news and number in self._bars:  # Else its last word was said meanwhile.
                self._told[number] = state
                changed.append(state)
        if changed:
            tell(changed)
        return bool(changed)

    def _last_words(self) -> list[BarState]:
        words: dict[int, BarState] = {}
        while self._ended:
            last = self._ended.popleft()
            known = self._told.pop(last.number, None) is not None
            word = last if known else self._summed(last)
            words[word.number] = word
        return list(words.values())

    def _summed(self, last: BarState) -> BarState:
        """A bar that nobody has heard of, added to those like it."""
        key = (last.desc, last.unit, last.who, last.origin)
        if key not in self._sums and len(self._sums) >= _MOST_SUMS:
            self._sums.clear()
        before = self._sums.get(key)
        if before is None:
            before = last.replaced(number=-last.number, done=0, total=0, age_s=0.0, bars=0)
        total = last.done if last.total is None else last.total
        found = self._sums[key] = before.replaced(
            done=before.done + last.done,
            total=(before.total or 0) + total,
            age_s=before.age_s + last.age_s,
            bars=before.bars + 1,
        )
        return found


def tell(states: list[BarState]) -> None:
    """Have the driver show it; nothing that goes wrong with that is the program's business."""
    engine = _engine.get_or_none()
    with contextlib.suppress(Exception):
        if engine is not None and not engine.over and not engine.facts().is_driver:
            news = BarsTold(worker_id=_worker_id(engine), pid=os.getpid(), bars=tuple(states))
            engine.tell_bars(news)
        else:
            news = BarsTold(worker_id=WorkerID(""), pid=os.getpid(), bars=tuple(states))
            importlib.import_module("raylite.notebook.bars.bar_board").take(news)


def _worker_id(engine: Any) -> WorkerID:
    found: WorkerID = engine.facts().worker_id
    return found


TICKER: Final = BarTicker()
