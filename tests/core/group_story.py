"""Small raylets that set bundles aside, and a control plane that asks them for it."""

from collections import deque
from typing import Any

from raylite._core.common.events import Event, MessageIgnored, PlacementGroupStateChanged
from raylite._core.common.ids import NodeID, PlacementGroupID, WorkerID
from raylite._core.common.instructions import Instruction, PublishPlacementGroup, TellRaylet
from raylite._core.common.messages import (
    BundlesCommitted,
    BundlesPrepared,
    CommitBundles,
    CreatePlacementGroup,
    GcsMessage,
    PrepareBundles,
    RemoveNode,
    RemovePlacementGroup,
    ReportResources,
    ReturnBundles,
    WorkerDied,
)
from raylite._core.common.node_resources import NodeResources
from raylite._core.common.placement_group_spec import (
    BundleSpec,
    PlacementGroupSpec,
    PlacementStrategy,
)
from raylite._core.common.record import Record
from raylite._core.common.resources import ResourceSet
from raylite._core.common.states import PlacementGroupState
from raylite._core.common.task_spec import WorkerExit
from raylite._core.gcs.gcs import Gcs
from raylite._core.gcs.placement_group_table import PlacementGroupView

__all__ = ["DRIVER", "G", "Held", "Raylets", "Story", "bundles_of", "group_spec"]

G = PlacementGroupID("g")
DRIVER = WorkerID("driver")
EXIT = WorkerExit(intended=True, reason="It has ended")

Answer = BundlesPrepared | BundlesCommitted


def bundles_of(*cpus: float) -> tuple[BundleSpec, ...]:
    return tuple(
        BundleSpec(index=n, resources=ResourceSet.of({"CPU": amount}))
        for n, amount in enumerate(cpus)
    )


def group_spec(*cpus: float, **changes: Any) -> PlacementGroupSpec:
    facts: dict[str, Any] = {
        "group_id": G,
        "name": "",
        "namespace": "ns",
        "strategy": PlacementStrategy.PACK,
        "bundles": bundles_of(*cpus),
        "owner_id": DRIVER,
    }
    return PlacementGroupSpec(**facts | changes)


class Held(Record):
    """A bundle that a raylet has set aside."""

    bundle: BundleSpec
    attempt: int
    committed: bool = False


class _Raylet:
    """One node: takes messages in order, and answers."""

    def __init__(self, node_id: NodeID, cpus: float) -> None:
        self.node_id = node_id
        self.total = ResourceSet.of({"CPU": cpus})
        self.held: dict[tuple[PlacementGroupID, int], Held] = {}
        self.inbox: deque[PrepareBundles | CommitBundles | ReturnBundles] = deque()
        self.refuses = False

    @property
    def available(self) -> ResourceSet:
        taken = (held.bundle.resources for held in self.held.values())
        return self.total - sum(taken, ResourceSet())

    def take_next(self) -> Answer | None:
        match message := self.inbox.popleft():
            case PrepareBundles():
                return self._prepare(message)
            case CommitBundles():
                for key, held in self.held.items():
                    if key[0] == message.group_id and held.attempt == message.attempt:
                        self.held[key] = held.replaced(committed=True)
                return BundlesCommitted(
                    group_id=message.group_id,
                    attempt=message.attempt,
                    node_id=self.node_id,
                    at_s=message.at_s,
                )
            case ReturnBundles():
                self._give_back(message)
                return None

    def _prepare(self, message: PrepareBundles) -> BundlesPrepared:
        wanted = sum((bundle.resources for bundle in message.bundles), ResourceSet())
        prepared = wanted.fits_in(self.available) and not self.refuses
        if prepared:
            for bundle in message.bundles:
                key = message.group_id, bundle.index
                assert key not in self.held, "set aside twice on one node"
                self.held[key] = Held(bundle=bundle, attempt=message.attempt)
        return BundlesPrepared(
            group_id=message.group_id,
            attempt=message.attempt,
            node_id=self.node_id,
            prepared=prepared,
            at_s=message.at_s,
        )

    def _give_back(self, message: ReturnBundles) -> None:
        for key, held in list(self.held.items()):
            mine = message.attempt is None or (
                held.attempt == message.attempt and not held.committed
            )
            if key[0] == message.group_id and mine:
                del self.held[key]


