"""Google's "Trace Event Format", as far as the timeline uses it, as checks."""

from collections import Counter
from typing import Any

__all__ = ["check_format"]

TIMED = frozenset({"name", "cat", "ph", "ts", "pid", "tid"})
FIELDS = {
    "X": TIMED | {"dur", "cname", "args"},
    "s": TIMED | {"id", "args"},
    "f": TIMED | {"id", "bp", "args"},
    "b": TIMED | {"id"},
    "e": TIMED | {"id"},
    "i": TIMED | {"s", "args"},
    "M": frozenset({"name", "ph", "pid", "tid", "args"}),
}
"""What a piece of each phase has."""
NAMES = {"thread_name", "thread_sort_index", "process_name", "process_sort_index"}


def check_format(events):
    """Check the pieces, and that they fit each other."""
    for event in events:
        assert event.keys() == FIELDS[event["ph"]], event
        assert isinstance(event["name"], str)
        if event["ph"] == "M":
            assert event["name"] in NAMES
        else:
            assert isinstance(event["ts"], int)
            assert event["ts"] > 0
    _check_slices([event for event in events if event["ph"] == "X"])
    _check_pairs(events)


def _check_slices(slices):
    """Those of a row lie beside or within each other."""
    rows: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for event in slices:
        assert event["dur"] >= 0
        rows.setdefault((event["pid"], event["tid"]), []).append(event)
    for row in rows.values():
        open_until: list[float] = []
        for event in sorted(row, key=lambda event: (event["ts"], -event["dur"])):
            start, end = event["ts"], event["ts"] + event["dur"]
            while open_until and open_until[-1] <= start:
                open_until.pop()
            assert not open_until or end <= open_until[-1], event
            open_until.append(end)


def _check_pairs(events):
    """An arrow has two ends, a span too, and the first is not the later one."""
    for begin, end in (("s", "f"), ("b", "e")):
        first = {(one["cat"], one["id"]): one["ts"] for one in events if one["ph"] == begin}
        last = {(one["cat"], one["id"]): one["ts"] for one in events if one["ph"] == end}
        assert first.keys() == last.keys()
        assert all(last[key] >= at for key, at in first.items())
        counted = Counter(event["ph"] for event in events)
        assert counted[begin] == len(first)
        assert counted[end] == len(last)
