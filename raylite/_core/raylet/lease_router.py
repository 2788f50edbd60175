"""Which node a request goes to, and whether it had better wait at another.

In Ray: ``ScheduleAndGrantLeases`` and ``ScheduleOnNode`` in
``src/ray/raylet/scheduling/cluster_lease_manager.cc``, and spillback in
``local_lease_manager.cc``.

A request takes nothing from its node until its worker is there, which takes some milliseconds. So
the router looks at the nodes as they will be when every waiting request that fits has its worker;
otherwise all requests of one moment would go to the node that was the emptiest before.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from raylite._core.common.ids import LeaseID, NodeID, WorkerID
from raylite._core.common.label_selector import labels_match
from raylite._core.common.messages import NO_LOCALITY
from raylite._core.common.node_resources import NodeResources
from raylite._core.common.resources import GPU
from raylite._core.raylet.lease_table import Lease
from raylite._core.raylet.raylet import Raylet
from raylite._core.raylet.reservations import Reservation, release, reserve
from raylite._core.scheduling.choice import INFEASIBLE, Choice, Verdict
from raylite._core.scheduling.policy import choose_node

__all__ = ["LeaseRouter", "Move"]


class Move(NamedTuple):
    """A request that waits in vain at one node and could be granted at another."""

    lease: Lease
    source: Raylet
    target: Raylet


class LeaseRouter:
    """Asks the policies, and remembers where the round of ``SPREAD`` has come to.

    Args:
        raylets: those of the living nodes, in the order in which they came; kept up to date by
            the caller. There is always one: the first, on which the drivers are.
    """

    def __init__(self, raylets: Mapping[NodeID, Raylet]) -> None:
        self._raylets = raylets
        self._cursor = 0

    def choose(self, lease: Lease, locality: Mapping[str, int] = NO_LOCALITY) -> Choice:
        """Choose the node of a request that waits nowhere yet.

        Args:
            lease: the request.
            locality: bytes of large arguments, by the first digits of the process that wrote them.
        """
        with self._planning():
            return self._choose(lease, self._by_node(locality))

    def moves(self) -> list[Move]:
        """The requests that wait at one node and could be granted at another, in order."""
        moves: list[Move] = []
        if not any(raylet.num_waiting for raylet in self._raylets.values()):
            return moves
        with self._planning() as reservations:
            reserved = {reservation.lease.lease_id for reservation in reservations}
            for source in self._raylets.values():
                for line in source.waiting_lines():
                    for move in self._moves_of(line, source, reserved):
                        pool = move.target.room_for(move.lease)
                        assert pool is not None  # that is why it moves
                        reservations.append(reserve(move.lease, pool))
                        moves.append(move)
        return moves

    @contextmanager
    def _planning(self) -> Iterator[list[Reservation]]:
        """The nodes as they are about to be; what is appended is given back as well."""
        reservations = [
            reservation
            for raylet in self._raylets.values()
            for reservation in raylet.reserve_waiting()
        ]
        try:
            yield reservations
        finally:
            release(reservations)

    def _moves_of(
        self, line: Iterable[Lease], source: Raylet, reserved: set[LeaseID]
    ) -> Iterator[Move]:
        """The moves of one line: from its head on, until one has to stay."""
        for lease in line:
            if lease.lease_id in reserved:
                continue
            # One for which there is room waits for a process alone, as it would elsewhere.
            if source.room_for(lease) is not None:
                return
            choice = self._choose(lease, {})
            if choice.verdict is not Verdict.NOW or choice.node_id in (None, source.node_id):
                return
            yield Move(lease, source, self._raylets[choice.node_id])

    def _choose(self, lease: Lease, locality: Mapping[NodeID, int]) -> Choice:
        if lease.strategy.group_id is not None:
            return self._choose_bundle(lease)
        choice = choose_node(
            lease.placement,
            lease.held,
            self._nodes_for(lease),
            local=self._home_of(lease.holder_id),
            strategy=lease.strategy,
            locality=locality,
            cursor=self._cursor,
        )
        if lease.strategy.spread:
            self._cursor = choice.cursor
        return choice

    def _choose_bundle(self, lease: Lease) -> Choice:
        """Where the bundle is; among several nodes the holder's own first, then as they came."""
        home = self._home_of(lease.holder_id)
        labels = lease.strategy.labels
        able = [
            raylet
            for raylet in self._raylets.values()
            if labels_match(labels, raylet.labels) and raylet.could_hold(lease)
        ]
        able.sort(key=lambda raylet: raylet.node_id != home)
        for raylet in able:
            if raylet.room_for(lease) is not None:
                return Choice(verdict=Verdict.NOW, node_id=raylet.node_id)
        return Choice(verdict=Verdict.LATER, node_id=able[0].node_id) if able else INFEASIBLE

    def _nodes_for(self, lease: Lease) -> list[NodeResources]:
        nodes = [raylet.resources() for raylet in self._raylets.values()]
        if not lease.held.only(GPU):
            return nodes
        # What is left of several GPUs may add up to a demand that none of them can serve.
        return [
            node if self._raylets[node.node_id].room_for(lease) is not None else _without_gpus(node)
            for node in nodes
        ]

    def _home_of(self, holder_id: WorkerID) -> NodeID:
        """The node of the process that asks; drivers are on the first."""
        nodes = iter(self._raylets)
        first = next(nodes)
        if self._raylets[first].has_worker(holder_id):
            return first
        return next((n for n in nodes if self._raylets[n].has_worker(holder_id)), first)

    def _by_node(self, locality: Mapping[str, int]) -> dict[NodeID, int]:
        """The same bytes by the node on which the process is that wrote them."""
        sizes: dict[NodeID, int] = {}
        for prefix, size in locality.items():
            node_id = next(
                (raylet.node_id for raylet in self._raylets.values() if raylet.has_writer(prefix)),
                next(iter(self._raylets)),
            )
            sizes[node_id] = sizes.get(node_id, 0) + size
        return sizes


def _without_gpus(node: NodeResources) -> NodeResources:
    return node.replaced(available=node.available - node.available.only(GPU))
