"""Views that are shown as soon as they are made, and not again as the value of their cell.

In Ray: nothing like it. ``raylite.dashboard()`` may be the first line of a cell, to be watched
while the others run, or its last; both show it once.
"""

from typing import Any

from IPython.core.getipython import get_ipython

from raylite import _engine
from raylite.notebook.live.view import LiveView, in_kernel

__all__ = ["AtOnce", "require_session"]


class AtOnce(LiveView):
    """See above. :meth:`now` shows it."""

    _shown_in: int | None = None
    """The cell that has shown it, until that is about to show its value."""

    def now(self) -> Any:
        """Show it below the running cell, where there is a notebook.

        Returns:
            The view itself.
        """
        if in_kernel():
            super()._ipython_display_()
            self._shown_in = _cell()
        return self

    def _ipython_display_(self) -> None:
        """Show it, unless it is the value of the very cell that has shown it."""
        shown_in, self._shown_in = self._shown_in, None
        if shown_in is None or shown_in != _cell():
            super()._ipython_display_()


def _cell() -> int | None:
    shell = get_ipython()
    return None if shell is None else int(shell.execution_count)


def require_session(what: str) -> None:
    """Refuse what needs a session where there is none.

    Args:
        what: there would be.

    Raises:
        RuntimeError: if there is none.
    """
    engine = _engine.get_or_none()
    if engine is None or engine.over:
        msg = f"There is no session, so there is no {what}. Call raylite.init() first."
        raise RuntimeError(msg)
