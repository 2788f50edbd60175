"""What the control plane remembers of each actor, and the one place where its state changes.

In Ray: ``ActorTableData`` in ``src/ray/protobuf/gcs.proto`` and the maps of ``GcsActorManager``
in ``src/ray/gcs/actor/gcs_actor_manager.h``. Left out here: saving the table, since the
session ends with its head.

The indexes (name, worker, owner) follow the state: they are kept up to date by
:meth:`ActorTable.move` and :meth:`ActorTable.place`, so that the death of one process among
thousands of actors touches only the actors it concerns.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from raylite._core.common.events import ActorRegistered, ActorStateChanged, Event
from raylite._core.common.ids import ActorID, LeaseID, NodeID, WorkerID
from raylite._core.common.record import Record
from raylite._core.common.scheduling_strategy import LeaseRejection
from raylite._core.common.states import ActorState, check_transition
from raylite._core.common.task_spec import ActorSpec, WorkerExit

__all__ = ["MAX_DEAD_ACTORS", "ActorRecord", "ActorTable", "ActorView", "NameTakenError"]

MAX_DEAD_ACTORS: Final = 10_000
"""Dead actors remembered, so that a call through an old handle can still say why it failed."""


class NameTakenError(ValueError):
    """A bug in raylite: an actor was registered before its name was checked."""


class ActorView(Record):
    """An actor as others may see it, at one moment."""

    spec: ActorSpec
    state: ActorState
    worker_id: WorkerID | None
    """The process it lives in; of a dead actor, the last one."""
    node_id: NodeID | None
    num_restarts: int
    restarts_left: int
    """-1: without limit."""
    death_reason: str
    """Why it is dead; empty while it is not."""
    exit: WorkerExit | None
    """How its last process ended, as far as one ended by itself."""
    error: bytes
    """The packed exception of its ``__init__``; empty if that did not raise."""
    rejection: LeaseRejection | None = None
    """Why there was no worker for it, if it is dead for that."""
    changed_s: float = 0.0
    """When it came to be in its state."""
    repr_name: str = ""
    """What its own ``__repr__`` said of it when it was made; empty if its class has none."""


@dataclass(slots=True, eq=False)
class ActorRecord:
    """An actor as its manager sees it. Only :class:`ActorTable` changes what it indexes."""

    spec: ActorSpec
    state: ActorState
    restarts_left: int
    num_restarts: int = 0
    worker_id: WorkerID | None = None
    node_id: NodeID | None = None
    creation_task: bytes = b""
    exiting: str = ""
    """The reason its worker gave when it announced its end; empty before."""
    killed: bool = False
    """Somebody killed it and allowed a restart; the death of its worker is still to come."""
    death_reason: str = ""
    exit: WorkerExit | None = None
    error: bytes = b""
    locality: Mapping[str, int] = field(default_factory=dict)
    rejection: LeaseRejection | None = None
    changed_s: float = 0.0
    repr_name: str = ""

    @property
    def lease_id(self) -> LeaseID:
        """The lease of its present life; each life asks once."""
        return LeaseID(f"{self.spec.actor_id}:{self.num_restarts}")

    @property
    def waits_for_worker(self) -> bool:
        """Whether its request for a worker is under way."""
        waiting = self.state in (ActorState.PENDING_CREATION, ActorState.RESTARTING)
        return waiting and self.worker_id is None

    def view(self) -> ActorView:
        """A copy that stays as it is."""
        return ActorView(
            spec=self.spec,
            state=self.state,
            worker_id=self.worker_id,
            node_id=self.node_id,
            num_restarts=self.num_restarts,
            restarts_left=self.restarts_left,
            death_reason=self.death_reason,
            exit=self.exit,
            error=self.error,
            rejection=self.rejection,
            changed_s=self.changed_s,
            repr_name=self.repr_name,
        )


class ActorTable:
    """All actors, living and lately dead, by id, name, worker and owner.

    Args:
        record: called with every change of a state, before :meth:`move` returns.
        max_dead: how many dead actors to remember.
    """

    def __init__(self, record: Callable[[Event], None], max_dead: int = MAX_DEAD_ACTORS) -> None:
        self._record = record
        self._max_dead = max_dead
        self._actors: dict[ActorID, ActorRecord] = {}
        self._dead: OrderedDict[ActorID, None] = OrderedDict()
        self._by_name: dict[tuple[str, str], ActorRecord] = {}
        self._by_worker: dict[WorkerID, ActorRecord] = {}
        # The inner dictionaries stand for ordered sets.
        self._by_owner: dict[WorkerID, dict[ActorID, ActorRecord]] = {}

    def get(self, actor_id: ActorID) -> ActorRecord | None:
        """The actor, or None if it was never registered or died long ago."""
        return self._actors.get(actor_id)

    def named(self, namespace: str, name: str) -> ActorRecord | None:
        """The actor that has the name and is not dead."""
        return self._by_name.get((namespace, name))

    def living_in(self, worker_id: WorkerID) -> ActorRecord | None:
        """The actor that was placed in the worker and is not dead."""
        return self._by_worker.get(worker_id)

    def owned_by(self, worker_id: WorkerID) -> list[ActorRecord]:
        """The actors that share the fate of the process, oldest first.

        Detached ones only while they wait for arguments, which nobody else can send.
        """
        return list(self._by_owner.get(worker_id, {}).values())

    def records(self) -> list[ActorRecord]:
        """Every actor that is remembered, in the order of registration."""
        return list(self._actors.values())

    def add(self, spec: ActorSpec, at_s: float) -> ActorRecord:
        """Enter a new actor.

        Raises:
            NameTakenError: if an actor that is not dead has its name; nothing has changed then.
            ValueError: if the id is known already.
        """
        if spec.actor_id in self._actors:
            msg = f"actor {spec.actor_id} ({spec.class_name}) is registered already"
            raise ValueError(msg)
        key = None if spec.name is None else (spec.namespace, spec.name)
        if key in self._by_name:
            msg = f"the name {spec.name!r} is taken in namespace {spec.namespace!r}"
            raise NameTakenError(msg)
        state = ActorState.DEPENDENCIES_UNREADY
        actor = ActorRecord(spec=spec, state=state, restarts_left=spec.max_restarts)
        self._actors[spec.actor_id] = actor
        if key is not None:
            self._by_name[key] = actor
        self._by_owner.setdefault(spec.owner_id, {})[spec.actor_id] = actor
        self._record(
            ActorRegistered(
                actor_id=spec.actor_id,
                class_name=spec.class_name,
                name=spec.name,
                namespace=spec.namespace,
                owner_id=spec.owner_id,
                is_detached=spec.detached,
                resources=spec.held.to_dict(),
                max_restarts=spec.max_restarts,
                at_s=at_s,
            )
        )
        self._report(actor, None, at_s, "registered")
        return actor

    def place(self, actor: ActorRecord, worker_id: WorkerID | None, node_id: NodeID | None) -> None:
        """Note the process the actor is in from now on; None while it has none."""
        if actor.worker_id is not None:
            self._by_worker.pop(actor.worker_id, None)
        actor.worker_id, actor.node_id = worker_id, node_id
        if worker_id is not None:
            self._by_worker[worker_id] = actor

    def move(self, actor: ActorRecord, new: ActorState, at_s: float, why: str) -> None:
        """Change the state of an actor: the only function that does.

        Raises:
            InvalidTransitionError: if the table of states has no such move.
        """
        check_transition(actor.state, new)
        old, actor.state = actor.state, new
        actor.changed_s = at_s
        if new is ActorState.DEAD:
            actor.death_reason = why
            self._forget_living(actor)
        elif actor.spec.detached:
            self._disown(actor)
        self._report(actor, old, at_s, why)

    def _forget_living(self, actor: ActorRecord) -> None:
        spec = actor.spec
        if spec.name is not None:
            del self._by_name[spec.namespace, spec.name]
        if actor.worker_id is not None:
            del self._by_worker[actor.worker_id]
        self._disown(actor)
        actor.creation_task = b""  # It may be large, and nobody will create the actor again.
        self._dead[spec.actor_id] = None
        if len(self._dead) > self._max_dead:
            oldest, _ = self._dead.popitem(last=False)
            del self._actors[oldest]

    def _disown(self, actor: ActorRecord) -> None:
        siblings = self._by_owner.get(actor.spec.owner_id, {})
        siblings.pop(actor.spec.actor_id, None)
        if not siblings:
            self._by_owner.pop(actor.spec.owner_id, None)

    def _report(self, actor: ActorRecord, old: ActorState | None, at_s: float, why: str) -> None:
        self._record(
            ActorStateChanged(
                actor_id=actor.spec.actor_id,
                class_name=actor.spec.class_name,
                name=actor.spec.name,
                old=old,
                new=actor.state,
                worker_id=actor.worker_id,
                num_restarts=actor.num_restarts,
                at_s=at_s,
                why=why,
            )
        )
