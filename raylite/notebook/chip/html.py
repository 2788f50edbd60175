"""The chip of an ObjectRef as HTML and as text.

In Ray: nothing like it.
"""

from html import escape

from raylite.notebook.card.svg import TONES
from raylite.notebook.chip.model import ChipView

__all__ = ["chip_html", "chip_text"]


def chip_html(view: ChipView) -> str:
    """Two lines. All text of the user's is escaped."""
    value = f" &nbsp; <code>{escape(view.preview)}</code>" if view.preview else ""
    what = f" &nbsp; {escape(view.what)}" if view.what else ""
    below = " · ".join(part for part in (view.call, view.made, view.id) if part)
    edge = f"3px solid {TONES[view.tone]}"
    return (
        f'<div style="line-height:1.5;padding-left:12px;border-left:{edge}">'
        f"<div>{view.sign} <b>{escape(view.word)}</b> {escape(view.how_long)}{what}{value}</div>"
        f"<div><small>{escape(below)}</small></div></div>"
    )


def chip_text(view: ChipView) -> str:
    """A line."""
    return f"{view.sign} {view.told}"
