"""The session at a glance: CPUs, actors, workers; as plain functions and as a table.

In Ray: ``ray status`` and ``ray list actors``, which need a dashboard. A session need not be
running: that is a state like others.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import raylite
from raylite import _engine
from raylite._core.common.states import ActorState
from raylite.notebook.tables.status_view import status_html, status_text

__all__ = ["ActorRow", "SessionStatus", "init", "shutdown", "status"]

_MAX_DEAD: Final = 5
"""Dead actors that are listed one by one, the latest; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorRow:
    """One actor."""

    class_name: str
    name: str
    """Empty if it was given none."""
    state: ActorState
    pid: int | None
    num_restarts: int
    why: str
    """Why it is dead, in a few words; empty while it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStatus:
    """What ``%raylite status`` shows."""

    is_running: bool
    cpus_total: float = 0.0
    cpus_used: float = 0.0
    actors: tuple[ActorRow, ...] = ()
    num_dead_hidden: int = 0
    workers: tuple[tuple[str, int], ...] = ()
    """How many processes there are in each state, ``IDLE`` and so on."""
    runtime: str = ""
    """The address of the shared runtime that was joined; empty for a session of one's own."""
    num_drivers: int = 1

    def __repr__(self) -> str:
        return status_text(self)

    def _repr_html_(self) -> str:
        return status_html(self)


def status() -> SessionStatus:
    """Look at the session; starts none."""
    engine = _engine.get_or_none()
    if engine is None:
        return SessionStatus(is_running=False)
    total = engine.resources(available=False).get("CPU", 0.0)
    free = engine.resources(available=True).get("CPU", 0.0)
    actors, num_hidden = _chosen(engine.state("actors"))
    states = Counter(str(worker["state"]) for worker in engine.state("workers"))
    return SessionStatus(
        is_running=True,
        cpus_total=total,
        cpus_used=total - free,
        actors=tuple(_actor_row(row) for row in actors),
        num_dead_hidden=num_hidden,
        workers=tuple(sorted((state, number) for state, number in states.items())),
        **_shared(engine),
    )


def _shared(engine: Any) -> dict[str, Any]:
    """What there is to say if the session is a runtime that several drivers share."""
    address = engine.address_info()["address"]
    if address == "local":
        return {}
    drivers = [job for job in engine.state("jobs") if job["end_s"] is None]
    return {"runtime": address, "num_drivers": len(drivers)}


def _chosen(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """The living actors, then those that died last, and the number of the others."""
    dead_name = ActorState.DEAD.name
    living = [row for row in rows if row["state"] != dead_name]
    dead = [row for row in rows if row["state"] == dead_name]
    return living + dead[-_MAX_DEAD:], max(len(dead) - _MAX_DEAD, 0)


def _actor_row(row: dict[str, Any]) -> ActorRow:
    state = ActorState[row["state"]]
    why = str(row["death_cause"] or "") if state is ActorState.DEAD else ""
    return ActorRow(
        class_name=str(row["class_name"]),
        name=str(row["name"] or ""),
        state=state,
        pid=row["pid"] if state is not ActorState.DEAD else None,
        num_restarts=int(row["num_restarts"]),
        why=why.strip().split("\n")[0],
    )


def init(**options: Any) -> SessionStatus:
    """Start a session unless there is one, and look at it.

    Args:
        options: as for ``raylite.init``; without effect if there is a session.
    """
    raylite.init(**{**options, "ignore_reinit_error": True})
    return status()


def shutdown() -> SessionStatus:
    """End the session with all its actors, if there is one."""
    raylite.shutdown()
    return status()
