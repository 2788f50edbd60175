"""The raylets of all virtual nodes behind one face: who gets a worker, and on which node.

In Ray: ``src/ray/raylet/scheduling/cluster_lease_manager.h``. Left out here: the view of other
nodes that each raylet keeps and that is a little old; here one manager knows all of them.

Rule 1: a request is at one node's raylet, or here while no node is large enough for it or its
placement group has no bundle yet; it is sent on as soon as that changes.
Rule 2: a request that has to wait at one node, and could be granted at another that its strategy
allows, moves there (spillback).
Rule 3: what concerns a process is told to its node's raylet, and its death to all of them, since
it may hold leases of any node.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import count
from typing import Any

from raylite._core.common.events import Event
from raylite._core.common.ids import LeaseID, NodeID, PlacementGroupID
from raylite._core.common.instructions import Instruction, TellGcs
from raylite._core.common.messages import (
    NO_LOCALITY,
    AddNode,
    BundlesPrepared,
    CancelWorkerLease,
    ClusterMessage,
    CommitBundles,
    EnvironmentGone,
    PrepareBundles,
    RemoveNode,
    RequestWorkerLease,
    ReturnBundles,
    ReturnWorkerLease,
    WorkerDied,
    WorkerStarting,
)
from raylite._core.common.node_resources import NodeResources
from raylite._core.common.resources import ResourceSet
from raylite._core.common.scheduling_strategy import DEFAULT_STRATEGY, SchedulingStrategy
from raylite._core.raylet import rejections
from raylite._core.raylet.ignored import ignore
from raylite._core.raylet.lease_queue import LeaseQueue
from raylite._core.raylet.lease_router import LeaseRouter
from raylite._core.raylet.lease_table import Lease, LeaseTable, LeaseView
from raylite._core.raylet.raylet import NO_LABELS, Raylet
from raylite._core.raylet.raylet_statistics import RayletStatistics, added_up
from raylite._core.raylet.worker_table import WorkerView
from raylite._core.scheduling.choice import Verdict
from raylite._core.scheduling.policy import choose_node

__all__ = ["ClusterLeaseManager"]


class ClusterLeaseManager:
    """Hands out the workers and resources of all nodes on lease.

    Args:
        node_id: the first node, on which the drivers are.
        total: what it has.
        record: called with every event, in order, before a method returns.
        labels: the labels of the first node.
        num_warm: idle workers to have ready on the first node before anyone asks.
        warm_env_key: the environment they belong to.
        options: how many workers each raylet may start and keep: see :class:`Raylet`.
    """

    def __init__(
        self,
        node_id: NodeID,
        total: ResourceSet,
        record: Callable[[Event], None],
        *,
        labels: Mapping[str, str] = NO_LABELS,
        num_warm: int = 0,
        warm_env_key: str = "",
        **options: Any,
    ) -> None:
        self._record = record
        self._numbers = count(1)
        self._options = {**options, "numbers": self._numbers}
        first = Raylet(
            node_id,
            total,
            record,
            labels=labels,
            num_warm=num_warm,
            warm_env_key=warm_env_key,
            **self._options,
        )
        self._first = first
        self._raylets = {node_id: first}
        self.total = total
        """What all nodes have together."""
        # Of nodes that were removed, until their last worker is dead.
        self._closing: list[Raylet] = []
        self._all: tuple[Raylet, ...] = (first,)
        self._router = LeaseRouter(self._raylets)
        # The requests that no node can serve as things are.
        self._leases = LeaseTable(record, self._numbers)
        self._queue = LeaseQueue()
        self._removed_groups: set[PlacementGroupID] = set()
        self._gone: dict[str, EnvironmentGone] = {}

    # What others may ask.

    def available(self) -> ResourceSet:
        """What is neither held nor set aside, over all nodes."""
        return _sum(raylet.available() for raylet in self._raylets.values())

    def available_per_node(self) -> dict[NodeID, ResourceSet]:
        """What is neither held nor set aside, node by node."""
        return {raylet.node_id: raylet.available() for raylet in self._raylets.values()}

    def nodes(self) -> tuple[NodeResources, ...]:
        """The nodes that can take work, in the order in which they came."""
        return tuple(raylet.resources() for raylet in self._raylets.values())

    def nodes_if_returned(self) -> tuple[NodeResources, ...]:
        """The nodes as they would be if leases for tasks were returned; none if that is vain."""
        back = {raylet.node_id: raylet.granter.returnable() for raylet in self._raylets.values()}
        if not any(back.values()):
            return ()
        return tuple(n.replaced(available=n.available + back[n.node_id]) for n in self.nodes())

    def reclaim(self, node_ids: Collection[NodeID]) -> list[Instruction]:
        """Have leases for tasks returned on these nodes, since a placement group waits."""
        mine = (raylet for raylet in self._raylets.values() if raylet.node_id in node_ids)
        return [do for raylet in mine for do in raylet.granter.reclaim_all()]

    def infeasible(
        self, placement: ResourceSet, strategy: SchedulingStrategy = DEFAULT_STRATEGY
    ) -> bool:
        """Whether a request has to wait for a further node, since none that will do is so large.

        One for a placement group never does: it waits for the group.
        """
        if strategy.group_id is not None:
            return False
        local = self._first.node_id
        choice = choose_node(placement, placement, self.nodes(), local=local, strategy=strategy)
        return choice.verdict is Verdict.INFEASIBLE

    def workers(self) -> list[WorkerView]:
        """Every worker that is starting or alive, node by node."""
        return [view for raylet in self._all for view in raylet.workers()]

    def leases(self) -> list[LeaseView]:
        """Every lease that is pending or granted, in the order of arrival."""
        here = [lease.view() for lease in self._leases.leases()]
        views = [view for raylet in self._all for view in raylet.leases()]
        return sorted([*here, *views], key=lambda view: view.number)

    def statistics(self) -> RayletStatistics:
        """What the raylets of living nodes are busy with at this moment, added up."""
        rows = (raylet.statistics() for raylet in self._raylets.values())
        return added_up(rows, waiting=len(self._queue))

    # What it is told.

    def handle(self, message: ClusterMessage) -> list[Instruction]:
        """Apply one message, then grant whatever can be granted.

        Returns:
            What the head must do, in order.

        Raises:
            InvalidTransitionError: if a worker reports what it cannot have done.
            ValueError: if the first node is to be removed, or a node is added twice.
        """
        instructions = self._apply(message)
        return instructions + self._spill(message.at_s) if len(self._raylets) > 1 else instructions

    def tick(self, at_s: float) -> list[Instruction]:
        """Do what is due on any node: see :meth:`Raylet.tick`."""
        instructions = [do for raylet in self._raylets.values() for do in raylet.tick(at_s)]
        return instructions + self._spill(at_s) if len(self._raylets) > 1 else instructions

    def next_tick_s(self) -> float | None:
        """When :meth:`tick` has something to do, in seconds since the session began, or None."""
        times = (raylet.next_tick_s() for raylet in self._raylets.values())
        return min((time for time in times if time is not None), default=None)

    def _apply(self, message: ClusterMessage) -> list[Instruction]:
        match message:
            case RequestWorkerLease():
                found = self._request(message)
            case CancelWorkerLease() | ReturnWorkerLease():
                found = self._end_by_holder(message)
            case WorkerStarting():
                mine = (raylet for raylet in self._all if raylet.node_id == message.node_id)
                found = next(mine, self._first).handle(message)
            case WorkerDied():
                found = self._died(message)
            case PrepareBundles() | CommitBundles():
                found = self._reserve_bundles(message)
            case ReturnBundles():
                found = self._return_bundles(message)
            case EnvironmentGone():
                found = self._environment_gone(message)
            case AddNode():
                found = self._add_node(message)
            case RemoveNode():
                found = self._remove_node(message)
            case _:  # A worker's report.
                mine = (raylet for raylet in self._all if raylet.has_worker(message.worker_id))
                found = next(mine, self._first).handle(message)
        return found

    # Requests.

    def _request(self, message: RequestWorkerLease) -> list[Instruction]:
        if self._leases.get(message.lease_id) or self._place_of(message.lease_id):
            ignore(self._record, message, message.lease_id, "the lease was requested before")
            return []
        # By far the most frequent case: there is nothing to choose.
        alone = len(self._raylets) == 1 and message.strategy == DEFAULT_STRATEGY
        if alone and not self._first.infeasible(message.placement):
            return self._first.handle(message)
        lease = self._leases.add(message)
        if rejections.belongs_to(lease, self._gone):
            self._leases.end(lease, message.at_s)
            return [rejections.environment_gone(lease)]
        placed = self._place(lease, message.at_s, message.locality)
        if placed is None:
            self._queue.add(lease)
        return placed or []

    def _place(
        self, lease: Lease, at_s: float, locality: Mapping[str, int] = NO_LOCALITY
    ) -> list[Instruction] | None:
        """Send a request that is here to a node, or reject it; None if it has to wait here."""
        group_id = lease.strategy.group_id
        if group_id in self._removed_groups:
            self._leases.end(lease, at_s)
            return [rejections.group_removed(lease, group_id)]
        choice = self._router.choose(lease, locality)
        if choice.verdict is Verdict.NEVER:
            self._leases.end(lease, at_s)
            return [rejections.unschedulable(lease, choice.why)]
        if choice.node_id is None:
            return None
        raylet = self._raylets[choice.node_id]
        raylet.take_over(lease, self._leases)
        return raylet.tick(at_s)

    def _place_waiting(self, at_s: float) -> list[Instruction]:
        """Try again what has waited here for a node or a bundle."""
        instructions: list[Instruction] = []
        for head in self._queue.heads():
            for lease in list(self._queue.line(head)):
                placed = self._place(lease, at_s)
                if placed is None:
                    break  # So would be those behind it.
                self._queue.remove(lease)
                instructions += placed
        return instructions

    def _end_by_holder(self, message: CancelWorkerLease | ReturnWorkerLease) -> list[Instruction]:
        lease = self._leases.get(message.lease_id)
        if lease is None:
            return (self._place_of(message.lease_id) or self._first).handle(message)
        if isinstance(message, CancelWorkerLease):
            self._cancel(lease, message.at_s)
        else:
            ignore(self._record, message, message.lease_id, "the lease is not granted yet")
        return []

    def _cancel(self, lease: Lease, at_s: float) -> None:
        self._queue.remove(lease)
        self._leases.end(lease, at_s)

    def _spill(self, at_s: float) -> list[Instruction]:
        moves = self._router.moves()
        for move in moves:
            move.source.hand_over(move.lease, self._leases)
            move.target.take_over(move.lease, self._leases)
        targets = dict.fromkeys(move.target.node_id for move in moves)
        return [do for node_id in targets for do in self._raylets[node_id].tick(at_s)]

    # Processes and environments.

    def _died(self, message: WorkerDied) -> list[Instruction]:
        instructions = [do for raylet in self._all for do in raylet.handle(message)]
        for lease in self._leases.pending_of(message.worker_id):
            self._cancel(lease, message.at_s)
        if self._closing:
            self._count()
        return instructions

    def _environment_gone(self, message: EnvironmentGone) -> list[Instruction]:
        self._gone[message.env_key] = message
        instructions = [do for raylet in self._all for do in raylet.handle(message)]
        for lease in self._queue.matching(lambda head: head.env_key == message.env_key):
            if rejections.belongs_to(lease, self._gone):
                self._cancel(lease, message.at_s)
                instructions.append(rejections.environment_gone(lease))
        return instructions

    # Placement groups.

    def _reserve_bundles(self, message: PrepareBundles | CommitBundles) -> list[Instruction]:
        if message.node_id in self._raylets:
            instructions = self._raylets[message.node_id].handle(message)
            return instructions + self._place_waiting(message.at_s)
        if isinstance(message, CommitBundles):
            ignore(self._record, message, message.group_id, "its node is gone")
            return []
        answer = BundlesPrepared(
            group_id=message.group_id,
            attempt=message.attempt,
            node_id=message.node_id,
            prepared=False,
            at_s=message.at_s,
        )
        return [TellGcs(message=answer)]

    def _return_bundles(self, message: ReturnBundles) -> list[Instruction]:
        group_id = message.group_id
        instructions: list[Instruction] = []
        if message.removed:
            self._removed_groups.add(group_id)
            for lease in self._queue.matching(lambda head: head.strategy.group_id == group_id):
                self._cancel(lease, message.at_s)
                instructions.append(rejections.group_removed(lease, group_id))
        for raylet in list(self._raylets.values()):
            if message.node_id in (None, raylet.node_id):
                instructions += raylet.handle(message)
                instructions += self._place_homeless(raylet, message.at_s)
        return instructions

    def _place_homeless(self, raylet: Raylet, at_s: float) -> list[Instruction]:
        """Take back the requests whose bundles are there no longer."""
        homeless = [
            lease
            for line in raylet.waiting_lines()
            for lease in line
            if not raylet.could_hold(lease)
        ]
        return self._place_anew(homeless, raylet, at_s)

    def _place_anew(self, leases: list[Lease], raylet: Raylet, at_s: float) -> list[Instruction]:
        """Let requests start again, with the place in the order that they had."""
        for lease in leases:
            raylet.hand_over(lease, self._leases)
        instructions: list[Instruction] = []
        for lease in sorted(leases, key=lambda lease: lease.number):
            placed = self._place(lease, at_s)
            if placed is None:
                self._queue.add(lease)
            instructions += placed or []
        return instructions

    # Nodes.

    def _add_node(self, message: AddNode) -> list[Instruction]:
        if any(raylet.node_id == message.node_id for raylet in self._all):
            msg = f"node {message.node_id} is there already; a node that died never comes back"
            raise ValueError(msg)
        raylet = Raylet(
            message.node_id, message.total, self._record, labels=message.labels, **self._options
        )
        for gone in self._gone.values():
            raylet.handle(gone)
        self._raylets[message.node_id] = raylet
        self._count()
        return self._place_waiting(message.at_s)

    def _remove_node(self, message: RemoveNode) -> list[Instruction]:
        if message.node_id == self._first.node_id:
            msg = f"node {message.node_id} has the drivers on it, and ends with the session"
            raise ValueError(msg)
        raylet = self._raylets.pop(message.node_id, None)
        if raylet is None:
            ignore(self._record, message, message.node_id, "there is no such node any more")
            return []
        waiting = [lease for line in raylet.waiting_lines() for lease in line]
        stops = raylet.close(f"its node {message.node_id} was removed")
        self._closing.append(raylet)
        self._count()
        return stops + self._place_anew(waiting, raylet, message.at_s)

    def _place_of(self, lease_id: LeaseID) -> Raylet | None:
        for raylet in self._all:
            if raylet.has_lease(lease_id):
                return raylet
        return None

    def _count(self) -> None:
        """Note that nodes have come or gone, or that a removed one has seen its last worker die."""
        self._closing = [raylet for raylet in self._closing if not raylet.is_empty]
        self._all = (*self._raylets.values(), *self._closing)
        self.total = _sum(raylet.total for raylet in self._raylets.values())


def _sum(sets: Iterable[ResourceSet]) -> ResourceSet:
    first, *others = sets
    return sum(others, first)
