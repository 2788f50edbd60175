"""A control plane and one actor in it, led from state to state in a word each."""

from typing import Any

from raylite._core.common.events import ActorStateChanged, Event, MessageIgnored
from raylite._core.common.ids import ActorID, LeaseID, NodeID, WorkerID
from raylite._core.common.instructions import (
    Instruction,
    PublishActor,
    RequestActorLease,
)
from raylite._core.common.messages import (
    ActorDependenciesReady,
    ActorExiting,
    ActorOutOfScope,
    ActorWorkerLeased,
    CreationFailed,
    CreationFinished,
    KillActor,
    RegisterActor,
    WorkerDied,
)
from raylite._core.common.resources import ResourceSet
from raylite._core.common.states import ActorState
from raylite._core.common.task_spec import ActorSpec, WorkerExit
from raylite._core.gcs.actor_table import ActorView
from raylite._core.gcs.gcs import Gcs

COUNTER = ActorID("counter")
DRIVER = WorkerID("driver")
W1, W2 = WorkerID("worker-1"), WorkerID("worker-2")
NODE = NodeID("node")
ONE_CPU = ResourceSet.of({"CPU": 1})
CRASH = WorkerExit(intended=False, reason="The worker process was ended by SIGSEGV", signal=11)
ORDERLY = WorkerExit(intended=True, reason="The worker process ended on purpose", exit_code=0)
PUBLISHED = PublishActor(actor_id=COUNTER)


def spec(**changes: Any) -> ActorSpec:
    facts: dict[str, Any] = {
        "actor_id": COUNTER,
        "class_name": "Counter",
        "owner_id": DRIVER,
        "placement": ONE_CPU,
        "held": ResourceSet(),
    }
    return ActorSpec(**facts | changes)


def request(life: int = 0) -> RequestActorLease:
    return RequestActorLease(
        actor_id=COUNTER,
        lease_id=LeaseID(f"counter:{life}"),
        placement=ONE_CPU,
        held=ResourceSet(),
        holder_id=DRIVER,
    )


class Story:
    """A control plane, what has been told to it, and what it has recorded."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.gcs = Gcs(record=self.events.append)
        self.actors = self.gcs.actors
        self.now_s = 0.0

    def _at_s(self) -> float:
        self.now_s += 1.0
        return self.now_s

    def register(self, **changes: Any) -> list[Instruction]:
        return self.gcs.handle(RegisterActor(spec=spec(**changes), at_s=self._at_s()))

    def ready(self) -> list[Instruction]:
        return self.gcs.handle(
            ActorDependenciesReady(actor_id=COUNTER, creation_task=b"init", at_s=self._at_s())
        )

    def leased(self, worker_id: WorkerID = W1, life: int = 0) -> list[Instruction]:
        return self.gcs.handle(
            ActorWorkerLeased(
                actor_id=COUNTER,
                lease_id=LeaseID(f"counter:{life}"),
                worker_id=worker_id,
                node_id=NODE,
                at_s=self._at_s(),
            )
        )

    def created(self, worker_id: WorkerID = W1) -> list[Instruction]:
        return self.gcs.handle(
            CreationFinished(actor_id=COUNTER, worker_id=worker_id, at_s=self._at_s())
        )

    def creation_failed(self, worker_id: WorkerID = W1) -> list[Instruction]:
        return self.gcs.handle(
            CreationFailed(
                actor_id=COUNTER,
                worker_id=worker_id,
                error=b"pickled",
                summary="ValueError: no such file",
                at_s=self._at_s(),
            )
        )

    def kill(self, *, no_restart: bool = True) -> list[Instruction]:
        return self.gcs.handle(
            KillActor(actor_id=COUNTER, no_restart=no_restart, at_s=self._at_s())
        )

    def out_of_scope(self) -> list[Instruction]:
        return self.gcs.handle(ActorOutOfScope(actor_id=COUNTER, at_s=self._at_s()))

    def exiting(self, worker_id: WorkerID = W1) -> list[Instruction]:
        reason = "exit_actor() is called"
        return self.gcs.handle(
            ActorExiting(actor_id=COUNTER, worker_id=worker_id, reason=reason, at_s=self._at_s())
        )

    def dies(self, worker_id: WorkerID = W1, how: WorkerExit = CRASH) -> list[Instruction]:
        return self.gcs.handle(WorkerDied(worker_id=worker_id, exit=how, at_s=self._at_s()))

    def until(self, state: ActorState, **changes: Any) -> "Story":
        """Lead the actor to a state in the shortest way."""
        self.register(**changes)
        if state is ActorState.DEPENDENCIES_UNREADY:
            return self
        self.ready()
        if state is ActorState.PENDING_CREATION:
            return self
        self.leased()
        self.created()
        return self

    def states(self) -> list[ActorState]:
        return [event.new for event in self.events if isinstance(event, ActorStateChanged)]

    def ignored(self) -> list[str]:
        return [event.kind for event in self.events if isinstance(event, MessageIgnored)]

    @property
    def counter(self) -> ActorView:
        view = self.actors.view(COUNTER)
        assert view is not None
        return view
