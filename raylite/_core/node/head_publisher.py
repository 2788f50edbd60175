"""What the head tells others unasked: the fate of actors, events, output, warnings.

In Ray: ``src/ray/pubsub/publisher.h``. Left out here: long polling.
"""

from typing import Any, Final

from raylite._core.common.ids import ActorID, WorkerID
from raylite._core.common.resources import ResourceSet
from raylite._core.common.states import ActorState
from raylite._core.rpc.peer_messages import ActorUpdate, EventBatch, Notice

__all__ = ["Publisher"]

_EVENT_PAUSE_S: Final = 0.05


class Publisher:
    """Keeps who wants to know what.

    Args:
        head: whose news it is.
    """

    def __init__(self, head: Any) -> None:
        self._head = head
        self._holders: dict[ActorID, set[WorkerID]] = {}
        self._event_readers: set[WorkerID] = set()
        self._event_timer = False
        self._event_cursor = 0
        self._task_cursor = 0
        self._warned: set[ResourceSet] = set()

    def subscribe_actor(self, actor_id: ActorID, worker_id: WorkerID) -> None:
        """Tell a process from now on what becomes of an actor."""
        self._holders.setdefault(actor_id, set()).add(worker_id)

    def publish_actor(self, actor_id: ActorID) -> None:
        """Tell every process that holds a handle."""
        view = self._head.gcs.actors.view(actor_id)
        for worker_id in self._holders.get(actor_id, set()):
            self.send_update(worker_id, actor_id)
        if view is not None and view.state is ActorState.DEAD:
            self._holders.pop(actor_id, None)  # It was the last news.

    def send_update(self, worker_id: WorkerID, actor_id: ActorID) -> None:
        """Tell one process what an actor's state is now."""
        head = self._head
        view = head.gcs.actors.view(actor_id)
        if view is None:
            return
        place = view.worker_id
        head.send(
            worker_id,
            ActorUpdate(
                actor_id=actor_id,
                state=view.state,
                worker_id=place,
                address=head.session.socket_path(place[:16]) if place else "",
                num_restarts=view.num_restarts,
                error=view.error,
                reason=view.death_reason or (view.exit.reason if view.exit else ""),
                class_name=view.spec.class_name,
                name=view.spec.name,
                pid=head.pool.pid_of(place) if place else None,
                stderr_tail=view.exit.stderr_tail if view.exit else "",
                intended=view.exit.intended if view.exit else True,
            ),
        )

    def process_gone(self, worker_id: WorkerID) -> None:
        """A process wants to know nothing any more."""
        self._event_readers.discard(worker_id)
        for holders in self._holders.values():
            holders.discard(worker_id)

    def read_events(self, worker_id: WorkerID, *, on: bool) -> None:
        """Begin or end to report events to a process."""
        if not self._event_readers:
            self._event_cursor = self._head.events.total
            self._task_cursor = self._head.task_log.total
        (self._event_readers.add if on else self._event_readers.discard)(worker_id)

    def publish_events_soon(self) -> None:
        """There are new events; they go out in batches."""
        if self._event_readers and not self._event_timer:
            self._event_timer = True
            self._head.poller.call_later(_EVENT_PAUSE_S, self._publish_events)

    def to_drivers(self, message: object) -> None:
        """Send to every driver."""
        for driver_id in self._head.drivers:
            self._head.send(driver_id, message)

    def warn_if_infeasible(self, placement: ResourceSet) -> None:
        """Say once that a request can never be granted."""
        raylet = self._head.raylet
        if placement in self._warned or not raylet.infeasible(placement):
            return
        self._warned.add(placement)
        text = (
            f"A task or actor asks for {placement.to_dict()}, which can never be placed: the "
            f"session has {raylet.total.to_dict()}. It waits for ever. Ask for less, or "
            "start the session with more: raylite.shutdown(), then raylite.init(num_cpus=..., "
            "resources={...})."
        )
        self.to_drivers(Notice(text=text))

    def _publish_events(self) -> None:
        self._event_timer = False
        states, self._event_cursor = self._head.events.since(self._event_cursor)
        tasks, self._task_cursor = self._head.task_log.since(self._task_cursor)
        batch = EventBatch(events=sorted([*states, *tasks], key=lambda event: event.at_s))
        for worker_id in self._event_readers:
            self._head.send(worker_id, batch)
