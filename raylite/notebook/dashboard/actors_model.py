"""The actors of a session, as a table of the dashboard.

In Ray: ``python/ray/dashboard/client/src/pages/actor``.
"""

from collections.abc import Callable
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
    places = list(world.nodes)
    if node_id not in world.nodes:
        return Cell()
    return Cell(text=f"node {places.index(node_id) + 1}", title=node_id)


def _row(world: World, actor: Actor, memory_of: MemoryOf) -> Row:
    process = world.processes.get(WorkerID(actor.worker_id)) if actor.worker_id else None
    lives = process is not None and process.is_alive
    pid = process.pid if process is not None and lives else None
    memory = memory_of(pid) if pid is not None else None
    sign, tone = STATE_SIGNS[actor.state]
    state = actor.state.name if actor.state is not None else "unknown"
    most = "∞" if actor.max_restarts < 0 else str(actor.max_restarts)
    restarts = f"{actor.num_restarts} of {most}" if actor.max_restarts else "-"
    depths = [depth for _, depth in actor.depths][-_POINTS:]
    cells = (
        Cell(text=state, sign=sign, tone=tone, title=shortened(actor.why, 200)),
        Cell(text=shortened(actor.class_name), title=_full_id(actor.actor_id)),
        Cell(text=shortened(actor.name) if actor.name else "-"),
        Cell(text="-" if pid is None else str(pid), sort=pid or 0),
        node_word(world, process.node_id if process is not None else None),
        number_cell(actor.num_pending),
        number_cell(len(actor.running)),
        number_cell(actor.num_finished),
        _failed(actor.num_failed),
        Cell(text=restarts, sort=actor.num_restarts),
        Cell(text="-" if memory is None else sized(memory), sort=memory or 0),
        Cell(
            sort=float(actor.num_pending),
            line=tuple(depths),
            title=f"calls that have not ended, lately: {', '.join(map(str, depths[-12:]))}"
            if depths
            else "",
        ),
    )
    return Row(key=actor.actor_id, cells=cells, opens=actor.actor_id)


def _full_id(actor_id: ActorID) -> str:
    return f"actor {actor_id}"


def _failed(number: int) -> Cell:
    if not number:
        return number_cell(0)
    return Cell(text=f"{number:,}", sort=number, sign="✕", tone="bad")
