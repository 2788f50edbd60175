"""What is measured, in which unit, and what it should reach: data, no code that measures."""

from dataclasses import dataclass

from benchmarks.units import Unit


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
    program: str
    """Which program measures it: a key of :data:`PROGRAMS`."""
    goals: tuple[Goal, ...] = ()
    headline: str = ""
    """Its short title where only some rows are shown: the README's table, and the plot."""
    large: bool = False
    """Whether it handles objects of 400 MB, for which not every machine has room."""


PROGRAMS = {
    "start": "The start",
    "calls": "Calls of actors",
    "one_cpu": "All processes on one CPU",
    "tasks": "Tasks",
    "objects": "Objects",
    "processes": "Actors and processes",
    "pi": "A program that computes",
}
"""The parts of the table. Each is one program for each system, run in a fresh process."""


def _ray(factor: float, recorded: float) -> Goal:
    return Goal(factor=factor, peer="ray", recorded=recorded)


MEASURES = (
    Measure(
        key="import",
        title="import alone",
        unit=Unit.SECONDS,
        program="start",
        goals=(Goal(factor=0.15),),
    ),
    Measure(
        key="cold_start",
        title="from `import` to the first answer",
        headline="import to first answer",
        unit=Unit.SECONDS,
        program="start",
        goals=(Goal(factor=0.35),),
    ),
    Measure(
        key="shutdown",
        title="shutdown",
        headline="shutdown",
        unit=Unit.SECONDS,
        program="start",
    ),
    Measure(
        key="actor_calls_one_by_one",
        title="actor calls one by one",
        headline="actor calls one by one",
        unit=Unit.RATE,
        program="calls",
        goals=(_ray(10, 1_430), Goal(factor=0.6, peer="bare")),
    ),
    Measure(
        key="actor_calls_pipelined",
        title="actor calls pipelined, 1:1",
        headline="actor calls pipelined",
        unit=Unit.RATE,
        program="calls",
        goals=(_ray(10, 3_570),),
    ),
    Measure(
        key="driver_to_4_actors",
        title="actor calls pipelined, 1 driver to 4 actors",
        headline="one driver to 4 actors",
        unit=Unit.RATE,
        program="calls",
    ),
    Measure(
        key="worker_to_worker",
        title="actor calls pipelined, worker to worker 2:2",
        headline="worker to worker, 2:2",
        unit=Unit.RATE,
        program="calls",
        goals=(_ray(6, 4_940),),
    ),
    Measure(
        key="async_calls_one_by_one",
        title="calls of an asynchronous actor one by one",
        headline="async calls one by one",
        unit=Unit.RATE,
        program="calls",
        goals=(_ray(10, 1_000),),
    ),
    Measure(
        key="async_calls_pipelined",
        title="calls of an asynchronous actor pipelined",
        headline="async calls pipelined",
        unit=Unit.RATE,
        program="calls",
        goals=(_ray(10, 3_130),),
    ),
    Measure(
        key="threaded_calls_pipelined",
        title="calls of an actor with 4 threads pipelined",
        unit=Unit.RATE,
        program="calls",
    ),
    Measure(
        key="pool_map",
        title="`ActorPool.map` of 1,000 items over 2 actors, items",
        headline="ActorPool.map, items",
        unit=Unit.RATE,
        program="calls",
        goals=(_ray(8, 1_480),),
    ),
    Measure(
        key="actor_calls_one_by_one_on_one_cpu",
        title="actor calls one by one",
        headline="actor calls on one CPU",
        unit=Unit.RATE,
        program="one_cpu",
        goals=(Goal(factor=0.6, peer="bare"),),
    ),
    Measure(
        key="actor_calls_pipelined_on_one_cpu",
        title="actor calls pipelined, 1:1",
        unit=Unit.RATE,
        program="one_cpu",
    ),
    Measure(
        key="tasks_one_by_one_on_one_cpu",
        title="tasks one by one",
        unit=Unit.RATE,
        program="one_cpu",
    ),
    Measure(
        key="tasks_one_by_one",
        title="tasks one by one",
        headline="tasks one by one",
        unit=Unit.RATE,
        program="tasks",
        goals=(_ray(10, 700),),
    ),
    Measure(
        key="tasks_pipelined",
        title="tasks pipelined",
        headline="tasks pipelined",
        unit=Unit.RATE,
        program="tasks",
        goals=(_ray(10, 1_870),),
    ),
    Measure(
        key="wait_1000",
        title="1,000 tasks taken one by one with `wait`, rounds",
        headline="wait over 1,000 tasks",
        unit=Unit.RATE,
        program="tasks",
        goals=(_ray(10, 1.7),),
    ),
    Measure(
        key="put_small",
        title="put of a small value",
        headline="small put",
        unit=Unit.RATE,
        program="objects",
        goals=(_ray(20, 1_870),),
    ),
    Measure(
        key="get_small",
        title="get of a small value already there",
        headline="small get",
        unit=Unit.RATE,
        program="objects",
        goals=(_ray(10, 10_200),),
    ),
    Measure(
        key="put_get",
        title="put and get of a small value",
        unit=Unit.RATE,
        program="objects",
    ),
    Measure(
        key="put_400_mb",
        title="put of 400 MB, repeated (bare: memcpy into fresh memory)",
        headline="put of 400 MB",
        unit=Unit.GIGABYTES_PER_S,
        program="objects",
        goals=(Goal(factor=1.0, peer="bare", recorded=0.30), _ray(2, 0.60)),
        large=True,
    ),
    Measure(
        key="get_400_mb",
        title="get of 400 MB already there",
        headline="get of 400 MB",
        unit=Unit.RATE,
        program="objects",
        goals=(_ray(1, 3_300),),
        large=True,
    ),
    Measure(
        key="pass_400_mb",
        title="calls with a ref of 400 MB as argument",
        headline="400 MB as argument",
        unit=Unit.RATE,
        program="objects",
        goals=(_ray(5, 630),),
        large=True,
    ),
    Measure(
        key="return_100_mb",
        title="100 MB returned by an actor",
        headline="100 MB returned",
        unit=Unit.GIGABYTES_PER_S,
        program="objects",
        goals=(_ray(1, 3.7),),
        large=True,
    ),
    Measure(
        key="actors_one_by_one",
        title="actors created, each answered before the next",
        headline="actors created",
        unit=Unit.RATE,
        program="processes",
        goals=(_ray(4, 3.6),),
    ),
    Measure(
        key="actors_at_once",
        title="actors created, all started together",
        unit=Unit.RATE,
        program="processes",
        goals=(_ray(4, 3.6),),
    ),
    Measure(
        key="memory_one_actor",
        title="memory (PSS) with one actor, driver included",
        headline="memory with one actor",
        unit=Unit.MEGABYTES,
        program="processes",
        goals=(Goal(factor=70),),
    ),
    Measure(
        key="memory_further_actor",
        title="memory (PSS) per further actor",
        headline="memory per further actor",
        unit=Unit.MEGABYTES,
        program="processes",
        goals=(Goal(factor=16),),
    ),
    Measure(
        key="restart",
        title="SIGKILL to the restarted actor's next answer",
        headline="restart after SIGKILL",
        unit=Unit.SECONDS,
        program="processes",
        goals=(Goal(factor=0.15),),
    ),
    Measure(
        key="idle_cpu",
        title="CPU while idle, all processes, of one core",
        unit=Unit.PERCENT,
        program="processes",
        goals=(Goal(factor=1.0),),
    ),
    Measure(
        key="pi",
        title="the Pi lesson's speed, of bare processes' (one for each core)",
        headline="Pi lesson's efficiency",
        unit=Unit.RATIO,
        program="pi",
        goals=(Goal(factor=0.95),),
    ),
)
"""All rows, in the table's order."""

BY_KEY = {measure.key: measure for measure in MEASURES}
"""The same, by key."""
