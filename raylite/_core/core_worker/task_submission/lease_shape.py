"""What tasks have in common that may run under one lease, one after the other.

In Ray: ``SchedulingKey`` in ``src/ray/core_worker/common.h``.
"""

from collections.abc import Mapping

from raylite._core.common.call_options import ONE_CPU
from raylite._core.common.ids import LeaseID, WorkerID
from raylite._core.common.messages import RequestWorkerLease
from raylite._core.common.record import Record
from raylite._core.common.resources import GPU, ResourceSet
from raylite._core.common.scheduling_strategy import DEFAULT_STRATEGY, SchedulingStrategy
from raylite._core.rpc.peer_messages import LeaseContext

__all__ = ["LeaseShape"]

_ONE_CPU = ResourceSet.of(ONE_CPU)


class LeaseShape(Record):
    """The needs of a task."""

    held: ResourceSet
    strategy: SchedulingStrategy = DEFAULT_STRATEGY
    env_key: str = ""
    once: bool = False
    """Whether it must not run twice."""

    def request(
        self,
        lease_id: LeaseID,
        holder_id: WorkerID,
        locality: Mapping[str, int],
        at_s: float,
    ) -> RequestWorkerLease:
        """Ask for a worker."""
        return RequestWorkerLease(
            lease_id=lease_id,
            holder_id=holder_id,
            placement=self.held,
            held=self.held,
            env_key=self.env_key,
            strategy=self.strategy,
            locality=locality,
            at_s=at_s,
        )

    def is_ordinary(self) -> bool:
        """Whether a worker assumes this of every lease that it is told nothing else of."""
        return self.held == _ONE_CPU and self.strategy == DEFAULT_STRATEGY

    def has_gpus(self) -> bool:
        """Whether it is given GPUs by number."""
        return self.held.amount(GPU) > 0

    def context(self, gpu_ids: tuple[int, ...]) -> LeaseContext:
        """What a worker is told of a lease."""
        return LeaseContext(resources=self.held.to_dict(), gpu_ids=gpu_ids, strategy=self.strategy)
