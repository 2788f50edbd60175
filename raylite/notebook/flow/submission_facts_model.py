"""What is known of some calls: who sent them, who ran them, and why they waited.

In Ray: nothing like it. The events say when a call left its submitter's queue, not what it waited
for. That follows from the rules of the queue: calls leave in the order of submission, so one that
was at the front and did not leave had no argument yet, and the others were behind it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from raylite._core.common.events import MessageSent, TaskEnded, TaskStateChanged
from raylite._core.common.ids import ActorID, WorkerID
from raylite.notebook.flow.address_model import AT_ONCE_S, made_without_address
from raylite.notebook.flow.calls_model import CallPick, open_calls
from raylite.notebook.live.shown_words_model import actor_label, call_label, title_of
from raylite.notebook.world.tables import Actor
from raylite.notebook.world.world import World

__all__ = ["Call", "Held", "SubmissionFacts", "in_order_of_replies", "submission_facts"]

_OPEN: Final = 40
_LEASES: Final = 60
_LANES: Final = 3
"""Submitters, and processes that run calls, that have a lane each."""
_OF_LEASES: Final = frozenset({"RequestWorkerLease", "LeaseGranted", "LeaseRejected"})


class Held(Enum):
    """Why a call did not leave its queue at once."""

    NOT = "was sent at once"
    ACTOR = "the submitter did not know yet where the actor is"
    ARGUMENT = "an argument had no value yet"
    BEHIND = "a call before it was held up"
    LEASE = "it needed a worker, or an argument"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call that ended, and what follows from its times."""

    event: TaskEnded
    number: int
    """In the order of submission, from 1."""
    submitter: str
    """Its lane."""
    executor: str
    held: Held

    @property
    def method(self) -> str:
        """What was called, with brackets."""
        label = call_label(self.event.name)
        return f"{label.rpartition('.')[2] if self.event.actor_id else label}()"

    @property
    def was_sent(self) -> bool:
        """Whether it has reached the process that was to run it."""
        return self.event.worker_id is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionFacts:
    """All that a submission flow is made of."""

    calls: tuple[Call, ...]
    total: int
    """Calls there are, those included that are not drawn."""
    room: int
    """How many could be drawn."""
    open: tuple[TaskStateChanged, ...]
    """Calls that wait or run at the moment."""
    submitters: tuple[tuple[str, str, str, str], ...]
    """Lanes of those who submit: key, title, detail, kind."""
    executors: tuple[tuple[str, str, str, str], ...]
    actor: Actor | None
    """The one whose calls they all are; None if there are several, or tasks."""
    leases: tuple[MessageSent, ...]
    """About workers for tasks."""
    now_s: float


class _Lanes:
    """Gives each process a lane, and those that are too many one together."""

    def __init__(self, prefix: str, world: World, others: str) -> None:
        self._prefix, self._world, self._others = prefix, world, others
        self._keys: dict[str, str] = {}
        self.lanes: dict[str, tuple[str, str, str, str]] = {}

    def of(self, process_id: str, at_s: float | None = None) -> str:
        """The lane of a process, named after what it was at that time."""
        known = self._keys.get(process_id)
        if known is not None:
            return known
        full = len(self.lanes) >= _LANES
        key = f"{self._prefix}-others" if full else f"{self._prefix}-{process_id}"
        self._keys[process_id] = key
        if full:
            self.lanes[key] = (key, "others", self._others, "worker")
            return key
        process = self._world.processes.get(WorkerID(process_id))
        title = title_of(self._world, WorkerID(process_id), at_s) if process else "worker"
        detail = f"pid {process.pid}" if process is not None and process.pid else ""
        kind = "driver" if title == "driver" else "worker"
        self.lanes[key] = (key, title, detail, kind)
        return key


