"""The state diagram and the mailbox of an actor as SVG, for saved notebooks.

In Ray: nothing like it. It stands in an ``<img>`` and so sees no style of the page: it has a ground
of its own, and every colour is an attribute.
"""

from html import escape
from typing import Final

from raylite.notebook.card.arrows_model import BOX_HEIGHT, BOX_WIDTH
from raylite.notebook.card.diagram_model import HEIGHT, WIDTH, Arrow, Box, Curve, Diagram

__all__ = ["TONES", "card_svg"]

TONES: Final = {
    "wait": "#CC79A7",
    "start": "#0072B2",
    "good": "#009E73",
    "again": "#D55E00",
    "over": "#808080",
}
"""Of Okabe and Ito; each stands out on light and on dark."""
_TEXT: Final = "#1f2328"
_DETAIL: Final = "#57606a"
_FAINT: Final = "#c4c9d0"
_MARGIN: Final = 14
_FONT: Final = 'font-family="system-ui, sans-serif"'


def card_svg(diagram: Diagram, mailbox: Curve) -> str:
    """The drawing."""
    width, height = WIDTH + 2 * _MARGIN, HEIGHT + 2 * _MARGIN
    arrows = sorted(diagram.arrows, key=lambda one: (one.times > 0, one.is_last))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="{-_MARGIN} {-_MARGIN} {width} {height}" {_FONT}>'
        f"<title>{escape(diagram.told)}</title>"
        f'<rect x="{0.5 - _MARGIN}" y="{0.5 - _MARGIN}" width="{width - 1}" '
        f'height="{height - 1}" rx="8" fill="#ffffff" stroke="#d0d0d0"/>'
        f"{_heads()}{''.join(map(_arrow, arrows))}{''.join(map(_box, diagram.boxes))}"
        f"{_mailbox(mailbox)}</svg>"
    )


def _heads() -> str:
    """The heads of the arrows: possible, made, and made last."""
    return (
        "<defs>"
        + "".join(
            f'<marker id="{name}" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="8" '
            f'markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">'
            f'<path d="M0 0L8 4L0 8z" fill="{colour}"/></marker>'
            for name, colour in (("p", _FAINT), ("m", _DETAIL), ("l", TONES["start"]))
        )
        + "</defs>"
    )


def _arrow(arrow: Arrow) -> str:
    if arrow.is_last:
        colour, width, head = TONES["start"], 2.5, "l"
    elif arrow.times:
        colour, width, head = _DETAIL, 1.5, "m"
    else:
        colour, width, head = _FAINT, 1, "p"
    label = ""
    if arrow.label:
        label = (
            f'<text x="{arrow.label_x:g}" y="{arrow.label_y:g}" font-size="11" fill="{_DETAIL}" '
            f'text-anchor="middle">{escape(arrow.label)}</text>'
        )
    return (
        f'<path d="{arrow.path}" fill="none" stroke="{colour}" stroke-width="{width}" '
        f'marker-end="url(#{head})"/>{label}'
    )


def _box(box: Box) -> str:
    tone = TONES[box.tone]
    edge = tone if box.is_lit else _DETAIL if box.is_seen else _FAINT
    words = _TEXT if box.is_seen else _DETAIL
    ground = f'<rect x="{box.x:g}" y="{box.y:g}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="8" '
    lit = f'{ground}fill="{tone}" fill-opacity="0.08"/>' if box.is_lit else ""
    x, y = box.x + 10, box.y + 20
    weight = ' font-weight="600"' if box.is_lit else ""
    return (
        f'{ground}fill="#ffffff"/>{lit}{ground}fill="none" stroke="{edge}" '
        f'stroke-width="{2.5 if box.is_lit else 1}"/>'
        f'<text x="{x:g}" y="{y:g}" font-size="13" fill="{tone}">{box.sign}'
        f'</text><text x="{x + 17:g}" y="{y:g}" font-size="12.5" fill="{words}"{weight}>'
        f'{escape(box.word)}</text><text x="{x:g}" y="{y + 16:g}" font-size="9.5" '
        f'fill="{_DETAIL}">{box.name}</text>'
    )


def _mailbox(curve: Curve) -> str:
    label = f'<text x="6" y="202" font-size="11" fill="{_DETAIL}">{escape(curve.label)}</text>'
    base = f'<path d="M6 180.5H178" stroke="{_FAINT}"/>'
    if not curve.points:
        return base + label
    blue = TONES["start"]
    return (
        f'<polygon points="{curve.area}" fill="{blue}" fill-opacity="0.16"/>{base}'
        f'<polyline points="{curve.points}" fill="none" stroke="{blue}" stroke-width="1.5"/>{label}'
    )
