"""A figure of matplotlib below a cell, with a text for those who cannot see it.

In Ray: nothing like it. What Jupyter makes of a figure by itself has no text: JupyterLab and
nbconvert have no place for one but in HTML.
"""

import importlib
from base64 import b64encode
from html import escape
from io import BytesIO
from typing import Any, Final

from IPython.display import display

__all__ = ["show_figure"]

_PAGE_DPI: Final = 96
_SHARP: Final = 1.6
"""Pixels of the picture for each one of the page: sharp on a good screen, and still small."""


def show_figure(figure: Any, alt: str) -> None:
    """Show a figure below the cell, once, on a white ground.

    Args:
        figure: a ``matplotlib.figure.Figure``, as ``plt.subplots()`` gives it.
        alt: what is to be seen, in a sentence, for those who cannot see it.
    """
    picture = BytesIO()
    figure.savefig(
        picture, format="png", dpi=_PAGE_DPI * _SHARP, facecolor="white", bbox_inches="tight"
    )
    # Else the notebook shows every open figure once more at the end of the cell.
    importlib.import_module("matplotlib.pyplot").close(figure)
    width = round(figure.get_size_inches()[0] * _PAGE_DPI)
    data = b64encode(picture.getvalue()).decode("ascii")
    html = (
        f'<img alt="{escape(alt)}" width="{width}" style="max-width:100%;height:auto" '
        f'src="data:image/png;base64,{data}">'
    )
    shown = {"text/html": html, "text/plain": f"Figure: {alt}"}
    display(shown, raw=True)  # type: ignore[no-untyped-call]  # IPython publishes no types
