"""All that may happen on several nodes, in any order, and what is looked at at once."""

from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from raylite._core.common.events import Event
from raylite._core.common.ids import ActorID, LeaseID, NodeID, PlacementGroupID, WorkerID
from raylite._core.common.instructions import (
    GrantWorkerLease,
    Instruction,
    RejectWorkerLease,
    StartWorker,
    StopWorker,
)
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
    WorkerUnblocked,
)
from raylite._core.common.placement_group_spec import BundleSpec
from raylite._core.common.resources import ResourceSet
from raylite._core.common.scheduling_strategy import (
    DEFAULT_STRATEGY,
    LeaseRejection,
    SchedulingStrategy,
)
from raylite._core.common.states import WorkerState
from raylite._core.common.task_spec import WorkerExit
from raylite._core.raylet.cluster_lease_manager import ClusterLeaseManager
from raylite._core.raylet.raylet import Raylet

__all__ = ["DRIVERS", "GROUPS", "HEAD_TOTAL", "ClusterMachine"]

HEAD = NodeID("node-0")
SMALL = HEAD_TOTAL = ResourceSet.of({"CPU": 1, "GPU": 1})
LARGE = ResourceSet.of({"CPU": 2, "GPU": 2})
SHAPES = [
    ResourceSet.of(shape)
    for shape in ({"CPU": 1}, {"CPU": 0.5, "GPU": 0.6}, {"GPU": 1}, {"CPU": 2})
]
GONE = WorkerExit(intended=False, reason="gone")
DRIVERS = [WorkerID("driver-0"), WorkerID("driver-1")]
ENVIRONMENTS = ["", "", "env"]
GROUPS = [PlacementGroupID("group-0"), PlacementGroupID("group-1")]
STRATEGIES = [
    *[DEFAULT_STRATEGY] * 3,
    SchedulingStrategy(spread=True),
    SchedulingStrategy(node_id=NodeID("node-1")),
    SchedulingStrategy(node_id=NodeID("node-1"), soft=True),
    SchedulingStrategy(node_id=NodeID("node-2"), soft=True, spills_when_full=True),
    SchedulingStrategy(labels=(("size", "large"),)),
    SchedulingStrategy(group_id=GROUPS[0]),
    SchedulingStrategy(group_id=GROUPS[0], bundle_index=1),
    SchedulingStrategy(group_id=GROUPS[1], bundle_index=0),
]


