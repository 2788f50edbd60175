"""The raylets of some nodes behind their manager, told and asked in a word each."""

from collections.abc import Mapping
from typing import Any

from raylite._core.common.events import Event, MessageIgnored
from raylite._core.common.ids import ActorID, LeaseID, NodeID, PlacementGroupID, WorkerID
from raylite._core.common.instructions import GrantWorkerLease, Instruction, StartWorker
from raylite._core.common.messages import (
    AddNode,
    CancelWorkerLease,
    ClusterMessage,
    CommitBundles,
    EnvironmentGone,
    PrepareBundles,
    RemoveNode,
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
from raylite._core.common.scheduling_strategy import DEFAULT_STRATEGY, SchedulingStrategy
from raylite._core.common.states import LeaseState
from raylite._core.raylet.cluster_lease_manager import ClusterLeaseManager
from tests.core.raylet_story import CRASH, DRIVER, GROUP

HEAD = NodeID("head")
SPREAD = SchedulingStrategy(spread=True)


class ClusterStory:
    """A manager, what has been told to it, and what it has recorded.

    Args:
        head: what the first node has.
        nodes: further nodes, by name.
    """

    def __init__(
        self, head: Mapping[str, float], nodes: Mapping[str, Mapping[str, float]], **options: Any
    ) -> None:
        self.events: list[Event] = []
        self.now_s = 0.0
        self.manager = ClusterLeaseManager(
            HEAD, ResourceSet.of(head), self.events.append, **options
        )
        for name, total in nodes.items():
            self.add(name, total)

    def tell(self, kind: type[Any], **fields: Any) -> list[Instruction]:
        self.now_s += 0.001
        message: ClusterMessage = kind(**fields, at_s=self.now_s)
        return self.manager.handle(message)

    def add(self, node: str, total: Mapping[str, float], **labels: str) -> list[Instruction]:
        resources = ResourceSet.of(total)
        return self.tell(AddNode, node_id=NodeID(node), total=resources, labels=labels)

    def remove(self, node: str) -> list[Instruction]:
        return self.tell(RemoveNode, node_id=NodeID(node))

    def request(
        self,
        lease: str,
        held: Mapping[str, float] | None = None,
        *,
        strategy: SchedulingStrategy = DEFAULT_STRATEGY,
        actor: str | None = None,
        holder: str = DRIVER,
        **fields: Any,
    ) -> list[Instruction]:
        holds = ResourceSet.of({"CPU": 1} if held is None else held)
        return self.tell(
            RequestWorkerLease,
            lease_id=LeaseID(lease),
            holder_id=WorkerID(holder),
            placement=holds,
            held=holds,
            strategy=strategy,
            actor_id=None if actor is None else ActorID(actor),
            **fields,
        )

    def up(self, node: str, *workers: str, env: str = "") -> list[Instruction]:
        """Have workers started on a node and registered, one after the other."""
        todo: list[Instruction] = []
        for worker in workers:
            todo += self.starting(node, worker, env=env)
            todo += self.registered(worker)
        return todo

    def starting(self, node: str, worker: str, env: str = "") -> list[Instruction]:
        ids = {"worker_id": WorkerID(worker), "node_id": NodeID(node)}
        return self.tell(WorkerStarting, **ids, env_key=env)

    def registered(self, worker: str) -> list[Instruction]:
        return self.tell(WorkerRegistered, worker_id=WorkerID(worker), pid=42)

    def give_back(self, lease: str) -> list[Instruction]:
        return self.tell(ReturnWorkerLease, lease_id=LeaseID(lease))

    def cancel(self, lease: str) -> list[Instruction]:
        return self.tell(CancelWorkerLease, lease_id=LeaseID(lease))

    def blocked(self, worker: str) -> list[Instruction]:
        return self.tell(WorkerBlocked, worker_id=WorkerID(worker))

    def unblocked(self, worker: str) -> list[Instruction]:
        return self.tell(WorkerUnblocked, worker_id=WorkerID(worker))

    def stays(self, worker: str) -> list[Instruction]:
        return self.tell(WorkerStays, worker_id=WorkerID(worker))

    def dies(self, worker: str) -> list[Instruction]:
        return self.tell(WorkerDied, worker_id=WorkerID(worker), exit=CRASH)

    def gone(self, env: str) -> list[Instruction]:
        return self.tell(EnvironmentGone, env_key=env)

    def prepare(
        self, node: str, bundles: Mapping[int, Mapping[str, float]], attempt: int = 1
    ) -> list[Instruction]:
        specs = tuple(
            BundleSpec(index=index, resources=ResourceSet.of(bundle))
            for index, bundle in bundles.items()
        )
        return self.tell(
            PrepareBundles, group_id=GROUP, attempt=attempt, node_id=NodeID(node), bundles=specs
        )

    def commit(self, node: str, attempt: int = 1) -> list[Instruction]:
        return self.tell(CommitBundles, group_id=GROUP, attempt=attempt, node_id=NodeID(node))

    def return_bundles(
        self, node: str | None, *, removed: bool = True, group: PlacementGroupID = GROUP
    ) -> list[Instruction]:
        node_id = None if node is None else NodeID(node)
        return self.tell(ReturnBundles, group_id=group, node_id=node_id, removed=removed)

    def waiting(self) -> list[str]:
        views = self.manager.leases()
        return [view.lease_id for view in views if view.state is LeaseState.PENDING]

    def ignored(self) -> list[str]:
        return [event.kind for event in self.events if isinstance(event, MessageIgnored)]

    def cpus(self) -> dict[str, float]:
        """The CPUs available on each node."""
        nodes = self.manager.available_per_node()
        return {node_id: available.amount("CPU") for node_id, available in nodes.items()}


def starts(todo: list[Instruction]) -> list[str]:
    """The nodes on which workers are to be started."""
    return [do.node_id for do in todo if isinstance(do, StartWorker)]


def placed(todo: list[Instruction]) -> list[tuple[str, str]]:
    """Pairs of lease and node."""
    return [(do.lease_id, do.node_id) for do in todo if isinstance(do, GrantWorkerLease)]


def on_node(node: str, *, soft: bool = False) -> SchedulingStrategy:
    return SchedulingStrategy(node_id=NodeID(node), soft=soft)
