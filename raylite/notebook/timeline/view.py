"""The timeline below a cell: it grows while the session runs, and can be zoomed.

In Ray: ``ray timeline`` writes a file that is opened in another program.
"""

from collections.abc import Mapping
from typing import Any, Final

from raylite.notebook.live.at_once import AtOnce, require_session
from raylite.notebook.live.esm import joined, styles
from raylite.notebook.live.pump import PUMP
from raylite.notebook.timeline.calls_model import CallIndex, Window
from raylite.notebook.timeline.figure import timeline_figure
from raylite.notebook.timeline.html import timeline_html, timeline_text
from raylite.notebook.timeline.layout_model import timeline_view
from raylite.notebook.timeline.model import TimelineView
from raylite.notebook.timeline.svg import timeline_svg
from raylite.notebook.world.moment import Moment
from raylite.notebook.world.saved import saved_world
from raylite.notebook.world.world import World

__all__ = ["Timeline", "show_timeline"]

_MOMENTS: Final = 2


class Timeline(AtOnce):
    """What each process did when, as :func:`raylite.show_timeline` gives it.

    Args:
        start: the first second of the session to be seen; None: the first there is.
        end: the last one; None: the newest.
        saved: what is shown instead of the session that runs.
        is_block: it is what a block did, which is over though the session is not: ``saved``, if
            given, may still be zoomed, and workers that had nothing to do in it are left out.
    """

    _esm = joined("timeline.js")
    _css = styles("base.css", "timeline.css")

    def __init__(
        self,
        start: float | None = None,
        end: float | None = None,
        saved: World | None = None,
        *,
        is_block: bool = False,
    ) -> None:
        self._saved, self._is_block = saved, is_block
        self.tells_of_calls = saved is None
        self._index = CallIndex()
        self._first_s, self._last_s = start, end
        self._window: Window | None = None
        self._seen: tuple[object, TimelineView] | None = None
        """The newest view, and what it was made of."""
        super().__init__()

    def look(self, world: World, moment: Moment) -> TimelineView:
        """Lanes, bars and counts of what is to be seen."""
        is_over = moment.is_over or (self._saved is not None and not self._is_block)
        world = world if self._saved is None else self._saved
        # What stays is the whole, and not what somebody happened to look at.
        window = None if is_over else self._window
        if window is None and (self._first_s is not None or self._last_s is not None):
            first_s = 0.0 if self._first_s is None else self._first_s
            window = first_s, max(world.at_s, first_s) if self._last_s is None else self._last_s
        is_still = not world.running and not world.waiting
        state = world, world.version, window, is_over, is_still
        if is_still and self._seen is not None and self._seen[0] == state:
            return self._seen[1]
        view = timeline_view(
            world,
            self._index,
            window,
            now_s=None if self._saved is not None else moment.now_s,
            is_over=is_over,
            is_busy_only=self._is_block,
        )
        self._seen = state, view
        return view

    def html(self, shown: Any) -> str:
        """A picture with its description, and a table."""
        return timeline_html(shown)

    def text(self, shown: Any) -> str:
        """A line a process."""
        return timeline_text(shown)

    def on_message(self, message: Mapping[str, Any]) -> None:
        """The browser has zoomed or moved."""
        if message.get("do") != "window":
            return
        window = message.get("window")
        is_pair = isinstance(window, list) and len(window) == _MOMENTS
        self._window = (float(window[0]), float(window[1])) if is_pair and window else None
        self.refresh()

    def svg(self) -> str:
        """The picture as an SVG document."""
        return timeline_svg(self.newest())

    def figure(self, width: float = 10.0) -> Any:
        """The picture as a ``matplotlib.figure.Figure``.

        Args:
            width: of the figure, in inches.

        Raises:
            ImportError: if Matplotlib is not installed.
        """
        return timeline_figure(self.newest(), width)

    def refresh(self) -> None:
        """Look again, and draw."""
        self.show(self.newest())

    def newest(self) -> TimelineView:
        """What is to be seen now; after the session's end, what was seen last."""
        shown = self.shown
        assert isinstance(shown, TimelineView)
        if self.is_frozen or shown.is_over:
            return shown
        found = PUMP.look(self)
        assert isinstance(found, TimelineView)
        return found


def show_timeline(
    start: float | None = None, end: float | None = None, *, events: Any = None
) -> Timeline:
    """Show the timeline below the running cell; see :func:`raylite.show_timeline`.

    Args:
        start: the first second of the session to be seen; None: the first there is.
        end: the last one; None: the newest, and it goes on.
        events: what :func:`raylite.load_events` gives; None: the session that runs.

    Raises:
        RuntimeError: if there is no session, and no events are given.
        TypeError: if a time is no number, or ``events`` are none.
        ValueError: if it ends before it begins.
    """
    saved = saved_world(events)
    if saved is None:
        require_session("timeline")
    for name, value in (("start", start), ("end", end)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            msg = f"show_timeline({name}={value!r}): this has to be seconds since init(), or None."
            raise TypeError(msg)
    if start is not None and end is not None and end <= start:
        msg = f"show_timeline(start={start!r}, end={end!r}): it would end before it begins."
        raise ValueError(msg)
    shown: Timeline = Timeline(start, end, saved).now()
    return shown
