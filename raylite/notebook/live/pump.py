"""One thread that keeps all live views of a driver up to date.

In Ray: nothing like it. It takes the events of the session from the engine, folds them into one
:class:`~raylite.notebook.world.world.World`, and lets each view look at it.

Rule 1: what happens is drawn at once if nothing was for a while, and else at most ``PER_SECOND``
        times a second; less often where drawing takes long, so that it takes a sixteenth of a CPU.
Rule 2: it listens while there is a view, and no longer.
Rule 3: it never ends by an error: a view that fails says so below its picture.
"""

import atexit
import contextlib
import contextvars
import sys
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from raylite import _engine
from raylite.engines.base import Engine
from raylite.exceptions import RaySystemError
from raylite.notebook.live.feed import Feed
from raylite.notebook.live.hand_over import HandOver
from raylite.notebook.world.moment import Moment, Shown
from raylite.notebook.world.world import World

__all__ = ["MOST_VIEWS", "PER_SECOND", "PUMP", "Pump", "View", "pause_s"]

PER_SECOND: Final = 15
MOST_VIEWS: Final = 20
"""Of them live at a time."""
_SHARE: Final = 0.06
"""Of a CPU, at most."""
_TICK_S: Final = 0.5
"""How often times like "since 3 s" are looked at, and whether the session has ended."""
_LAST_NEWS_S: Final = 0.1
"""How long the end of a session, or of what a view shows, waits for the last news to come."""
_GRACE_S: Final = 2.0
"""How long it goes on to listen without a view: the next one may come soon."""
_TOO_MANY: Final = (
    f"As it was when {MOST_VIEWS} newer pictures were moving. Evaluate it again to see it move."
)
_SESSION_OVER: Final = "The session has ended; this is how it was at its end."
_LOST: Final = "Connection lost; this is how it was when the cluster was last heard of."
_KERNEL_OVER: Final = "The kernel has ended; this is how it was at its end."


class View(Protocol):
    """What is kept up to date."""

    over_since_s: float
    """When it was first seen that nothing more will happen; 0: it may."""

    def look(self, world: World, moment: Moment) -> Shown:
        """What there is to see."""
        ...

    def show(self, shown: Shown) -> bool:
        """Draw it; whether it is another one than before."""
        ...

    def freeze(self, why: str = "") -> None:
        """Stop moving."""
        ...

    def complain(self, error: BaseException | None) -> None:
        """Say what went wrong."""
        ...


