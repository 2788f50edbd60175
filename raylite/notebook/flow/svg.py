"""A flow as a drawing by itself: a sequence diagram with numbered steps, for saved notebooks.

In Ray: nothing like it. The drawing has its own white ground and no style sheet, since it may be
shown where there is none. What was typed by a user is escaped.
"""

import math
from collections.abc import Iterator
from html import escape
from typing import Final

from raylite.notebook.flow.model import Arrow, Bar, FlowView, Lane, Mark, Step

__all__ = ["MOST_STEPS", "flow_svg", "svg_size"]

MOST_STEPS: Final = 80
"""A drawing that is longer is cut off behind so many; the moving picture has them all."""
_HEAD: Final = 116
_TEXT: Final = "#1f2328"
_DETAIL: Final = "#57606a"
_LINE: Final = "#d0d7de"
_FAINT: Final = "#eef1f4"
_BLUE, _GREEN, _RED, _PINK, _GREY = "#0072B2", "#009E73", "#D55E00", "#CC79A7", "#808080"
_PARTS: Final = {0: _GREY, 1: _BLUE, 2: _PINK, 3: "#E69F00", 4: _GREEN}
_ARROWS: Final = {
    "message": _DETAIL,
    "inside": _DETAIL,
    "call": _BLUE,
    "reply": _GREEN,
    "news": _GREEN,
    "bad": _RED,
}
_BARS: Final = {
    "waiting": ("#ffffff", _GREY, "2 3"),
    "held": ("#ffffff", "#E69F00", "2 3"),
    "blocked": ("#ffffff", _RED, "5 3"),
    "running": (_GREEN, _GREEN, ""),
    "failed": (_RED, _RED, ""),
}
_MARKS: Final = {"state": _GREY, "good": _GREEN, "bad": _RED}
_BAR_PX: Final = 11
_TIP_PX: Final = 9.0
_CHAR_PX: Final = 7.4


def svg_size(view: FlowView) -> tuple[int, int]:
    """Width and height of the drawing, in pixels."""
    return view.width, round(_HEAD + _bottom(view))


def flow_svg(view: FlowView) -> str:
    """The whole drawing, as an SVG document."""
    width, height = svg_size(view)
    bottom = _bottom(view)
    parts = [
        *_legend(view),
        *(part for lane in view.lanes for part in _lane(lane, bottom)),
        *(_guide(step, view) for step in view.steps if step.y <= bottom),
        *(part for bar in view.bars if bar.y0 <= bottom for part in _bar(bar, bottom)),
        *(part for arrow in view.arrows if arrow.y0 <= bottom for part in _line(arrow)),
        *(_label(arrow) for arrow in view.arrows if arrow.y0 <= bottom),
        *(part for mark in view.marks if mark.y <= bottom for part in _mark(mark)),
        *(part for step in view.steps if step.y <= bottom for part in _step(step)),
    ]
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" font-size="13" '
        f'fill="{_TEXT}" role="img"><title>{_said(view.title)}</title>'
        f"<desc>{_said(view.summary)}</desc>\n"
        f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8" fill="#ffffff" '
        f'stroke="{_LINE}"/>\n<g transform="translate(0 {_HEAD})">\n{body}\n</g>\n</svg>'
    )


def _bottom(view: FlowView) -> float:
    if len(view.steps) <= MOST_STEPS:
        return view.height
    return view.steps[MOST_STEPS - 1].y + _BAR_PX


def _said(text: str) -> str:
    """Text that no markup can come out of, without characters that XML does not know."""
    known = "".join(one if one.isprintable() else " " for one in text)
    return escape(known)


def _legend(view: FlowView) -> Iterator[str]:
    """Which colour is which part."""
    x = 26.0
    for part in view.phases:
        colour = _PARTS.get(part.number, _GREY)
        yield (
            f'<circle cx="{x}" cy="-92" r="6" fill="#ffffff" stroke="{colour}" stroke-width="2.5"/>'
        )
        yield f'<text x="{x + 13}" y="-87.5">{_said(part.title)}</text>'
        x += len(part.title) * _CHAR_PX + 48


def _lane(lane: Lane, bottom: float) -> Iterator[str]:
    x = lane.x
    yield f'<path d="M{x} -14V{bottom - 8:.1f}" stroke="{_LINE}" stroke-width="1.5"/>'
    yield (
        f'<rect x="{x - lane.width / 2:.1f}" y="-70" width="{lane.width}" height="50" rx="8" '
        f'fill="#f6f8fa" stroke="{_LINE}"/>'
    )
    yield (
        f'<text x="{x}" y="-49" text-anchor="middle" font-size="15" '
        f'font-weight="600">{_said(_fitting(lane.title, lane.width / 9.8))}</text>'
    )
    yield (
        f'<text x="{x}" y="-31" text-anchor="middle" font-size="12" '
        f'fill="{_DETAIL}">{_said(_fitting(lane.detail, lane.width / 7))}</text>'
    )