class Raylets:
    """All nodes. Messages to a node keep their order; between nodes there is none."""

    def __init__(self) -> None:
        self.living: dict[NodeID, _Raylet] = {}
        self.answers: list[Answer] = []

    def add(self, name: str, cpus: float) -> None:
        self.living[NodeID(name)] = _Raylet(NodeID(name), cpus)

    def follow(self, instructions: list[Instruction]) -> None:
        for instruction in instructions:
            if isinstance(instruction, TellRaylet):
                node_id = instruction.message.node_id
                for raylet in self.living.values():
                    if node_id is None or node_id == raylet.node_id:
                        raylet.inbox.append(instruction.message)

    def deliver(self, node_id: NodeID) -> None:
        """Let one node take its next message, if there is one."""
        raylet = self.living[node_id]
        answer = raylet.take_next() if raylet.inbox else None
        if answer is not None:
            self.answers.append(answer)

    def report(self, at_s: float) -> ReportResources:
        nodes = tuple(
            NodeResources(node_id=r.node_id, total=r.total, available=r.available)
            for r in self.living.values()
        )
        return ReportResources(nodes=nodes, at_s=at_s)

    def held(self, group_id: PlacementGroupID = G) -> dict[int, NodeID]:
        """Where bundles of a group are set aside, committed or not."""
        return {
            index: raylet.node_id
            for raylet in self.living.values()
            for (of, index) in raylet.held
            if of == group_id
        }

    @property
    def quiet(self) -> bool:
        return not self.answers and not any(raylet.inbox for raylet in self.living.values())


class Story:
    """A control plane and its nodes, led from state to state in a word each."""

    def __init__(self, **cpus: float) -> None:
        self.events: list[Event] = []
        self.gcs = Gcs(record=self.events.append)
        self.groups = self.gcs.groups
        self.raylets = Raylets()
        self.published: list[PlacementGroupID] = []
        self.now_s = 0.0
        for name, amount in cpus.items():
            self.raylets.add(name, amount)

    def at_s(self) -> float:
        self.now_s += 1.0
        return self.now_s

    def tell(self, message: GcsMessage) -> list[Instruction]:
        found = self.gcs.handle(message)
        self.raylets.follow(found)
        self.published += [i.group_id for i in found if isinstance(i, PublishPlacementGroup)]
        return found

    def create(self, *cpus: float, **changes: Any) -> list[Instruction]:
        return self.tell(CreatePlacementGroup(spec=group_spec(*cpus, **changes), at_s=self.at_s()))

    def report(self) -> list[Instruction]:
        return self.tell(self.raylets.report(self.at_s()))

    def remove(self, group_id: PlacementGroupID = G) -> list[Instruction]:
        return self.tell(RemovePlacementGroup(group_id=group_id, at_s=self.at_s()))

    def node_dies(self, name: str) -> list[Instruction]:
        self.raylets.living.pop(NodeID(name), None)
        return self.tell(RemoveNode(node_id=NodeID(name), at_s=self.at_s()))

    def process_dies(self, worker_id: WorkerID = DRIVER) -> list[Instruction]:
        return self.tell(WorkerDied(worker_id=worker_id, exit=EXIT, at_s=self.at_s()))

    def prepared(self, name: str, attempt: int = 1, *, yes: bool = True) -> list[Instruction]:
        """An answer that no node has given."""
        message = BundlesPrepared(
            group_id=G, attempt=attempt, node_id=NodeID(name), prepared=yes, at_s=self.at_s()
        )
        return self.tell(message)

    def node_works(self, name: str) -> None:
        """One node takes all that it was told, and its answers arrive."""
        raylet = self.raylets.living[NodeID(name)]
        while raylet.inbox:
            self.raylets.deliver(raylet.node_id)
        while self.raylets.answers:
            answer = self.raylets.answers.pop(0)
            self.tell(answer.replaced(at_s=self.at_s()))

    def settle(self) -> "Story":
        """Let everything happen that is due."""
        for _ in range(50):
            if self.groups.needs_resources:
                self.report()
            if self.raylets.quiet:
                return self
            for node_id in list(self.raylets.living):
                self.node_works(node_id)
        msg = "the nodes and the control plane talk without end"
        raise AssertionError(msg)

    @property
    def group(self) -> PlacementGroupView:
        view = self.groups.view(G)
        assert view is not None
        return view

    @property
    def nodes(self) -> list[str | None]:
        """Where each bundle of the group is."""
        return list(self.group.node_ids)

    def states(self) -> list[PlacementGroupState]:
        return [e.new for e in self.events if isinstance(e, PlacementGroupStateChanged)]

    def ignored(self) -> list[str]:
        return [event.kind for event in self.events if isinstance(event, MessageIgnored)]
