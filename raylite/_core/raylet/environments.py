"""Environments whose driver has ended: what is still asked for them, and what is not.

In Ray: ``WorkerPool::HandleJobFinished`` in ``src/ray/raylet/worker_pool.cc``.
"""

from collections.abc import Iterable

from raylite._core.common.instructions import Instruction
from raylite._core.common.messages import EnvironmentGone
from raylite._core.raylet import rejections
from raylite._core.raylet.lease_table import Lease
from raylite._core.raylet.raylet_tables import RayletTables

__all__ = ["Environments"]


class Environments:
    """Rejects what is requested for nobody. Idle workers are stopped by the raylet's tick.

    Args:
        tables: what the raylet knows.
    """

    def __init__(self, tables: RayletTables) -> None:
        self.gone: set[str] = set()
        self._tables = tables

    def handle(self, message: EnvironmentGone) -> list[Instruction]:
        """No more work will come for an environment, but for actors that live on."""
        self.gone.add(message.env_key)
        waiting = self._tables.queue.matching(lambda head: head.env_key == message.env_key)
        return self.reject(waiting, message.at_s)

    def reject(self, waiting: Iterable[Lease], at_s: float) -> list[Instruction]:
        """End those of these requests that belong to an environment that is gone."""
        gone = [lease for lease in waiting if rejections.belongs_to(lease, self.gone)]
        for lease in gone:
            self._tables.cancel(lease, at_s)
        return [rejections.environment_gone(lease) for lease in gone]
