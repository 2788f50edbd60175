"""What is known of a session at one moment, folded from its events and from nothing else.

In Ray: ``python/ray/dashboard/state_aggregator.py``. Left out here: asking anybody. The pictures
are functions of this, so they can be tested without a session, and drawn again from a saved log.

Rule 1: nothing here has a clock. What time it is, is the time of the newest event, or what a view
is told.
Rule 2: what is kept is bounded, whatever the session does. Calls are counted by label, and only the
newest of each are taken out; the packed rows of the newest are kept for who wants to draw them all.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import Any, Final

from raylite._core.common.event_batch import CallRows, EventBatch, PackedCall
from raylite._core.common.events import (
    ActorRegistered,
    ActorStateChanged,
    DriverStateChanged,
    Event,
    LeaseStateChanged,
    MessageIgnored,
    MessageSent,
    NodeStateChanged,
    ObjectSealed,
    ObjectsFreed,
    PendingCallsChanged,
    PlacementGroupStateChanged,
    TaskEnded,
    TaskStateChanged,
    WorkerStateChanged,
)
from raylite._core.common.ids import ActorID, LeaseID, NodeID, PlacementGroupID, WorkerID
from raylite._core.common.states import (
    ActorState,
    LeaseState,
    PlacementGroupState,
    TaskState,
    WorkerState,
)
from raylite.notebook.world.just_ended import JustEnded
from raylite.notebook.world.recent import RecentCalls
from raylite.notebook.world.tables import RECENT_CALLS, Actor, Group, Node, Process

__all__ = ["World"]

_ROWS_LOOKED_AT: Final = 512
_TAKEN_OUT: Final = 96
"""Calls of a batch, about: to take one out costs ten times what it costs to count it."""
_ROWS_KEPT: Final = 100_000
_RECENT: Final = 2000
_MESSAGES: Final = 20_000
_LOG: Final = 1000
_DEAD_KEPT: Final = 1000
_OWNER_DIGITS: Final = 32
"""Of a call's id: they are the beginning of its owner's."""
_RUNNING: Final = (
    TaskState.RUNNING,
    TaskState.RUNNING_IN_RAY_GET,
    TaskState.RUNNING_IN_RAY_WAIT,
)


class World:
    """The tables. :meth:`fold` is the only way they change."""

    def __init__(self) -> None:
        self.version = 0
        """Larger with every change, so that who draws can see that there is nothing new."""
        self.at_s = 0.0
        """The time of the newest event."""
        self.num_events = 0
        self.dropped = 0
        """Events that came too fast to be told."""
        self.actors: dict[ActorID, Actor] = {}
        self.processes: dict[WorkerID, Process] = {}
        """Drivers and workers, the dead too as far as they are kept."""
        self.nodes: dict[NodeID, Node] = {}
        self.groups: dict[PlacementGroupID, Group] = {}
        self.leases: dict[LeaseID, LeaseStateChanged] = {}
        """Requests for a worker that are pending or granted."""
        self.objects: dict[str, ObjectSealed] = {}
        """Large values that somebody can still get, by object id."""
        self.running: dict[str, TaskStateChanged] = {}
        """Tasks and calls that run long enough to be seen, by task id."""
        self.waiting: dict[str, TaskStateChanged] = {}
        """Those that wait long enough to be seen, and for what, by task id."""
        self._open_by: dict[str, dict[int, str]] = {}
        """Ids of those that run or wait, by the beginning and the end of the id."""
        self._just_ended = JustEnded()
        self.num_finished = 0
        self.num_failed = 0
        self.by_name: Counter[tuple[str, ActorID | None]] = Counter()
        """Calls that ended, by name and actor."""
        self.failed_by_name: Counter[tuple[str, ActorID | None]] = Counter()
        self.recent = RecentCalls(_RECENT)
        """The newest calls that ended; where there are very many, the newest of each kind."""
        self.rows: deque[CallRows] = deque()
        """The newest calls that ended, packed: all of them, 100,000 at most."""
        self._num_rows = 0
        self.lone: deque[TaskEnded] = deque(maxlen=_ROWS_KEPT)
        """Calls that came as events of their own, as from a log that was saved."""
        self.num_lone = 0
        """How many of these there have been."""
        self.messages: deque[MessageSent] = deque(maxlen=_MESSAGES)
        self.log: deque[Event] = deque(maxlen=_LOG)
        """The newest events but for calls and messages."""
        self._handlers = self._all_handlers()

    def _all_handlers(self) -> dict[type, Callable[[Any], None]]:
        return {
            ActorRegistered: self._actor_registered,
            ActorStateChanged: self._actor_changed,
            WorkerStateChanged: self._worker_changed,
            DriverStateChanged: self._driver_changed,
            LeaseStateChanged: self._lease_changed,
            NodeStateChanged: self._node_changed,
            PlacementGroupStateChanged: self._group_changed,
            TaskStateChanged: self._task_changed,
            TaskEnded: self._task_ended,
            MessageSent: self.messages.append,
            ObjectSealed: self._object_sealed,
            ObjectsFreed: self._objects_freed,
            PendingCallsChanged: self._pending_changed,
            MessageIgnored: self.log.append,
        }

    def fold(self, batch: EventBatch) -> None:
        """Take further events."""
        self.version += 1
        self.dropped += batch.dropped
        self.num_events += len(batch.events)
        handlers = self._handlers
        for event in batch.events:
            handlers[type(event)](event)
        self.at_s = max(self.at_s, max((event.at_s for event in batch.events), default=0.0))
        for rows in batch.calls:
            self._fold_calls(rows)

    def calls(self) -> Iterator[TaskEnded]:
        """All calls that are kept, a process's in the order in which they ended."""
        for rows in self.rows:
            yield from rows.events()
        yield from self.lone

    def actor_in(self, worker_id: WorkerID) -> Actor | None:
        """The actor that lives in a process, or was the last to."""
        process = self.processes.get(worker_id)
        if process is None or process.actor_id is None:
            return None
        return self.actors.get(process.actor_id)

    def _fold_calls(self, rows: CallRows) -> None:
        self.num_events += len(rows)
        for (name, actor_id, failure, worker_id), count in rows.counts().items():
            self._count(name, actor_id, worker_id, count, is_failure=failure is not None)
        quota = min(RECENT_CALLS, max(1, _TAKEN_OUT // max(1, len(rows.rows.labels))))
        for call in rows.newest_of_each(quota, _ROWS_LOOKED_AT):
            self._note_recent(call, call.label[1])
        if rows:  # They are in their order.
            last_s = rows.event(len(rows) - 1).at_s
            self.at_s = max(self.at_s, last_s)
            self._just_ended.add(rows, last_s)
        # Of those that were seen to run or to wait, none may be missed.
        seen = self._open_by.get(rows.owner_id[:_OWNER_DIGITS])
        if seen:
            for number in seen.keys() & rows.numbers():
                self.close_call(seen[number])
        self.rows.append(rows)
        self._num_rows += len(rows)
        while self._num_rows - len(self.rows[0]) >= _ROWS_KEPT:
            self._num_rows -= len(self.rows.popleft())

    def _task_ended(self, event: TaskEnded) -> None:
        """A call that came as an event of its own, as from a log that was saved."""
        self.lone.append(event)
        self.num_lone += 1
        is_failure = event.state is TaskState.FAILED
        self._count(event.name, event.actor_id, event.worker_id, 1, is_failure=is_failure)
        self._note_recent(event, event.actor_id)
        if event.task_id in self.running or event.task_id in self.waiting:
            self.close_call(event.task_id)

    def _count(
        self,
        name: str,
        actor_id: str | None,
        worker_id: str | None,
        count: int,
        *,
        is_failure: bool,
    ) -> None:
        key = name, ActorID(actor_id) if actor_id is not None else None
        self.by_name[key] += count
        if is_failure:
            self.num_failed += count
            self.failed_by_name[key] += count
        else:
            self.num_finished += count
        process = self.processes.get(WorkerID(worker_id)) if worker_id else None
        if process is not None:
            process.num_ended += count
        actor = self.actors.get(ActorID(actor_id)) if actor_id is not None else None
        if actor is not None:
            actor.by_method[name.rpartition(".")[2]] += count
            actor.num_failed += count if is_failure else 0
            actor.num_finished += 0 if is_failure else count

    def _note_recent(self, call: TaskEnded | PackedCall, actor_id: str | None) -> None:
        self.recent.append(call)
        actor = self.actors.get(ActorID(actor_id)) if actor_id is not None else None
        if actor is not None:
            actor.recent.append(call)

    def close_call(self, task_id: str) -> None:
        """It does not run or wait any more, as far as is known."""
        self._open_by.get(task_id[:_OWNER_DIGITS], {}).pop(_end_of(task_id), None)
        self.waiting.pop(task_id, None)
        seen = self.running.pop(task_id, None)
        actor = self.actors.get(seen.actor_id) if seen and seen.actor_id else None
        if actor is not None:
            actor.running.pop(task_id, None)

    def _actor(self, actor_id: ActorID, class_name: str) -> Actor:
        actor = self.actors.get(actor_id)
        if actor is None:
            self._forget_dead_actors()
            actor = self.actors[actor_id] = Actor(actor_id, class_name)
        return actor

    def _forget_dead_actors(self) -> None:
        if len(self.actors) < 2 * _DEAD_KEPT:
            return
        dead = [key for key, actor in self.actors.items() if actor.state is ActorState.DEAD]
        for key in dead[:_DEAD_KEPT]:
            del self.actors[key]

    def _actor_registered(self, event: ActorRegistered) -> None:
        self.log.append(event)
        actor = self._actor(event.actor_id, event.class_name)
        actor.name, actor.namespace = event.name, event.namespace
        actor.owner_id, actor.is_detached = event.owner_id, event.is_detached
        actor.resources, actor.max_restarts = event.resources, event.max_restarts
        actor.registered_s = event.at_s

    def _actor_changed(self, event: ActorStateChanged) -> None:
        self.log.append(event)
        actor = self._actor(event.actor_id, event.class_name)
        actor.name = event.name
        actor.state, actor.why = event.new, event.why
        actor.num_restarts = event.num_restarts
        actor.life.append(event)
        del actor.life[:-_LOG]
        if event.worker_id is not None:
            actor.worker_id = event.worker_id
            process = self.processes.get(event.worker_id)
            if process is not None:
                process.actor_id = event.actor_id
        if event.new is not ActorState.ALIVE:
            for task_id in actor.running:
                self.running.pop(task_id, None)
            actor.running.clear()

    def _worker_changed(self, event: WorkerStateChanged) -> None:
        self.log.append(event)
        process = self.processes.get(event.worker_id)
        is_alive = event.new is not WorkerState.DEAD
        if process is None:
            self._forget_dead_processes()
            process = self.processes[event.worker_id] = Process(
                worker_id=event.worker_id,
                node_id=event.node_id,
                is_driver=False,
                pid=event.pid,
                state=event.new,
                is_alive=is_alive,
                since_s=event.at_s,
            )
        process.state, process.is_alive, process.why = event.new, is_alive, event.why
        process.pid = event.pid or process.pid
        if not is_alive:
            process.ended_s = event.at_s
            gone = [key for key, one in self.running.items() if one.worker_id == event.worker_id]
            for task_id in gone:
                del self.running[task_id]

    def _forget_dead_processes(self) -> None:
        if len(self.processes) < 2 * _DEAD_KEPT:
            return
        dead = [key for key, process in self.processes.items() if not process.is_alive]
        for key in dead[:_DEAD_KEPT]:
            del self.processes[key]

    def _driver_changed(self, event: DriverStateChanged) -> None:
        self.log.append(event)
        process = self.processes.get(event.worker_id)
        if process is None:
            process = self.processes[event.worker_id] = Process(
                worker_id=event.worker_id,
                node_id=event.node_id,
                is_driver=True,
                pid=event.pid,
                state=None,
                is_alive=event.is_alive,
                since_s=event.at_s,
            )
        process.is_alive = event.is_alive
        process.ended_s = None if event.is_alive else event.at_s

    def _lease_changed(self, event: LeaseStateChanged) -> None:
        if event.new in {LeaseState.PENDING, LeaseState.GRANTED}:
            self.leases[event.lease_id] = event
        else:
            self.leases.pop(event.lease_id, None)

    def _node_changed(self, event: NodeStateChanged) -> None:
        self.log.append(event)
        known = self.nodes.get(event.node_id)
        if known is None:
            self.nodes[event.node_id] = Node(
                event.node_id, event.new, event.resources, event.labels, event.is_head, event.at_s
            )
        else:
            known.state = event.new

    def _group_changed(self, event: PlacementGroupStateChanged) -> None:
        self.log.append(event)
        if event.new is PlacementGroupState.REMOVED:
            self.groups.pop(event.group_id, None)
            return
        self.groups[event.group_id] = Group(
            group_id=event.group_id,
            name=event.name,
            state=event.new,
            bundles=event.bundles,
            node_ids=event.node_ids,
            strategy=event.strategy,
            why=event.why,
            since_s=event.at_s,
        )

    def _task_changed(self, event: TaskStateChanged) -> None:
        owner, number = event.task_id[:_OWNER_DIGITS], _end_of(event.task_id)
        if self._just_ended.has(owner, number, event.at_s):
            return  # Its owner was faster than its executor to tell of it.
        self._open_by.setdefault(owner, {})[number] = event.task_id
        if event.new not in _RUNNING:
            running = self.running.get(event.task_id)
            if running is None or running.at_s < event.at_s:  # Its owner may say so late.
                self.waiting[event.task_id] = event
            return
        self.waiting.pop(event.task_id, None)
        self.running[event.task_id] = event
        actor = self.actors.get(event.actor_id) if event.actor_id is not None else None
        if actor is not None:
            actor.running[event.task_id] = event

    def _object_sealed(self, event: ObjectSealed) -> None:
        self.objects[event.object_id] = event

    def _objects_freed(self, event: ObjectsFreed) -> None:
        for object_id in event.object_ids:
            self.objects.pop(object_id, None)

    def _pending_changed(self, event: PendingCallsChanged) -> None:
        actor = self.actors.get(event.actor_id)
        if actor is None:
            return
        if event.pending:
            actor.waiting_for[event.owner_id] = event
        else:
            actor.waiting_for.pop(event.owner_id, None)
        actor.depths.append((event.at_s, actor.num_pending))


def _end_of(task_id: str) -> int:
    """The last 32 bits of an id; -1 if it was made up."""
    try:
        return int(task_id[-8:], 16)
    except ValueError:
        return -1
