"""The control plane in one piece: whatever is known of the whole session.

In Ray: ``src/ray/gcs/gcs_server.h``. Left out here: jobs, the key-value store, placement
groups and the tables of tasks; the event log has the latter.
"""

from collections.abc import Callable

from raylite._core.common.events import Event
from raylite._core.common.instructions import Instruction
from raylite._core.common.messages import GcsMessage
from raylite._core.gcs.actor_manager import ActorManager
from raylite._core.gcs.node_manager import NodeManager

__all__ = ["Gcs"]


class Gcs:
    """Composes the managers; queries go to :attr:`actors` and :attr:`nodes`.

    Args:
        record: called with every event, in order, before ``handle`` returns.
    """

    def __init__(self, record: Callable[[Event], None]) -> None:
        self.actors = ActorManager(record)
        self.nodes = NodeManager()

    def handle(self, message: GcsMessage) -> list[Instruction]:
        """Apply one message.

        Returns:
            What the node must do, in order. Often nothing.

        Raises:
            InvalidTransitionError: if the message makes no sense in the actor's state.
            NameTakenError: if an actor is registered under a name that is taken.
            ValueError: if an actor is registered twice.
        """
        return self.actors.handle(message)
