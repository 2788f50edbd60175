"""The life of actors: registered, created, restarted, dead.

In Ray: ``src/ray/gcs/actor/gcs_actor_manager.cc``. Left out here: bringing back a dead actor
whose handle turns up again, and the choice of a node, which is the raylets' business.

The manager is pure. It has no clock, thread, process or socket: :meth:`ActorManager.handle`
takes one message and returns the instructions the node must carry out. The same messages
always give the same instructions and the same events, which is why its tests need no
processes and never sleep.

Rule 1: an actor has one request for a worker, or one worker, or neither; never two of these.
Rule 2: news of an actor counts only if it comes from the worker the actor is in now. Other
news is late, not wrong: it is recorded as ``MessageIgnored`` and changes nothing.
Rule 3: whoever ends an actor ends it at once. The name is free and every handle told before
the process has gone; what the process says afterwards falls under rule 2.
Rule 4: what a process sent is handled before its ``WorkerDied``, never after it.
"""

from collections.abc import Callable
from typing import assert_never

from raylite._core.common.events import Event, MessageIgnored
from raylite._core.common.ids import ActorID, WorkerID
from raylite._core.common.instructions import (
    CancelActorLease,
    Instruction,
    PublishActor,
    PushCreationTask,
    RequestActorLease,
    StopWorker,
)
from raylite._core.common.messages import (
    ActorDependenciesReady,
    ActorExiting,
    ActorLeaseRejected,
    ActorMessage,
    ActorOutOfScope,
    ActorWorkerLeased,
    CreationFailed,
    CreationFinished,
    KillActor,
    RegisterActor,
    WorkerDied,
)
from raylite._core.common.states import ActorState
from raylite._core.gcs.actor_table import MAX_DEAD_ACTORS, ActorRecord, ActorTable, ActorView

__all__ = ["ActorManager"]

KILLED = "it was killed by `ray.kill`"
OUT_OF_SCOPE = "all references to the actor were removed: no handle is left"
OWNER_DIED = "its owner has died"


