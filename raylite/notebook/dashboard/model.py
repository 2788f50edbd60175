"""What the dashboard shows: a line of figures, and one table after the other.

In Ray: its dashboard, a web server on port 8265. Here all words, numbers and orders are decided;
whoever draws puts them in rows. A table is bounded, whatever the session does: it has the rows that
matter most, or those a filter has found, and says how many more there are.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from raylite._core.common.states import ActorState, LeaseState, NodeState
from raylite.notebook.dashboard.actors_model import MemoryOf, actors_table
from raylite.notebook.dashboard.events_model import events_table
from raylite.notebook.dashboard.figures_model import Figures
from raylite.notebook.dashboard.nodes_model import NodeBoard, node_boards
from raylite.notebook.dashboard.slots_model import SlotMemory
from raylite.notebook.dashboard.table_model import Asked, Table
from raylite.notebook.dashboard.tables_model import (
    function_kinds,
    lines_table,
    objects_table,
    tasks_table,
    workers_table,
)
from raylite.notebook.live.shown_words_model import counted, sized, timed
from raylite.notebook.world.world import World

__all__ = ["TABS", "DashboardView", "Drawer", "Tab"]

TABS: Final = ("actors", "tasks", "workers", "nodes", "objects", "events", "log")
"""What there is to choose from, in this order."""

_NAMES: Final = {
    "actors": "Actors",
    "tasks": "Tasks",
    "workers": "Workers",
    "nodes": "Nodes",
    "objects": "Objects",
    "events": "Events",
    "log": "Log",
}


@dataclass(slots=True, frozen=True)
class Tab:
    """One of the tables to choose from."""

    key: str
    name: str
    count: int


@dataclass(slots=True, frozen=True, kw_only=True)
class DashboardView:
    """All that is shown."""

    title: str
    figures: tuple[tuple[str, str, str], ...]
    """What is counted, the number, and what to know about it."""
    pace: tuple[float, ...]
    """Calls a second, oldest first."""
    tabs: tuple[Tab, ...]
    tables: Mapping[str, Table]
    boards: tuple[NodeBoard, ...]
    chosen: str
    """The tab that is open."""
    summary: str
    """What there is, in a sentence."""
    card: Mapping[str, Any] | None = None
    """The life-cycle card of the actor that was chosen, as its script wants it."""
    is_over: bool = False
    is_whole: bool = False
    """All tables are there, and not only the one that is open."""
    is_compact: bool = False
    """One table and nothing else."""

    def to_dict(self) -> dict[str, Any]:
        """For the browser."""
        return {
            "title": self.title,
            "figures": [list(figure) for figure in self.figures],
            "pace": list(self.pace),
            "tabs": [[tab.key, tab.name, tab.count] for tab in self.tabs],
            "tables": {key: table.to_dict() for key, table in self.tables.items()},
            "boards": [board.to_dict() for board in self.boards],
            "chosen": self.chosen,
            "summary": self.summary,
            "card": self.card,
            "compact": self.is_compact,
        }


class Drawer:
    """Makes views of a world, and remembers what has to stay where it was.

    Args:
        tabs: the tables to choose from.
        only: ids of the only actors that are shown; None: all.
    """

    def __init__(
        self, tabs: tuple[str, ...] = TABS[:-1], only: frozenset[str] | None = None
    ) -> None:
        self.tabs = tabs
        self.chosen = tabs[0]
        self.asked: dict[str, Asked] = {}
        self.figures = Figures()
        self.memory_of: MemoryOf = lambda _pid: None
        self.all_objects: Callable[[Asked], Table] | None = None
        """Makes the full table, once somebody has asked for it."""
        self.lines: Sequence[tuple[str, str]] = ()
        """What workers printed lately: who, and the line."""
        self._only = only
        self._slots = SlotMemory()

    def view(
        self, world: World, now_s: float, *, is_over: bool = False, is_whole: bool = False
    ) -> DashboardView:
        """The dashboard of a world.

        Args:
            world: whose.
            now_s: the time, in seconds since the session began.
            is_over: whether the session has ended.
            is_whole: make all tables, and not only the one that is open.
        """
        self.figures.note(world, now_s)
        keys = self.tabs if is_whole else (self.chosen,)
        counts = self._counts(world)
        tables = {key: self._table(key, world) for key in keys if key != "nodes"}
        return DashboardView(
            title="Session, ended" if is_over else f"Session, {_age(now_s)} old",
            figures=self._figures(world),
            pace=self.figures.pace,
            tabs=tuple(Tab(key, _NAMES[key], counts[key]) for key in self.tabs),
            tables=tables,
            boards=node_boards(world, self._slots) if "nodes" in keys else (),
            chosen=self.chosen,
            summary=self._summary(world),
            is_over=is_over,
            is_whole=is_whole,
            is_compact=len(self.tabs) == 1,
        )

    def _table(self, key: str, world: World) -> Table:
        asked = self.asked.get(key, Asked())
        match key:
            case "actors":
                return actors_table(world, asked, self.memory_of, self._only)
            case "tasks":
                return tasks_table(world, asked, self.figures.rate_of)
            case "workers":
                return workers_table(world, asked, self.memory_of)
            case "objects":
                return (self.all_objects or partial(objects_table, world))(asked)
            case "log":
                return lines_table(self.lines, asked)
        return events_table(world, asked)

    def _counts(self, world: World) -> dict[str, int]:
        processes, nodes = world.processes.values(), world.nodes.values()
        return {
            "actors": len(world.actors) if self._only is None else len(self._only),
            "tasks": len(function_kinds(world)),
            "workers": sum(one.is_alive for one in processes),
            "nodes": sum(one.state is NodeState.ALIVE for one in nodes),
            "objects": len(world.objects),
            "events": len(world.log),
            "log": len(self.lines),
        }

    def _figures(self, world: World) -> tuple[tuple[str, str, str], ...]:
        used, total = cpus_of(world)
        pids = [one.pid for one in world.processes.values() if one.is_alive and not one.is_driver]
        known = [self.memory_of(pid) for pid in pids if pid is not None]
        memory = sum(size for size in known if size is not None)
        ended = world.num_finished + world.num_failed
        found = [
            ("CPUs", f"{used:g} of {total:g}", "held by actors, tasks and placement groups"),
            ("Memory of workers", sized(memory) if memory else "-", "without what they share"),
            ("Calls a second", f"{self.figures.rate:,.0f}", "that ended in the last seconds"),
            ("Calls ended", f"{ended:,}", "since the session began"),
        ]
        if world.num_failed:
            found.append(("✕ Failed", f"{world.num_failed:,}", "calls that raised or were lost"))
        if world.dropped:
            found.append(("Events lost", f"{world.dropped:,}", "they came too fast to be kept"))
        return tuple(found)

    def _summary(self, world: World) -> str:
        alive = sum(one.state is ActorState.ALIVE for one in world.actors.values())
        used, total = cpus_of(world)
        return (
            f"{counted(alive, 'actor')} alive of {len(world.actors):,}, "
            f"{counted(world.num_finished + world.num_failed, 'call')} ended, "
            f"{world.num_failed:,} of them failed, {used:g} of {total:g} CPUs in use."
        )


def _age(seconds: float) -> str:
    return timed(seconds) if seconds >= 60 else f"{seconds:.0f} s"  # noqa: PLR2004  # a minute


def cpus_of(world: World) -> tuple[float, float]:
    """How many CPUs are held, and how many there are, on living nodes."""
    total = sum(
        one.resources.get("CPU", 0.0)
        for one in world.nodes.values()
        if one.state is NodeState.ALIVE
    )
    held = [
        one.resources.get("CPU", 0.0)
        for one in world.leases.values()
        if one.new is LeaseState.GRANTED and one.group_id is None
    ]
    for group in world.groups.values():
        held += [
            bundle.get("CPU", 0.0)
            for bundle, node_id in zip(group.bundles, group.node_ids, strict=False)
            if node_id is not None
        ]
    return math.fsum(held), total
