"""The tables that ``raylite status`` prints.

In Ray: ``ray status`` shows resources and nodes; ``ray list actors`` is a command of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

__all__ = ["Tables", "lasting", "quantities", "status_text"]

_GAP: Final = "  "
_ID_CHARS: Final = 8
_LEAST: Final = 8
"""Columns are not cut to less."""
_WHOLE: Final = frozenset({"state"})
_NUMBERS: Final = frozenset({"used", "total", "pid", "restarts", "size", "objects"})
_MINUTE_S: Final = 60
_HOUR_S: Final = 3600
_DAY_S: Final = 24 * _HOUR_S
_GIB: Final = 1 << 30


def status_text(found: Mapping[str, Any], width: int | None = None) -> str:
    """The whole of it.

    Args:
        found: what :func:`raylite.engines.local_runtime.look` has seen.
        width: characters in a line; the widest columns of a wider table are cut. None: any number.
    """
    tables = Tables(width)
    lines = [
        f"raylite runtime, up for {lasting(found['uptime_s'])} (head process {found['pid']})",
        f"address: {found['address']}",
        "",
        "Resources",
        *tables.lines(("name", "used", "total"), _resources(found["total"], found["available"])),
        "",
        "Nodes",
        *tables.lines(("node", "state", "has"), map(_node, found["nodes"])),
        "",
        "Drivers",
        *tables.lines(("job", "pid", "namespace", "up for", "program"), _drivers(found)),
        "",
        "Actors",
        *tables.lines(
            ("class", "name", "namespace", "state", "pid", "restarts", "actor"),
            map(_actor, _living(found["actors"])),
        ),
    ]
    num_dead = len(found["actors"]) - len(_living(found["actors"]))
    if num_dead:
        lines.append(f"{_GAP}and {num_dead} that {'has' if num_dead == 1 else 'have'} ended")
    return "\n".join(lines) + "\n"


def lasting(seconds: float) -> str:
    """A length of time, in the units that matter."""
    whole = int(seconds)
    if whole < _MINUTE_S:
        return f"{whole} s"
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S} min {whole % _MINUTE_S} s"
    if whole < _DAY_S:
        return f"{whole // _HOUR_S} h {whole % _HOUR_S // _MINUTE_S} min"
    return f"{whole // _DAY_S} d {whole % _DAY_S // _HOUR_S} h"


def quantities(resources: Mapping[str, float]) -> str:
    """Resources in a line."""
    return ", ".join(f"{_amount(name, resources[name])} {name}" for name in _named(resources))


def _named(resources: Mapping[str, float]) -> list[str]:
    """Those that somebody has asked for, without the marks that nodes carry."""
    return [name for name, quantity in resources.items() if quantity and ":" not in name]


def _amount(name: str, quantity: float) -> str:
    return f"{quantity / _GIB:.1f} GiB" if "memory" in name else f"{quantity:g}"


def _resources(
    total: Mapping[str, float], available: Mapping[str, float]
) -> list[tuple[str, str, str]]:
    return [
        (name, _amount(name, total[name] - available.get(name, 0.0)), _amount(name, total[name]))
        for name in _named(total)
    ]


def _node(row: Mapping[str, Any]) -> tuple[str, ...]:
    state = "alive" if row["Alive"] else "gone"
    return row["NodeID"][:_ID_CHARS], state, quantities(row["Resources"])


def _drivers(found: Mapping[str, Any]) -> list[tuple[str, ...]]:
    return [
        (
            row["job_id"],
            str(row["pid"]),
            row["namespace"],
            lasting(found["uptime_s"] - row["start_s"]),
            row["entrypoint"],
        )
        for row in found["jobs"]
        if row["end_s"] is None
    ]


def _living(actors: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [row for row in actors if row["state"] != "DEAD"]


def _actor(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        row["class_name"],
        row["name"] or "",
        row["ray_namespace"],
        row["state"] + (" (detached)" if row["is_detached"] else ""),
        str(row["pid"] or ""),
        str(row["num_restarts"]),
        row["actor_id"][:_ID_CHARS],
    )


class Tables:
    """Lays tables out.

    Args:
        width: characters in a line; None: any number.
    """

    def __init__(self, width: int | None) -> None:
        self._width = width

    def lines(self, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
        """The lines of a table; numbers stand to the right."""
        cells = [head, *rows]
        if len(cells) == 1:
            return [f"{_GAP}none"]
        widths = self._fitting(head, [max(map(len, column)) for column in zip(*cells, strict=True)])
        return [(_GAP + _GAP.join(map(_padded, row, widths, head))).rstrip() for row in cells]

    def fits(self, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> bool:
        """Whether a table needs no cutting."""
        return self._width is None or all(
            len(line) <= self._width for line in Tables(None).lines(head, rows)
        )

    def _fitting(self, head: tuple[str, ...], widths: list[int]) -> list[int]:
        if self._width is None:
            return widths
        while sum(widths) + len(_GAP) * len(widths) > self._width:
            room, at = max((0 if head[at] in _WHOLE else widths[at], at) for at in range(len(head)))
            if room <= _LEAST:
                break
            widths[at] -= 1
        return widths


def _padded(text: str, width: int, head: str) -> str:
    cut = text if len(text) <= width else f"{text[: width - 1]}…"
    return f"{cut:>{width}}" if head in _NUMBERS else f"{cut:<{width}}"