class ClusterMachine(RuleBasedStateMachine):
    """Nodes that come and go, and everything that may happen on each of them."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = []
        self.manager = ClusterLeaseManager(
            HEAD, SMALL, self.events.append, max_idle=1, idle_grace_s=3.0, max_starting=2
        )
        self.now_s = 0.0
        self.numbers: Counter[str] = Counter()
        self.starts: list[StartWorker] = []
        self.killed: set[WorkerID] = set()
        self.answers: Counter[LeaseID] = Counter()
        self.requests: dict[LeaseID, RequestWorkerLease] = {}
        self.nodes = {HEAD: SMALL}
        self.gone: set[str] = set()
        self.removed: set[PlacementGroupID] = set()

    def at_s(self) -> float:
        self.now_s += 1.0
        return self.now_s

    def new(self, kind: str) -> str:
        self.numbers[kind] += 1
        return f"{kind}-{self.numbers[kind]}"

    def tell(self, message: ClusterMessage) -> None:
        self.carry_out(self.manager.handle(message))

    def carry_out(self, instructions: list[Instruction]) -> None:
        for instruction in instructions:
            match instruction:
                case StartWorker():
                    assert instruction.node_id in self.nodes
                    self.starts.append(instruction)
                case GrantWorkerLease():
                    self.granted(instruction)
                case RejectWorkerLease():
                    self.rejected(instruction)
                case StopWorker() if instruction.force:
                    assert instruction.worker_id not in self.killed
                    self.killed.add(instruction.worker_id)
                case _:
                    pass

    def granted(self, grant: GrantWorkerLease) -> None:
        self.answers[grant.lease_id] += 1
        assert grant.worker_id not in self.killed
        request = self.requests[grant.lease_id]
        worker = {view.worker_id: view for view in self.manager.workers()}[grant.worker_id]
        assert (worker.env_key, worker.node_id) == (request.env_key, grant.node_id)
        total = self.nodes[grant.node_id]
        assert request.placement.fits_in(total)
        strategy = request.strategy
        assert strategy.soft or strategy.node_id in (None, grant.node_id)
        assert not strategy.labels or total == LARGE
        assert strategy.group_id not in self.removed

    def rejected(self, reject: RejectWorkerLease) -> None:
        self.answers[reject.lease_id] += 1
        request = self.requests[reject.lease_id]
        strategy = request.strategy
        match reject.rejection:
            case LeaseRejection.NODE_GONE:
                assert strategy.node_id is not None
                assert not strategy.soft
                total = self.nodes.get(strategy.node_id, ResourceSet())
                assert not request.placement.fits_in(total)
            case LeaseRejection.GROUP_REMOVED:
                assert strategy.group_id in self.removed
            case LeaseRejection.ENVIRONMENT_GONE:
                assert request.env_key in self.gone
                assert request.actor_id is None

    def raylets(self) -> list[Raylet]:
        return list(self.manager._all)

    def some_worker(self, data: st.DataObject, *more: WorkerID) -> WorkerID:
        known = [view.worker_id for view in self.manager.workers()]
        return data.draw(st.sampled_from([*known, *more, WorkerID("stranger")]))

    @initialize()
    def there_are_three_nodes_and_a_group_on_two_of_them(self) -> None:
        self.add_node(SMALL)
        self.add_node(LARGE)
        for index, node_id in enumerate(list(self.nodes)[1:]):
            bundles = (BundleSpec(index=index, resources=SHAPES[0]),)
            self.prepare(GROUPS[0], 1, node_id, bundles)
            self.commit(GROUPS[0], 1, node_id)

    @rule(total=st.sampled_from([SMALL, LARGE]))
    def add_node(self, total: ResourceSet) -> None:
        node_id = NodeID(self.new("node"))
        self.nodes[node_id] = total
        labels = {"size": "large"} if total == LARGE else {}
        self.tell(AddNode(node_id=node_id, total=total, labels=labels, at_s=self.at_s()))

    @precondition(lambda self: len(self.nodes) > 1)
    @rule(data=st.data())
    def remove_node(self, data: st.DataObject) -> None:
        self.removed_node(data.draw(st.sampled_from(list(self.nodes)[1:])))

    def removed_node(self, node_id: NodeID) -> None:
        del self.nodes[node_id]
        self.tell(RemoveNode(node_id=node_id, at_s=self.at_s()))

    @rule(
        data=st.data(),
        wanted=st.lists(
            st.tuples(
                st.sampled_from(SHAPES),
                st.sampled_from(["tasks", "tasks", "actor", "idle actor"]),
                st.sampled_from(ENVIRONMENTS),
                st.sampled_from(STRATEGIES),
            ),
            min_size=1,
            max_size=4,
        ),
    )
    def requests_come(
        self,
        data: st.DataObject,
        wanted: list[tuple[ResourceSet, str, str, SchedulingStrategy]],
    ) -> None:
        for shape, kind, env_key, strategy in wanted:
            self.request(data, shape, kind, env_key, strategy)

    def request(
        self,
        data: st.DataObject,
        shape: ResourceSet,
        kind: str,
        env_key: str,
        strategy: SchedulingStrategy,
    ) -> None:
        lease_id = LeaseID(self.new("lease"))
        request = RequestWorkerLease(
            lease_id=lease_id,
            holder_id=self.some_worker(data, *DRIVERS) if kind == "tasks" else DRIVERS[0],
            placement=shape,
            held=ResourceSet() if kind == "idle actor" else shape,
            actor_id=None if kind == "tasks" else ActorID(f"actor-of-{lease_id}"),
            env_key=env_key,
            strategy=strategy,
            at_s=self.at_s(),
        )
        self.requests[lease_id] = request
        self.tell(request)

    @rule()
    def all_workers_come_up(self) -> None:
        while self.starts:
            self.head_starts_a_worker()
        for view in self.manager.workers():
            if view.state is WorkerState.STARTING:
                self.says_hello(view.worker_id)

    @rule()
    def head_starts_a_worker(self) -> None:
        if self.starts:
            start = self.starts.pop(0)
            self.tell(
                WorkerStarting(
                    worker_id=WorkerID(self.new("worker")),
                    node_id=start.node_id,
                    env_key=start.env_key,
                    at_s=self.at_s(),
                )
            )

    @rule()
    def worker_says_hello(self) -> None:
        starting = [v for v in self.manager.workers() if v.state is WorkerState.STARTING]
        for view in starting[:1]:
            self.says_hello(view.worker_id)

    def says_hello(self, worker_id: WorkerID) -> None:
        self.tell(WorkerRegistered(worker_id=worker_id, pid=1, at_s=self.at_s()))

    @rule(data=st.data(), cancels=st.booleans())
    def holder_ends_a_lease(self, data: st.DataObject, *, cancels: bool) -> None:
        known = [view.lease_id for view in self.manager.leases()]
        lease_id = data.draw(st.sampled_from([*known, LeaseID("lease-0")]))
        kind = CancelWorkerLease if cancels else ReturnWorkerLease
        self.tell(kind(lease_id=lease_id, at_s=self.at_s()))

    @rule(data=st.data(), blocks=st.booleans())
    def worker_blocks_or_goes_on(self, data: st.DataObject, *, blocks: bool) -> None:
        kind = WorkerBlocked if blocks else WorkerUnblocked
        self.tell(kind(worker_id=self.some_worker(data), at_s=self.at_s()))

    @rule(data=st.data())
    def process_dies(self, data: st.DataObject) -> None:
        self.died(self.some_worker(data, *DRIVERS))

    def died(self, worker_id: WorkerID) -> None:
        self.tell(WorkerDied(worker_id=worker_id, exit=GONE, at_s=self.at_s()))

    @rule()
    def time_passes(self) -> None:
        due_s = self.manager.next_tick_s()
        if due_s is not None:
            self.now_s = max(self.now_s, due_s)
            self.carry_out(self.manager.tick(self.now_s))

    @precondition(lambda self: len(self.requests) > 8)
    @rule()
    def environment_gone(self) -> None:
        self.gone.add("env")
        self.tell(EnvironmentGone(env_key="env", at_s=self.at_s()))

    @rule(
        data=st.data(),
        group_id=st.sampled_from(GROUPS),
        attempt=st.integers(1, 3),
        shapes=st.lists(st.sampled_from(SHAPES), min_size=1, max_size=2),
    )
    def prepare_bundles(
        self,
        data: st.DataObject,
        group_id: PlacementGroupID,
        attempt: int,
        shapes: list[ResourceSet],
    ) -> None:
        node_id = data.draw(st.sampled_from([*self.nodes, NodeID("node-1")]))
        bundles = tuple(BundleSpec(index=i, resources=shape) for i, shape in enumerate(shapes))
        self.prepare(group_id, attempt, node_id, bundles)

    def prepare(
        self,
        group_id: PlacementGroupID,
        attempt: int,
        node_id: NodeID,
        bundles: tuple[BundleSpec, ...],
    ) -> None:
        if group_id not in self.removed:
            self.tell(
                PrepareBundles(
                    group_id=group_id,
                    attempt=attempt,
                    node_id=node_id,
                    bundles=bundles,
                    at_s=self.at_s(),
                )
            )

    @rule(data=st.data(), group_id=st.sampled_from(GROUPS), attempt=st.integers(1, 3))
    def commit_bundles(self, data: st.DataObject, group_id: PlacementGroupID, attempt: int) -> None:
        self.commit(group_id, attempt, data.draw(st.sampled_from(list(self.nodes))))

    def commit(self, group_id: PlacementGroupID, attempt: int, node_id: NodeID) -> None:
        self.tell(
            CommitBundles(group_id=group_id, attempt=attempt, node_id=node_id, at_s=self.at_s())
        )

    @rule(data=st.data(), group_id=st.sampled_from(GROUPS))
    def place_bundles_anew(self, data: st.DataObject, group_id: PlacementGroupID) -> None:
        node_id = data.draw(st.sampled_from([None, *self.nodes]))
        self.return_bundles(group_id, node_id, removed=group_id in self.removed)

    @precondition(lambda self: len(self.requests) > 12)
    @rule(group_id=st.sampled_from(GROUPS))
    def remove_group(self, group_id: PlacementGroupID) -> None:
        self.removed.add(group_id)
        self.return_bundles(group_id, None, removed=True)

    def return_bundles(
        self, group_id: PlacementGroupID, node_id: NodeID | None, *, removed: bool
    ) -> None:
        self.tell(
            ReturnBundles(group_id=group_id, node_id=node_id, removed=removed, at_s=self.at_s())
        )
