"""Any order of messages: what must hold for a node's workers and resources whatever happens."""

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from raylite._core.common.events import Event, LeaseStateChanged, WorkerStateChanged
from raylite._core.common.ids import ActorID, LeaseID, NodeID, WorkerID
from raylite._core.common.instructions import GrantWorkerLease, Instruction, StartWorker, StopWorker
from raylite._core.common.messages import (
    CancelWorkerLease,
    RequestWorkerLease,
    ReturnWorkerLease,
    WorkerBlocked,
    WorkerDied,
    WorkerRegistered,
    WorkerStarting,
    WorkerUnblocked,
)
from raylite._core.common.resources import ResourceSet
from raylite._core.common.states import (
    LEASE_TRANSITIONS,
    WORKER_TRANSITIONS,
    LeaseState,
    WorkerState,
)
from raylite._core.common.task_spec import WorkerExit
from raylite._core.raylet.raylet import Raylet

TOTAL = ResourceSet.of({"CPU": 2, "GPU": 1})
MAX_STARTING = 3
SHAPES = [ResourceSet.of(s) for s in ({"CPU": 1}, {"CPU": 2}, {"CPU": 0.5, "GPU": 1}, {"CPU": 3})]
GONE = WorkerExit(intended=False, reason="gone")
DRIVERS = [WorkerID("driver-0"), WorkerID("driver-1")]


class AnyOrder(RuleBasedStateMachine):
    """A node that obeys late, holders that say anything, workers that die at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = []
        self.raylet = Raylet(
            NodeID("node"),
            TOTAL,
            self.events.append,
            max_idle=1,
            idle_grace_s=3.0,
            max_starting=MAX_STARTING,
        )
        self.now_s = 0.0
        self.leases = 0
        self.processes = 0
        self.starts = 0
        self.stopping: set[WorkerID] = set()
        self.grants: Counter[LeaseID] = Counter()
        self.shape_of: dict[LeaseID, tuple[ResourceSet, ResourceSet]] = {}

    def at_s(self) -> float:
        self.now_s += 1.0
        return self.now_s

    def carry_out(self, instructions: list[Instruction]) -> None:
        for instruction in instructions:
            match instruction:
                case StartWorker():
                    self.starts += 1
                case GrantWorkerLease():
                    self.granted(instruction)
                case StopWorker():
                    assert instruction.worker_id not in self.stopping, "stopped twice"
                    self.stopping.add(instruction.worker_id)
                case _:
                    pass

    def granted(self, grant: GrantWorkerLease) -> None:
        self.grants[grant.lease_id] += 1
        assert grant.worker_id not in self.stopping
        shape = self.shape_of[grant.lease_id]
        before = [lease for lease in self.waiting() if self.shape_of[lease] == shape]
        assert all(self.number(other) > self.number(grant.lease_id) for other in before)

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

    @rule(data=st.data(), shape=st.sampled_from(SHAPES))
    def request_for_tasks(self, data: st.DataObject, shape: ResourceSet) -> None:
        holder_id = self.some_worker(data, *DRIVERS)
        self.request(holder_id, shape, shape, None)

    @rule(holder_id=st.sampled_from(DRIVERS), shape=st.sampled_from(SHAPES), held=st.booleans())
    def request_for_actor(self, holder_id: WorkerID, shape: ResourceSet, *, held: bool) -> None:
        actor_id = ActorID(f"actor-{self.leases}")
        self.request(holder_id, shape, shape if held else ResourceSet(), actor_id)

    def request(
        self,
        holder_id: WorkerID,
        placement: ResourceSet,
        held: ResourceSet,
        actor_id: ActorID | None,
    ) -> None:
        self.leases += 1
        lease_id = LeaseID(f"lease-{self.leases}")
        self.shape_of[lease_id] = placement, held
        message = RequestWorkerLease(
            lease_id=lease_id,
            holder_id=holder_id,
            placement=placement,
            held=held,
            actor_id=actor_id,
            at_s=self.at_s(),
        )
        self.carry_out(self.raylet.handle(message))

    @rule()
    def node_starts_a_worker(self) -> None:
        if self.starts:
            self.starts -= 1
            self.processes += 1
            worker_id = WorkerID(f"worker-{self.processes}")
            message = WorkerStarting(worker_id=worker_id, at_s=self.at_s())
            self.carry_out(self.raylet.handle(message))

    @rule()
    def worker_says_hello(self) -> None:
        starting = [v for v in self.raylet.workers() if v.state is WorkerState.STARTING]
        for view in starting[:1]:
            message = WorkerRegistered(worker_id=view.worker_id, pid=1, at_s=self.at_s())
            self.carry_out(self.raylet.handle(message))

    @rule(data=st.data(), cancels=st.booleans())
    def holder_ends_a_lease(self, data: st.DataObject, *, cancels: bool) -> None:
        kind = CancelWorkerLease if cancels else ReturnWorkerLease
        self.carry_out(self.raylet.handle(kind(lease_id=self.some_lease(data), at_s=self.at_s())))

    @rule(data=st.data(), blocks=st.booleans())
    def worker_blocks_or_goes_on(self, data: st.DataObject, *, blocks: bool) -> None:
        kind = WorkerBlocked if blocks else WorkerUnblocked
        message = kind(worker_id=self.some_worker(data), at_s=self.at_s())
        self.carry_out(self.raylet.handle(message))

    @rule(data=st.data())
    def process_dies(self, data: st.DataObject) -> None:
        self.died(self.some_worker(data, *DRIVERS))

    def died(self, worker_id: WorkerID) -> None:
        message = WorkerDied(worker_id=worker_id, exit=GONE, at_s=self.at_s())
        self.carry_out(self.raylet.handle(message))

    @rule()
    def time_passes(self) -> None:
        due_s = self.raylet.next_tick_s()
        if due_s is not None:
            self.now_s = max(self.now_s, due_s)
            self.carry_out(self.raylet.tick(self.now_s))

    @invariant()
    def available_is_the_total_without_what_granted_leases_hold(self) -> None:
        expected = TOTAL
        for lease in self.raylet.leases():
            if lease.state is LeaseState.GRANTED:
                expected -= lease.held
                if lease.lends_cpu:
                    expected += lease.held.only("CPU")
        assert self.raylet.available() == expected

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
    def no_request_is_granted_twice(self) -> None:
        assert not [lease for lease, times in self.grants.items() if times > 1]

    @invariant()
    def whatever_could_be_granted_is_granted(self) -> None:
        idle = [
            view
            for view in self.raylet.workers()
            if view.state is WorkerState.IDLE and not view.stopping
        ]
        available = self.raylet.available()
        could = [
            lease
            for lease in self.raylet.leases()
            if lease.state is LeaseState.PENDING
            and lease.placement.fits_in(TOTAL)
            and lease.held.fits_in(available)
        ]
        assert not (idle and could)
        assert not could or self.raylet.statistics().starting

    @invariant()
    def no_more_workers_start_than_may(self) -> None:
        assert self.raylet.statistics().starting <= MAX_STARTING

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
        """Whatever happened before: once every process is dead nothing is left but requests."""
        for driver in DRIVERS:
            self.died(driver)
        for view in self.raylet.workers():
            self.died(view.worker_id)
        assert self.raylet.workers() == []
        assert self.raylet.available() == TOTAL
        assert len(self.waiting()) == len(self.raylet.leases())


AnyOrder.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestAnyOrderOfMessages = AnyOrder.TestCase
