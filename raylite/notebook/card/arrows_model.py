"""How an arrow runs between two boxes of the state diagram, as follows from where they stand.

In Ray: nothing like it; its diagram is drawn with dashes and stars.
"""

from dataclasses import dataclass
from typing import Final

__all__ = ["BOX_HEIGHT", "BOX_WIDTH", "COLUMN", "Place", "Run", "run_between"]

BOX_WIDTH: Final = 152
BOX_HEIGHT: Final = 46
COLUMN: Final = 204
"""From the left edge of a box to that of the next."""
_HALF: Final = BOX_HEIGHT // 2
_TIP: Final = 3
"""How far the line ends before the box, which the arrow's head fills."""
_NARROW: Final = 18
"""How far two arrows between the same boxes are from the middle."""
_ARC: Final = 13
"""How much higher an arrow runs for each box it passes."""
_TURN: Final = 34
"""How wide its bends are."""
_ABOVE: Final = 6
"""How far its label stands above the line."""
_INNER: Final = 2
"""How many columns the lower of the arrows spans that run over other boxes."""
_BELOW: Final = 14
"""How far its label stands below the line: above it is the other one."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a box is."""

    column: int
    top: int

    @property
    def left(self) -> int:
        """Its left edge."""
        return self.column * COLUMN

    @property
    def middle(self) -> int:
        """Of its upper and its lower edge."""
        return self.left + BOX_WIDTH // 2

    @property
    def right(self) -> int:
        """Its right edge."""
        return self.left + BOX_WIDTH

    @property
    def bottom(self) -> int:
        """Its lower edge."""
        return self.top + BOX_HEIGHT


@dataclass(frozen=True, slots=True)
class Run:
    """An arrow."""

    path: str
    """In the language of SVG."""
    x: float
    """Of the middle of its label, and below, of the line it stands on."""
    y: float


def run_between(start: Place, end: Place) -> Run:
    """The arrow from one box to another, or to itself."""
    if start == end:
        return _loop(start)
    if start.column == end.column:
        return _upright(start, end)
    if start.top < end.top:
        return _down(start, end)
    if start.top > end.top:
        return _up(start, end)
    return _straight(start, end) if end.column - start.column == 1 else _arc(start, end)


def _loop(box: Place) -> Run:
    x, y = box.right - 44, box.bottom
    return Run(f"M{x} {y}c0 20 -60 20 -60 {_TIP}", x - 92, y + 12)


def _straight(start: Place, end: Place) -> Run:
    y = start.top + _HALF
    return Run(f"M{start.right} {y}H{end.left - _TIP}", (start.right + end.left) / 2, y - _ABOVE)


def _arc(start: Place, end: Place) -> Run:
    """Over the boxes between; the longer, the higher and the further out."""
    passed = end.column - start.column
    high = start.top - _ARC * passed
    x, to_x = start.middle + 24, end.middle - _NARROW * passed + 48
    corner, to_corner = f"{x} {high} {x} {high}", f"{to_x} {high} {to_x} {high}"
    path = (
        f"M{x} {start.top}C{corner} {x + _TURN} {high}"
        f"H{to_x - _TURN}C{to_corner} {to_x} {start.top - _TIP}"
    )
    label_y = high - 4 if passed > _INNER else high + _BELOW
    return Run(path, (x + to_x) / 2, label_y)


def _upright(start: Place, end: Place) -> Run:
    """Down on the left, up on the right, with its label beside it."""
    if end.top > start.top:
        x = start.middle - _NARROW
        return Run(f"M{x} {start.bottom}V{end.top - _TIP}", x - 46, start.bottom + 29)
    x = start.middle + _NARROW
    return Run(f"M{x} {start.top}V{end.bottom + _TIP}", x + 46, end.bottom + 29)


def _down(start: Place, end: Place) -> Run:
    x, y = start.middle, end.top + _HALF
    path = f"M{x} {start.bottom}V{y - _TURN}C{x} {y} {x} {y} {x + _TURN} {y}H{end.left - _TIP}"
    return Run(path, (x + end.left) / 2 + 10, y - _ABOVE)


def _up(start: Place, end: Place) -> Run:
    x, y = end.middle, start.top + _HALF
    path = f"M{start.right} {y}H{x - _TURN}C{x} {y} {x} {y} {x} {y - _TURN}V{end.bottom + _TIP}"
    return Run(path, (start.right + x) / 2 - 10, y - _ABOVE)
