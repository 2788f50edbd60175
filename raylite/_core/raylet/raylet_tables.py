"""The books of one raylet, and the entries that concern two of them."""

from collections.abc import Callable, Iterable, Iterator

from raylite._core.common.events import Event
from raylite._core.common.ids import NodeID
from raylite._core.common.instructions import Instruction
from raylite._core.common.resources import ResourceSet
from raylite._core.raylet.bundle_table import BundleTable
from raylite._core.raylet.lease_queue import LeaseQueue
from raylite._core.raylet.lease_table import Lease, LeaseTable
from raylite._core.raylet.resource_pool import ResourcePool
from raylite._core.raylet.worker_table import Worker, WorkerTable

__all__ = ["RayletTables"]


class RayletTables:
    """What a raylet knows.

    Args:
        node_id: the node.
        total: what the node has.
        record: called with every event, in order, before a method returns.
        numbers: the order of arrival of leases, where nodes share one; None: its own.
    """

    def __init__(
        self,
        node_id: NodeID,
        total: ResourceSet,
        record: Callable[[Event], None],
        numbers: Iterator[int] | None,
    ) -> None:
        self.node_id = node_id
        self.record = record
        self.node = ResourcePool(total)
        self.bundles = BundleTable(self.node)
        self.workers = WorkerTable(node_id, record)
        self.leases = LeaseTable(record, numbers)
        self.queue = LeaseQueue()

    def room_for(self, lease: Lease) -> ResourcePool | None:
        """Where a request can take now what it will hold; None if it has to wait for that."""
        for pool in self.bundles.pools_for(lease.strategy):
            if pool.could_hold(lease.placement) and pool.has_room(lease.held):
                return pool
        return None

    def places_of(self, lease: Lease) -> list[ResourcePool]:
        """Where a request could take what it will hold if nothing were in use."""
        pools = self.bundles.pools_for(lease.strategy)
        return [pool for pool in pools if pool.could_hold(lease.placement)]

    def cancel(self, lease: Lease, at_s: float) -> None:
        """End a lease that waits."""
        self.queue.remove(lease)
        self.leases.end(lease, at_s)

    def stop_workers_of(
        self, leases: Iterable[Lease], why: str, *, is_crash: bool = False
    ) -> list[Instruction]:
        """Kill the workers of granted leases, which last until these are dead.

        Args:
            leases: granted ones. Workers that were killed before are left alone.
            why: a whole sentence for the user, without the final stop.
            is_crash: whether actors that are in them may be restarted.
        """
        workers = [self.worker_of(lease) for lease in leases]
        return [
            self.workers.stop(worker, why, force=True, is_crash=is_crash)
            for worker in workers
            if not worker.killed
        ]

    def worker_of(self, lease: Lease) -> Worker:
        """The worker of a granted lease."""
        worker = lease.worker_id and self.workers.get(lease.worker_id)
        assert worker  # a granted lease has a living worker: WorkerDied ends it
        return worker

    def lease_of(self, worker: Worker) -> Lease:
        """The lease of a worker that has one."""
        lease = worker.lease_id and self.leases.get(worker.lease_id)
        assert lease  # only a granted lease is noted at its worker
        return lease
