"""The tables that ``raylite status`` prints.

In Ray: ``ray status`` shows resources and nodes; ``ray list actors`` is a command of its own.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

__all__ = ["lasting", "quantities", "status_text"]

_GAP: Final = "  "
_ID_CHARS: Final = 8
_MINUTE_S: Final = 60
_HOUR_S: Final = 3600
_DAY_S: Final = 24 * _HOUR_S
_GIB: Final = 1 << 30


def status_text(found: Mapping[str, Any]) -> str:
    """The whole of it.

    Args:
        found: what :func:`raylite.engines.local_runtime.look` has seen.
    """
    lines = [
        f"raylite runtime, up for {lasting(found['uptime_s'])} (head process {found['pid']})",
        f"address: {found['address']}",
        "",
        "Resources",
        *_table(("name", "used", "total"), _resources(found["total"], found["available"])),
        "",
        "Nodes",
        *_table(("node", "state", "has"), map(_node, found["nodes"])),
        "",
        "Drivers",
        *_table(("job", "pid", "namespace", "up for", "program"), _drivers(found)),
        "",
        "Actors",
        *_table(
            ("class", "name", "namespace", "state", "pid", "restarts", "actor"),
            map(_actor, _living(found["actors"])),
        ),
    ]
    num_dead = len(found["actors"]) - len(_living(found["actors"]))
    if num_dead:
        lines.append(f"{_GAP}and {num_dead} that have ended")
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


def _table(head: tuple[str, ...], rows: Any) -> list[str]:
    cells = [head, *rows]
    if len(cells) == 1:
        return [f"{_GAP}none"]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    return [
        (
            _GAP + _GAP.join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]
