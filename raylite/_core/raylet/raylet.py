"""One node's raylet: who may use its workers and its resources, and who has to wait.

In Ray: ``src/ray/raylet/node_manager.cc`` and ``local_lease_manager.cc``. Left out here:
spillback to another node, bundles of placement groups, and leases that wait for objects.

The raylet is pure: :meth:`Raylet.handle` takes one message and returns the instructions the
node must carry out. Starting a process or ending one takes time; the raylet asks, goes on, and
learns from a later message what came of it.

Rule 1: a request is granted when the node is large enough for its ``placement``, what it will
hold is available, and a worker is idle. An actor that holds nothing is therefore placed even
while every CPU is in use, as in Ray; a node without a CPU never gets it.
Rule 2: what is available is what the node has, less what the granted leases hold and do not
lend. It is below zero while a worker that has come back from ``get`` shares its CPU with the
one that was let in meanwhile.
Rule 3: after every message all that can be granted is granted.
Rule 4: an actor's lease ends with its worker, a task's lease when the holder returns it.
Rule 5: what a process sent is handled before its ``WorkerDied``, never after it.
"""

from collections.abc import Callable
from typing import Final, assert_never

from raylite._core.common.events import Event, MessageIgnored
from raylite._core.common.ids import NodeID, WorkerID
from raylite._core.common.instructions import (
    GrantWorkerLease,
    Instruction,
    ReclaimIdleLeases,
    StartWorker,
    StopWorker,
)
from raylite._core.common.messages import (
    CancelWorkerLease,
    RayletMessage,
    RequestWorkerLease,
    ReturnWorkerLease,
    WorkerBlocked,
    WorkerDied,
    WorkerRegistered,
    WorkerStarting,
    WorkerStays,
    WorkerUnblocked,
)
from raylite._core.common.record import Record
from raylite._core.common.resources import CPU, ResourceSet
from raylite._core.common.states import LeaseState, WorkerState
from raylite._core.raylet.lease_queue import LeaseQueue
from raylite._core.raylet.lease_table import Lease, LeaseTable, LeaseView
from raylite._core.raylet.worker_table import Worker, WorkerTable, WorkerView

__all__ = ["IDLE_GRACE_S", "Raylet", "RayletStatistics"]

IDLE_GRACE_S: Final = 1.0
"""Seconds a surplus worker stays, so that a program that pulses keeps its processes."""


class RayletStatistics(Record):
    """What the raylet is busy with."""

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


