"""The slots of the nodes as a drawing by itself, for saved notebooks.

In Ray: nothing like it. The drawing has its own white ground; kinds are told by pattern and by the
legend's words, and not by their colours alone.
"""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from raylite.notebook.dashboard.nodes_model import Holding, NodeBoard, Resource

__all__ = ["slots_size", "slots_svg"]

WIDTH: Final = 760
_SLOT: Final = 26
_STEP: Final = 31
_LEFT: Final = 190
_PER_LINE: Final = 16
_HEAD: Final = 34
_TEXT: Final = "#1f2328"
_DETAIL: Final = "#57606a"
_EDGE: Final = "#8c959f"
_COLOURS: Final = {"actor": "#0072B2", "task": "#009E73", "object": "#808080"}
_LEGEND: Final = (
    ("actor", "held by an actor"),
    ("task", "held by a worker for tasks"),
    ("bundle", "reserved by a placement group"),
)


def slots_size(boards: Sequence[NodeBoard]) -> tuple[int, int]:
    """Width and height of the drawing, in pixels."""
    height = 56
    for board in boards:
        height += _HEAD + sum(_height(one) for one in board.resources) + 12
    return WIDTH, height


def slots_svg(boards: Sequence[NodeBoard]) -> str:
    """The whole drawing, as an SVG document."""
    width, height = slots_size(boards)
    parts, y = [], 16
    for board in boards:
        parts.append(
            f'<text x="16" y="{y + 14}" font-size="13" font-weight="600">{board.sign} '
            f'{escape(board.title)}<tspan fill="{_DETAIL}" font-weight="400"> {board.state}'
            f"</tspan></text>"
        )
        y += _HEAD
        for resource in board.resources:
            parts.extend(_resource(resource, y))
            y += _height(resource)
        y += 12
    parts.extend(_legend(height - 24))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" font-size="12" '
        f'fill="{_TEXT}"><rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8" '
        f'fill="#ffffff" stroke="#d8dee4"/>\n{"".join(parts)}\n</svg>'
    )


def _height(resource: Resource) -> int:
    lines = max(1, -(-resource.num_slots // _PER_LINE))
    return lines * _STEP + 4


def _resource(resource: Resource, y: int) -> Iterator[str]:
    name = resource.name if len(resource.name) <= 20 else f"{resource.name[:19]}…"  # noqa: PLR2004  # as much as has room
    yield f'<text x="16" y="{y + 12}">{escape(name)}</text>'
    yield f'<text x="16" y="{y + 26}" font-size="11" fill="{_DETAIL}">{resource.text}</text>'
    if not resource.num_slots:
        wide = _PER_LINE * _STEP - 5
        yield _frame(_LEFT, y + 6, wide, 14)
        for held in resource.held:
            yield _held(held, _LEFT, y + 6, wide, 14)
        return
    for slot in range(resource.num_slots):
        is_last = slot == resource.num_slots - 1
        yield _frame(*_place(slot, y), _SLOT * (resource.last_slot if is_last else 1), _SLOT)
    for held in sorted(resource.held, key=lambda one: one.kind != "bundle"):
        yield _held(held, *_place(held.slot, y), _SLOT, _SLOT)


def _place(slot: int, y: int) -> tuple[int, int]:
    return _LEFT + slot % _PER_LINE * _STEP, y + slot // _PER_LINE * _STEP


def _frame(x: float, y: float, width: float, height: float) -> str:
    return (
        f'<rect x="{x}" y="{y}" width="{width:g}" height="{height}" rx="4" fill="#f6f8fa" '
        f'stroke="{_EDGE}"/>'
    )


def _held(held: Holding, x: float, y: float, width: float, height: float) -> str:
    left, wide = x + held.first * width, max(1.0, (held.last - held.first) * width)
    title = f"<title>{escape(held.label)}</title>"
    if held.kind == "bundle":
        return (
            f'<rect x="{left - 2:g}" y="{y - 2}" width="{wide + 4:g}" height="{height + 4}" rx="5" '
            f'fill="none" stroke="#CC79A7" stroke-width="2" stroke-dasharray="4 2">{title}</rect>'
        )
    return (
        f'<rect x="{left + 1:g}" y="{y + 1}" width="{max(0.5, wide - 2):g}" '
        f'height="{height - 2}" rx="3" fill="{_COLOURS[held.kind]}">{title}</rect>'
    )


def _legend(y: int) -> Iterator[str]:
    x = 16
    for kind, word in _LEGEND:
        yield _frame(x, y, 14, 14)
        yield _held(Holding(0, 0.0, 1.0, kind, word), x, y, 14, 14)
        yield f'<text x="{x + 22}" y="{y + 11}" font-size="11">{word}</text>'
        x += 40 + 7 * len(word)
