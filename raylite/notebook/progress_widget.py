"""Progress that moves in the cell while the kernel is busy, and becomes plain HTML at its end.

In Ray: ``JupyterNotebookReporter`` in ``python/ray/tune/progress_reporter.py``. The browser draws
by itself, see ``static/progress.js``: a running cell keeps the kernel from answering, but not
from telling.

One model holds the whole view, however many bars there are: the browser gets one message for a
change, and draws the newest one at its next frame.
"""

from pathlib import Path
from typing import Any, Final

import anywidget
import traitlets
from IPython.display import display

from raylite.notebook.static_view import progress_html
from raylite.notebook.view_model import ProgressView, text_line

__all__ = ["NotebookDisplay", "ProgressWidget"]

_STATIC: Final = Path(__file__).parent / "static"
_COLUMNS: Final = 100


class ProgressWidget(anywidget.AnyWidget):
    """The moving picture.

    Args:
        shown: the view to begin with.
    """

    _esm = _STATIC / "progress.js"
    _css = _STATIC / "progress.css"
    view = traitlets.Dict().tag(sync=True)

    def __init__(self, shown: ProgressView) -> None:
        self._shown = shown
        super().__init__(view=shown.to_dict())

    def show(self, shown: ProgressView) -> None:
        """Have another view drawn."""
        self._shown = shown
        self.view = shown.to_dict()

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The widget, and what is shown where there can be none."""
        found = super()._repr_mimebundle_(**kwargs)
        if found is None:
            return None
        data, metadata = found
        return {**data, **_plain(self._shown)}, metadata


class NotebookDisplay:
    """Shows progress below the running cell."""

    def __init__(self) -> None:
        self._widget: ProgressWidget | None = None
        self._place: Any = None

    def show(self, view: ProgressView) -> None:
        """Draw the view, the first time in a new output."""
        if self._widget is None:
            self._widget = ProgressWidget(view)
            self._place = display(self._widget, display_id=True)
        else:
            self._widget.show(view)

    def finish(self, view: ProgressView) -> None:
        """Put plain HTML in the widget's place, so that the saved notebook keeps the end."""
        if self._widget is None:
            return
        self._widget.show(view)
        self._place.update(_plain(view), raw=True)
        self._widget.close()
        self._widget = None


def _plain(view: ProgressView) -> dict[str, str]:
    return {"text/html": progress_html(view), "text/plain": text_line(view, _COLUMNS)}
