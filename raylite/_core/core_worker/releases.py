"""What nobody here wants any more: noted where it is found, told by whoever reads.

In Ray: ``RemoveLocalReference`` in ``src/ray/core_worker/reference_counter.cc``. All of these are
called from ``__del__``, which Python runs between any two steps of any thread: they wait for
nothing, take no lock that may be held, and send nothing.
"""

from raylite._core.common.ids import ActorID, ObjectID
from raylite._core.core_worker.ownership import Ownership
from raylite._core.core_worker.task_submission.item_stream import ItemStream
from raylite._core.rpc.connection import Connection
from raylite._core.rpc.poller import Poller

__all__ = ["NotesReleases"]


class NotesReleases:
    """The part of a process that finalizers see."""

    over: bool
    ownership: Ownership
    poller: Poller

    def release_borrowed(self, object_id: ObjectID, channel: Connection | None) -> None:
        """The last ref to another's object is gone."""
        if not self.over:
            self.ownership.release_borrowed(object_id, channel)
            self.poller.poke()

    def release_stream(self, stream: ItemStream) -> None:
        """No generator is left that could take items of a stream."""
        if not self.over:
            self.ownership.dropped_streams.append(stream)
            self.poller.poke()

    def release_definition(self, key: str) -> None:
        """Nobody can call a remote function of this process any more."""
        if not self.over:
            self.ownership.dropped_definitions.append(key)
            self.poller.poke()

    def release_handle(self, actor_id: ActorID) -> None:
        """No handle to the actor is left."""
        if not self.over:
            self.ownership.released_handles.append(actor_id)
            self.poller.poke()
