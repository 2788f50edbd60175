"""The table of objects that ``raylite memory`` prints: sums on top, the largest first.

In Ray: ``memory_summary`` in ``python/ray/dashboard/memory_utils.py``, which has a row for each
reference. Here an object is one row, and says who else has a ref to it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, Final

from raylite._html_table import counted, short_id
from raylite._memory_rows import UNITS, Site, in_units
from raylite._runtime_text import Tables

__all__ = ["GROUPED_BY", "KINDS", "PLACES", "SORTED_BY", "UNITS", "MemoryTable"]

SORTED_BY: Final = ("OBJECT_SIZE", "PID", "REFERENCE_TYPE")
GROUPED_BY: Final = ("NODE_ADDRESS", "STACK_TRACE")
KINDS: Final = {
    "LOCAL_REFERENCE": "a variable",
    "USED_BY_PENDING_TASK": "an argument of a call that has not ended, or of an actor's creation",
    "CAPTURED_IN_OBJECT": "another object, which its ref is inside",
    "PINNED_IN_MEMORY": "another process, which borrows it",
    "ACTOR_HANDLE": "it counts an actor's handles",
}
"""What keeps an object, in Ray's word and in others."""
PLACES: Final = {
    "in memory": "a file that all processes can map",
    "on disk": "the same, for want of room in memory",
    "inline": "in its owner's own memory, since it is small",
}
_PLACES: Final = {"MEMORY": "in memory", "DISK": "on disk", "INLINE": "inline"}
_HEAD: Final[tuple[str, ...]] = (
    "size",
    "kept by",
    "owner",
    "borrowers",
    "value",
    "made by",
    "at",
    "object",
)
_CUT: Final = "Cut to fit: --no-format shows whole lines, and the objects' ids."
_ID_CHARS: Final = 12
_Row = Mapping[str, Any]