def submission_facts(world: World, pick: CallPick) -> SubmissionFacts:
    """Take the calls that a pick has kept out of a world.

    Args:
        world: all that is known.
        pick: which calls; it is brought up to date.
    """
    pick.look(world)
    ended = in_order_of_replies(pick.calls)
    pending = tuple(open_calls(world, pick.wanted, _OPEN))
    actor = _only_actor(world, [*ended, *pending])
    submitters = _Lanes("s", world, "further submitters")
    executors = _Lanes("e", world, "further workers")
    held = _reasons(world, ended)
    calls = []
    for number, event in enumerate(ended, 1):
        submitter = submitters.of(event.owner_id, event.submitted_s)
        executor = "actor" if actor is not None else ""
        if not executor and event.worker_id is not None:
            executor = executors.of(event.worker_id, event.started_s)
        calls.append(
            Call(
                event=event,
                number=number,
                submitter=submitter,
                executor=executor,
                held=held[event.task_id],
            )
        )
    if actor is None:
        for one in pending:
            executors.of(one.worker_id)
    lanes = _actor_lanes(world, actor) if actor is not None else tuple(executors.lanes.values())
    return SubmissionFacts(
        calls=tuple(calls),
        total=pick.total,
        room=pick.limit,
        open=pending,
        submitters=tuple(submitters.lanes.values()),
        executors=lanes,
        actor=actor,
        leases=_leases(world, ended),
        now_s=world.at_s,
    )


def in_order_of_replies(calls: Sequence[TaskEnded]) -> list[TaskEnded]:
    """The calls, with no reply that overtakes another one on the same connection.

    A connection keeps the order; that a reply came is noted for all that one read has brought, and
    times are rounded to a ten-millionth of a call's length. So two may seem to have changed places
    by microseconds, which the picture would stretch.
    """
    newest_s: dict[tuple[str, str | None], float] = {}
    at_s: dict[str, float] = {}
    for call in sorted(calls, key=lambda one: one.ended_s):
        connection = call.owner_id, call.worker_id
        newest_s[connection] = max(call.at_s, newest_s.get(connection, 0.0))
        at_s[call.task_id] = newest_s[connection]
    return [one.replaced(at_s=at_s[one.task_id]) for one in calls]


def _only_actor(world: World, events: Sequence[TaskEnded | TaskStateChanged]) -> Actor | None:
    ids = {one.actor_id for one in events}
    actor_id = ids.pop() if len(ids) == 1 else None
    return world.actors.get(ActorID(actor_id)) if actor_id is not None else None


def _actor_lanes(world: World, actor: Actor) -> tuple[tuple[str, str, str, str], ...]:
    process = world.processes.get(actor.worker_id) if actor.worker_id is not None else None
    pid = f"pid {process.pid}" if process is not None and process.pid else "no process"
    return (
        ("mailbox", "mailbox", "calls that wait", "mailbox"),
        ("actor", actor_label(actor), pid, "actor"),
    )


def _reasons(world: World, calls: Sequence[TaskEnded]) -> dict[str, Held]:
    """Why each call waited, by task id."""
    found: dict[str, Held] = {}
    early = _made_early(world, calls)
    left_s: dict[tuple[str, str | None], float] = {}
    for call in calls:
        queue = call.owner_id, call.actor_id
        front_s = max(call.submitted_s, left_s.get(queue, 0.0))
        left_s[queue] = max(call.sent_s, left_s.get(queue, 0.0))
        if call.sent_s - call.submitted_s <= AT_ONCE_S and call.worker_id is not None:
            found[call.task_id] = Held.NOT
        elif call.actor_id is None:
            found[call.task_id] = Held.LEASE
        elif call.task_id in early:
            found[call.task_id] = Held.ACTOR
        elif call.sent_s - front_s > AT_ONCE_S:
            found[call.task_id] = Held.ARGUMENT
        else:
            found[call.task_id] = Held.BEHIND
    return found


def _made_early(world: World, calls: Sequence[TaskEnded]) -> set[str]:
    """Calls that were made before their submitter knew where the actor is."""
    found: set[str] = set()
    for actor_id in {one.actor_id for one in calls if one.actor_id is not None}:
        actor = world.actors.get(actor_id)
        if actor is not None:
            told = [one for one in world.messages if one.about == actor_id]
            mine = [one for one in calls if one.actor_id == actor_id]
            found |= made_without_address(actor.life, told, mine)
    return found


def _leases(world: World, calls: Sequence[TaskEnded]) -> tuple[MessageSent, ...]:
    """Messages about workers for these tasks."""
    tasks = [one for one in calls if one.actor_id is None]
    if not tasks:
        return ()
    owners = {one.owner_id for one in tasks}
    first_s, last_s = tasks[0].submitted_s, max(one.at_s for one in tasks)
    found = [
        one
        for one in world.messages
        if one.kind in _OF_LEASES
        and first_s <= one.sent_s <= last_s
        and (one.source_id in owners or one.target_id in owners)
    ]
    return tuple(found[:_LEASES])
