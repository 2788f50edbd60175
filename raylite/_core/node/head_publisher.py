"""What the head tells others unasked: the fate of actors, output, warnings.

In Ray: ``src/ray/pubsub/publisher.h``. Left out here: long polling.
"""

from typing import Any, Final

from raylite._core.common.ids import ActorID, PlacementGroupID, WorkerID
from raylite._core.common.label_selector import NODE_ID_LABEL
from raylite._core.common.messages import RequestWorkerLease
from raylite._core.common.resources import ResourceSet
from raylite._core.common.states import ActorState
from raylite._core.gcs.placement_group_table import Progress
from raylite._core.node.machine import shown_resources
from raylite._core.rpc.peer_messages import ActorUpdate, Notice

__all__ = ["Publisher"]

_UNHEARD_OF_S: Final = 5.0
"""How long a handle may be ahead of the news that its actor was made."""


class Publisher:
    """Keeps who wants to know what.

    Args:
        head: whose news it is.
    """

    def __init__(self, head: Any) -> None:
        self._head = head
        self._holders: dict[ActorID, set[WorkerID]] = {}
        self._warned: set[tuple[Any, ...]] = set()

    def subscribe_actor(self, actor_id: ActorID, worker_id: WorkerID) -> None:
        """Tell a process from now on what becomes of an actor."""
        view = self._head.gcs.actors.view(actor_id)
        if view is None:  # Its creator may be about to tell of it.
            self._head.poller.call_later(
                _UNHEARD_OF_S, lambda: self._give_up_on(actor_id, worker_id)
            )
        if view is None or view.state is not ActorState.DEAD:
            self._holders.setdefault(actor_id, set()).add(worker_id)

    def _give_up_on(self, actor_id: ActorID, worker_id: WorkerID) -> None:
        """Nobody tells of the actor: it has died so long ago that it is forgotten."""
        if self._head.gcs.actors.view(actor_id) is None:
            self._holders.pop(actor_id, None)
            self._head.send(worker_id, _forgotten(actor_id))

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
                rejection=view.rejection,
                max_restarts=view.spec.max_restarts,
                at_s=view.changed_s + head.session.began_s,
            ),
        )

    def process_gone(self, worker_id: WorkerID) -> None:
        """A process wants to know nothing any more."""
        for holders in self._holders.values():
            holders.discard(worker_id)

    def to_drivers(self, message: object) -> None:
        """Send to every driver."""
        for driver_id in self._head.members.drivers:
            self._head.send(driver_id, message)

    def warn_if_infeasible(self, request: RequestWorkerLease) -> None:
        """Say once that a request can never be granted."""
        placement, strategy = request.placement, request.strategy
        job = self._head.members.job_of(request.holder_id)
        wish = job and job.job_id, placement, strategy
        if wish in self._warned or not self._head.raylet.infeasible(placement, strategy):
            return
        self._warned.add(wish)
        labels = f" and a node with the labels {dict(strategy.labels)}" if strategy.labels else ""
        asked = f"A task or actor asks for {placement.to_dict()}{labels}"
        self._warn(request.holder_id, asked, placement, with_labels=bool(labels))

    def warn_if_group_infeasible(self, group_id: PlacementGroupID) -> None:
        """Say that a placement group can never be made."""
        view = self._head.gcs.groups.view(group_id)
        if view is None or view.progress is not Progress.INFEASIBLE:
            return
        bundles = [bundle.resources.to_dict() for bundle in view.spec.bundles]
        needed = sum((bundle.resources for bundle in view.spec.bundles), ResourceSet())
        with_labels = any(bundle.labels for bundle in view.spec.bundles)
        asked = f"A placement group asks for {bundles} with {view.spec.strategy.value}"
        self._warn(view.spec.owner_id, asked, needed, with_labels=with_labels)

    def _warn(
        self, asker_id: WorkerID, asked: str, needed: ResourceSet, *, with_labels: bool
    ) -> None:
        here = []
        for node in self._head.raylet.nodes():
            labels = {key: value for key, value in node.labels.items() if key != NODE_ID_LABEL}
            shown = f" and the labels {labels}" if with_labels else ""
            here.append(f"{shown_resources(node.total, needed)}{shown}")
        there = here[0] if len(here) == 1 else f"nodes with {', with '.join(here)}"
        text = (
            f"{asked}, which can never be placed: the session has {there}. It waits for ever. "
            "Ask for less, or add a node that has it: raylite.cluster.add_node(num_cpus=..., "
            "resources={...})."
        )
        self._head.members.tell_driver_of(asker_id, Notice(text=text))


def _forgotten(actor_id: ActorID) -> ActorUpdate:
    return ActorUpdate(
        actor_id=actor_id,
        state=ActorState.DEAD,
        worker_id=None,
        address="",
        num_restarts=0,
        error=b"",
        reason="it ended so long ago that the session has forgotten how",
        class_name="?",
        name=None,
        pid=None,
        stderr_tail="",
        intended=True,
    )
