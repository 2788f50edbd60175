"""A time axis that stretches crowded moments, so that each step can be read.

In Ray: nothing like it. A creation has three messages within 0.1 ms, and then nothing for 10 ms. On
an even axis the three are one line. Here each moment gets the room that its label needs, and a
pause a little more for each tenfold of its length; the true times are printed beside it.

Rule: what comes later in time is lower, and moments of the same time keep the order in which they
were told.
"""

from math import log10
from typing import Final

__all__ = ["Axis", "AxisPlan"]

TOP_PX: Final = -6.0
_BOTTOM_PX: Final = 26.0
_TENFOLD_PX: Final = 7.0
"""What a pause gets for each tenfold over :data:`_PAUSE_S`."""
_PAUSE_S: Final = 1e-5
_PAUSE_PX: Final = 46.0
"""The most that a pause gets."""


class AxisPlan:
    """Collects the moments there are; :meth:`laid_out` says where they lie."""

    def __init__(self) -> None:
        self._moments: list[tuple[float, int, float]] = []

    def add(self, at_s: float, room_px: float) -> int:
        """Note a moment.

        Args:
            at_s: when it is.
            room_px: how far it has to be below the moment before it, at least.

        Returns:
            Its number, to ask the axis for.
        """
        self._moments.append((at_s, len(self._moments), room_px))
        return len(self._moments) - 1

    def laid_out(self) -> "Axis":
        """The axis with all moments noted so far."""
        return Axis(self._moments)


class Axis:
    """Where moments lie.

    Args:
        moments: when each is, its number, and the room it needs above it.
    """

    def __init__(self, moments: list[tuple[float, int, float]]) -> None:
        self._y: dict[int, float] = {}
        self._time_s: dict[int, float] = {}
        self._times: list[float] = []
        self._heights: list[float] = []
        ordered = sorted(moments)
        self.began_s = ordered[0][0] if ordered else 0.0
        self.ended_s = ordered[-1][0] if ordered else 0.0
        y, before_s = TOP_PX, self.began_s
        for at_s, number, room_px in ordered:
            y += max(room_px, _pause_px(at_s - before_s))
            before_s = at_s
            self._y[number], self._time_s[number] = round(y, 1), at_s
            self._times.append(at_s)
            self._heights.append(round(y, 1))
        self.height = round(y + _BOTTOM_PX, 1)

    def y(self, number: int) -> float:
        """Where a moment lies that was noted."""
        return self._y[number]

    def time_s(self, number: int) -> float:
        """When a moment is that was noted."""
        return self._time_s[number]

    def knots(self) -> tuple[tuple[float, float], ...]:
        """``(y, seconds after the first moment)`` of each moment, those that lie together once."""
        found: list[tuple[float, float]] = []
        for y, at_s in zip(self._heights, self._times, strict=True):
            told = (y, round(at_s - self.began_s, 7))
            if not found or found[-1][0] < y:
                found.append(told)
            else:
                found[-1] = told
        return tuple(found)


def _pause_px(pause_s: float) -> float:
    if pause_s <= _PAUSE_S:
        return 0.0
    return min(_PAUSE_PX, _TENFOLD_PX * log10(pause_s / _PAUSE_S))
