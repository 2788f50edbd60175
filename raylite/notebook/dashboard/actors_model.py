"""The actors of a session, as a table of the dashboard.

In Ray: ``python/ray/dashboard/client/src/pages/actor``.
"""

from collections.abc import Callable
from functools import lru_cache
from itertools import islice
from typing import Final

from raylite._core.common.ids import ActorID, NodeID, WorkerID
from raylite._core.common.states import ActorState
from raylite.notebook.dashboard.table_model import (
    Asked,
    Cell,
    Column,
    Row,
    Table,
    number_cell,
    table_of,
)
from raylite.notebook.live.shown_words_model import shortened, sized
from raylite.notebook.world.tables import Actor
from raylite.notebook.world.world import World

__all__ = ["STATE_SIGNS", "actors_table", "node_word"]

STATE_SIGNS: Final = {
    ActorState.ALIVE: ("●", "good"),
    ActorState.DEPENDENCIES_UNREADY: ("◔", "busy"),
    ActorState.PENDING_CREATION: ("◔", "busy"),
    ActorState.RESTARTING: ("↻", "wait"),
    ActorState.DEAD: ("✕", "over"),
    None: ("◔", "busy"),
}
_ORDER: Final = {
    ActorState.RESTARTING: 0,
    ActorState.PENDING_CREATION: 1,
    ActorState.DEPENDENCIES_UNREADY: 1,
    None: 1,
    ActorState.ALIVE: 2,
    ActorState.DEAD: 3,
}
_COLUMNS: Final = (
    Column("state", "State"),
    Column("class", "Class"),
    Column("name", "Name"),
    Column("pid", "pid", is_number=True),
    Column("node", "Node"),
    Column("pending", "Pending", is_number=True),
    Column("running", "Running", is_number=True),
    Column("done", "Done", is_number=True),
    Column("failed", "Failed", is_number=True),
    Column("restarts", "Restarts", is_number=True),
    Column("memory", "Memory", is_number=True),
    Column("mailbox", "Mailbox"),
)
_POINTS: Final = 40

MemoryOf = Callable[[int], int | None]


def actors_table(
    world: World, asked: Asked, memory_of: MemoryOf, only: frozenset[str] | None = None
) -> Table:
    """All actors, those that are not well first and the dead last.

    Args:
        world: whose actors.
        asked: which of them, in which order.
        memory_of: how many bytes a process holds, by its pid; None if that is not known.
        only: their ids; None: all.
    """
    found = [actor for actor_id, actor in world.actors.items() if only is None or actor_id in only]
    # Not by what changes all the time: rows that change places cannot be read.
    found.sort(key=lambda actor: _ORDER[actor.state])
    return table_of(
        "actors",
        "actor",
        _COLUMNS,
        found,
        lambda actor: _row(world, actor, memory_of),
        asked=asked,
        empty="There are no actors yet. Counter.remote() makes one of a class with @ray.remote.",
    )


def node_word(world: World, node_id: NodeID | None) -> Cell:
    """A node by its place in the session; the head is node 1."""
    for place, known_id in enumerate(world.nodes, 1):
        if known_id == node_id:
            return Cell(f"node {place}", title=known_id)
    return Cell()


def _row(world: World, actor: Actor, memory_of: MemoryOf) -> Row:
    process = world.processes.get(WorkerID(actor.worker_id)) if actor.worker_id else None
    lives = process is not None and process.is_alive
    pid = process.pid if process is not None and lives else None
    memory = memory_of(pid) if pid is not None else None
    sign, tone = STATE_SIGNS[actor.state]
    state = actor.state.name if actor.state is not None else "unknown"
    pending = actor.num_pending
    cells = (
        Cell(state, sign=sign, tone=tone, title=_why(actor.why)),
        *_names(actor.class_name, actor.actor_id, actor.name),
        _pid(pid),
        node_word(world, process.node_id if process is not None else None),
        number_cell(pending),
        number_cell(len(actor.running)),
        number_cell(actor.num_finished),
        _failed(actor.num_failed),
        _restarts(actor.num_restarts, actor.max_restarts),
        _memory(memory),
        _mailbox(pending, _newest_depths(actor)),
    )
    return Row(key=actor.actor_id, cells=cells, opens=actor.actor_id)


# A hundred rows are drawn ten times a second: what is the same each time is made once.


@lru_cache(maxsize=1024)
def _names(class_name: str, actor_id: ActorID, name: str | None) -> tuple[Cell, Cell]:
    return (
        Cell(shortened(class_name), title=f"actor {actor_id}"),
        Cell(shortened(name) if name else "-"),
    )


@lru_cache(maxsize=1024)
def _pid(pid: int | None) -> Cell:
    return Cell("-" if pid is None else str(pid), pid or 0)


@lru_cache(maxsize=256)
def _restarts(number: int, most: int) -> Cell:
    of = "∞" if most < 0 else str(most)
    return Cell(f"{number} of {of}" if most else "-", number)


@lru_cache(maxsize=1024)
def _memory(num_bytes: int | None) -> Cell:
    return Cell("-" if num_bytes is None else sized(num_bytes), num_bytes or 0)


@lru_cache(maxsize=256)
def _why(why: str) -> str:
    return shortened(why, 200)


def _newest_depths(actor: Actor) -> tuple[int, ...]:
    newest = [depth for _, depth in islice(reversed(actor.depths), _POINTS)]
    return tuple(newest[::-1])


def _mailbox(pending: int, depths: tuple[int, ...]) -> Cell:
    lately = ", ".join(map(str, depths[-12:]))
    title = f"calls that have not ended, lately: {lately}" if depths else ""
    return Cell(sort=float(pending), line=depths, title=title)


def _failed(number: int) -> Cell:
    if not number:
        return number_cell(0)
    return Cell(text=f"{number:,}", sort=number, sign="✕", tone="bad")
