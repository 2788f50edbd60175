"""Who has a lane in the timeline: drivers and workers, by node, with their births and deaths.

In Ray: the rows of ``ray timeline``, which are named by pid.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from raylite._core.common.ids import NodeID, WorkerID
from raylite._core.common.states import ActorState, WorkerState
from raylite.notebook.live.shown_words_model import actor_label, shortened, title_of
from raylite.notebook.world.tables import Process
from raylite.notebook.world.world import World

__all__ = ["MAX_LANES", "Lane", "Mark", "born_as_actors", "lanes_of", "marks_of"]

MAX_LANES: Final = 120
"""More lanes than these are named in a line: nobody reads them."""
_MARKS: Final = 400


@dataclass(slots=True, eq=False)
class Lane:
    """One process. Where it stands is said in pixels."""

    worker_id: str
    label: str
    detail: str
    node: str
    """A heading, where a node begins and there are several; else empty."""
    is_driver: bool
    born_s: float
    gone_s: float | None
    y: int = 0
    height: int = 0
    rows: int = 0
    """Bars that run at the same time are one below the other."""
    depth_y: int = 0
    """Where what its process waits for is drawn, from ``y``; 0 if there is nothing."""
    heights: list[float] = field(default_factory=list)

    def to_dict(self) -> dict[str, object]:
        """For the browser."""
        return {
            "label": self.label,
            "detail": self.detail,
            "node": self.node,
            "driver": self.is_driver,
            "born": round(self.born_s, 6),
            "gone": None if self.gone_s is None else round(self.gone_s, 6),
            "y": self.y,
            "height": self.height,
            "rows": self.rows,
            "depth": self.depth_y,
        }


@dataclass(slots=True, frozen=True)
class Mark:
    """A moment that matters: a restart or a death."""

    worker_id: str
    at_s: float
    sign: str
    text: str


def lanes_of(
    world: World,
    busy: Iterable[str],
    window: tuple[float, float],
    most: int = MAX_LANES,
    *,
    is_busy_only: bool = False,
) -> tuple[list[Lane], int]:
    """The lanes from top to bottom, and how many are left out.

    A process is there if it has something to show in the window, or lives. Idle ones go first when
    there are too many, or are left out altogether.

    Args:
        world: whose processes.
        busy: those that have something to show.
        window: from when to when, in seconds.
        most: how many lanes there may be.
        is_busy_only: of workers, those alone that have something to show.
    """
    has_work = set(busy)
    shown = [one for one in world.processes.values() if _is_there(one, has_work, window)]
    if is_busy_only:
        shown = [one for one in shown if one.is_driver or one.worker_id in has_work]
    known = {one.worker_id for one in shown}
    if len(shown) > most:
        first = sorted(shown, key=lambda one: (not one.is_driver, one.worker_id not in has_work))
        shown = first[:most]
    nodes = {node_id: place for place, node_id in enumerate(_node_order(world))}
    shown.sort(key=lambda one: (nodes.get(one.node_id, len(nodes)), not one.is_driver, one.since_s))
    has_several = len({one.node_id for one in shown}) > 1
    lanes, last = [], None
    for one in shown:
        heading = _node_title(world, one.node_id) if one.node_id != last and has_several else ""
        last = one.node_id
        lanes.append(_lane(world, one, heading))
    strangers = sorted(has_work - known - set(world.processes))[: max(0, most - len(lanes))]
    lanes += [Lane(key, "a worker that is gone", "", "", False, 0.0, None) for key in strangers]
    hidden = len(known | has_work) - len(lanes)
    return lanes, max(0, hidden)


def born_as_actors(world: World, window: tuple[float, float]) -> Iterator[str]:
    """The workers that became actors in the window, also those that died in their first call."""
    for actor in world.actors.values():
        for change in actor.life:
            is_then = window[0] <= change.at_s <= window[1]
            if is_then and change.new is ActorState.ALIVE and change.worker_id is not None:
                yield change.worker_id


def marks_of(world: World, lanes: Iterable[Lane]) -> list[Mark]:
    """Restarts of actors, and deaths of processes, the newest last."""
    shown = {lane.worker_id for lane in lanes}
    found = []
    for process in world.processes.values():
        if process.worker_id in shown and process.ended_s is not None and not process.is_driver:
            why = shortened(process.why, 160)
            text = f"The worker ended: {why}" if why else "The worker ended"
            found.append(Mark(process.worker_id, process.ended_s, "✕", text))
    for actor in world.actors.values():
        for change in actor.life:
            if change.worker_id not in shown or not change.num_restarts:
                continue
            if change.new is ActorState.ALIVE:
                nth = _nth(change.num_restarts)
                text = f"{actor_label(actor)} was started again, for the {nth} time"
                found.append(Mark(change.worker_id, change.at_s, "↻", text))
    found.sort(key=lambda mark: mark.at_s)
    return found[-_MARKS:]


def _nth(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if 10 < number % 100 < 14 else ending}"  # noqa: PLR2004  # 11th, 12th, 13th


def _is_there(one: Process, busy: set[str], window: tuple[float, float]) -> bool:
    if one.worker_id in busy:
        return True
    return one.is_alive and one.state is not WorkerState.STARTING and one.since_s <= window[1]


def _node_order(world: World) -> list[NodeID]:
    return sorted(
        world.nodes,
        key=lambda node_id: (not world.nodes[node_id].is_head, world.nodes[node_id].since_s),
    )


def _node_title(world: World, node_id: NodeID) -> str:
    place = _node_order(world).index(node_id) if node_id in world.nodes else -1
    what = "head node" if place == 0 else f"node {place + 1}" if place > 0 else "node"
    return f"{what} · {node_id[:8]}"


def _lane(world: World, process: Process, node: str) -> Lane:
    label = title_of(world, WorkerID(process.worker_id))
    pid = f"pid {process.pid}" if process.pid is not None else ""
    return Lane(
        worker_id=process.worker_id,
        label=label,
        detail=pid if process.is_alive else f"{pid}, ended".removeprefix(", "),
        node=node,
        is_driver=process.is_driver,
        born_s=process.since_s,
        gone_s=process.ended_s,
    )
