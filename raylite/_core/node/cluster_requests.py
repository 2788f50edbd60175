"""Questions to the head about nodes and placement groups.

In Ray: ``PlacementGroupInfoGcsService`` in ``src/ray/gcs/grpc_services.h``. Virtual nodes come and
go there with processes of their own.
"""

from collections.abc import Callable
from typing import Any, Final

from raylite._core.common.ids import NodeID, PlacementGroupID, WorkerID
from raylite._core.common.instructions import RejectWorkerLease
from raylite._core.common.messages import (
    AddNode,
    CreatePlacementGroup,
    RemoveNode,
    RemovePlacementGroup,
    RequestWorkerLease,
)
from raylite._core.common.placement_group_spec import PlacementGroupSpec
from raylite._core.common.scheduling_strategy import LeaseRejection
from raylite._core.common.states import PlacementGroupState
from raylite._core.node.machine import node_total
from raylite._core.rpc.connection import Connection
from raylite._core.rpc.peer_messages import Response

__all__ = ["LATER", "ClusterRequests"]

LATER: Final = object()
"""The answer follows when the head has it."""


class ClusterRequests:
    """Answers what processes ask. One method a question; its name is the question's.

    Args:
        head: whose tables are looked at.
    """

    def __init__(self, head: Any) -> None:
        self._head = head
        self._waiting: dict[PlacementGroupID, list[tuple[Connection, int]]] = {}
        self.questions: dict[str, Callable[..., Any]] = {
            "create_placement_group": self.create_placement_group,
            "remove_placement_group": self.remove_placement_group,
            "placement_group_ready": self.placement_group_ready,
            "get_placement_group": self.get_placement_group,
            "placement_groups": self.placement_groups,
            "add_node": self.add_node,
            "remove_node": self.remove_node,
        }

    def create_placement_group(
        self, connection: Connection, _number: int, spec: PlacementGroupSpec
    ) -> bool:
        """Have a group made when there is room for it; False if its name is taken."""
        head = self._head
        if spec.name and head.gcs.groups.name_taken(spec.namespace, spec.name):
            return False
        owner_id = self._driver_of(connection.peer_id)
        head.tell_gcs(CreatePlacementGroup(spec=spec.replaced(owner_id=owner_id), at_s=0.0))
        head.publisher.warn_if_group_infeasible(spec.group_id)
        return True

    def _driver_of(self, worker_id: WorkerID) -> WorkerID:
        """Whose program a process belongs to: groups live as long as that.

        A detached actor may have outlived its driver, whose end will not be told once more.
        """
        job = self._head.members.job_of(worker_id)
        return worker_id if job is None or job.ended_s is not None else job.driver_id

    def remove_placement_group(
        self, _connection: Connection, _number: int, group_id: PlacementGroupID
    ) -> None:
        """Remove a group; when the answer is there, its name is free."""
        if self._head.gcs.groups.view(group_id) is not None:
            self._head.tell_gcs(RemovePlacementGroup(group_id=group_id, at_s=0.0))

    def placement_group_ready(
        self, connection: Connection, number: int, group_id: PlacementGroupID
    ) -> Any:
        """Answered when the group is there, or gone: whether it is there."""
        view = self._head.gcs.groups.view(group_id)
        if view is None:
            return False
        if view.state in _SETTLED:
            return view.state is PlacementGroupState.CREATED
        self._waiting.setdefault(group_id, []).append((connection, number))
        return LATER

    def group_changed(self, group_id: PlacementGroupID) -> None:
        """Tell those who wait for a group."""
        view = self._head.gcs.groups.view(group_id)
        if view is not None and view.state in _SETTLED:
            is_there = view.state is PlacementGroupState.CREATED
            for connection, number in self._waiting.pop(group_id, []):
                connection.send_message(Response(number=number, value=is_there))

    def rejected(self, request: RequestWorkerLease) -> RejectWorkerLease | None:
        """What to say to a request for a group that was never in this session, or long ago."""
        group_id = request.strategy.group_id
        if group_id is None or self._head.gcs.groups.view(group_id) is not None:
            return None
        return RejectWorkerLease(
            lease_id=request.lease_id,
            holder_id=request.holder_id,
            actor_id=request.actor_id,
            rejection=LeaseRejection.GROUP_REMOVED,
            text=f"The session knows of no placement group {group_id}",
        )

    def get_placement_group(
        self, _connection: Connection, _number: int, name: str, namespace: str
    ) -> PlacementGroupID | None:
        """The group that has the name."""
        view = self._head.gcs.groups.lookup(namespace, name)
        return None if view is None else view.spec.group_id

    def placement_groups(
        self, _connection: Connection, _number: int, group_id: PlacementGroupID | None
    ) -> list[dict[str, Any]]:
        """Rows of Ray's ``placement_group_table``."""
        groups = self._head.gcs.groups
        views = groups.views() if group_id is None else [groups.view(group_id)]
        return [view.to_row() for view in views if view is not None]

    def add_node(self, _connection: Connection, _number: int, message: AddNode) -> None:
        """A node more; work can go there when the answer is there."""
        total = node_total(message.total, is_first=False)
        self._head.tell_all(message.replaced(total=total))

    def remove_node(self, _connection: Connection, _number: int, node_id: NodeID) -> None:
        """A node less, with all that runs there.

        Raises:
            ValueError: if it is not there, or is the first one.
        """
        head = self._head
        view = head.gcs.nodes.view(node_id)
        if view is None or not view.alive:
            state = "was never there" if view is None else "was removed already"
            msg = f"The node {node_id} cannot be removed: it {state}. See raylite.cluster.nodes()."
            raise ValueError(msg)
        if node_id == head.node_id:
            msg = (
                f"The node {node_id} cannot be removed: it is the first one, on which the driver "
                "is. To end the session call raylite.shutdown()."
            )
            raise ValueError(msg)
        head.tell_all(RemoveNode(node_id=node_id, at_s=0.0))


_SETTLED: Final = frozenset({PlacementGroupState.CREATED, PlacementGroupState.REMOVED})
