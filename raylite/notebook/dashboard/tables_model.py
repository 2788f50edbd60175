"""Tasks, workers and objects of a session, as tables of the dashboard.

In Ray: ``python/ray/dashboard/client/src/pages``.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from raylite._core.common.events import ObjectSealed
from raylite._core.common.states import WorkerState
from raylite.notebook.dashboard.actors_model import MemoryOf, node_word
from raylite.notebook.dashboard.table_model import (
    MOST_ROWS,
    Asked,
    Cell,
    Column,
    Row,
    Table,
    number_cell,
    table_of,
)
from raylite.notebook.live.shown_words_model import (
    function_label,
    shortened,
    sized,
    time_of,
    title_of,
)
from raylite.notebook.world.tables import Process
from raylite.notebook.world.world import World

__all__ = [
    "function_kinds",
    "lines_table",
    "objects_table",
    "tasks_table",
    "totals",
    "workers_table",
]

_TASKS: Final = (
    Column("name", "Name"),
    Column("kind", "Kind"),
    Column("waiting", "Waiting", is_number=True),
    Column("running", "Running", is_number=True),
    Column("done", "Done", is_number=True),
    Column("failed", "Failed", is_number=True),
    Column("share", "Progress"),
    Column("rate", "Per second", is_number=True),
)
_WORKERS: Final = (
    Column("who", "Process"),
    Column("state", "State"),
    Column("pid", "pid", is_number=True),
    Column("node", "Node"),
    Column("calls", "Calls run", is_number=True),
    Column("running", "Running now"),
    Column("memory", "Memory", is_number=True),
    Column("since", "Since", is_number=True),
)
_OBJECTS: Final = (
    Column("size", "Size", is_number=True),
    Column("object", "Object"),
    Column("owner", "Owner"),
    Column("writer", "Written by"),
    Column("place", "Lies in"),
    Column("since", "Since", is_number=True),
)
_LINES: Final = (Column("who", "Who"), Column("line", "Line"))
_STATES: Final = {
    WorkerState.STARTING: ("◔", "busy", "starting"),
    WorkerState.IDLE: ("○", "over", "idle"),
    WorkerState.LEASED: ("●", "good", "leased for tasks"),
    WorkerState.ACTOR: ("●", "good", "holds an actor"),
    WorkerState.DEAD: ("✕", "over", "ended"),
}


def tasks_table(world: World, asked: Asked, rate_of: Callable[[str], float]) -> Table:
    """Tasks and calls by name.

    Args:
        world: whose tasks.
        asked: which of them, in which order.
        rate_of: how many of a name ended in a second, lately.
    """
    kinds = function_kinds(world)
    waiting = Counter(
        function_label(world, one.name, one.actor_id) for one in world.waiting.values()
    )
    running = Counter(
        function_label(world, one.name, one.actor_id) for one in world.running.values()
    )
    ended, failed = totals(world), totals(world, world.failed_by_name)
    # As they came, since rows that change places cannot be read; unless some cannot be shown.
    names = list(kinds)
    if len(names) > MOST_ROWS:
        names.sort(key=lambda name: (-(waiting[name] + running[name]), -ended[name]))

    def row(name: str) -> Row:
        counts = (waiting[name], running[name], ended[name] - failed[name], failed[name])
        rate = rate_of(name)
        cells = (
            Cell(text=name),
            Cell(text=kinds[name]),
            *(number_cell(number) for number in counts[:3]),
            Cell(text=f"{failed[name]:,}", sort=failed[name], sign="✕", tone="bad")
            if failed[name]
            else number_cell(0),
            _progress(*counts),
            Cell(text=f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}", sort=rate),  # noqa: PLR2004
        )
        return Row(key=name[:200], cells=cells)

    return table_of(
        "tasks",
        "function",
        _TASKS,
        names,
        row,
        asked=asked,
        empty="No task has been called yet. f.remote() calls one of a function with @ray.remote.",
        note="Waiting and running count what takes long enough to be seen.",
    )


def function_kinds(world: World) -> dict[str, str]:
    """Functions that were called, as they are shown: whether they are tasks or methods."""
    found: dict[str, str] = {}
    opened = (
        (one.name, one.actor_id) for one in (*world.running.values(), *world.waiting.values())
    )
    for name, actor_id in (*world.by_name, *opened):
        kind = "method" if actor_id is not None else "task"
        found.setdefault(function_label(world, name, actor_id), kind)
    return found


def totals(world: World, counts: Mapping[tuple[str, Any], int] | None = None) -> Counter[str]:
    """Calls that ended, or the given counts, by the names that are shown."""
    found = Counter[str]()
    for (name, actor_id), number in (world.by_name if counts is None else counts).items():
        found[function_label(world, name, actor_id)] += number
    return found


def _progress(waiting: int, running: int, done: int, failed: int) -> Cell:
    total = waiting + running + done + failed
    share = (done + failed) / total if total else 0.0
    text = f"{int(share * 100)} %"
    parts = ((done, "good"), (failed, "bad"), (running, "busy"))
    return Cell(
        text=text,
        sort=share,
        title=f"{done:,} done, {failed:,} failed, {running:,} running, {waiting:,} waiting",
        parts=tuple((round(number / total, 4), tone) for number, tone in parts if number),
    )


def workers_table(world: World, asked: Asked, memory_of: MemoryOf) -> Table:
    """Drivers and workers, the living first.

    Args:
        world: whose processes.
        asked: which of them, in which order.
        memory_of: how many bytes a process holds, by its pid; None if that is not known.
    """
    running: dict[str, list[str]] = {}
    for task in world.running.values():
        label = function_label(world, task.name, task.actor_id)
        running.setdefault(task.worker_id, []).append(label)
    found = sorted(
        world.processes.values(),
        key=lambda one: (not one.is_alive, not one.is_driver, one.since_s),
    )

    def row(one: Process) -> Row:
        now = running.get(one.worker_id, [])
        more = f" and {len(now) - 1} more" if len(now) > 1 else ""
        memory = memory_of(one.pid) if one.pid is not None and one.is_alive else None
        cells = (
            Cell(text=title_of(world, one.worker_id), title=f"worker {one.worker_id}"),
            _worker_state(one),
            Cell(text="-" if one.pid is None else str(one.pid), sort=one.pid or 0),
            node_word(world, one.node_id),
            number_cell(one.num_ended),
            Cell(text=f"{shortened(now[0])}{more}" if now else "-", title=", ".join(now)[:500]),
            Cell(text="-" if memory is None else sized(memory), sort=memory or 0),
            Cell(text=time_of(one.since_s), sort=one.since_s),
        )
        return Row(key=one.worker_id, cells=cells)

    ended = sum(not one.is_alive for one in found)
    return table_of(
        "workers",
        "process",
        _WORKERS,
        found,
        row,
        asked=asked,
        empty="There are no processes yet.",
        note=f"{len(found) - ended:,} run, {ended:,} ended." if ended else "",
    )


def _worker_state(one: Process) -> Cell:
    why = shortened(one.why, 200)
    if one.state is None:
        sign, tone, word = ("●", "good", "runs") if one.is_alive else ("✕", "over", "ended")
    else:
        sign, tone, word = _STATES[one.state]
    return Cell(text=word, sign=sign, tone=tone, title=why)


def objects_table(world: World, asked: Asked) -> Table:
    """Values too large for a message, the largest first."""
    found = sorted(world.objects.values(), key=lambda one: -one.size_bytes)

    def row(one: ObjectSealed) -> Row:
        cells = (
            Cell(text=sized(one.size_bytes), sort=one.size_bytes),
            Cell(text=f"{one.object_id[:8]}…{one.object_id[-12:]}", title=one.object_id),
            Cell(text=title_of(world, one.owner_id)),
            Cell(text=title_of(world, one.worker_id)),
            Cell(text="a file on disk" if one.on_disk else "shared memory"),
            Cell(text=time_of(one.at_s), sort=one.at_s),
        )
        return Row(key=one.object_id, cells=cells)

    return table_of(
        "objects",
        "large object",
        _OBJECTS,
        found,
        row,
        asked=asked,
        empty="No value is larger than 100 KiB: smaller ones travel in messages.",
        note="Small values travel in messages; “All objects” asks every process for its own.",
    )


def lines_table(lines: Sequence[tuple[str, str]], asked: Asked) -> Table:
    """What workers printed lately, the newest first."""

    def row(one: tuple[int, tuple[str, str]]) -> Row:
        number, (who, line) = one
        return Row(key=str(number), cells=(Cell(text=shortened(who)), Cell(text=line[:500])))

    numbered: list[Any] = list(enumerate(lines))[::-1]
    return table_of(
        "log",
        "line",
        _LINES,
        numbered,
        row,
        asked=asked,
        empty="No worker has printed anything yet.",
    )
