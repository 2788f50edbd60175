"""One node's raylet: who may use its workers and its resources, and who has to wait.

In Ray: ``src/ray/raylet/node_manager.cc`` and ``local_lease_manager.cc``. Left out here: leases
that wait for objects. Which node a request goes to is decided by
:class:`~raylite._core.raylet.cluster_lease_manager.ClusterLeaseManager`.

The raylet is pure: :meth:`Raylet.handle` takes one message and returns the instructions the
node must carry out. Starting a process or ending one takes time; the raylet asks, goes on, and
learns from a later message what came of it.

Rule 1: a request is granted when the node, or the bundle it is for, is large enough for its
``placement``, what it will hold is available there, and a worker of its environment is idle. An
actor that holds nothing is therefore placed even while every CPU is in use, as in Ray; a node
without a CPU never gets it.
Rule 2: what is available is what the node has, less what bundles have set aside, less what the
granted leases hold and do not lend. It is below zero while a worker that has come back from
``get`` shares its CPU with the one that was let in meanwhile.
Rule 3: after every message all that can be granted is granted.
Rule 4: an actor's lease ends with its worker, a task's lease when the holder returns it.
Rule 5: what a process sent is handled before its ``WorkerDied``, never after it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, assert_never

from raylite._core.common.events import Event
from raylite._core.common.ids import LeaseID, NodeID, WorkerID
from raylite._core.common.instructions import Instruction, StartWorker
from raylite._core.common.messages import (
    CancelWorkerLease,
    CommitBundles,
    EnvironmentGone,
    PrepareBundles,
    RayletMessage,
    RequestWorkerLease,
    ReturnBundles,
    ReturnWorkerLease,
    WorkerBlocked,
    WorkerDied,
    WorkerRegistered,
    WorkerStarting,
    WorkerStays,
    WorkerUnblocked,
)
from raylite._core.common.node_resources import NodeResources
from raylite._core.common.resources import CPU, ResourceSet
from raylite._core.common.states import LeaseState, WorkerState
from raylite._core.raylet.environments import Environments
from raylite._core.raylet.idle_workers import IdleLimits
from raylite._core.raylet.ignored import ignore
from raylite._core.raylet.lease_granter import LeaseGranter
from raylite._core.raylet.lease_table import Lease, LeaseTable, LeaseView
from raylite._core.raylet.placement_group_resource_manager import PlacementGroupResourceManager
from raylite._core.raylet.raylet_statistics import RayletStatistics, statistics_of
from raylite._core.raylet.raylet_tables import RayletTables
from raylite._core.raylet.reservations import Reservation, release, reserve_all
from raylite._core.raylet.resource_pool import ResourcePool
from raylite._core.raylet.worker_starts import WorkerStarts
from raylite._core.raylet.worker_table import Worker, WorkerView

__all__ = ["IDLE_GRACE_S", "Raylet"]

IDLE_GRACE_S: Final = 1.0
"""Seconds a surplus worker stays, so that a program that pulses keeps its processes."""
_MAX_PLANNED: Final = 100
"""Requests a plan looks at, so that very small ones do not make it a long one."""
NO_LABELS: Final[Mapping[str, str]] = {}


class Raylet:
    """Hands the workers and resources of one node out on lease.

    Args:
        node_id: the node.
        total: what the node has.
        record: called with every event, in order, before a method returns.
        labels: what the node is called by label selectors.
        max_idle: idle workers kept; None: one for each CPU, but at least 1.
        idle_grace_s: seconds a worker above ``max_idle`` is kept all the same.
        num_warm: idle workers to have ready before anyone asks.
        warm_env_key: the environment they belong to.
        max_starting: processes to start at once; None: two for each CPU, but at least 2.
        numbers: the order of arrival of leases, where nodes share one; None: its own.
    """

    def __init__(
        self,
        node_id: NodeID,
        total: ResourceSet,
        record: Callable[[Event], None],
        *,
        labels: Mapping[str, str] = NO_LABELS,
        max_idle: int | None = None,
        idle_grace_s: float = IDLE_GRACE_S,
        num_warm: int = 0,
        warm_env_key: str = "",
        max_starting: int | None = None,
        numbers: Iterator[int] | None = None,
    ) -> None:
        cpus = int(total.amount(CPU))
        self.node_id = node_id
        self.total = total
        self.labels = labels
        self._record = record
        self._idle_limits = IdleLimits(
            max_idle=max(1, cpus) if max_idle is None else max_idle,
            grace_s=idle_grace_s,
            num_warm=num_warm,
            warm_env_key=warm_env_key,
        )
        self._tables = RayletTables(node_id, total, record, numbers)
        self._workers = self._tables.workers
        self._leases = self._tables.leases
        self._queue = self._tables.queue
        self._starts = WorkerStarts(
            self._workers, max(2, 2 * cpus) if max_starting is None else max_starting
        )
        self.granter = LeaseGranter(self._tables)
        self._groups = PlacementGroupResourceManager(self._tables)
        self._environments = Environments(self._tables)
        self._closing = ""

    # What others may ask.

    def available(self) -> ResourceSet:
        """What is neither held nor set aside; below zero where a lent CPU was taken back in use."""
        return self._tables.node.available

    def resources(self) -> NodeResources:
        """The node as a policy sees it."""
        return NodeResources(
            node_id=self.node_id,
            total=self.total,
            available=self._tables.node.available,
            labels=self.labels,
        )

    def infeasible(self, placement: ResourceSet) -> bool:
        """Whether a request can never be granted, since the node is too small for it."""
        return not placement.fits_in(self.total)

    def workers(self) -> list[WorkerView]:
        """Every worker that is starting or running, in the order they were started."""
        return [worker.view() for worker in self._workers.workers()]

    def has_worker(self, worker_id: WorkerID) -> bool:
        """Whether a worker of the node is starting or running under this id."""
        return self._workers.get(worker_id) is not None

    def has_writer(self, prefix: str) -> bool:
        """Whether a worker of the node has an id that begins so."""
        return any(worker.worker_id.startswith(prefix) for worker in self._workers.workers())

    def leases(self) -> list[LeaseView]:
        """Every lease that is pending or granted, in the order of arrival."""
        return [lease.view() for lease in self._leases.leases()]

    @property
    def num_waiting(self) -> int:
        """How many requests wait here."""
        return len(self._queue)

    def has_lease(self, lease_id: LeaseID) -> bool:
        """Whether a lease is pending or granted here."""
        return self._leases.get(lease_id) is not None

    def statistics(self) -> RayletStatistics:
        """What the raylet is busy with at this moment."""
        return statistics_of(self._tables, self._starts)

    # What it is told.

    def handle(self, message: RayletMessage) -> list[Instruction]:
        """Apply one message, then grant whatever can be granted.

        Returns:
            What the node must do, in order.

        Raises:
            InvalidTransitionError: if a worker reports what it cannot have done.
        """
        instructions: list[Instruction] = []
        match message:
            case RequestWorkerLease():
                instructions += self._request(message)
            case CancelWorkerLease() | ReturnWorkerLease():
                self._end_by_holder(message)
            case WorkerStarting():
                self._starting(message)
            case WorkerRegistered():
                instructions += self._registered(message)
            case WorkerBlocked() | WorkerUnblocked():
                self._lend(message)
            case WorkerStays():
                self._stays(message)
            case WorkerDied():
                instructions += self._died(message)
            case PrepareBundles() | CommitBundles() | ReturnBundles():
                instructions += self._groups.handle(message)
            case EnvironmentGone():
                instructions += self._environments.handle(message)
            case _:
                assert_never(message)
        return instructions + self.tick(message.at_s)

    def tick(self, at_s: float) -> list[Instruction]:
        """Grant and start what is due; stop workers that have been idle for too long.

        ``handle`` ends with it. Call it alone after construction, where ``num_warm`` is set,
        and when the time that :meth:`next_tick_s` names has come.
        """
        if self._closing:
            return []
        return [
            *self.granter.grant_waiting(at_s),
            *self._start_workers(),
            *self.granter.reclaim(),
            *self._stop_idle(at_s),
        ]

    def next_tick_s(self) -> float | None:
        """When the next idle worker is to be stopped, in seconds since the session began.

        Returns:
            The time for :meth:`tick`; None if only a message can change anything.
        """
        due = self._idle_limits.next_due(self._workers, self._environments.gone)
        return None if due is None or self._closing else due[0]

    # For whoever moves requests between nodes.

    def could_hold(self, lease: Lease) -> bool:
        """Whether the request could be granted here if nothing were in use."""
        return bool(self._tables.places_of(lease))

    def room_for(self, lease: Lease) -> ResourcePool | None:
        """Where a request can take now what it will hold; None if it would have to wait."""
        return self._tables.room_for(lease)

    def reserve_waiting(self) -> list[Reservation]:
        """Take what the waiting requests are about to hold. To be released before any message."""
        lines = [self._queue.line(head) for head in self._queue.heads() if head.held]
        return reserve_all(lines, self._tables.room_for, _MAX_PLANNED)

    def waiting_lines(self) -> list[Iterable[Lease]]:
        """The requests that wait, by shape, in the order in which they will be served."""
        return [self._queue.line(head) for head in self._queue.heads()]

    def take_over(self, lease: Lease, table: LeaseTable) -> None:
        """Put a request that waits elsewhere into the line here. :meth:`tick` must follow."""
        table.hand_over(lease, self._leases)
        self._queue.add(lease)

    def hand_over(self, lease: Lease, table: LeaseTable) -> None:
        """Let a request that waits here go elsewhere."""
        self._queue.remove(lease)
        self._leases.hand_over(lease, table)

    def close(self, why: str) -> list[Instruction]:
        """The node is removed: end its workers. What waits was handed over before.

        Args:
            why: a whole sentence for the user, without the final stop.

        Returns:
            What to stop. Workers that are being started are stopped when they say hello.
        """
        self._closing = why
        return [
            self._workers.stop(worker, why, force=True, is_crash=True)
            for worker in self._workers.workers()
            if not worker.killed and worker.state is not WorkerState.STARTING
        ]

    @property
    def is_empty(self) -> bool:
        """Whether the node has no worker, and none is to come."""
        return not self._workers.workers() and not self._starts.num_unconfirmed

    # What becomes of a message.

    def _request(self, message: RequestWorkerLease) -> list[Instruction]:
        if self._leases.get(message.lease_id) is not None:
            ignore(self._record, message, message.lease_id, "the lease was requested before")
            return []
        lease = self._leases.add(message)
        self._queue.add(lease)
        return self._environments.reject([lease], message.at_s)

    def _end_by_holder(self, message: CancelWorkerLease | ReturnWorkerLease) -> None:
        lease = self._leases.get(message.lease_id)
        if lease is None:
            why = "there is no such lease any more"
        elif isinstance(message, CancelWorkerLease):
            if lease.state is LeaseState.PENDING:
                self._tables.cancel(lease, message.at_s)
                return
            why = "the lease is granted already"
        elif lease.state is LeaseState.PENDING:
            why = "the lease is not granted yet"
        elif lease.actor_id is not None:
            why = "an actor's lease ends with its worker"
        else:
            worker = self._release(lease, message.at_s)
            self._workers.move(worker, WorkerState.IDLE, message.at_s, "the lease was returned")
            return
        ignore(self._record, message, message.lease_id, why)

    def _starting(self, message: WorkerStarting) -> None:
        if self._workers.get(message.worker_id) is not None:
            ignore(self._record, message, message.worker_id, "the worker is known already")
            return
        self._starts.begun(message.env_key)
        self._workers.add(message.worker_id, message.env_key, message.at_s)

    def _registered(self, message: WorkerRegistered) -> list[Instruction]:
        worker = self._workers.get(message.worker_id)
        if worker is None:
            ignore(self._record, message, message.worker_id, "the worker is dead already")
            return []
        worker.pid = message.pid
        self._starts.failed = 0
        self._workers.move(worker, WorkerState.IDLE, message.at_s, "it said hello")
        return [self._workers.stop(worker, self._closing, force=True)] if self._closing else []

    def _lend(self, message: WorkerBlocked | WorkerUnblocked) -> None:
        worker = self._workers.get(message.worker_id)
        if worker is None or worker.lease_id is None:
            ignore(self._record, message, message.worker_id, "the worker has no lease")
            return
        lends_cpu = isinstance(message, WorkerBlocked)
        self._leases.set_lending(self._tables.lease_of(worker), lends_cpu=lends_cpu)

    def _stays(self, message: WorkerStays) -> None:
        worker = self._workers.get(message.worker_id)
        asked = worker is not None and worker.stopping and not worker.killed
        if worker is None or not asked or worker.state is not WorkerState.IDLE:
            why = "the worker was not asked to end for idleness"
            ignore(self._record, message, message.worker_id, why)
            return
        # It counts as idle from now on, so it is asked again when the grace is over.
        self._workers.mark_staying(worker, message.at_s)

    def _died(self, message: WorkerDied) -> list[Instruction]:
        worker = self._workers.get(message.worker_id)
        if worker is not None:
            if worker.lease_id is not None:
                self._release(self._tables.lease_of(worker), message.at_s)
            if worker.state is WorkerState.STARTING and not message.exit.intended:
                self._starts.failed += 1
            self._workers.move(worker, WorkerState.DEAD, message.at_s, message.exit.reason)
        # Its actors are the control plane's business: a detached one lives on.
        for lease in self._leases.pending_of(message.worker_id):
            self._tables.cancel(lease, message.at_s)
        orphans = self._leases.orphan(message.worker_id)
        why = "The process that owned its task has died"
        return self._tables.stop_workers_of(orphans, why)

    # What follows from it.

    def _release(self, lease: Lease, at_s: float) -> Worker:
        worker = self._tables.worker_of(lease)
        worker.lease_id = None
        self._leases.end(lease, at_s)
        self.granter.lease_ended(lease)
        return worker

    def _start_workers(self) -> list[Instruction]:
        warm = self._idle_limits.warm_env_key
        num_warm = self._idle_limits.num_warm_missing(self._workers)
        if not num_warm and not self._queue:
            return []
        limit = self._starts.max_starting
        reservations = reserve_all(self.waiting_lines(), self._tables.room_for, limit)
        wanted = Counter(reservation.lease.env_key for reservation in reservations)
        release(reservations)
        if warm not in self._environments.gone:
            wanted[warm] += num_warm
        asked = self._starts.ask(wanted)
        return [StartWorker(node_id=self.node_id, env_key=env_key) for env_key in asked]

    def _stop_idle(self, at_s: float) -> list[Instruction]:
        stops: list[Instruction] = []
        while due := self._idle_limits.next_due(self._workers, self._environments.gone):
            due_s, worker = due
            if due_s > at_s:
                break
            gone = worker.env_key in self._environments.gone
            why = "Its driver has ended" if gone else "It was idle, and enough others were"
            stops.append(self._workers.stop(worker, why, force=False))
        return stops
