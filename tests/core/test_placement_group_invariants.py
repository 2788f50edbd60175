"""Any order of messages, deaths and removals: what must hold for placement groups all the same.

The raylets are a model that sets bundles aside. What is told to one of them arrives in order; what
different ones are told, and what they answer, arrives in any.
"""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from raylite._core.common.events import Event, PlacementGroupStateChanged
from raylite._core.common.ids import ActorID, NodeID, PlacementGroupID, WorkerID
from raylite._core.common.messages import (
    BundlesCommitted,
    BundlesPrepared,
    CreatePlacementGroup,
    PlacementGroupMessage,
    RemoveNode,
    RemovePlacementGroup,
    ReportResources,
    WorkerDied,
)
from raylite._core.common.placement_group_spec import PlacementStrategy
from raylite._core.common.states import PLACEMENT_GROUP_TRANSITIONS, PlacementGroupState
from raylite._core.gcs.placement_group_manager import PlacementGroupManager
from raylite._core.scheduling.bundle_policy import place_bundles
from tests.core.group_story import EXIT, Raylets, group_spec

OWNERS = [WorkerID("driver-1"), WorkerID("driver-2")]
ACTORS = [ActorID("actor-1"), ActorID("actor-2")]
NAMES = st.sampled_from(["", "", "a", "b"])
CPUS = st.lists(st.sampled_from([0.5, 1.0, 2.0]), min_size=1, max_size=3)
REFUSES = st.sampled_from([False, False, False, True])

State = PlacementGroupState
MIN_NODES, MAX_NODES, MAX_GROUPS = 2, 4, 8
REPORT = -1
"""Stands for a report among the things that are due."""


