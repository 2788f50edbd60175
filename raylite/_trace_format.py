"""The pieces of a trace in the format of chrome://tracing, which Perfetto reads as well.

In Ray: ``python/ray/_private/profiling.py``. Left out here: counters and samples. The format is
Google's "Trace Event Format": slices ``X``, arrows ``s`` and ``f``, spans ``b`` and ``e`` that may
overlap, instants ``i``, and names ``M``.

Each process is a row, each node a group of rows. Times are microseconds since 1970.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

__all__ = ["Place", "TraceFormat", "with_numbers"]

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
        self._numbers: dict[str, int] = {}

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
        # Its end as exact as its beginning: a slice that seems to reach into the next one of its
        # row is left out by who reads the trace.
        start_us, end_us = self._us(start_s), self._us(start_s + max(took_s, 0.0))
        self._pieces.append(
            {
                "cat": category,
                "name": name,
                **place,
                "ts": start_us,
                "dur": end_us - start_us,
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
        self._pieces.append(
            self._point(category, category, place, at_s, "s", **self._named(arrow_id))
        )

    def arrow_end(self, category: str, arrow_id: str, place: Place, at_s: float) -> None:
        """Where it arrives: at the slice that it lies in, not at the next one."""
        self._pieces.append(
            self._point(category, category, place, at_s, "f", bp="e", **self._named(arrow_id))
        )

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
        self, category: str, name: str, place: Place, at_s: float, kind: str, **more: Any
    ) -> dict[str, Any]:
        return {
            "cat": category,
            "name": name,
            **place,
            "ts": self._us(at_s),
            "ph": kind,
            **more,
        }

    def _named(self, arrow_id: str) -> dict[str, Any]:
        # Perfetto knows arrows by numbers of 64 bits only.
        number = self._numbers.setdefault(arrow_id, len(self._numbers) + 1)
        return {"id": number, "args": {"arrow": arrow_id}}

    def _us(self, at_s: float) -> int:
        # Perfetto reads whole numbers exactly, and others as floats of nanoseconds, which in this
        # century are right to a quarter of a microsecond: then neighbours overlap.
        return round(self._began_us + at_s * _US)


def with_numbers(trace: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The same trace with numbers for rows and groups, as files have them.

    Perfetto takes a text for the row's name, whatever name the row is given besides.

    Args:
        trace: pieces whose ``pid`` and ``tid`` are texts, as Ray's timeline has them.
    """
    groups: dict[str, int] = {}
    rows: dict[tuple[str, str], int] = {}
    found = []
    for piece in trace:
        numbered = {**piece, "pid": groups.setdefault(piece["pid"], len(groups) + 1)}
        row = piece["pid"], piece["tid"]
        numbered["tid"] = rows.setdefault(row, len(rows) + 1) if piece["tid"] else 0
        found.append(numbered)
    named = {piece["pid"] for piece in found if piece["name"] == "process_name"}
    return [
        {"ph": "M", "name": "process_name", "pid": number, "tid": 0, "args": {"name": name}}
        for name, number in groups.items()
        if number not in named
    ] + found
