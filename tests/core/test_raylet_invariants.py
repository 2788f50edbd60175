"""Any order of messages: what must hold for a node's workers and resources whatever happens."""

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from raylite._core.common.events import Event, LeaseStateChanged, WorkerStateChanged
from raylite._core.common.ids import ActorID, LeaseID, NodeID, PlacementGroupID, WorkerID
from raylite._core.common.instructions import (
    GrantWorkerLease,
    Instruction,
    RejectWorkerLease,
    StartWorker,
    StopWorker,
)
from raylite._core.common.messages import (
    CancelWorkerLease,
    CommitBundles,
    EnvironmentGone,
    PrepareBundles,
    RayletMessage,
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
from raylite._core.common.states import (
    LEASE_TRANSITIONS,
    WORKER_TRANSITIONS,
    LeaseState,
    WorkerState,
)
from raylite._core.common.task_spec import WorkerExit
from raylite._core.raylet.raylet import Raylet
from tests.core.raylet_checks import check_books, pending_that_fit

TOTAL = ResourceSet.of({"CPU": 3, "GPU": 2})
MAX_STARTING = 3
NODE = NodeID("node")
SHAPES = [
    ResourceSet.of(shape)
    for shape in ({"CPU": 1}, {"CPU": 2}, {"CPU": 0.5, "GPU": 0.6}, {"GPU": 1}, {"CPU": 4})
]
GONE = WorkerExit(intended=False, reason="gone")
DRIVERS = [WorkerID("driver-0"), WorkerID("driver-1")]
ENVIRONMENTS = ["", "", "env"]
GROUPS = [PlacementGroupID("group-0"), PlacementGroupID("group-1")]
STRATEGIES = [
    *[DEFAULT_STRATEGY] * 2,
    *(SchedulingStrategy(group_id=GROUPS[0], bundle_index=i) for i in (-1, 0, 1)),
    SchedulingStrategy(group_id=GROUPS[1]),
]


class AnyOrder(RuleBasedStateMachine):
    """A node that obeys late, holders that say anything, workers that die at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = []
        self.raylet = Raylet(
            NODE,
            TOTAL,
            self.events.append,
            max_idle=1,
            idle_grace_s=3.0,
            max_starting=MAX_STARTING,
        )
        self.now_s = 0.0
        self.leases = 0
        self.processes = 0
        self.starts: list[str] = []
        self.asked: set[WorkerID] = set()
        self.killed: set[WorkerID] = set()
        self.answers: Counter[LeaseID] = Counter()
        self.requests: dict[LeaseID, RequestWorkerLease] = {}
        self.gone: set[str] = set()

    def at_s(self) -> float:
        self.now_s += 1.0
        return self.now_s

    def tell(self, message: RayletMessage) -> None:
        self.carry_out(self.raylet.handle(message))

    def carry_out(self, instructions: list[Instruction]) -> None:
        for instruction in instructions:
            match instruction:
                case StartWorker():
                    self.starts.append(instruction.env_key)
                case GrantWorkerLease():
                    self.granted(instruction)
                case RejectWorkerLease():
                    self.answers[instruction.lease_id] += 1
                case StopWorker():
                    self.stopped(instruction)
                case _:
                    pass

    def stopped(self, stop: StopWorker) -> None:
        assert stop.worker_id not in self.asked | self.killed, "stopped twice"
        (self.killed if stop.force else self.asked).add(stop.worker_id)

    def granted(self, grant: GrantWorkerLease) -> None:
        self.answers[grant.lease_id] += 1
        assert grant.worker_id not in self.asked | self.killed
        request = self.requests[grant.lease_id]
        workers = {view.worker_id: view for view in self.raylet.workers()}
        assert workers[grant.worker_id].env_key == request.env_key
        assert request.env_key not in self.gone or request.actor_id is not None
        same = [view for view in self.waiting() if self.shape(view) == self.shape(grant.lease_id)]
        assert all(self.number(other) > self.number(grant.lease_id) for other in same)

    def shape(self, lease_id: LeaseID) -> tuple[ResourceSet, ResourceSet, str, SchedulingStrategy]:
        request = self.requests[lease_id]
        return request.placement, request.held, request.env_key, request.strategy

    @staticmethod
    def number(lease_id: LeaseID) -> int:
        return int(lease_id.removeprefix("lease-"))

    def waiting(self) -> list[LeaseID]:
        views = self.raylet.leases()
        return [view.lease_id for view in views if view.state is LeaseState.PENDING]

    def some_worker(self, data: st.DataObject, *more: WorkerID) -> WorkerID:
        known = [view.worker_id for view in self.raylet.workers()]
        return data.draw(st.sampled_from([*known, *more, WorkerID("stranger")]))

    def some_lease(self, data: st.DataObject) -> LeaseID:
        known = [view.lease_id for view in self.raylet.leases()]
        return data.draw(st.sampled_from([*known, LeaseID("lease-0")]))

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
        self.leases += 1
        request = RequestWorkerLease(
            lease_id=LeaseID(f"lease-{self.leases}"),
            holder_id=self.some_worker(data, *DRIVERS) if kind == "tasks" else DRIVERS[0],
            placement=shape,
            held=ResourceSet() if kind == "idle actor" else shape,
            actor_id=None if kind == "tasks" else ActorID(f"actor-{self.leases}"),
            env_key=env_key,
            strategy=strategy,
            at_s=self.at_s(),
        )
        self.requests[request.lease_id] = request
        self.tell(request)

    @initialize()
    def a_group_is_there(self) -> None:
        self.prepare_bundles(GROUPS[0], 1, [SHAPES[0], SHAPES[2]])
        self.commit_bundles(GROUPS[0], 1)

    @rule()
    def all_workers_come_up(self) -> None:
        while self.starts:
            self.node_starts_a_worker()
        for view in self.raylet.workers():
            if view.state is WorkerState.STARTING:
                self.worker_says_hello()

    @rule()
    def node_starts_a_worker(self) -> None:
        if self.starts:
            self.processes += 1
            worker_id = WorkerID(f"worker-{self.processes}")
            env_key = self.starts.pop(0)
            self.tell(
                WorkerStarting(worker_id=worker_id, node_id=NODE, env_key=env_key, at_s=self.at_s())
            )

    @rule()
    def worker_says_hello(self) -> None:
        starting = [v for v in self.raylet.workers() if v.state is WorkerState.STARTING]
        for view in starting[:1]:
            self.tell(WorkerRegistered(worker_id=view.worker_id, pid=1, at_s=self.at_s()))

    @rule(data=st.data(), cancels=st.booleans())
    def holder_ends_a_lease(self, data: st.DataObject, *, cancels: bool) -> None:
        kind = CancelWorkerLease if cancels else ReturnWorkerLease
        self.tell(kind(lease_id=self.some_lease(data), at_s=self.at_s()))

    @rule(data=st.data(), blocks=st.booleans())
    def worker_blocks_or_goes_on(self, data: st.DataObject, *, blocks: bool) -> None:
        kind = WorkerBlocked if blocks else WorkerUnblocked
        self.tell(kind(worker_id=self.some_worker(data), at_s=self.at_s()))

    @rule(data=st.data())
    def worker_stays(self, data: st.DataObject) -> None:
        worker_id = self.some_worker(data)
        self.asked.discard(worker_id)
        if worker_id not in self.killed:
            self.tell(WorkerStays(worker_id=worker_id, at_s=self.at_s()))

    @rule(data=st.data())
    def process_dies(self, data: st.DataObject) -> None:
        self.died(self.some_worker(data, *DRIVERS))

    def died(self, worker_id: WorkerID) -> None:
        self.tell(WorkerDied(worker_id=worker_id, exit=GONE, at_s=self.at_s()))

    @rule()
    def time_passes(self) -> None:
        due_s = self.raylet.next_tick_s()
        if due_s is not None:
            self.now_s = max(self.now_s, due_s)
            self.carry_out(self.raylet.tick(self.now_s))

    @precondition(lambda self: self.leases > 8)
    @rule()
    def environment_gone(self) -> None:
        env_key = ENVIRONMENTS[-1]
        self.gone.add(env_key)
        self.tell(EnvironmentGone(env_key=env_key, at_s=self.at_s()))

    @rule(
        group_id=st.sampled_from(GROUPS),
        attempt=st.integers(1, 3),
        shapes=st.lists(st.sampled_from(SHAPES[:4]), min_size=1, max_size=2),
    )
    def prepare_bundles(
        self, group_id: PlacementGroupID, attempt: int, shapes: list[ResourceSet]
    ) -> None:
        bundles = tuple(BundleSpec(index=i, resources=shape) for i, shape in enumerate(shapes))
        self.tell(
            PrepareBundles(
                group_id=group_id,
                attempt=attempt,
                node_id=NODE,
                bundles=bundles,
                at_s=self.at_s(),
            )
        )

    @rule(group_id=st.sampled_from(GROUPS), attempt=st.integers(1, 3))
    def commit_bundles(self, group_id: PlacementGroupID, attempt: int) -> None:
        self.tell(CommitBundles(group_id=group_id, attempt=attempt, node_id=NODE, at_s=self.at_s()))

    @rule(
        group_id=st.sampled_from(GROUPS),
        removed=st.booleans(),
        attempt=st.sampled_from([None, 1, 2, 3]),
    )
    def return_bundles(
        self, group_id: PlacementGroupID, attempt: int | None, *, removed: bool
    ) -> None:
        self.tell(
            ReturnBundles(
                group_id=group_id,
                node_id=NODE,
                removed=removed,
                attempt=attempt,
                at_s=self.at_s(),
            )
        )

    @invariant()
    def nothing_is_lost_or_given_out_twice(self) -> None:
        check_books(self.raylet)

    @invariant()
    def a_lease_and_its_worker_know_each_other_and_no_other(self) -> None:
        by_lease = {
            lease.lease_id: lease.worker_id
            for lease in self.raylet.leases()
            if lease.state is LeaseState.GRANTED
        }
        by_worker = {w.lease_id: w.worker_id for w in self.raylet.workers() if w.lease_id}
        assert by_lease == by_worker
        assert len(set(by_lease.values())) == len(by_lease)

    @invariant()
    def only_workers_in_use_have_a_lease(self) -> None:
        for view in self.raylet.workers():
            in_use = view.state in (WorkerState.LEASED, WorkerState.ACTOR)
            assert in_use == (view.lease_id is not None)

    @invariant()
    def no_request_is_answered_twice(self) -> None:
        assert not [lease for lease, times in self.answers.items() if times > 1]
        assert not [lease for lease in self.waiting() if self.answers[lease]]

    @invariant()
    def whatever_could_be_granted_is_granted(self) -> None:
        """But for what others that came before need, and only wait to have a process for."""
        idle = {
            view.env_key
            for view in self.raylet.workers()
            if view.state is WorkerState.IDLE and not view.stopping
        }
        could = pending_that_fit(self.raylet)
        assert not could or could[0].env_key not in idle
        assert not could or self.raylet.statistics().starting

    @invariant()
    def no_more_workers_start_than_may(self) -> None:
        assert self.raylet.statistics().starting <= MAX_STARTING

    @invariant()
    def nothing_waits_and_nobody_is_idle_in_a_gone_environment(self) -> None:
        for lease_id in self.waiting():
            request = self.requests[lease_id]
            assert request.env_key not in self.gone or request.actor_id is not None
        for view in self.raylet.workers():
            if view.state is WorkerState.IDLE and view.env_key in self.gone:
                stayed = view.worker_id not in self.asked | self.killed
                assert view.stopping or (stayed and self.raylet.next_tick_s() is not None)

    @invariant()
    def every_event_follows_from_the_one_before(self) -> None:
        leases: dict[LeaseID, LeaseState] = {}
        workers: dict[WorkerID, WorkerState] = {}
        for event in self.events:
            if isinstance(event, LeaseStateChanged):
                assert event.old is leases.get(event.lease_id)
                assert event.old is None or event.new in LEASE_TRANSITIONS[event.old]
                leases[event.lease_id] = event.new
            elif isinstance(event, WorkerStateChanged):
                assert event.old is workers.get(event.worker_id)
                assert event.old is None or event.new in WORKER_TRANSITIONS[event.old]
                workers[event.worker_id] = event.new

    def teardown(self) -> None:
        """Whatever happened before: in the end nothing is left but requests."""
        for group_id in GROUPS:
            self.return_bundles(group_id, None, removed=True)
        for driver in DRIVERS:
            self.died(driver)
        for view in self.raylet.workers():
            self.died(view.worker_id)
        assert self.raylet.workers() == []
        assert self.raylet.available() == TOTAL
        assert len(self.waiting()) == len(self.raylet.leases())


AnyOrder.TestCase.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
TestAnyOrderOfMessages = AnyOrder.TestCase
