"""Who is granted what: requests that wait, workers that are idle, and what there is to hold.

In Ray: ``GrantScheduledLeasesToWorkers`` in ``src/ray/raylet/local_lease_manager.cc``.
"""

from collections.abc import Collection
from itertools import takewhile

from raylite._core.common.ids import WorkerID
from raylite._core.common.instructions import GrantWorkerLease, Instruction, ReclaimIdleLeases
from raylite._core.common.resources import ResourceSet
from raylite._core.common.states import WorkerState
from raylite._core.raylet.lease_table import Lease
from raylite._core.raylet.raylet_tables import RayletTables
from raylite._core.raylet.reservations import release, reserve_all
from raylite._core.raylet.resource_pool import ResourcePool
from raylite._core.raylet.worker_table import Worker

__all__ = ["LeaseGranter"]


class LeaseGranter:
    """Grants what can be granted, and asks for what others keep without using it.

    Args:
        tables: what the raylet knows.
    """

    def __init__(self, tables: RayletTables) -> None:
        self._tables = tables
        self._workers = tables.workers
        self._leases = tables.leases
        self._queue = tables.queue
        # Holders that were asked for idle leases and whose leases are the same since then.
        self._reclaimed: set[WorkerID] = set()

    def grant_waiting(self, at_s: float) -> list[Instruction]:
        """Grant all that can be granted, the earliest of those that fit first."""
        grants: list[Instruction] = []
        while self._queue and self._workers.num_usable and (grant := self._grant_one(at_s)):
            grants.append(grant)
        return grants

    def lease_ended(self, lease: Lease) -> None:
        """Note that a granted lease is over: its holder may be asked again."""
        self._reclaimed.discard(lease.holder_id)

    def reclaim(self) -> list[Instruction]:
        """Ask the holders of leases for which others wait to return those they do not use."""
        if not self._queue:
            return []
        blocked = [
            (head, self._tables.places_of(head))
            for head in self._queue.heads()
            if self._tables.room_for(head) is None
        ]
        if not blocked:
            return []
        holders = dict.fromkeys(
            lease.holder_id
            for lease in self._leases.task_leases()
            if lease.holder_id not in self._reclaimed
            and any(self._would_help(lease, head, places) for head, places in blocked)
        )
        self._reclaimed.update(holders)
        return [ReclaimIdleLeases(holder_id=holder_id) for holder_id in holders]

    def reclaim_all(self) -> list[Instruction]:
        """Ask every holder of a lease for tasks, since a group waits for what they hold."""
        holders = self._not_asked()
        self._reclaimed.update(holders)
        return [ReclaimIdleLeases(holder_id=holder_id) for holder_id in holders]

    def returnable(self) -> ResourceSet:
        """What the node would have back if those who were not asked yet returned their leases."""
        holders, node = self._not_asked(), self._tables.node
        leases = self._leases.task_leases() if holders else []
        mine = (x.taken for x in leases if x.pool is node and x.holder_id in holders)
        return sum(mine, ResourceSet())

    def _not_asked(self) -> dict[WorkerID, None]:
        leases = self._leases.task_leases()
        return dict.fromkeys(x.holder_id for x in leases if x.holder_id not in self._reclaimed)

    def _grant_one(self, at_s: float) -> GrantWorkerLease | None:
        without_worker: list[Lease] = []
        for head in self._queue.heads():
            worker = self._workers.warmest(head.env_key)
            if worker is None:
                without_worker += [head] if head.held else []
            elif (pool := self._room_behind(without_worker, head)) is not None:
                return self._grant(head, worker, pool, at_s)
        return None

    def _room_behind(self, without_worker: list[Lease], head: Lease) -> ResourcePool | None:
        """Where a request can take what it will hold and leave others what is theirs.

        What came before it, and waits only for a process of its own environment, keeps its turn.
        """
        if not without_worker:
            return self._tables.room_for(head)
        lines = (self._queue.line(other) for other in without_worker)
        earlier = [takewhile(lambda lease: lease.number < head.number, line) for line in lines]
        reservations = reserve_all(earlier, self._tables.room_for)
        pool = self._tables.room_for(head)
        release(reservations)
        return pool

    def _grant(
        self, lease: Lease, worker: Worker, pool: ResourcePool, at_s: float
    ) -> GrantWorkerLease:
        self._queue.remove(lease)
        worker.lease_id = lease.lease_id
        self._leases.grant(lease, worker.worker_id, pool, at_s)
        if lease.actor_id is None:
            self._workers.move(worker, WorkerState.LEASED, at_s, f"leased to {lease.holder_id}")
        else:
            self._workers.move(worker, WorkerState.ACTOR, at_s, f"for actor {lease.actor_id}")
        self._reclaimed.discard(lease.holder_id)
        return GrantWorkerLease(
            lease_id=lease.lease_id,
            worker_id=worker.worker_id,
            node_id=self._tables.node_id,
            holder_id=lease.holder_id,
            actor_id=lease.actor_id,
            gpu_ids=tuple(sorted(number for number, _units in lease.shares)),
        )

    def _would_help(self, granted: Lease, head: Lease, pools: Collection[ResourcePool]) -> bool:
        """Whether a request that waits would profit if a granted lease were given back.

        One of the same holder for the same shape would not: it is for the tasks that the granted
        lease is working off.
        """
        if granted.pool not in pools:
            return False
        if (head.held, head.env_key, head.strategy) != (
            granted.held,
            granted.env_key,
            granted.strategy,
        ):
            return True
        askers = self._queue.askers(head)
        return len(askers) > 1 or granted.holder_id not in askers