class Raylet:
    """Hands the workers and resources of one node out on lease.

    Args:
        node_id: the node.
        total: what the node has.
        record: called with every event, in order, before a method returns.
        max_idle: idle workers kept; None: one for each CPU, but at least 1.
        idle_grace_s: seconds a worker above ``max_idle`` is kept all the same.
        num_warm: idle workers to have ready before anyone asks.
        max_starting: processes to start at once; None: two for each CPU, but at least 2.
    """

    def __init__(
        self,
        node_id: NodeID,
        total: ResourceSet,
        record: Callable[[Event], None],
        *,
        max_idle: int | None = None,
        idle_grace_s: float = IDLE_GRACE_S,
        num_warm: int = 0,
        max_starting: int | None = None,
    ) -> None:
        cpus = int(total.amount(CPU))
        self.node_id = node_id
        self.total = total
        self.num_warm = num_warm
        self._record = record
        self._max_idle = max(1, cpus) if max_idle is None else max_idle
        self._idle_grace_s = idle_grace_s
        self._max_starting = max(2, 2 * cpus) if max_starting is None else max_starting
        self._available = total
        self._workers = WorkerTable(node_id, record)
        self._leases = LeaseTable(record)
        self._queue = LeaseQueue(total)
        # Asked of the node, which has not begun with them.
        self._unconfirmed_starts = 0
        self._failed_starts = 0
        # Holders that were asked for idle leases and whose leases are the same since then.
        self._reclaimed: set[WorkerID] = set()

    def available(self) -> ResourceSet:
        """What nobody holds; below zero where a lent CPU was taken back while in use."""
        return self._available

    def infeasible(self, placement: ResourceSet) -> bool:
        """Whether a request can never be granted, since the node is too small for it."""
        return not placement.fits_in(self.total)

    def workers(self) -> list[WorkerView]:
        """Every worker that is starting or running, in the order they were started."""
        return [worker.view() for worker in self._workers.workers()]

    def leases(self) -> list[LeaseView]:
        """Every lease that is pending or granted, in the order of arrival."""
        return [lease.view() for lease in self._leases.leases()]

    def statistics(self) -> RayletStatistics:
        """What the raylet is busy with at this moment."""
        return RayletStatistics(
            starting=self._num_starting,
            idle=self._workers.count(WorkerState.IDLE),
            leased=self._workers.count(WorkerState.LEASED),
            actors=self._workers.count(WorkerState.ACTOR),
            waiting=len(self._queue),
            lending=sum(lease.lends_cpu for lease in self._leases.leases()),
            failed_starts=self._failed_starts,
        )

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
                self._request(message)
            case CancelWorkerLease() | ReturnWorkerLease():
                self._end_by_holder(message)
            case WorkerStarting():
                self._starting(message)
            case WorkerRegistered():
                self._registered(message)
            case WorkerBlocked() | WorkerUnblocked():
                self._lend(message)
            case WorkerStays():
                self._stays(message)
            case WorkerDied():
                instructions += self._died(message)
            case _:
                assert_never(message)
        return instructions + self.tick(message.at_s)

    def tick(self, at_s: float) -> list[Instruction]:
        """Grant and start what is due; stop workers that have been idle for too long.

        ``handle`` ends with it. Call it alone after construction, where ``num_warm`` is set,
        and when the time that :meth:`next_tick_s` names has come.
        """
        return [
            *self._grant_waiting(at_s),
            *self._start_workers(),
            *self._reclaim(),
            *self._stop_surplus(at_s),
        ]

    def next_tick_s(self) -> float | None:
        """When the next surplus worker is to be stopped, in seconds since the session began.

        Returns:
            The time for :meth:`tick`; None if only a message can change anything.
        """
        longest = self._workers.longest_idle()
        if longest is None or self._num_surplus <= 0:
            return None
        return longest.since_s + self._idle_grace_s

    @property
    def _num_starting(self) -> int:
        return self._unconfirmed_starts + self._workers.count(WorkerState.STARTING)

    @property
    def _num_surplus(self) -> int:
        return self._workers.num_usable - max(self._max_idle, self.num_warm)

    def _request(self, message: RequestWorkerLease) -> None:
        if self._leases.get(message.lease_id) is not None:
            self._ignore(message, message.lease_id, "the lease was requested before")
            return
        self._queue.add(self._leases.add(message))

    def _end_by_holder(self, message: CancelWorkerLease | ReturnWorkerLease) -> None:
        lease = self._leases.get(message.lease_id)
        if lease is None:
            self._ignore(message, message.lease_id, "there is no such lease any more")
        elif isinstance(message, CancelWorkerLease):
            if lease.state is LeaseState.PENDING:
                self._cancel(lease, message.at_s)
            else:
                self._ignore(message, message.lease_id, "the lease is granted already")
        elif lease.state is LeaseState.PENDING:
            self._ignore(message, message.lease_id, "the lease is not granted yet")
        elif lease.actor_id is not None:
            self._ignore(message, message.lease_id, "an actor's lease ends with its worker")
        else:
            worker = self._release(lease, message.at_s)
            self._workers.move(worker, WorkerState.IDLE, message.at_s, "the lease was returned")

    def _starting(self, message: WorkerStarting) -> None:
        if self._workers.get(message.worker_id) is not None:
            self._ignore(message, message.worker_id, "the worker is known already")
            return
        # The node may also start workers that nobody asked for.
        self._unconfirmed_starts = max(self._unconfirmed_starts - 1, 0)
        self._workers.add(message.worker_id, message.at_s)

    def _registered(self, message: WorkerRegistered) -> None:
        worker = self._workers.get(message.worker_id)
        if worker is None:
            self._ignore(message, message.worker_id, "the worker is dead already")
            return
        worker.pid = message.pid
        self._failed_starts = 0
        self._workers.move(worker, WorkerState.IDLE, message.at_s, "it said hello")

    def _lend(self, message: WorkerBlocked | WorkerUnblocked) -> None:
        worker = self._workers.get(message.worker_id)
        if worker is None or worker.lease_id is None:
            self._ignore(message, message.worker_id, "the worker has no lease")
            return
        lease = self._lease_of(worker)
        before = lease.taken
        lease.lends_cpu = isinstance(message, WorkerBlocked)
        self._available = self._available + before - lease.taken

    def _stays(self, message: WorkerStays) -> None:
        worker = self._workers.get(message.worker_id)
        if worker is None or not worker.stopping or worker.state is not WorkerState.IDLE:
            self._ignore(message, message.worker_id, "the worker was not asked to end for idleness")
            return
        # It counts as idle from now on, so it is asked again when the grace is over.
        self._workers.mark_staying(worker, message.at_s)

    def _died(self, message: WorkerDied) -> list[Instruction]:
        worker = self._workers.get(message.worker_id)
        if worker is not None:
            if worker.lease_id is not None:
                self._release(self._lease_of(worker), message.at_s)
            if worker.state is WorkerState.STARTING:
                self._failed_starts += 1
            self._workers.move(worker, WorkerState.DEAD, message.at_s, message.exit.reason)
        # Its actors are the control plane's business: a detached one lives on.
        for lease in self._leases.pending_of(message.worker_id):
            self._cancel(lease, message.at_s)
        return self._stop_orphans(message.worker_id)

    def _stop_orphans(self, holder_id: WorkerID) -> list[Instruction]:
        """End the workers that run tasks whose results nobody can receive any more.

        Their leases last until they are dead: until then they use what they hold.
        """
        orphans = [self._worker_of(lease) for lease in self._leases.orphan(holder_id)]
        why = "The process that owned its task has died"
        return [self._stop(worker, why, force=True) for worker in orphans]

    def _cancel(self, lease: Lease, at_s: float) -> None:
        self._queue.remove(lease)
        self._leases.end(lease, at_s)

    def _release(self, lease: Lease, at_s: float) -> Worker:
        worker = self._worker_of(lease)
        self._available += lease.taken
        worker.lease_id = None
        self._leases.end(lease, at_s)
        self._reclaimed.discard(lease.holder_id)
        return worker

    def _grant_waiting(self, at_s: float) -> list[Instruction]:
        grants: list[Instruction] = []
        while (worker := self._workers.warmest()) is not None:
            lease = self._queue.first_fitting(self._available)
            if lease is None:
                break
            grants.append(self._grant(lease, worker, at_s))
        return grants

    def _grant(self, lease: Lease, worker: Worker, at_s: float) -> GrantWorkerLease:
        self._queue.remove(lease)
        self._available -= lease.held
        worker.lease_id = lease.lease_id
        self._leases.grant(lease, worker.worker_id, at_s)
        if lease.actor_id is None:
            self._workers.move(worker, WorkerState.LEASED, at_s, f"leased to {lease.holder_id}")
        else:
            self._workers.move(worker, WorkerState.ACTOR, at_s, f"for actor {lease.actor_id}")
        self._reclaimed.discard(lease.holder_id)
        return GrantWorkerLease(
            lease_id=lease.lease_id,
            worker_id=worker.worker_id,
            node_id=self.node_id,
            holder_id=lease.holder_id,
            actor_id=lease.actor_id,
        )

    def _start_workers(self) -> list[Instruction]:
        wanted = self._queue.count_fitting(self._available, self._max_starting)
        wanted += max(self.num_warm - self._workers.num_usable, 0)
        missing = max(min(wanted, self._max_starting) - self._num_starting, 0)
        self._unconfirmed_starts += missing
        return [StartWorker(node_id=self.node_id)] * missing

    def _reclaim(self) -> list[Instruction]:
        if not len(self._queue):
            return []
        holders = dict.fromkeys(
            lease.holder_id
            for lease in self._leases.task_leases()
            if lease.holder_id not in self._reclaimed
            and self._queue.waits_for(lease, self._available)
        )
        self._reclaimed.update(holders)
        return [ReclaimIdleLeases(holder_id=holder_id) for holder_id in holders]

    def _stop_surplus(self, at_s: float) -> list[Instruction]:
        stops: list[Instruction] = []
        while (due_s := self.next_tick_s()) is not None and due_s <= at_s:
            worker = self._workers.longest_idle()
            assert worker is not None  # there is a time only where there is a worker
            stops.append(self._stop(worker, "It was idle, and enough others were", force=False))
        return stops

    def _stop(self, worker: Worker, reason: str, *, force: bool) -> StopWorker:
        self._workers.mark_stopping(worker)
        return StopWorker(worker_id=worker.worker_id, reason=reason, force=force)

    def _worker_of(self, lease: Lease) -> Worker:
        worker = lease.worker_id and self._workers.get(lease.worker_id)
        assert worker  # a granted lease has a living worker: WorkerDied ends it
        return worker

    def _lease_of(self, worker: Worker) -> Lease:
        lease = worker.lease_id and self._leases.get(worker.lease_id)
        assert lease  # only a granted lease is noted at its worker
        return lease

    def _ignore(self, message: RayletMessage, about: str, why: str) -> None:
        kind = type(message).__name__
        self._record(MessageIgnored(kind=kind, about=about, at_s=message.at_s, why=why))