class ActorManager:
    """Keeps the actor table and decides what a change in it calls for.

    Args:
        record: called with every event, in order, before ``handle`` returns.
        max_dead: how many dead actors to remember; the oldest are forgotten first.
    """

    def __init__(self, record: Callable[[Event], None], max_dead: int = MAX_DEAD_ACTORS) -> None:
        self._record = record
        self._table = ActorTable(record, max_dead)

    def name_taken(self, namespace: str, name: str) -> bool:
        """Whether an actor that is not dead has the name. Ask before ``RegisterActor``."""
        return self._table.named(namespace, name) is not None

    def lookup(self, namespace: str, name: str) -> ActorView | None:
        """The actor that has the name and is not dead."""
        actor = self._table.named(namespace, name)
        return None if actor is None else actor.view()

    def view(self, actor_id: ActorID) -> ActorView | None:
        """The actor, living or lately dead; None if it is not remembered."""
        actor = self._table.get(actor_id)
        return None if actor is None else actor.view()

    def lives(self, actor_id: ActorID) -> bool:
        """Whether there is such an actor, and it is not dead."""
        actor = self._table.get(actor_id)
        return actor is not None and actor.state is not ActorState.DEAD

    def environments(self) -> set[str]:
        """The environments of all actors that are not dead."""
        living = (actor for actor in self._table.records() if actor.state is not ActorState.DEAD)
        return {actor.spec.env_key for actor in living}

    def views(self) -> list[ActorView]:
        """Every actor that is remembered, in the order of registration."""
        return [actor.view() for actor in self._table.records()]

    def handle(self, message: ActorMessage) -> list[Instruction]:
        """Apply one message to the table.

        Returns:
            What the node must do, in order. Often nothing.

        Raises:
            InvalidTransitionError: if the message makes no sense in the actor's state.
            NameTakenError: if an actor is registered under a name that is taken.
            ValueError: if an actor is registered twice.
        """
        match message:
            case RegisterActor():
                self._table.add(message.spec, message.at_s)
                return [PublishActor(actor_id=message.spec.actor_id)]
            case WorkerDied():
                return self._worker_died(message)
            case ActorWorkerLeased():
                return self._leased(message)
            case ActorLeaseRejected():
                return self._rejected(message)
            case ActorDependenciesReady() | KillActor() | ActorOutOfScope():
                return self._told_from_outside(message)
            case CreationFinished() | CreationFailed() | ActorExiting():
                return self._told_by_worker(message)
            case _:
                assert_never(message)

    def _told_from_outside(
        self, message: ActorDependenciesReady | KillActor | ActorOutOfScope
    ) -> list[Instruction]:
        actor = self._table.get(message.actor_id)
        if actor is None or actor.state is ActorState.DEAD:
            why = "the actor is unknown" if actor is None else "the actor is dead already"
            return self._ignore(message, message.actor_id, why)
        match message:
            case ActorDependenciesReady():
                actor.creation_task = message.creation_task
                actor.locality = message.locality
                why = "the constructor's arguments are ready"
                self._table.move(actor, ActorState.PENDING_CREATION, message.at_s, why)
                return [self._request_lease(actor)]
            case KillActor():
                return self._kill(actor, message)
            case ActorOutOfScope():
                if actor.spec.detached:
                    return self._ignore(message, message.actor_id, "the actor is detached")
                return self._end(actor, message.at_s, OUT_OF_SCOPE, force=False)
            case _:
                assert_never(message)

    def _told_by_worker(
        self, message: CreationFinished | CreationFailed | ActorExiting
    ) -> list[Instruction]:
        actor = self._table.living_in(message.worker_id)
        if actor is None or actor.spec.actor_id != message.actor_id:
            return self._ignore(message, message.actor_id, "the actor is not in that worker")
        match message:
            case CreationFinished():
                actor.repr_name = message.repr_name
                self._table.move(actor, ActorState.ALIVE, message.at_s, "__init__ returned")
                return [PublishActor(actor_id=message.actor_id)]
            case CreationFailed():
                # An __init__ that raised would raise again, so max_restarts is not asked.
                actor.error = message.error
                return self._end(actor, message.at_s, message.summary, force=False)
            case ActorExiting():
                actor.exiting = message.reason
                return []
            case _:
                assert_never(message)

    def _leased(self, message: ActorWorkerLeased) -> list[Instruction]:
        actor = self._table.get(message.actor_id)
        if actor is None or not actor.waits_for_worker or actor.lease_id != message.lease_id:
            why = "the actor waits for no worker under that lease"
            self._ignore(message, message.actor_id, why)
            if self._table.living_in(message.worker_id) is not None:
                return []  # The same news twice: the worker is in use.
            return [_stop(message.worker_id, "The actor it was leased for is dead", force=True)]
        self._table.place(actor, message.worker_id, message.node_id)
        return [
            PushCreationTask(
                actor_id=message.actor_id,
                worker_id=message.worker_id,
                creation_task=actor.creation_task,
                num_restarts=actor.num_restarts,
            )
        ]

    def _rejected(self, message: ActorLeaseRejected) -> list[Instruction]:
        actor = self._table.get(message.actor_id)
        if actor is None or not actor.waits_for_worker or actor.lease_id != message.lease_id:
            why = "the actor waits for no worker under that lease"
            return self._ignore(message, message.actor_id, why)
        actor.rejection = message.rejection
        self._table.move(actor, ActorState.DEAD, message.at_s, message.text)
        return [PublishActor(actor_id=message.actor_id)]

    def _kill(self, actor: ActorRecord, message: KillActor) -> list[Instruction]:
        if message.no_restart:
            return self._end(actor, message.at_s, KILLED, force=True)
        if actor.worker_id is None:
            return self._ignore(message, message.actor_id, "the actor has no process yet")
        actor.killed = True
        return [_stop(actor.worker_id, _sentence(actor, KILLED), force=True)]

    def _worker_died(self, message: WorkerDied) -> list[Instruction]:
        instructions: list[Instruction] = []
        actor = self._table.living_in(message.worker_id)
        if actor is not None:
            instructions += self._actor_lost_worker(actor, message)
        for owned in self._table.owned_by(message.worker_id):
            instructions += self._end(owned, message.at_s, OWNER_DIED, force=True)
        return instructions

    def _actor_lost_worker(self, actor: ActorRecord, message: WorkerDied) -> list[Instruction]:
        actor.exit = message.exit
        why = actor.exiting or (KILLED if actor.killed else message.exit.reason)
        # kill(no_restart=False) is raylite's doing and a crash all the same.
        intended = bool(actor.exiting) or (message.exit.intended and not actor.killed)
        if intended or actor.restarts_left == 0:
            self._table.move(actor, ActorState.DEAD, message.at_s, why)
            return [PublishActor(actor_id=actor.spec.actor_id)]
        if actor.restarts_left > 0:
            actor.restarts_left -= 1
        actor.num_restarts += 1
        actor.killed = False
        self._table.place(actor, None, None)
        self._table.move(actor, ActorState.RESTARTING, message.at_s, why)
        return [PublishActor(actor_id=actor.spec.actor_id), self._request_lease(actor)]

    def _end(self, actor: ActorRecord, at_s: float, why: str, *, force: bool) -> list[Instruction]:
        waited = actor.waits_for_worker
        self._table.move(actor, ActorState.DEAD, at_s, why)
        actor_id = actor.spec.actor_id
        instructions: list[Instruction] = [PublishActor(actor_id=actor_id)]
        if waited:
            instructions.append(CancelActorLease(actor_id=actor_id, lease_id=actor.lease_id))
        elif actor.worker_id is not None:
            instructions.append(_stop(actor.worker_id, _sentence(actor, why), force=force))
        return instructions

    def _request_lease(self, actor: ActorRecord) -> RequestActorLease:
        return RequestActorLease(
            actor_id=actor.spec.actor_id,
            lease_id=actor.lease_id,
            placement=actor.spec.placement,
            held=actor.spec.held,
            holder_id=actor.spec.owner_id,
            env_key=actor.spec.env_key,
            strategy=actor.spec.strategy,
            locality=actor.locality,
        )

    def _ignore(self, message: ActorMessage, about: str, why: str) -> list[Instruction]:
        kind = type(message).__name__
        self._record(MessageIgnored(kind=kind, about=about, at_s=message.at_s, why=why))
        return []


def _stop(worker_id: WorkerID, reason: str, *, force: bool) -> StopWorker:
    return StopWorker(worker_id=worker_id, reason=reason, force=force)


def _sentence(actor: ActorRecord, why: str) -> str:
    return f"The actor {actor.spec.class_name} ({actor.spec.actor_id}) ended: {why}"