class MemoryTable:
    """The objects of a session, to be printed.

    Args:
        rows: as :func:`raylite._memory_rows.told_by_owners` gives them.
        sort_by: one of ``SORTED_BY``.
        group_by: one of ``GROUPED_BY``; None: one table.
        units: one of ``UNITS``; None: what fits each size.
        num_entries: objects in a table at most; None: all.
        stats_only: leave out the tables.
    """

    def __init__(
        self,
        rows: Sequence[_Row],
        *,
        sort_by: str = SORTED_BY[0],
        group_by: str | None = None,
        units: str | None = None,
        num_entries: int | None = None,
        stats_only: bool = False,
    ) -> None:
        objects = {row["object_id"]: row for row in rows}
        # What its owner says of an object goes before what borrowers say.
        objects |= {row["object_id"]: row for row in rows if row["is_owned"]}
        self._objects = sorted(objects.values(), key=lambda row: _rank(row, sort_by))
        self._known_to = _processes(rows)
        self._group_by = group_by
        self._units = units
        self._num_entries = num_entries
        self._stats_only = stats_only

    def text(self, width: int | None = None) -> str:
        """All of it.

        Args:
            width: characters in a line; wider columns are cut. None: any number.
        """
        tables = Tables(width)
        lines = [self.sums()]
        if self._objects:
            lines += ["", *tables.lines(("kept by", "objects", "size", "that is"), self._kinds())]
        if self._objects and not self._stats_only:
            for title, rows in self._groups():
                lines += ["", title, *self._table(tables, rows)]
            if not all(tables.fits(_HEAD, map(self._cells, rows)) for _, rows in self._groups()):
                lines += ["", _CUT]
        return "\n".join(lines) + "\n"

    def rows(self) -> list[dict[str, str]]:
        """The objects, as people read them; the ids are whole."""
        shown = self._objects[: self._num_entries]
        return [
            dict(zip(_HEAD, (*self._cells(row)[:-1], row["object_id"]), strict=True))
            for row in shown
        ]

    def num_left_out(self) -> int:
        """How many objects are more than ``rows`` may give."""
        return max(0, len(self._objects) - (self._num_entries or len(self._objects)))

    def words(self) -> dict[str, str]:
        """Those in the table that have to be explained, and what they mean."""
        kinds = {row["reference_type"] for row in self._objects}
        places = {_PLACES.get(row["stored"]) for row in self._objects}
        found = {word: text for word, text in KINDS.items() if word in kinds}
        return found | {word: text for word, text in PLACES.items() if word in places}

    def sums(self) -> str:
        """How many there are, how large together, and where."""
        if not self._objects:
            return "No objects: no process has an ObjectRef or an actor's handle."
        places = Counter[str]()
        for row in self._objects:
            places[row["stored"]] += _bytes_of(row)
        where = [
            f"{self._size(places[place])} {words}"
            for place, words in _PLACES.items()
            if places[place]
        ]
        total = self._size(sum(places.values()))
        text = f"{counted(len(self._objects), 'object')}, {total}"
        if where:
            text += f" ({', '.join(where)})"
        return f"{text}, known to {self._known_to}"

    def _kinds(self) -> list[tuple[str, ...]]:
        numbers, sizes = Counter[str](), Counter[str]()
        for row in self._objects:
            numbers[row["reference_type"]] += 1
            sizes[row["reference_type"]] += _bytes_of(row)
        ordered = sorted(numbers, key=lambda kind: (-sizes[kind], kind))
        return [
            (kind, str(numbers[kind]), self._size(sizes[kind]), KINDS.get(kind, ""))
            for kind in ordered
        ]

    def _groups(self) -> list[tuple[str, list[_Row]]]:
        if self._group_by is None:
            return [("Objects", self._objects)]
        groups: dict[str, list[_Row]] = {}
        for row in self._objects:
            if self._group_by == "STACK_TRACE":
                kind, place = _made(row["site"])
                title = f"{kind} at {place}" if place else "Objects of unknown origin"
            else:
                title = f"Node {row['node_id'][:_ID_CHARS]}"
            groups.setdefault(title, []).append(row)
        return [
            (f"{title}: {self._size(sum(map(_bytes_of, rows)))}", rows)
            for title, rows in groups.items()
        ]

    def _table(self, tables: Tables, rows: Sequence[_Row]) -> list[str]:
        shown = rows if self._num_entries is None else rows[: self._num_entries]
        head, cells = _HEAD, [self._cells(row) for row in shown]
        if not tables.fits(head, cells):
            # Better no ids, which are only there to be compared, than lines that say half of all.
            head, cells = head[:-1], [row[:-1] for row in cells]
        lines = tables.lines(head, cells)
        left_out = len(rows) - len(shown)
        return [*lines, f"  and {left_out} more"] if left_out else lines

    def _cells(self, row: _Row) -> tuple[str, ...]:
        is_handle = row["reference_type"] == "ACTOR_HANDLE"
        # What has no value has a task that is to give it.
        value = _PLACES.get(row["stored"]) or row["task_status"].lower().replace("_", " ")
        owner = row["owner_pid"]
        return (
            "-" if is_handle else self._size(row["object_size"]),
            row["reference_type"],
            "gone" if owner is None else str(owner),
            ", ".join(map(str, row["borrower_pids"])) or "-",
            "-" if is_handle or value == "nil" else value,
            *_made(row["site"]),
            short_id(row["object_id"], _ID_CHARS),
        )

    def _size(self, size_bytes: int) -> str:
        return in_units(size_bytes, self._units)


def _rank(row: _Row, sort_by: str) -> tuple[Any, ...]:
    size = -row["object_size"]
    match sort_by:
        case "PID":
            return row["pid"], size, row["object_id"]
        case "REFERENCE_TYPE":
            return row["reference_type"], size, row["object_id"]
        case _:
            return size, row["object_id"]


def _bytes_of(row: _Row) -> int:
    return max(0, int(row["object_size"]))


def _made(site: Site | None) -> tuple[str, str]:
    """What has made an object, and the line."""
    if site is None:
        return "?", ""
    kind, file, line, function = site
    place = f"{PurePath(file).name}, line {line}"
    return kind, place if function.startswith("<module>") else f"{place}, in {function}"


def _processes(rows: Sequence[_Row]) -> str:
    """The drivers by their pids, and how many workers."""
    drivers = sorted({row["pid"] for row in rows if row["type"] == "DRIVER"})
    workers = {row["pid"] for row in rows if row["type"] != "DRIVER"}
    told = [f"driver{'s' * (len(drivers) > 1)} {', '.join(map(str, drivers))}"] if drivers else []
    if workers:
        told.append(counted(len(workers), "worker"))
    return " and ".join(told)
