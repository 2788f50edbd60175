"""Carrying out what the pure parts decide: the only place where an instruction is acted upon.

Instructions wait in a queue, not on the stack: one may lead to a message whose own instructions
come after those that are already due.
"""

from collections import deque
from collections.abc import Callable
from typing import Any, Final

from raylite._core.common import instructions as do
from raylite._core.common import messages as tell
from raylite._core.rpc.peer_messages import (
    CreateActor,
    ExitWorker,
    LeaseGranted,
    LeaseRejected,
    ReturnIdleLeases,
)

__all__ = ["Actions"]

_EXIT_GRACE_S: Final = 5.0


class Actions:
    """Carries out instructions, in order.

    Args:
        head: whose processes and sockets they are about.
    """

    def __init__(self, head: Any) -> None:
        self._head = head
        self._todo: deque[do.Instruction] = deque()
        self._deeds: dict[type, Callable[[Any], None]] = {
            do.StartWorker: self._start_worker,
            do.StopWorker: self._stop_worker,
            do.GrantWorkerLease: self._grant,
            do.RejectWorkerLease: self._reject,
            do.ReclaimIdleLeases: self._reclaim,
            do.RequestActorLease: self._request_actor_lease,
            do.CancelActorLease: self._cancel_actor_lease,
            do.PushCreationTask: self._push_creation,
            do.PublishActor: self._publish_actor,
            do.PublishPlacementGroup: self._publish_group,
            do.TellRaylet: self._tell_raylet,
            do.TellGcs: self._tell_gcs,
        }

    @property
    def all_done(self) -> bool:
        """Whether no instruction is under way or waits."""
        return not self._todo

    def follow(self, found: list[do.Instruction]) -> None:
        """Carry these out after those that are due already."""
        busy = bool(self._todo)
        self._todo.extend(found)
        while self._todo and not busy:
            self._deeds[type(self._todo[0])](self._todo[0])
            self._todo.popleft()

    def _start_worker(self, start: do.StartWorker) -> None:
        self._head.pool.start_worker(start.node_id, start.env_key)

    def _grant(self, grant: do.GrantWorkerLease) -> None:
        head = self._head
        if grant.actor_id is not None:
            head.gpu_ids[grant.worker_id] = grant.gpu_ids
            leased = tell.ActorWorkerLeased(
                actor_id=grant.actor_id,
                lease_id=grant.lease_id,
                worker_id=grant.worker_id,
                node_id=grant.node_id,
                at_s=0.0,
            )
            head.messages.between(leased, to_gcs=True, node_id=grant.node_id)
            head.tell_gcs(leased)
            return
        granted = LeaseGranted(
            lease_id=grant.lease_id,
            worker_id=grant.worker_id,
            address=head.session.socket_path(grant.worker_id[:16]),
            gpu_ids=grant.gpu_ids,
        )
        head.send(grant.holder_id, granted)

    def _reject(self, rejected: do.RejectWorkerLease) -> None:
        if rejected.actor_id is None:
            message = LeaseRejected(
                lease_id=rejected.lease_id, rejection=rejected.rejection, text=rejected.text
            )
            self._head.send(rejected.holder_id, message)
            return
        told = tell.ActorLeaseRejected(
            actor_id=rejected.actor_id,
            lease_id=rejected.lease_id,
            rejection=rejected.rejection,
            text=rejected.text,
            at_s=0.0,
        )
        self._head.messages.between(told, to_gcs=True)
        self._head.tell_gcs(told)

    def _push_creation(self, push: do.PushCreationTask) -> None:
        head = self._head
        gpu_ids = head.gpu_ids.pop(push.worker_id, ())
        view = head.gcs.actors.view(push.actor_id)
        if view is not None:
            head.send(
                push.worker_id,
                CreateActor(
                    actor_id=push.actor_id,
                    owner_id=view.spec.owner_id,
                    creation_task=push.creation_task,
                    num_restarts=push.num_restarts,
                    class_name=view.spec.class_name,
                    name=view.spec.name,
                    namespace=view.spec.namespace,
                    held=view.spec.held.to_dict(),
                    handle=view.spec.handle,
                    gpu_ids=gpu_ids,
                    strategy=view.spec.strategy,
                    max_restarts=view.spec.max_restarts,
                ),
            )

    def _stop_worker(self, stop: do.StopWorker) -> None:
        head, worker_id = self._head, stop.worker_id
        if stop.force:
            head.pool.kill(worker_id, stop.reason, is_crash=stop.is_crash)
            return
        kill_if_still_asked = head.pool.expect_exit(worker_id, stop.reason)
        head.send(worker_id, ExitWorker(reason=stop.reason))
        head.poller.call_later(_EXIT_GRACE_S, kill_if_still_asked)

    def _reclaim(self, reclaim: do.ReclaimIdleLeases) -> None:
        self._head.send(reclaim.holder_id, ReturnIdleLeases())

    def _request_actor_lease(self, asked: do.RequestActorLease) -> None:
        request = tell.RequestWorkerLease(
            lease_id=asked.lease_id,
            holder_id=asked.holder_id,
            placement=asked.placement,
            held=asked.held,
            actor_id=asked.actor_id,
            env_key=asked.env_key,
            strategy=asked.strategy,
            locality=asked.locality,
            at_s=0.0,
        )
        self._head.messages.between(request, to_gcs=False)
        self._head.tell_raylet(request)

    def _cancel_actor_lease(self, cancel: do.CancelActorLease) -> None:
        told = tell.CancelWorkerLease(lease_id=cancel.lease_id, at_s=0.0)
        self._head.messages.between(told, to_gcs=False)
        self._head.tell_raylet(told)

    def _publish_actor(self, publish: do.PublishActor) -> None:
        self._head.publisher.publish_actor(publish.actor_id)
        self._head.members.actor_changed(publish.actor_id)

    def _publish_group(self, publish: do.PublishPlacementGroup) -> None:
        self._head.requests.cluster.group_changed(publish.group_id)

    def _tell_raylet(self, told: do.TellRaylet) -> None:
        message = told.message
        self._head.messages.between(message, to_gcs=False, node_id=message.node_id)
        self._head.tell_raylet(message)

    def _tell_gcs(self, told: do.TellGcs) -> None:
        message = told.message
        self._head.messages.between(message, to_gcs=True, node_id=message.node_id)
        self._head.tell_gcs(message)
