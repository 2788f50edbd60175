"""Closing a widget, but not before a browser has loaded its script: it would report an error.

In Ray: nothing like it.
"""

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Final

from ipywidgets import DOMWidget

__all__ = ["LOADS_S", "close_when_loaded", "close_with_layout"]

LOADS_S: Final = 2.5
"""How long a script may take to be loaded, in seconds."""


def close_when_loaded(close: Callable[[], None], opened_s: float) -> None:
    """Call ``close`` at once, or when the widget has been open for long enough.

    Args:
        close: closes the widget, in whichever thread; it must not raise.
        opened_s: when the widget was opened, on the monotonic clock.
    """
    later_s = opened_s + LOADS_S - time.monotonic()
    if later_s <= 0:
        close()
        return
    timer = threading.Timer(later_s, close)
    timer.daemon = True
    timer.start()


def close_with_layout(widget: DOMWidget, close: Callable[[], None]) -> None:
    """Close a widget and its layout: ipywidgets makes one for each, and leaves it behind.

    Args:
        widget: whose layout goes as well.
        close: closes the widget itself. What it raises is dropped: there may be no front end any
            more, and no kernel.
    """
    layout = widget._trait_values.get("layout")  # noqa: SLF001  # Asked by its name it would be made.
    with contextlib.suppress(Exception):
        close()
        if layout is not None:
            layout.close()
