"""What is measured, in which unit, and what it should reach: data, no code that measures."""

from dataclasses import dataclass
from enum import Enum


class Unit(Enum):
    """In which unit a measure is told, and which way is better."""

    RATE = "/s"
    SECONDS = "s"
    MEGABYTES = "MB"
    PERCENT = "% of a core"

    @property
    def more_is_better(self) -> bool:
        """Whether a larger figure is the better one."""
        return self is Unit.RATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A figure to reach: an absolute one, or so many times the figure of a peer."""

    factor: float
    """The figure itself; with a peer, by what to multiply that peer's."""
    peer: str = ""
    """The key of the system compared with; empty for an absolute goal."""
    recorded: float = 0.0
    """The peer's figure on a machine with two cores, for a run without this peer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One row of the table."""

    key: str
    title: str
    unit: Unit
    goals: tuple[Goal, ...] = ()


def _times_ray(factor: float, recorded: float) -> Goal:
    return Goal(factor=factor, peer="ray", recorded=recorded)


MEASURES = (
    Measure(key="import", title="import alone", unit=Unit.SECONDS, goals=(Goal(factor=0.15),)),
    Measure(
        key="cold_start",
        title="import + init + first actor result",
        unit=Unit.SECONDS,
        goals=(Goal(factor=0.35),),
    ),
    Measure(
        key="actor_calls_one_by_one",
        title="actor calls one by one",
        unit=Unit.RATE,
        goals=(_times_ray(10, 1_430), Goal(factor=0.6, peer="bare")),
    ),
    Measure(
        key="actor_calls_pipelined",
        title="actor calls pipelined, 1:1",
        unit=Unit.RATE,
        goals=(_times_ray(10, 3_570),),
    ),
    Measure(
        key="driver_to_4_actors",
        title="actor calls pipelined, 1 driver to 4 actors",
        unit=Unit.RATE,
    ),
    Measure(
        key="worker_to_worker",
        title="actor calls pipelined, worker to worker 2:2",
        unit=Unit.RATE,
        goals=(_times_ray(6, 4_940),),
    ),
    Measure(
        key="tasks_one_by_one",
        title="tasks one by one",
        unit=Unit.RATE,
        goals=(_times_ray(10, 700),),
    ),
    Measure(
        key="tasks_pipelined",
        title="tasks pipelined",
        unit=Unit.RATE,
        goals=(_times_ray(10, 1_870),),
    ),
    Measure(
        key="actor_calls_one_by_one_on_one_cpu",
        title="actor calls one by one, all processes on one CPU",
        unit=Unit.RATE,
        goals=(Goal(factor=0.6, peer="bare"),),
    ),
    Measure(
        key="actor_calls_pipelined_on_one_cpu",
        title="actor calls pipelined 1:1, all processes on one CPU",
        unit=Unit.RATE,
    ),
    Measure(
        key="tasks_one_by_one_on_one_cpu",
        title="tasks one by one, all processes on one CPU",
        unit=Unit.RATE,
    ),
    Measure(key="put_get", title="put and get of a small value", unit=Unit.RATE),
    Measure(
        key="actors_one_by_one",
        title="actors created, each answered before the next",
        unit=Unit.RATE,
        goals=(_times_ray(4, 3.6),),
    ),
    Measure(
        key="actors_at_once",
        title="actors created, all started together",
        unit=Unit.RATE,
        goals=(_times_ray(4, 3.6),),
    ),
    Measure(
        key="memory_one_actor",
        title="memory (PSS) with one actor, driver included",
        unit=Unit.MEGABYTES,
        goals=(Goal(factor=70),),
    ),
    Measure(
        key="memory_further_actor",
        title="memory (PSS) per further actor",
        unit=Unit.MEGABYTES,
        goals=(Goal(factor=16),),
    ),
    Measure(
        key="restart",
        title="SIGKILL to the restarted actor's next answer",
        unit=Unit.SECONDS,
        goals=(Goal(factor=0.15),),
    ),
    Measure(
        key="idle_cpu",
        title="CPU while idle, all processes",
        unit=Unit.PERCENT,
        goals=(Goal(factor=1.0),),
    ),
    Measure(key="shutdown", title="shutdown", unit=Unit.SECONDS),
)
"""All rows, in the table's order."""

SYSTEMS = {
    "raylite": "raylite",
    "bare": "bare connection",
    "loky": "loky",
    "ray": "Ray",
}
"""Whom we measure: key, and the name in the table's head."""
