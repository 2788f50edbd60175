"""Progress that moves in the cell while the kernel is busy, and becomes plain HTML at its end.

In Ray: ``JupyterNotebookReporter`` in ``python/ray/tune/progress_reporter.py``. The browser draws
by itself, see ``static/progress.js``: a running cell keeps the kernel from answering, but not
from telling.

One model holds the whole view, however many bars there are: the browser gets one message for a
change, and draws the newest one at its next frame.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import anywidget
import traitlets
from IPython.display import display

from raylite.notebook.bars.html import progress_html
from raylite.notebook.bars.model import ProgressView, text_line
from raylite.notebook.live.closing import close_when_loaded, close_with_layout

__all__ = ["NotebookDisplay", "ProgressWidget"]

_STATIC: Final = Path(__file__).parents[1] / "static"
_COLUMNS: Final = 100


class ProgressWidget(anywidget.AnyWidget):
    """The moving picture.

    Args:
        shown: the views to begin with, from the top to the bottom.
    """

    _esm = _STATIC / "progress.js"
    _css = _STATIC / "progress.css"
    view = traitlets.Dict().tag(sync=True)

    def __init__(self, *shown: ProgressView) -> None:
        self._shown = shown
        self._opened_s = time.monotonic()
        super().__init__(view=_to_dict(shown))

    def show(self, *shown: ProgressView) -> None:
        """Have other views drawn."""
        self._shown = shown
        self.view = _to_dict(shown)

    def close_soon(self) -> None:
        """Close it, but not before a browser can have loaded it."""
        close_when_loaded(lambda: close_with_layout(self, self.close), self._opened_s)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The widget, and what is shown where there can be none."""
        found = super()._repr_mimebundle_(**kwargs)
        if found is None:
            return None
        data, metadata = found
        return {**data, **_plain(self._shown)}, metadata


class NotebookDisplay:
    """Shows progress below a cell.

    Args:
        put: shows something for the first time, and gives what changes it; None: below the cell
            that runs.
    """

    def __init__(self, put: Callable[[Any], Any] | None = None) -> None:
        self._put = put or partial(display, display_id=True)
        self._widget: ProgressWidget | None = None
        self._place: Any = None

    def show(self, *views: ProgressView) -> None:
        """Draw the views, the first time in a new output."""
        if self._widget is not None:
            self._widget.show(*views)
            return
        self._widget = ProgressWidget(*views)
        if self._place is None:
            self._place = self._put(self._widget)
        else:  # It was finished, and goes on after all.
            self._place.update(self._widget)

    def finish(self, *views: ProgressView) -> None:
        """Put plain HTML in the widget's place, so that the saved notebook keeps the end."""
        if self._widget is None:
            return
        self._widget.show(*views)
        self._place.update(_plain(views), raw=True)
        self._widget.close_soon()
        self._widget = None


def _to_dict(views: Sequence[ProgressView]) -> dict[str, Any]:
    return {"parts": [view.to_dict() for view in views]}


def _plain(views: Sequence[ProgressView]) -> dict[str, str]:
    return {
        "text/html": "\n".join(progress_html(view) for view in views),
        "text/plain": "\n".join(text_line(view, _COLUMNS) for view in views),
    }
