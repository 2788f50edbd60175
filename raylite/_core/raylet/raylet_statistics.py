"""What raylets are busy with, in numbers."""

from collections.abc import Iterable

from raylite._core.common.record import Record
from raylite._core.common.states import WorkerState
from raylite._core.raylet.raylet_tables import RayletTables
from raylite._core.raylet.worker_starts import WorkerStarts

__all__ = ["RayletStatistics", "added_up", "statistics_of"]


class RayletStatistics(Record):
    """What a raylet, or all of them together, is busy with."""

    starting: int
    """Processes asked for that have not said hello."""
    idle: int
    leased: int
    """Workers that run tasks for a holder, or wait for his next one."""
    actors: int
    waiting: int
    """Requests not granted yet."""
    lending: int
    """Granted leases whose worker is blocked and lends its CPU."""
    failed_starts: int
    """Processes that died before their hello, since the last one that said it."""


def statistics_of(tables: RayletTables, starts: WorkerStarts) -> RayletStatistics:
    """Count what a raylet has on its books."""
    return RayletStatistics(
        starting=starts.num_starting,
        idle=tables.workers.count(WorkerState.IDLE),
        leased=tables.workers.count(WorkerState.LEASED),
        actors=tables.workers.count(WorkerState.ACTOR),
        waiting=len(tables.queue),
        lending=sum(lease.lends_cpu for lease in tables.leases.leases()),
        failed_starts=starts.failed,
    )


def added_up(statistics: Iterable[RayletStatistics], *, waiting: int) -> RayletStatistics:
    """Add raylets up, and the requests that wait for a node."""
    rows = list(statistics)
    sums = {name: sum(getattr(row, name) for row in rows) for name in RayletStatistics.field_names}
    return RayletStatistics(**{**sums, "waiting": sums["waiting"] + waiting})
