"""A drawing inside HTML that survives wherever a saved notebook is shown.

In Ray: nothing like it. A notebook that came from someone else is not trusted: JupyterLab takes
``<svg>`` out of it and leaves the words that stood inside. A picture that carries its drawing in
its address stays, and so does its description.
"""

from base64 import b64encode
from html import escape

__all__ = ["picture_html"]


def picture_html(svg: str, alt: str, width: int, height: int) -> str:
    """The drawing as an ``<img>`` that needs no address outside the page.

    Args:
        svg: a whole SVG document; it has its own background, since it sees no style of the page.
        alt: what it shows, in a sentence, for those who do not see it.
        width: in pixels; it shrinks where there is less room.
        height: in pixels.

    Raises:
        ValueError: if the drawing does not name SVG's namespace, without which no browser draws it.
    """
    if 'xmlns="http://www.w3.org/2000/svg"' not in svg:
        msg = f"the drawing {alt!r} does not say xmlns, so that it would be an empty picture"
        raise ValueError(msg)
    data = b64encode(svg.encode()).decode("ascii")
    return (
        f'<img alt="{escape(alt)}" width="{width}" height="{height}" '
        f'style="max-width:100%;height:auto" src="data:image/svg+xml;base64,{data}">'
    )