class Pump:
    """See above. Any thread may call any method."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._wake = threading.Event()
        self._views: list[View] = []
        self._feed: Feed | None = None
        self._thread: threading.Thread | None = None
        self._idle_since_s = 0.0
        self._hand_over = HandOver()
        self.cpu_s = 0.0
        """Seconds of CPU that the thread has used, so that tests and doctors can tell."""
        self.rounds = 0
        """How often it has drawn."""

    def look(self, view: View) -> Shown:
        """What a view sees at this moment, whether it is kept up to date or not."""
        with self._lock:
            feed = self._living_feed()
            if feed is None:
                return view.look(World(), Moment(now_s=0.0, is_over=True))
            feed.fold()
            return view.look(feed.world, feed.moment())

    def world(self) -> World | None:
        """All that is known of the session; None without one. For those that draw only once."""
        with self._lock:
            feed = self._living_feed()
            if feed is None:
                return None
            feed.fold()
            return feed.world

    def notice(self) -> str:
        """What every picture of the session has to say below it; mostly nothing."""
        with self._lock:
            feed = self._living_feed()
            return "" if feed is None else feed.notice

    def engine(self) -> Engine:
        """The session that is shown, for the buttons.

        Raises:
            RaySystemError: if it has ended.
        """
        with self._lock:
            feed = self._living_feed()
        if feed is None:
            msg = "The session has ended, so there is nothing left to do this to."
            raise RaySystemError(msg)
        return feed.engine

    def add(self, view: View) -> None:
        """Keep a view up to date from now on."""
        with self._lock:
            if view not in self._views:
                self._views.append(view)
            feed = self._living_feed()
            too_many = self._views[:-MOST_VIEWS]
        for one in too_many:
            one.freeze(_TOO_MANY)
        self._wake.set()
        if feed is None:
            view.freeze(_SESSION_OVER)

    def remove(self, view: View) -> None:
        """Let a view be. With the last one, nobody listens any more."""
        with self._lock:
            if view in self._views:
                self._views.remove(view)
                self._idle_since_s = time.monotonic()
        self._wake.set()

    def close(self, why: str = _KERNEL_OVER) -> None:
        """Freeze all views."""
        with self._lock:
            views = list(self._views)
        for view in views:
            with contextlib.suppress(Exception):  # The others are to be frozen, too.
                view.freeze(why)

    def session_ends(self, engine: Engine) -> None:
        """A session is about to be shut down: show the last of it, and freeze all views."""
        feed = self._feed
        if feed is None or feed.engine is not engine:
            return
        feed.wait_for_last(_LAST_NEWS_S)
        self._finish(feed)

    def _finish(self, feed: Feed) -> None:
        feed.is_ended = True
        self._draw(feed)
        self.close(_end_of(feed.engine))
        with self._lock:
            if self._feed is feed:
                self._drop_feed()

    def _living_feed(self) -> Feed | None:
        """The feed of the session there is; one of an earlier session is left to the thread."""
        engine = _engine.get_or_none()
        if engine is None or engine.over:
            return None
        if self._feed is not None and self._feed.engine is not engine:
            self._finish(self._feed)
        if self._feed is None:
            self._feed = Feed(engine, self._wake.set)
            self._idle_since_s = time.monotonic()
            if self._thread is None:
                self._start()
        return self._feed

    def _drop_feed(self) -> None:
        feed, self._feed = self._feed, None
        if feed is not None:
            feed.close()

    def _start(self) -> None:
        atexit.register(self.close)
        thread = threading.Thread(target=_in_context(self._run), name="raylite-views", daemon=True)
        self._thread = thread
        thread.start()

    def _run(self) -> None:
        self._hand_over.hurry()
        next_s = 0.0
        while True:
            self._wake.wait(_TICK_S)
            time.sleep(max(0.0, next_s - time.monotonic()))
            self._wake.clear()
            with self._lock:
                feed = self._feed
                if feed is None or self._is_idle():
                    self._drop_feed()
                    self._hand_over.restore()
                    self._thread = None
                    atexit.unregister(self.close)
                    return
            before_s = time.thread_time()
            has_drawn = False
            with contextlib.suppress(Exception):  # Rule 3.
                has_drawn = self._round(feed)
            cost_s = time.thread_time() - before_s
            self.cpu_s += cost_s
            self.rounds += has_drawn
            now_s = time.monotonic()
            self._hand_over.adapt(now_s, has_drawn=has_drawn)
            next_s = now_s + pause_s(cost_s, has_drawn=has_drawn)

    def _is_idle(self) -> bool:
        return not self._views and time.monotonic() > self._idle_since_s + _GRACE_S

    def _round(self, feed: Feed) -> bool:
        """Draw what is new; whether anything was."""
        if feed.engine.over or _engine.get_or_none() is not feed.engine:
            self._finish(feed)
            return True
        return self._draw(feed)

    def _draw(self, feed: Feed) -> bool:
        feed.ask_what_is_open()
        with self._lock:
            try:
                feed.fold()
            except Exception as error:  # The views are told, and the next batch may be whole.
                for view in self._views:
                    view.complain(error)
            views = list(self._views)
        changed = [self._draw_one(feed, view) for view in views]
        return any(changed)

    def _draw_one(self, feed: Feed, view: View) -> bool:
        try:
            with self._lock:
                shown = view.look(feed.world, feed.moment())
            has_changed = view.show(shown)
            if shown.is_over and (feed.is_ended or _is_told(view)):
                view.freeze(_end_of(feed.engine) if feed.is_ended else "")
        except Exception as error:  # Rule 3.
            with contextlib.suppress(Exception):
                view.complain(error)
            return True
        return has_changed


def _is_told(view: View) -> bool:
    """Whether all was told of what is over: calls that ended with an actor come after it."""
    now_s = time.monotonic()
    view.over_since_s = view.over_since_s or now_s
    return now_s - view.over_since_s >= _LAST_NEWS_S


def _end_of(engine: Engine) -> str:
    """How a session has ended: by itself, or because nobody can reach it any more."""
    return _LOST if getattr(engine, "is_lost", False) else _SESSION_OVER


def pause_s(cost_s: float, *, has_drawn: bool = True) -> float:
    """How long to wait after a look that took so many seconds of CPU.

    Args:
        cost_s: with all that was drawn.
        has_drawn: False: there was nothing new, so the next change need not wait.
    """
    return max(1 / PER_SECOND if has_drawn else 0.0, cost_s / _SHARE)


def _in_context(run: Callable[[], None]) -> Callable[[], None]:
    """What the thread runs.

    ipykernel 7.0 finds in a thread's context where its messages belong, and fails without. Others
    are left to take the newest cell for it: what is sent for an earlier one, nbclient drops.
    """
    found = getattr(sys.modules.get("ipykernel"), "version_info", ())
    if tuple(found[:2]) != (7, 0):
        return run
    context = contextvars.copy_context()
    return lambda: context.run(run)


PUMP: Final = Pump()
"""The driver's."""
_engine.before_end(PUMP.session_ends)
