"""How fast calls end, and how that was lately.

In Ray: the Grafana panels of its dashboard. Nothing here has a clock: who asks tells the time.
"""

from collections import deque
from itertools import pairwise
from typing import Final

from raylite.notebook.dashboard.tables_model import totals
from raylite.notebook.world.world import World

__all__ = ["Figures"]

_EVERY_S: Final = 0.5
_POINTS: Final = 60
_OVER_S: Final = 3.0


class Figures:
    """Counts at several moments. Its memory is bounded."""

    def __init__(self) -> None:
        self._totals: deque[tuple[float, int]] = deque(maxlen=_POINTS + 1)
        self._by_name: deque[tuple[float, dict[str, int]]] = deque(maxlen=8)

    def note(self, world: World, now_s: float) -> None:
        """Look at the counters; often is harmless."""
        if self._totals and now_s < self._totals[-1][0] + _EVERY_S:
            return
        self._totals.append((now_s, world.num_finished + world.num_failed))
        self._by_name.append((now_s, totals(world)))

    @property
    def pace(self) -> tuple[float, ...]:
        """Calls a second between each two looks, oldest first."""
        return tuple(
            round((after - before) / max(after_s - before_s, 1e-9), 1)
            for (before_s, before), (after_s, after) in pairwise(self._totals)
        )

    @property
    def rate(self) -> float:
        """Calls a second during the last seconds."""
        if len(self._totals) < 2:  # noqa: PLR2004  # a rate needs two looks
            return 0.0
        last_s, last = self._totals[-1]
        first_s, first = next(one for one in self._totals if one[0] >= last_s - _OVER_S)
        return (last - first) / (last_s - first_s) if last_s > first_s else 0.0

    def rate_of(self, name: str) -> float:
        """The same of one name."""
        if not self._by_name:
            return 0.0
        (first_s, first), (last_s, last) = self._by_name[0], self._by_name[-1]
        if last_s <= first_s:
            return 0.0
        return (last.get(name, 0) - first.get(name, 0)) / (last_s - first_s)
