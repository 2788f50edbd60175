"""The pieces of a trace in the format of chrome://tracing, which Perfetto reads as well.

In Ray: ``python/ray/_private/profiling.py``. Left out here: counters and samples. The format is
Google's "Trace Event Format": slices ``X``, arrows ``s`` and ``f``, spans ``b`` and ``e`` that may
overlap, instants ``i``, and names ``M``.

Each process is a row, each node a group of rows. Times are microseconds since 1970.
"""

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["Place", "TraceFormat"]

Place = Mapping[str, str]
"""A row: ``pid`` is the group, ``tid`` the row in it."""
_US: Final = 1e6


class TraceFormat:
    """Gathers pieces.

    Args:
        began_unix_s: when the session began; all other times count from there.
    """

    def __init__(self, began_unix_s: float) -> None:
        self._began_us = began_unix_s * _US
        self._names: list[dict[str, Any]] = []
        self._pieces: list[dict[str, Any]] = []

    def trace(self) -> list[dict[str, Any]]:
        """All of it."""
        return self._names + self._pieces

    def row(self, place: Place, name: str, order: int) -> None:
        """Name a row, and say where it stands among those of its group."""
        for what, value in (
            ("thread_name", {"name": name}),
            ("thread_sort_index", {"sort_index": order}),
        ):
            self._names.append({"ph": "M", "name": what, **place, "args": value})

    def group(self, place: Place, name: str, order: int) -> None:
        """Name a group of rows, and say where it stands among the groups."""
        for what, value in (
            ("process_name", {"name": name}),
            ("process_sort_index", {"sort_index": order}),
        ):
            self._names.append({"ph": "M", "name": what, **place, "args": value})

    def slice(  # noqa: PLR0917  # One for each field.
        self,
        place: Place,
        start_s: float,
        took_s: float,
        category: str,
        name: str,
        colour: str,
        args: Mapping[str, Any],
    ) -> None:
        """Something that took a while. Slices of a row lie beside or within each other."""
        self._pieces.append(
            {
                "cat": category,
                "name": name,
                **place,
                "ts": self._us(start_s),
                "dur": max(took_s, 0.0) * _US,
                "ph": "X",
                "cname": colour,
                "args": dict(args),
            }
        )

    def arrow(
        self, category: str, arrow_id: str, source: tuple[Place, float], target: tuple[Place, float]
    ) -> None:
        """From a slice to another: each is given by its row and a moment within it."""
        self.arrow_start(category, arrow_id, *source)
        self.arrow_end(category, arrow_id, *target)

    def arrow_start(self, category: str, arrow_id: str, place: Place, at_s: float) -> None:
        """Where an arrow leaves."""
        self._pieces.append(self._point(category, category, place, at_s, "s", id=arrow_id))

    def arrow_end(self, category: str, arrow_id: str, place: Place, at_s: float) -> None:
        """Where it arrives: at the slice that it lies in, not at the next one."""
        self._pieces.append(self._point(category, category, place, at_s, "f", id=arrow_id, bp="e"))

    def span(  # noqa: PLR0917  # One for each field.
        self,
        place: Place,
        start_s: float,
        end_s: float,
        category: str,
        name: str,
        span_id: str,
    ) -> None:
        """Something that took a while, beside others at the same time."""
        for end, at_s in (("b", start_s), ("e", max(start_s, end_s))):
            self._pieces.append(self._point(category, name, place, at_s, end, id=span_id))

    def instant(
        self, place: Place, at_s: float, category: str, name: str, args: Mapping[str, Any]
    ) -> None:
        """Something that happened in a row."""
        piece = self._point(category, name, place, at_s, "i", s="t")
        self._pieces.append({**piece, "args": dict(args)})

    def _point(
        self, category: str, name: str, place: Place, at_s: float, kind: str, **more: str
    ) -> dict[str, Any]:
        return {
            "cat": category,
            "name": name,
            **place,
            "ts": self._us(at_s),
            "ph": kind,
            **more,
        }

    def _us(self, at_s: float) -> float:
        return self._began_us + at_s * _US
