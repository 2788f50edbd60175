"""The table of objects that ``raylite memory`` prints: sums on top, the largest first.

In Ray: ``memory_summary`` in ``python/ray/dashboard/memory_utils.py``, which has a row for each
reference. Here an object is one row, and says who else has a ref to it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, Final

from raylite._memory_rows import UNITS, Site, in_units
from raylite._runtime_text import Tables

__all__ = ["GROUPED_BY", "SORTED_BY", "UNITS", "MemoryTable"]

SORTED_BY: Final = ("OBJECT_SIZE", "PID", "REFERENCE_TYPE")
GROUPED_BY: Final = ("NODE_ADDRESS", "STACK_TRACE")
_PLACES: Final = {"MEMORY": "in memory", "DISK": "on disk", "INLINE": "inline"}
_HEAD: Final = ("size", "kept by", "owner", "borrowers", "value", "made by", "at", "object")
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
        self._num_processes = len({row["pid"] for row in rows})
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
        lines = [self.sums(), "", *tables.lines(("kept by", "objects", "size"), self._kinds())]
        if not self._stats_only:
            for title, rows in self._groups():
                lines += ["", title, *self._table(tables, rows)]
        return "\n".join(lines) + "\n"

    def rows(self) -> list[dict[str, str]]:
        """The objects, as people read them."""
        shown = self._objects[: self._num_entries]
        return [dict(zip(_HEAD, self._cells(row), strict=True)) for row in shown]

    def sums(self) -> str:
        """How many there are, how large together, and where."""
        places = Counter[str]()
        for row in self._objects:
            places[row["stored"]] += _bytes_of(row)
        where = [
            f"{self._size(places[place])} {words}"
            for place, words in _PLACES.items()
            if places[place]
        ]
        total = self._size(sum(places.values()))
        text = f"{_counted(len(self._objects), 'object')}, {total}"
        if where:
            text += f" ({', '.join(where)})"
        return f"{text}, known to {_counted(self._num_processes, 'process', 'processes')}"

    def _kinds(self) -> list[tuple[str, str, str]]:
        numbers, sizes = Counter[str](), Counter[str]()
        for row in self._objects:
            numbers[row["reference_type"]] += 1
            sizes[row["reference_type"]] += _bytes_of(row)
        ordered = sorted(numbers, key=lambda kind: (-sizes[kind], kind))
        return [(kind, str(numbers[kind]), self._size(sizes[kind])) for kind in ordered]

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
        lines = tables.lines(_HEAD, map(self._cells, shown))
        left_out = len(rows) - len(shown)
        return [*lines, f"  and {left_out} more: raise -n"] if left_out else lines

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
            row["object_id"][-_ID_CHARS:],
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


def _counted(number: int, noun: str, plural: str = "") -> str:
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