class AnyOrder(RuleBasedStateMachine):
    """Nodes come, answer when they like, and die; programs make groups, remove them, and end."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = []
        self.living_actors = set(ACTORS)
        self.ended: set[WorkerID] = set()
        self.manager = PlacementGroupManager(self.events.append, self.living_actors.__contains__)
        self.raylets = Raylets()
        self.reports: list[ReportResources] = []
        self.answered: list[BundlesPrepared | BundlesCommitted] = []
        self.now_s = 0.0
        self.num_nodes = 0
        for cpus in (2.0, 1.0, 1.0):
            self.node_comes(cpus)

    def at_s(self) -> float:
        self.now_s += 1.0
        return self.now_s

    def tell(self, message: PlacementGroupMessage) -> None:
        self.raylets.follow(self.manager.handle(message))

    def groups(self) -> list[PlacementGroupID]:
        return [view.spec.group_id for view in self.manager.views()]

    @initialize(data=st.data())
    def begins_with_some_groups(self, data: st.DataObject) -> None:
        for _ in range(3):
            self.create(data)

    @precondition(lambda self: len(self.manager.views()) < MAX_GROUPS)
    @rule(data=st.data())
    def create(self, data: st.DataObject) -> None:
        name = data.draw(NAMES)
        if name and self.manager.name_taken("ns", name):
            return
        spec = group_spec(
            *data.draw(CPUS),
            group_id=PlacementGroupID(f"g{len(self.manager.views())}"),
            strategy=data.draw(st.sampled_from(list(PlacementStrategy))),
            owner_id=data.draw(st.sampled_from([o for o in OWNERS if o not in self.ended])),
            actor_id=data.draw(st.sampled_from([None, *ACTORS])),
            name=name,
            detached=data.draw(st.booleans()),
        )
        self.tell(CreatePlacementGroup(spec=spec, at_s=self.at_s()))

    @rule(data=st.data(), steps=st.integers(1, 12))
    def some_of_it_happens(self, data: st.DataObject, steps: int) -> None:
        """A few of the things that are due, in any order."""
        for _ in range(steps):
            due: list[NodeID | int] = [r.node_id for r in self.raylets.living.values() if r.inbox]
            due += range(len(self.raylets.answers))
            if self.manager.needs_resources:
                due.append(REPORT)
            if not due:
                return
            match data.draw(st.sampled_from(due)):
                case int(place) if place == REPORT:
                    self.report()
                case int(place):
                    self.answer(place)
                case node_id:
                    self.raylets.living[node_id].refuses = data.draw(REFUSES)
                    self.raylets.deliver(node_id)

    def report(self) -> None:
        self.reports.append(self.raylets.report(self.at_s()))
        self.tell(self.reports[-1])

    def answer(self, place: int) -> None:
        answer = self.raylets.answers.pop(place)
        self.answered.append(answer)
        self.tell(answer.replaced(at_s=self.at_s()))

    def node_comes(self, cpus: float) -> None:
        self.raylets.add(f"n{self.num_nodes}", cpus)
        self.num_nodes += 1

    @rule(data=st.data(), cpus=st.sampled_from([1.0, 2.0, 4.0]))
    def node_comes_or_dies(self, data: st.DataObject, cpus: float) -> None:
        """What a dead node was told is lost; what it has said still arrives."""
        living = self.raylets.living
        if len(living) < MIN_NODES or (len(living) < MAX_NODES and data.draw(st.booleans())):
            self.node_comes(cpus)
            return
        node_id = data.draw(st.sampled_from(sorted(living)))
        del living[node_id]
        self.tell(RemoveNode(node_id=node_id, at_s=self.at_s()))

    @rule(data=st.data())
    def somebody_has_enough(self, data: st.DataObject) -> None:
        at_s = self.at_s()
        match who := data.draw(st.sampled_from([*self.groups(), *ACTORS, OWNERS[0]])):
            case "driver-1":
                self.ended.add(OWNERS[0])
                self.tell(WorkerDied(worker_id=OWNERS[0], exit=EXIT, at_s=at_s))
            case "actor-1" | "actor-2":
                self.living_actors.discard(ActorID(who))
                self.raylets.follow(self.manager.actor_died(ActorID(who), at_s))
            case _:
                group_id = PlacementGroupID(who)
                self.tell(RemovePlacementGroup(group_id=group_id, at_s=at_s))
                view = self.manager.view(group_id)
                assert view is not None
                assert view.state is State.REMOVED

    @precondition(lambda self: self.answered)
    @rule(data=st.data())
    def old_news_arrives(self, data: st.DataObject) -> None:
        """What the nodes had or have said at some earlier time, dead ones too."""
        self.tell(data.draw(st.sampled_from(self.reports)).replaced(at_s=self.at_s()))
        before = self.manager.views()
        self.tell(data.draw(st.sampled_from(self.answered)).replaced(at_s=self.at_s()))
        assert self.manager.views() == before

    @rule()
    def everything_settles(self) -> None:
        """All that is due happens; then nothing may be held that is not somebody's."""
        for raylet in self.raylets.living.values():
            raylet.refuses = False
        for _ in range(100):
            if self.manager.needs_resources:
                self.report()
            if self.raylets.quiet:
                break
            for node_id in self.raylets.living:
                self.raylets.deliver(node_id)
            while self.raylets.answers:
                self.answer(0)
        assert self.raylets.quiet, "the nodes and the control plane talk without end"
        self.what_is_held_is_what_groups_have()
        self.who_waits_has_a_reason()

    def what_is_held_is_what_groups_have(self) -> None:
        for view in self.manager.views():
            held = self.raylets.held(view.spec.group_id)
            has = {index: where for index, where in enumerate(view.node_ids) if where}
            match view.state:
                case State.PENDING:
                    assert held == has == {}
                case State.CREATED:
                    assert held == has
                    assert None not in view.node_ids
                case State.RESCHEDULING:
                    assert held == has
                    assert None in view.node_ids
                case State.REMOVED:
                    assert held == {}
                case _:
                    raise AssertionError(view.state)
        for raylet in self.raylets.living.values():
            assert all(held.committed for held in raylet.held.values())

    def who_waits_has_a_reason(self) -> None:
        nodes = self.raylets.report(self.now_s).nodes
        for view in self.manager.views():
            if view.state in (State.PENDING, State.RESCHEDULING):
                spec = view.spec
                lost = [b for b in spec.bundles if view.node_ids[b.index] is None]
                in_use = frozenset(where for where in view.node_ids if where)
                assert place_bundles(spec.strategy, lost, nodes, in_use=in_use) is None

    @invariant()
    def no_node_gives_away_more_than_it_has(self) -> None:
        for raylet in self.raylets.living.values():
            assert all(units >= 0 for _name, units in raylet.available.units)

    @invariant()
    def no_bundle_can_be_used_on_two_nodes(self) -> None:
        usable = [
            key
            for raylet in self.raylets.living.values()
            for key, held in raylet.held.items()
            if held.committed
        ]
        assert len(set(usable)) == len(usable)

    @invariant()
    def a_created_group_can_be_used_wherever_a_node_lives(self) -> None:
        for view in self.manager.views():
            if view.state is State.CREATED:
                for index, node_id in enumerate(view.node_ids):
                    assert node_id is not None
                    key = view.spec.group_id, index
                    assert self.raylets.living[node_id].held[key].committed

    @invariant()
    def a_placed_group_is_what_its_strategy_demands(self) -> None:
        for view in self.manager.views():
            placed = [where for where in view.node_ids if where]
            if view.spec.strategy is PlacementStrategy.STRICT_PACK:
                assert len(set(placed)) <= 1
            if view.spec.strategy is PlacementStrategy.STRICT_SPREAD:
                assert len(set(placed)) == len(placed)

    @invariant()
    def nobody_waits_unheard(self) -> None:
        """A group waits for an answer of a node that lives, or for news of what nodes have."""
        waiting = [
            v for v in self.manager.views() if v.state in (State.PENDING, State.RESCHEDULING)
        ]
        asked = any(raylet.inbox for raylet in self.raylets.living.values())
        assert not waiting or self.manager.needs_resources or asked or self.raylets.answers

    @invariant()
    def a_group_ends_with_those_it_belongs_to(self) -> None:
        for view in self.manager.views():
            spec = view.spec
            orphan = spec.owner_id in self.ended and spec.actor_id not in self.living_actors
            assert not orphan or spec.detached or view.state is State.REMOVED

    @invariant()
    def a_name_leads_to_the_one_group_that_has_it(self) -> None:
        for name in ("a", "b"):
            having = [
                view
                for view in self.manager.views()
                if view.spec.name == name and view.state is not State.REMOVED
            ]
            found = self.manager.lookup("ns", name)
            assert having == ([] if found is None else [found])

    @invariant()
    def every_event_follows_from_the_one_before(self) -> None:
        last: dict[PlacementGroupID, State] = {}
        for event in self.events:
            if isinstance(event, PlacementGroupStateChanged):
                assert event.old is last.get(event.group_id)
                assert event.old is None or event.new in PLACEMENT_GROUP_TRANSITIONS[event.old]
                last[event.group_id] = event.new
        assert last == {view.spec.group_id: view.state for view in self.manager.views()}


AnyOrder.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestAnyOrderOfMessages = AnyOrder.TestCase
