"""Times, sizes, counts and names as every table and picture writes them.

In Ray: ``python/ray/dashboard/client/src/util``. A student reads ``3.2 ms`` and ``1.5 MB``, and a
name that is a page long is cut off. Nothing is escaped here: who draws does that.
"""

from typing import Final

from raylite._core.common.ids import ActorID, WorkerID
from raylite.notebook.world.tables import Actor
from raylite.notebook.world.world import World

__all__ = [
    "actor_label",
    "call_label",
    "counted",
    "function_label",
    "shortened",
    "sized",
    "time_of",
    "timed",
    "title_of",
]

NAME_LENGTH: Final = 60
_MS_S: Final = 1e-3
_MINUTE_S: Final = 60
_THOUSAND: Final = 1000
_UNITS: Final = ("B", "kB", "MB", "GB", "TB")


def shortened(text: str, length: int = NAME_LENGTH) -> str:
    """The text in one line, without what moves a cursor, cut off behind so many characters."""
    # A megabyte need not be walked through to be cut.
    start = text[: 4 * length]
    if not start.isprintable():
        start = "".join(one if one.isprintable() else " " for one in start)
    line = " ".join(start.split())
    is_cut = len(line) > length or len(text) > 4 * length
    return f"{line[: length - 1].rstrip()}…" if is_cut else line


def timed(seconds: float) -> str:
    """A duration with three digits: ``12.3 µs``, ``4.56 ms``, ``7.89 s``, ``2 min 03 s``."""
    if seconds < 0.9995 * _MS_S:
        return f"{_three(max(seconds, 0.0) * 1e6)} µs"
    if seconds < 0.9995:  # noqa: PLR2004  # what is rounded to a second is written as one
        return f"{_three(seconds * 1e3)} ms"
    if seconds < _MINUTE_S:
        return f"{_three(seconds)} s"
    minutes, rest = divmod(round(seconds), _MINUTE_S)
    if minutes < _MINUTE_S:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // _MINUTE_S} h {minutes % _MINUTE_S:02d} min"


def time_of(at_s: float) -> str:
    """A moment of the session: ``12.345 s``."""
    return f"{at_s:,.3f} s"


def sized(num_bytes: float) -> str:
    """``0 B``, ``812 B``, ``1.5 kB``, ``23 MB``."""
    value = float(num_bytes)
    for unit in _UNITS[:-1]:
        if value < _THOUSAND:
            return f"{value:.0f} {unit}" if unit == "B" else f"{_three(value)} {unit}"
        value /= _THOUSAND
    return f"{_three(value)} {_UNITS[-1]}"


def counted(number: int, noun: str) -> str:
    """A number and a noun, as ``1 call``, ``1,204 calls`` and ``2 processes``."""
    ending = "" if number == 1 else "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}{ending}"


def actor_label(actor: Actor) -> str:
    """``Counter``, or ``Counter “ann”`` of a named one."""
    class_name = shortened(actor.class_name.rpartition(".")[2] or actor.class_name)
    return f"{class_name} “{shortened(actor.name, 30)}”" if actor.name else class_name


def call_label(name: str) -> str:
    """``Counter.increment`` of whatever it is called in full."""
    parts = name.replace("<locals>.", "").split(".")
    return shortened(".".join(parts[-2:]))


def function_label(world: World, name: str, actor_id: str | None) -> str:
    """``Counter.increment`` of a method, whose calls are named without the class; else its name."""
    actor = world.actors.get(ActorID(actor_id)) if actor_id is not None else None
    if actor is None or "." in name:
        return call_label(name)
    return shortened(f"{actor.class_name.rpartition('.')[2]}.{name}")


def title_of(world: World, worker_id: WorkerID, at_s: float | None = None) -> str:
    """Who a process is: the driver, an actor, or a worker for tasks.

    Args:
        world: all that is known.
        worker_id: which process.
        at_s: who it was then, since a worker for tasks may become an actor; None for now.
    """
    process = world.processes.get(worker_id)
    if process is None:
        return "a process that is gone"
    if process.is_driver:
        return "driver"
    actor = world.actors.get(ActorID(process.actor_id)) if process.actor_id else None
    if actor is None or (at_s is not None and at_s < _moved_in_s(actor, worker_id)):
        return "worker"
    return actor_label(actor)


def _moved_in_s(actor: Actor, worker_id: WorkerID) -> float:
    """From when on an actor has lived in a process, as far as that is known."""
    return next((one.at_s for one in actor.life if one.worker_id == worker_id), 0.0)


def _three(value: float) -> str:
    """Three digits that count."""
    if value >= 99.95:  # noqa: PLR2004  # what is rounded to 100 has three digits before the point
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}".removesuffix("0")  # noqa: PLR2004
