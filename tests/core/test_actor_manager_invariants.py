"""Any order of messages: what must hold for the actor table whatever happens."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from raylite._core.common.events import ActorStateChanged, Event
from raylite._core.common.ids import ActorID, LeaseID, NodeID, WorkerID
from raylite._core.common.instructions import (
    CancelActorLease,
    Instruction,
    PushCreationTask,
    RequestActorLease,
    StopWorker,
)
from raylite._core.common.messages import (
    ActorDependenciesReady,
    ActorExiting,
    ActorMessage,
    ActorOutOfScope,
    ActorWorkerLeased,
    CreationFailed,
    CreationFinished,
    KillActor,
    RegisterActor,
    WorkerDied,
)
from raylite._core.common.resources import ResourceSet
from raylite._core.common.states import ACTOR_TRANSITIONS, ActorState
from raylite._core.common.task_spec import ActorSpec, WorkerExit
from raylite._core.gcs.actor_manager import ActorManager
from raylite._core.gcs.actor_table import ActorView

ACTORS = st.sampled_from([ActorID(f"actor-{n}") for n in range(4)])
WORKERS = st.sampled_from([WorkerID(f"worker-{n}") for n in range(4)])


class AnyOrder(RuleBasedStateMachine):
    """Processes may say anything, true or late; only the node's own news is always true."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = []
        self.manager = ActorManager(record=self.events.append)
        self.now_s = 0.0
        self.open_requests: dict[LeaseID, RequestActorLease] = {}
        self.asked: list[LeaseID] = []
        self.pushed: list[tuple[ActorID, int]] = []
        self.placed: dict[WorkerID, ActorID] = {}
        self.stopped: set[WorkerID] = set()
        self.workers = 0

    def tell(self, message: ActorMessage) -> None:
        for instruction in self.manager.handle(message):
            self.carry_out(instruction)

    def carry_out(self, instruction: Instruction) -> None:
        match instruction:
            case RequestActorLease():
                self.open_requests[instruction.lease_id] = instruction
                self.asked.append(instruction.lease_id)
            case CancelActorLease():
                del self.open_requests[instruction.lease_id]
            case PushCreationTask():
                self.pushed.append((instruction.actor_id, instruction.num_restarts))
                self.placed[instruction.worker_id] = instruction.actor_id
            case StopWorker():
                self.stopped.add(instruction.worker_id)
            case _:
                pass

    def at_s(self) -> float:
        self.now_s += 1.0
        return self.now_s

    def view(self, actor_id: ActorID) -> ActorView | None:
        return self.manager.view(actor_id)

    @rule(
        actor_id=ACTORS,
        owner_id=WORKERS,
        name=st.sampled_from([None, "a", "b"]),
        detached=st.booleans(),
        max_restarts=st.integers(-1, 2),
    )
    def register(
        self,
        actor_id: ActorID,
        owner_id: WorkerID,
        name: str | None,
        max_restarts: int,
        *,
        detached: bool,
    ) -> None:
        if self.view(actor_id) or (name and self.manager.name_taken("", name)):
            return
        spec = ActorSpec(
            actor_id=actor_id,
            class_name="A",
            owner_id=owner_id,
            name=name,
            detached=detached,
            max_restarts=max_restarts,
            placement=ResourceSet(),
            held=ResourceSet(),
        )
        self.tell(RegisterActor(spec=spec, at_s=self.at_s()))

    @rule(actor_id=ACTORS)
    def dependencies_ready(self, actor_id: ActorID) -> None:
        view = self.view(actor_id)
        if view is None or view.state in (ActorState.DEPENDENCIES_UNREADY, ActorState.DEAD):
            message = ActorDependenciesReady(actor_id=actor_id, creation_task=b"", at_s=self.at_s())
            self.tell(message)

    @rule(data=st.data())
    def lease(self, data: st.DataObject) -> None:
        if not self.open_requests:
            return
        lease_id = data.draw(st.sampled_from(sorted(self.open_requests)))
        request = self.open_requests.pop(lease_id)
        self.workers += 1
        self.tell(
            ActorWorkerLeased(
                actor_id=request.actor_id,
                lease_id=lease_id,
                worker_id=WorkerID(f"process-{self.workers}"),
                node_id=NodeID("node"),
                at_s=self.at_s(),
            )
        )

    @rule(actor_id=ACTORS, life=st.integers(0, 2), number=st.integers(1, 5))
    def lease_late(self, actor_id: ActorID, life: int, number: int) -> None:
        lease_id = LeaseID(f"{actor_id}:{life}")
        worker_id = WorkerID(f"late-{number}")
        if lease_id in self.open_requests:
            return
        self.tell(
            ActorWorkerLeased(
                actor_id=actor_id,
                lease_id=lease_id,
                worker_id=worker_id,
                node_id=NodeID("node"),
                at_s=self.at_s(),
            )
        )
        assert worker_id in self.stopped

    @rule(data=st.data(), how=st.sampled_from(["finished", "failed", "exiting"]))
    def worker_reports(self, data: st.DataObject, how: str) -> None:
        if not self.placed:
            return
        worker_id = data.draw(st.sampled_from(sorted(self.placed)))
        actor_id = self.placed[worker_id]
        view = self.view(actor_id)
        assert view is not None
        is_current = view.worker_id == worker_id
        if is_current and view.state is ActorState.ALIVE and how != "exiting":
            return  # It has told before how its __init__ ended.
        at_s = self.at_s()
        if how == "finished":
            self.tell(CreationFinished(actor_id=actor_id, worker_id=worker_id, at_s=at_s))
        elif how == "failed":
            self.tell(
                CreationFailed(
                    actor_id=actor_id, worker_id=worker_id, error=b"e", summary="e", at_s=at_s
                )
            )
        else:
            self.tell(
                ActorExiting(actor_id=actor_id, worker_id=worker_id, reason="exit", at_s=at_s)
            )

    @rule(actor_id=ACTORS, no_restart=st.booleans())
    def kill(self, actor_id: ActorID, *, no_restart: bool) -> None:
        self.tell(KillActor(actor_id=actor_id, no_restart=no_restart, at_s=self.at_s()))

    @rule(actor_id=ACTORS)
    def out_of_scope(self, actor_id: ActorID) -> None:
        self.tell(ActorOutOfScope(actor_id=actor_id, at_s=self.at_s()))

    @rule(data=st.data(), owner_id=WORKERS, intended=st.booleans())
    def process_dies(self, data: st.DataObject, owner_id: WorkerID, *, intended: bool) -> None:
        worker_id = data.draw(st.sampled_from([owner_id, *sorted(self.placed)]))
        death = WorkerExit(intended=intended, reason="gone")
        self.tell(WorkerDied(worker_id=worker_id, exit=death, at_s=self.at_s()))
        for view in self.manager.views():
            lives = view.state is not ActorState.DEAD
            assert not (lives and view.worker_id == worker_id)
            assert view.spec.detached or not (lives and view.spec.owner_id == worker_id)

    @invariant()
    def an_actor_that_waits_has_one_open_request_and_others_none(self) -> None:
        for view in self.manager.views():
            actor_id = view.spec.actor_id
            mine = [r for r in self.open_requests.values() if r.actor_id == actor_id]
            starts = view.state in (ActorState.PENDING_CREATION, ActorState.RESTARTING)
            assert len(mine) == (starts and view.worker_id is None)

    @invariant()
    def each_life_asks_once_and_is_created_at_most_once(self) -> None:
        assert len(set(self.asked)) == len(self.asked)
        assert len(set(self.pushed)) == len(self.pushed)

    @invariant()
    def no_more_restarts_than_allowed(self) -> None:
        for view in self.manager.views():
            allowed = view.spec.max_restarts
            assert allowed == -1 or view.num_restarts + view.restarts_left == allowed
            assert view.restarts_left >= -1

    @invariant()
    def a_process_left_by_a_living_order_was_stopped(self) -> None:
        for view in self.manager.views():
            if view.state is ActorState.DEAD and view.worker_id and view.exit is None:
                assert view.worker_id in self.stopped

    @invariant()
    def a_name_leads_to_the_one_living_actor_that_has_it(self) -> None:
        for name in ("a", "b"):
            having = [
                view
                for view in self.manager.views()
                if view.spec.name == name and view.state is not ActorState.DEAD
            ]
            found = self.manager.lookup("", name)
            assert having == ([] if found is None else [found])

    @invariant()
    def every_event_follows_from_the_one_before(self) -> None:
        last: dict[ActorID, ActorState] = {}
        for event in self.events:
            if isinstance(event, ActorStateChanged):
                assert event.old is last.get(event.actor_id)
                assert event.old is None or event.new in ACTOR_TRANSITIONS[event.old]
                last[event.actor_id] = event.new
        assert last == {view.spec.actor_id: view.state for view in self.manager.views()}


AnyOrder.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestAnyOrderOfMessages = AnyOrder.TestCase
