"""Where a live picture is drawn: inside the HTML that its cell keeps.

In Ray: nothing like it. JupyterLab saves a cell's widget without what it showed, and a notebook
that is opened the next day has an error in its place. So a cell gets the picture as HTML, in an
element that names the widget, and ``static/slots.js`` draws the live one over it while there is a
kernel. Some front ends put each output into a page of its own, where no widget could find it:
those get the widget itself.
"""

import os
import sys
from typing import Final

__all__ = ["in_slot", "outputs_are_apart"]

_OF_VS_CODE: Final = {"VSCODE_PID", "VSCODE_CWD", "VSCODE_IPC_HOOK", "VSCODE_IPC_HOOK_CLI"}


def in_slot(slot: str, html: str) -> str:
    """HTML that a live picture may cover.

    Args:
        slot: the name of the place, which the widget has as well.
        html: the same picture, still.
    """
    return f'<div data-raylite-slot="{slot}">{html}</div>'


def outputs_are_apart() -> bool:
    """Whether this front end shows each output in a page of its own, as VS Code and Colab do."""
    return "google.colab" in sys.modules or not _OF_VS_CODE.isdisjoint(os.environ)
