"""What is measured in growing sizes, as data: the rows of the table."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from benchmarks import scaling_workloads as work


class Group(Enum):
    """What is drawn in one picture."""

    CALLS = "calls and tasks"
    WAIT = "wait"
    ACTORS = "actors"
    MORE = "queues, pools, large values"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Something that is done in growing sizes."""

    run: Callable[[Any, int], work.Watch]
    group: Group
    title: str
    sizes: tuple[int, ...]
    """Each two to four times the one before."""
    bytes_each: int = 0
    """Memory that one of what is counted takes, about; a size that does not fit is left out."""

    @property
    def key(self) -> str:
        """Its name on the command line."""
        return self.run.__name__


_KB = 1_000
_MB = 1_000_000

WORKLOADS = (
    Workload(
        run=work.calls_before_creation,
        group=Group.CALLS,
        title="calls queued before the actor is there",
        sizes=(6_250, 25_000, 100_000),
        bytes_each=4 * _KB,
    ),
    Workload(
        run=work.calls_of_a_living_actor,
        group=Group.CALLS,
        title="calls queued to a living actor",
        sizes=(6_250, 25_000, 100_000),
        bytes_each=4 * _KB,
    ),
    Workload(
        run=work.calls_with_unready_arguments,
        group=Group.CALLS,
        title="calls whose argument is not there yet",
        sizes=(5_000, 10_000, 20_000, 40_000),
    ),
    Workload(
        run=work.tasks_at_once,
        group=Group.CALLS,
        title="tasks at once",
        sizes=(1_250, 2_500, 5_000, 10_000),
    ),
    Workload(
        run=work.tasks_of_results,
        group=Group.CALLS,
        title="tasks, each of the result before",
        sizes=(500, 1_000, 2_000, 4_000),
    ),
    Workload(
        run=work.many_arguments,
        group=Group.CALLS,
        title="one task with so many refs as arguments",
        sizes=(2_000, 4_000, 8_000, 16_000),
    ),
    Workload(
        run=work.get_beside_failures,
        group=Group.CALLS,
        title="get of so many while others fail",
        sizes=(3_125, 12_500, 50_000),
    ),
    Workload(
        run=work.cancel_in_a_queue,
        group=Group.CALLS,
        title="tasks cancelled in any order",
        sizes=(2_000, 4_000, 8_000, 16_000),
    ),
    Workload(
        run=work.wait_one_by_one,
        group=Group.WAIT,
        title="calls, and wait for them one by one",
        sizes=(1_000, 3_125, 12_500, 50_000),
    ),
    Workload(
        run=work.wait_a_hundred_at_a_time,
        group=Group.WAIT,
        title="the same, a hundred at a time",
        sizes=(3_125, 12_500, 50_000),
    ),
    Workload(
        run=work.wait_a_percent_at_a_time,
        group=Group.WAIT,
        title="the same, a hundredth at a time",
        sizes=(3_125, 12_500, 50_000),
    ),
    Workload(
        run=work.wait_bounded,
        group=Group.WAIT,
        title="wait for one of 1,000, submit another",
        sizes=(1_000, 2_000, 4_000, 8_000),
    ),
    Workload(
        run=work.actors_at_once,
        group=Group.ACTORS,
        title="actors created at once",
        sizes=(25, 50, 100, 200),
        bytes_each=8 * _MB,
    ),
    Workload(
        run=work.tree_of_actors,
        group=Group.ACTORS,
        title="a tree of actors, 2 to 5 deep",
        sizes=(4, 13, 40, 121),
        bytes_each=8 * _MB,
    ),
    Workload(
        run=work.actor_pool,
        group=Group.MORE,
        title="ActorPool.map",
        sizes=(1_250, 2_500, 5_000, 10_000),
    ),
    Workload(
        run=work.queue,
        group=Group.MORE,
        title="put and get of a Queue",
        sizes=(500, 1_000, 2_000, 4_000),
    ),
    Workload(
        run=work.large_argument,
        group=Group.MORE,
        title="an argument of so many MB",
        sizes=(128, 256, 512, 1_024),
        bytes_each=3 * _MB,
    ),
)
"""All rows, in the table's order."""
