"""What is known of the creation of one actor, taken out of the world.

In Ray: nothing like it. Of a session's 20,000 messages a dozen are about one actor: those that name
it, and those that name a process it lives or has lived in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from raylite._core.common.events import GCS, ActorStateChanged, MessageSent, TaskEnded
from raylite._core.common.ids import WorkerID
from raylite._core.common.states import ActorState
from raylite.notebook.flow.address_model import made_without_address
from raylite.notebook.flow.calls_model import CallPick, Wanted
from raylite.notebook.live.shown_words_model import title_of
from raylite.notebook.world.tables import Actor
from raylite.notebook.world.world import World

__all__ = ["CALLS_LOOKED_AT", "CreationFacts", "creation_calls", "creation_facts"]

CALLS_LOOKED_AT: Final = 200
"""The first calls of an actor: those that may have waited for it."""
_FIRST, _LAST = 60, 60
"""Messages that are shown from the beginning and from the end, if there are more."""
_OF_WORKER: Final = frozenset({"ForkWorker", "Hello", "WorkerDied"})
_OF_ACTOR: Final = frozenset(
    {
        *("RegisterActor", "Response", "ActorDependenciesReady", "RequestWorkerLease"),
        *("ActorWorkerLeased", "ActorLeaseRejected", "CreateActor", "CreationFinished"),
        *("CreationFailed", "ActorUpdate", "SubscribeActor", "KillActor", "ActorOutOfScope"),
        "ActorExiting",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreationFacts:
    """All that a creation flow is made of."""

    actor: Actor
    messages: tuple[MessageSent, ...]
    """Those of the creation, and of restarts, in the order in which they were sent."""
    num_messages_hidden: int
    calls: tuple[TaskEnded, ...]
    """The first that ended, by any submitter."""
    early: tuple[TaskEnded, ...]
    """Those of them that were made before their submitter knew where the actor is."""
    titles: dict[str, str]
    """Who the processes are."""
    pids: dict[str, int]
    worker_ids: frozenset[str]
    """Where it lives or has lived."""
    now_s: float

    @property
    def life(self) -> list[ActorStateChanged]:
        """The states it has entered."""
        return self.actor.life

    @property
    def waits_for_name(self) -> bool:
        """Whether its creator had to wait until the GCS had answered."""
        return self.actor.name is not None

    @property
    def began_s(self) -> float:
        """When the first of all this was."""
        times = [one.sent_s for one in self.messages] + [one.at_s for one in self.life]
        return min(times, default=self.now_s)

    def lane_of(self, process: str) -> str:
        """In which lane a sender or receiver is drawn."""
        if process == GCS:
            return "gcs"
        if process.startswith("raylet:"):
            return "raylet"
        if process in self.worker_ids or process == "fork-server":
            return "worker"
        return "owner" if process == self.actor.owner_id or not self.actor.owner_id else "others"

    def lived_at(self, at_s: float) -> bool:
        """Whether it was ALIVE then."""
        states = [one.new for one in self.life if one.at_s <= at_s]
        return bool(states) and states[-1] is ActorState.ALIVE


def creation_calls(actor_id: str) -> CallPick:
    """The calls that a creation flow looks at; give it the world again and again."""
    return CallPick(Wanted(actor_ids=frozenset({actor_id})), CALLS_LOOKED_AT, oldest=True)


def creation_facts(world: World, actor: Actor, calls: Iterable[TaskEnded]) -> CreationFacts:
    """Take what is known of an actor out of a world.

    Args:
        world: all that is known.
        actor: one of its actors.
        calls: the first of its calls that ended, see :func:`creation_calls`.
    """
    worker_ids = {str(one.worker_id) for one in actor.life if one.worker_id is not None}
    if actor.worker_id is not None:
        worker_ids.add(actor.worker_id)
    told = [one for one in world.messages if _concerns(one, actor.actor_id, worker_ids)]
    # Before the GCS says where it lives, the message to the worker does.
    early = {one.target_id for one in told if one.kind == "CreateActor"} - worker_ids
    if early:
        worker_ids |= early
        told = [one for one in world.messages if _concerns(one, actor.actor_id, worker_ids)]
    begin_s = actor.registered_s if actor.registered_s is not None else 0.0
    first_s = min((one.sent_s for one in told if one.about == actor.actor_id), default=begin_s)
    messages = sorted((one for one in told if one.sent_s >= first_s), key=lambda one: one.sent_s)
    hidden = max(0, len(messages) - _FIRST - _LAST)
    if hidden:
        messages = messages[:_FIRST] + messages[-_LAST:]
    picked = tuple(calls)
    ids = {one.source_id for one in messages} | {one.target_id for one in messages}
    ids |= {one.owner_id for one in picked} | worker_ids
    if actor.owner_id is not None:
        ids.add(actor.owner_id)
    known = {key: world.processes[WorkerID(key)] for key in ids if WorkerID(key) in world.processes}
    seen_s = _first_seen(messages, picked)
    without_address = made_without_address(actor.life, messages, picked)
    return CreationFacts(
        actor=actor,
        messages=tuple(messages),
        num_messages_hidden=hidden,
        calls=picked,
        early=tuple(one for one in picked if one.task_id in without_address),
        titles={key: title_of(world, WorkerID(key), seen_s.get(key)) for key in known},
        pids={key: one.pid for key, one in known.items() if one.pid is not None},
        worker_ids=frozenset(worker_ids),
        now_s=max(world.at_s, max((one.at_s for one in messages), default=0.0)),
    )


def _first_seen(messages: Iterable[MessageSent], calls: Iterable[TaskEnded]) -> dict[str, float]:
    """When each sender, receiver and caller had first to do with the actor."""
    times = [(one.sent_s, key) for one in messages for key in (one.source_id, one.target_id)]
    times += [(one.submitted_s, one.owner_id) for one in calls]
    return {str(key): at_s for at_s, key in sorted(times, reverse=True)}


def _concerns(message: MessageSent, actor_id: str, worker_ids: set[str]) -> bool:
    if message.about == actor_id:
        return message.kind in _OF_ACTOR
    return message.kind in _OF_WORKER and message.about in worker_ids
