"""A raylet and its node, told and asked in a word each."""

from collections.abc import Mapping
from typing import Any

from raylite._core.common.events import (
    Event,
    MessageIgnored,
)
from raylite._core.common.ids import ActorID, LeaseID, NodeID, PlacementGroupID, WorkerID
from raylite._core.common.instructions import (
    GrantWorkerLease,
    Instruction,
    ReclaimIdleLeases,
    RejectWorkerLease,
    StartWorker,
    StopWorker,
    TellGcs,
)
from raylite._core.common.messages import (
    BundlesCommitted,
    BundlesPrepared,
    CancelWorkerLease,
    CommitBundles,
    EnvironmentGone,
    PrepareBundles,
    RequestWorkerLease,
    ReturnBundles,
    ReturnWorkerLease,
    WorkerBlocked,
    WorkerDied,
    WorkerRegistered,
    WorkerStarting,
    WorkerStays,
    WorkerUnblocked,
)
from raylite._core.common.placement_group_spec import BundleSpec
from raylite._core.common.resources import ResourceSet
from raylite._core.common.scheduling_strategy import (
    DEFAULT_STRATEGY,
    LeaseRejection,
    SchedulingStrategy,
)
from raylite._core.common.states import LeaseState, WorkerState
from raylite._core.common.task_spec import WorkerExit
from raylite._core.raylet.raylet import Raylet

NODE = NodeID("node")
DRIVER = WorkerID("driver")
START = StartWorker(node_id=NODE)
CRASH = WorkerExit(intended=False, reason="The worker process was ended by SIGKILL", signal=9)
GROUP = PlacementGroupID("group")
ANY_BUNDLE = SchedulingStrategy(group_id=GROUP)
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
        env: str = "",
        strategy: SchedulingStrategy = DEFAULT_STRATEGY,
    ) -> list[Instruction]:
        holds = ResourceSet.of({"CPU": 1} if held is None else held)
        message = RequestWorkerLease(
            lease_id=LeaseID(lease),
            holder_id=holder,
            placement=holds if placement is None else ResourceSet.of(placement),
            held=holds,
            actor_id=None if actor is None else ActorID(actor),
            env_key=env,
            strategy=strategy,
            at_s=self.at_s(),
        )
        return self.raylet.handle(message)

    def request_actor(self, lease: str) -> list[Instruction]:
        """What an actor asks for that names no resources."""
        return self.request(lease, {}, placement={"CPU": 1}, actor=f"actor-of-{lease}")

    def starting(self, *workers: str, env: str = "") -> list[Instruction]:
        todo: list[Instruction] = []
        for worker in workers:
            message = WorkerStarting(
                worker_id=WorkerID(worker), node_id=NODE, env_key=env, at_s=self.at_s()
            )
            todo += self.raylet.handle(message)
        return todo

    def registered(self, worker: str) -> list[Instruction]:
        message = WorkerRegistered(worker_id=WorkerID(worker), pid=42, at_s=self.at_s())
        return self.raylet.handle(message)

    def up(self, *workers: str, env: str = "") -> list[Instruction]:
        """Have workers started and registered, one after the other."""
        todo: list[Instruction] = []
        for worker in workers:
            todo += self.starting(worker, env=env)
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

    def dies(self, worker: str, *, intended: bool = False) -> list[Instruction]:
        exit_ = CRASH.replaced(intended=intended)
        message = WorkerDied(worker_id=WorkerID(worker), exit=exit_, at_s=self.at_s())
        return self.raylet.handle(message)

    def gone(self, env: str) -> list[Instruction]:
        return self.raylet.handle(EnvironmentGone(env_key=env, at_s=self.at_s()))

    def prepare(
        self, *bundles: Mapping[str, float], attempt: int = 1, first: int = 0
    ) -> list[Instruction]:
        message = PrepareBundles(
            group_id=GROUP,
            attempt=attempt,
            node_id=NODE,
            bundles=tuple(
                BundleSpec(index=index, resources=ResourceSet.of(bundle))
                for index, bundle in enumerate(bundles, first)
            ),
            at_s=self.at_s(),
        )
        return self.raylet.handle(message)

    def commit(self, attempt: int = 1) -> list[Instruction]:
        message = CommitBundles(group_id=GROUP, attempt=attempt, node_id=NODE, at_s=self.at_s())
        return self.raylet.handle(message)

    def return_bundles(
        self, *, removed: bool = True, attempt: int | None = None
    ) -> list[Instruction]:
        message = ReturnBundles(
            group_id=GROUP, node_id=NODE, removed=removed, attempt=attempt, at_s=self.at_s()
        )
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

    def gpus(self) -> float:
        return self.raylet.available().amount("GPU")


def granted(todo: list[Instruction]) -> list[tuple[str, str]]:
    """Pairs of lease and worker."""
    return [(do.lease_id, do.worker_id) for do in todo if isinstance(do, GrantWorkerLease)]


def stopped(todo: list[Instruction]) -> list[str]:
    return [do.worker_id for do in todo if isinstance(do, StopWorker)]


def reclaimed(todo: list[Instruction]) -> list[str]:
    return [do.holder_id for do in todo if isinstance(do, ReclaimIdleLeases)]


def bundle(index: int) -> SchedulingStrategy:
    return ANY_BUNDLE.replaced(bundle_index=index)


def gpus_of(todo: list[Instruction]) -> list[tuple[int, ...]]:
    """The numbers of the GPUs of each grant."""
    return [do.gpu_ids for do in todo if isinstance(do, GrantWorkerLease)]


def rejected(todo: list[Instruction]) -> list[tuple[str, LeaseRejection]]:
    """Pairs of lease and reason."""
    return [(do.lease_id, do.rejection) for do in todo if isinstance(do, RejectWorkerLease)]


def prepared(todo: list[Instruction]) -> list[bool]:
    answers = [do.message for do in todo if isinstance(do, TellGcs)]
    return [answer.prepared for answer in answers if isinstance(answer, BundlesPrepared)]


def committed(todo: list[Instruction]) -> int:
    answers = [do.message for do in todo if isinstance(do, TellGcs)]
    return len([answer for answer in answers if isinstance(answer, BundlesCommitted)])
