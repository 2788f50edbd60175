"""Which idle worker has to go, and when.

In Ray: ``WorkerPool::TryKillingIdleWorkers`` in ``src/ray/raylet/worker_pool.cc``.

Rule 1: some idle workers are kept, whatever their environment. Above that number the one that has
been idle longest goes when it has been so for a while; programs that pulse keep their processes.
Rule 2: a warm worker that must be there is not surplus.
Rule 3: a worker whose environment is gone goes at once; one that was asked before and stayed,
since others need what it owns, is asked again after the same while.
"""

from collections.abc import Set as AbstractSet

from raylite._core.common.record import Record
from raylite._core.raylet.worker_table import Worker, WorkerTable

__all__ = ["IdleLimits"]


class IdleLimits(Record):
    """How many workers may be idle for how long."""

    max_idle: int
    grace_s: float
    """Seconds that a surplus worker stays."""
    num_warm: int
    warm_env_key: str

    def num_warm_missing(self, workers: WorkerTable) -> int:
        """How many warm workers should be there and are not."""
        return max(self.num_warm - workers.num_usable_of(self.warm_env_key), 0)

    def next_due(self, workers: WorkerTable, gone: AbstractSet[str]) -> tuple[float, Worker] | None:
        """The worker to stop next, and when, in seconds since the session began.

        Args:
            workers: those of the node.
            gone: the environments no more work will come for.
        """
        due: list[tuple[float, Worker]] = []
        if gone:
            due += [
                (worker.since_s + (self.grace_s if worker.stayed else 0.0), worker)
                for worker in workers.usable()
                if worker.env_key in gone
            ]
        if workers.num_usable > max(self.max_idle, self.num_warm):
            needs_warm = workers.num_usable_of(self.warm_env_key) <= self.num_warm
            surplus = next(
                worker
                for worker in workers.usable()
                if not (needs_warm and worker.env_key == self.warm_env_key)
            )
            due.append((surplus.since_s + self.grace_s, surplus))
        return min(due, key=lambda pair: pair[0], default=None)
