"""A raylet and its node, told and asked in a word each."""

from collections.abc import Mapping
from typing import Any

from raylite._core.common.events import (
    Event,
    MessageIgnored,
)
from raylite._core.common.ids import ActorID, LeaseID, NodeID, WorkerID
from raylite._core.common.instructions import (
    GrantWorkerLease,
    Instruction,
    ReclaimIdleLeases,
    StartWorker,
    StopWorker,
)
from raylite._core.common.messages import (
    CancelWorkerLease,
    RequestWorkerLease,
    ReturnWorkerLease,
    WorkerBlocked,
    WorkerDied,
    WorkerRegistered,
    WorkerStarting,
    WorkerStays,
    WorkerUnblocked,
)
from raylite._core.common.resources import ResourceSet
from raylite._core.common.states import LeaseState, WorkerState
from raylite._core.common.task_spec import WorkerExit
from raylite._core.raylet.raylet import Raylet

NODE = NodeID("node")
DRIVER = WorkerID("driver")
START = StartWorker(node_id=NODE)
CRASH = WorkerExit(intended=False, reason="The worker process was ended by SIGKILL", signal=9)
NOTHING: Mapping[str, float] = {}


class Story:
    """A raylet, what has been told to it, and what it has recorded."""

    def __init__(self, cpus: float = 1, gpus: float = 0, **options: Any) -> None:
        self.events: list[Event] = []
        total = ResourceSet.of({"CPU": cpus, "GPU": gpus})
        self.raylet = Raylet(NODE, total, self.events.append, **options)
        self.now_s = 0.0

    def at_s(self) -> float:
        self.now_s += 0.001
        return self.now_s

    def request(
        self,
        lease: str,
        held: Mapping[str, float] | None = None,
        *,
        placement: Mapping[str, float] | None = None,
        holder: WorkerID = DRIVER,
        actor: str | None = None,
    ) -> list[Instruction]:
        holds = ResourceSet.of({"CPU": 1} if held is None else held)
        message = RequestWorkerLease(
            lease_id=LeaseID(lease),
            holder_id=holder,
            placement=holds if placement is None else ResourceSet.of(placement),
            held=holds,
            actor_id=None if actor is None else ActorID(actor),
            at_s=self.at_s(),
        )
        return self.raylet.handle(message)

    def request_actor(self, lease: str) -> list[Instruction]:
        """What an actor asks for that names no resources."""
        return self.request(lease, {}, placement={"CPU": 1}, actor=f"actor-of-{lease}")

    def starting(self, *workers: str) -> list[Instruction]:
        todo: list[Instruction] = []
        for worker in workers:
            message = WorkerStarting(worker_id=WorkerID(worker), at_s=self.at_s())
            todo += self.raylet.handle(message)
        return todo

    def registered(self, worker: str) -> list[Instruction]:
        message = WorkerRegistered(worker_id=WorkerID(worker), pid=42, at_s=self.at_s())
        return self.raylet.handle(message)

    def up(self, *workers: str) -> list[Instruction]:
        """Have workers started and registered, one after the other."""
        todo: list[Instruction] = []
        for worker in workers:
            todo += self.starting(worker)
            todo += self.registered(worker)
        return todo

    def give_back(self, lease: str) -> list[Instruction]:
        return self.raylet.handle(ReturnWorkerLease(lease_id=LeaseID(lease), at_s=self.at_s()))

    def cancel(self, lease: str) -> list[Instruction]:
        return self.raylet.handle(CancelWorkerLease(lease_id=LeaseID(lease), at_s=self.at_s()))

    def blocked(self, worker: str) -> list[Instruction]:
        return self.raylet.handle(WorkerBlocked(worker_id=WorkerID(worker), at_s=self.at_s()))

    def unblocked(self, worker: str) -> list[Instruction]:
        return self.raylet.handle(WorkerUnblocked(worker_id=WorkerID(worker), at_s=self.at_s()))

    def stays(self, worker: str) -> list[Instruction]:
        return self.raylet.handle(WorkerStays(worker_id=WorkerID(worker), at_s=self.at_s()))

    def dies(self, worker: str) -> list[Instruction]:
        message = WorkerDied(worker_id=WorkerID(worker), exit=CRASH, at_s=self.at_s())
        return self.raylet.handle(message)

    def states(self) -> dict[str, WorkerState]:
        return {view.worker_id: view.state for view in self.raylet.workers()}

    def waiting(self) -> list[str]:
        views = self.raylet.leases()
        return [view.lease_id for view in views if view.state is LeaseState.PENDING]

    def ignored(self) -> list[str]:
        return [event.kind for event in self.events if isinstance(event, MessageIgnored)]

    def cpus(self) -> float:
        return self.raylet.available().amount("CPU")


def granted(todo: list[Instruction]) -> list[tuple[str, str]]:
    """Pairs of lease and worker."""
    return [(do.lease_id, do.worker_id) for do in todo if isinstance(do, GrantWorkerLease)]


def stopped(todo: list[Instruction]) -> list[str]:
    return [do.worker_id for do in todo if isinstance(do, StopWorker)]


def reclaimed(todo: list[Instruction]) -> list[str]:
    return [do.holder_id for do in todo if isinstance(do, ReclaimIdleLeases)]