def _fitting(text: str, chars: float) -> str:
    return text if len(text) <= chars else f"{text[: int(chars) - 1]}…"


def _guide(step: Step, view: FlowView) -> str:
    right = view.lanes[-1].x if view.lanes else view.width
    return f'<path d="M132 {step.y}H{right}" stroke="{_FAINT}"/>'


def _step(step: Step) -> Iterator[str]:
    colour = _PARTS.get(step.phase, _GREY)
    yield (
        f'<circle cx="26" cy="{step.y}" r="10.5" fill="#ffffff" stroke="{colour}" '
        'stroke-width="2.5"/>'
    )
    yield (
        f'<text x="26" y="{step.y + 4:.1f}" text-anchor="middle" font-size="11" '
        f'font-weight="600">{step.number}</text>'
    )
    yield (
        f'<text x="43" y="{step.y + 4:.1f}" font-size="12" fill="{_DETAIL}">'
        f"{_said(step.time)}</text>"
    )


def _line(arrow: Arrow) -> Iterator[str]:
    colour = _ARROWS.get(arrow.kind, _DETAIL)
    dash = ' stroke-dasharray="6 4"' if arrow.kind == "inside" else ""
    angle = math.atan2(arrow.y1 - arrow.y0, arrow.x1 - arrow.x0)
    back_x = arrow.x1 - _TIP_PX * math.cos(angle)
    back_y = arrow.y1 - _TIP_PX * math.sin(angle)
    yield (
        f'<path d="M{arrow.x0} {arrow.y0}L{back_x:.1f} {back_y:.1f}" fill="none" '
        f'stroke="{colour}" stroke-width="2"{dash}/>'
    )
    side_x, side_y = 4.5 * math.sin(angle), 4.5 * math.cos(angle)
    yield (
        f'<path d="M{arrow.x1} {arrow.y1}L{back_x - side_x:.1f} {back_y + side_y:.1f}'
        f'L{back_x + side_x:.1f} {back_y - side_y:.1f}Z" fill="{colour}"/>'
    )


def _label(arrow: Arrow) -> str:
    goes_right = arrow.x1 > arrow.x0
    x = arrow.x0 + (13 if goes_right else -13)
    anchor = "start" if goes_right else "end"
    detail = f' <tspan fill="{_DETAIL}" font-size="12">{_said(arrow.detail)}</tspan>'
    return (
        f'<text x="{x:.1f}" y="{arrow.y0 - 6:.1f}" text-anchor="{anchor}" stroke="#ffffff" '
        'stroke-width="4" stroke-linejoin="round" paint-order="stroke">'
        f"{_said(arrow.label)}{detail if arrow.detail else ''}</text>"
    )


def _bar(bar: Bar, bottom: float) -> Iterator[str]:
    fill, stroke, dash = _BARS.get(bar.kind, _BARS["waiting"])
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    height = max(min(bar.y1, bottom) - bar.y0, 3.0)
    yield (
        f'<rect x="{bar.x - _BAR_PX / 2:.1f}" y="{bar.y0}" width="{_BAR_PX}" '
        f'height="{height:.1f}" rx="3" fill="{fill}" stroke="{stroke}" '
        f'stroke-width="1.5"{dashes}/>'
    )
    if bar.label:
        x = bar.x + (-_BAR_PX if bar.anchor == "end" else _BAR_PX)
        yield (
            f'<text x="{x:.1f}" y="{bar.y0 + max(height / 2 + 4, 10):.1f}" font-size="12" '
            f'text-anchor="{bar.anchor}" fill="{_DETAIL}" stroke="#ffffff" stroke-width="4" '
            f'stroke-linejoin="round" paint-order="stroke">{_said(bar.label)}</text>'
        )


def _mark(mark: Mark) -> Iterator[str]:
    width = len(mark.text) * _CHAR_PX + 22
    colour = _MARKS.get(mark.kind, _GREY)
    yield (
        f'<rect x="{mark.x - width / 2:.1f}" y="{mark.y - 11}" width="{width:.1f}" height="22" '
        f'rx="11" fill="#ffffff" stroke="{colour}" stroke-width="2"/>'
    )
    yield (
        f'<text x="{mark.x}" y="{mark.y + 4:.1f}" text-anchor="middle" font-size="11" '
        f'font-weight="600">{_said(mark.text)}</text>'
    )
