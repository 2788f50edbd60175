"""The control plane in one piece: whatever is known of the whole session.

In Ray: ``src/ray/gcs/gcs_server.h``. Left out here: jobs, the key-value store, and the tables of
tasks; the event log has the latter.
"""

from collections.abc import Callable

from raylite._core.common.events import ActorStateChanged, Event
from raylite._core.common.ids import ActorID
from raylite._core.common.instructions import Instruction
from raylite._core.common.messages import (
    AddNode,
    BundlesCommitted,
    BundlesPrepared,
    CreatePlacementGroup,
    GcsMessage,
    RemoveNode,
    RemovePlacementGroup,
    ReportResources,
    WorkerDied,
)
from raylite._core.common.states import ActorState
from raylite._core.gcs.actor_manager import ActorManager
from raylite._core.gcs.node_manager import NodeManager
from raylite._core.gcs.placement_group_manager import PlacementGroupManager

__all__ = ["Gcs"]


class Gcs:
    """Composes the managers; queries go to :attr:`actors`, :attr:`groups` and :attr:`nodes`.

    Args:
        record: called with every event, in order, before ``handle`` returns.
    """

    def __init__(self, record: Callable[[Event], None]) -> None:
        self._record = record
        self._died: list[ActorID] = []
        self.actors = ActorManager(self._record_and_watch)
        self.groups = PlacementGroupManager(record, self.actors.lives)
        self.nodes = NodeManager(record)

    def handle(self, message: GcsMessage) -> list[Instruction]:
        """Apply one message.

        Returns:
            What the head must do, in order. Often nothing.

        Raises:
            InvalidTransitionError: if the message makes no sense in the actor's state.
            NameTakenError: if an actor or group is registered under a name that is taken.
            ValueError: if an actor, group or node is registered twice.
        """
        match message:
            case AddNode():
                self.nodes.add(message.node_id, message.total, message.at_s, message.labels)
                return []
            case RemoveNode():
                self.nodes.remove(message.node_id, message.at_s)
                return self.groups.handle(message)
            case (
                CreatePlacementGroup()
                | RemovePlacementGroup()
                | ReportResources()
                | BundlesPrepared()
                | BundlesCommitted()
            ):
                return self.groups.handle(message)
            case WorkerDied():
                found = self.actors.handle(message)
                return found + self._bereave(message.at_s) + self.groups.handle(message)
            case _:
                return self.actors.handle(message) + self._bereave(message.at_s)

    def _bereave(self, at_s: float) -> list[Instruction]:
        """Tell of the actors that have just died, since groups may have been theirs."""
        died, self._died = self._died, []
        return [done for actor_id in died for done in self.groups.actor_died(actor_id, at_s)]

    def _record_and_watch(self, event: Event) -> None:
        if isinstance(event, ActorStateChanged) and event.new is ActorState.DEAD:
            self._died.append(event.actor_id)
        self._record(event)
