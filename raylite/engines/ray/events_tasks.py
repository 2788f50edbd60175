"""Tasks and calls, from what Ray's log of them says now and then.

In Ray: ``src/ray/gcs/gcs_task_manager.h``. A row has the times of all its states, so a call that
was over before anybody looked is told of as exactly as any other.
"""

from collections import Counter
from collections.abc import Iterator

from raylite._core.common.events import (
    Event,
    LeaseStateChanged,
    PendingCallsChanged,
    TaskEnded,
    TaskStateChanged,
)
from raylite._core.common.ids import ActorID, LeaseID, WorkerID
from raylite._core.common.states import LeaseState, TaskState
from raylite.engines.ray.events_rows import ActorRow, TaskRow

__all__ = ["LeaseLives", "TaskLives", "is_running"]

_RUNNING = frozenset(
    {TaskState.RUNNING, TaskState.RUNNING_IN_RAY_GET, TaskState.RUNNING_IN_RAY_WAIT}
)
_SENT = frozenset(
    {TaskState.SUBMITTED_TO_WORKER, TaskState.PENDING_ACTOR_TASK_ORDERING_OR_CONCURRENCY, *_RUNNING}
)
_NUM_KEPT = 50_000
"""Ends that are remembered, so that none is told twice."""


def state_of(row: TaskRow) -> TaskState | None:
    """The state that it came into last; None if Ray knows no time of any."""
    for ended in (TaskState.FINISHED, TaskState.FAILED):
        if ended in row.times:
            return ended
    known = [state for state in TaskState if state in row.times]  # In the order of a life.
    return max(known, key=lambda state: (row.times[state], known.index(state)), default=None)


def is_running(row: TaskRow) -> bool:
    """Whether its code runs."""
    return state_of(row) in _RUNNING


class TaskLives:
    """Which calls were seen, and in which state."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[int, TaskState]] = {}
        """Attempt and state of those that have not ended, by task id."""
        self._ended: dict[tuple[str, int], None] = {}
        self._failed: dict[str, TaskRow] = {}
        """Attempts that have failed, and may be followed by another one."""
        self._pending: dict[tuple[WorkerID, ActorID], tuple[int, int]] = {}

    def take(self, rows: tuple[TaskRow, ...], at_s: float) -> Iterator[Event]:
        """What has happened since the last look.

        Args:
            rows: as in a snapshot.
            at_s: the time of the look.
        """
        newest = _newest_attempts(rows)
        still_open = set()
        for row in newest.values():
            state = state_of(row)
            if state is None or (row.task_id, row.attempt) in self._ended:
                continue
            if state is TaskState.FINISHED:
                yield self._end(row, state, at_s)
            elif state is TaskState.FAILED:
                yield from self._failed_once(row, at_s)
            else:
                still_open.add(row.task_id)
                yield from self._goes_on(row, state, at_s)
        for task_id in self._failed.keys() - newest.keys():  # Nothing came after it.
            yield self._end(self._failed.pop(task_id), TaskState.FAILED, at_s)
        for task_id in self._open.keys() - still_open - self._failed.keys():
            del self._open[task_id]  # Its end was missed.
        yield from self._depths(newest, at_s)

    def _failed_once(self, row: TaskRow, at_s: float) -> Iterator[Event]:
        """An attempt is the last one if the next look shows no other."""
        if self._failed.get(row.task_id) == row:
            del self._failed[row.task_id]
            yield self._end(row, TaskState.FAILED, at_s)
        else:
            self._failed[row.task_id] = row

    def _goes_on(self, row: TaskRow, state: TaskState, at_s: float) -> Iterator[Event]:
        self._failed.pop(row.task_id, None)
        if self._open.get(row.task_id) == (row.attempt, state):
            return
        self._open[row.task_id] = row.attempt, state
        yield TaskStateChanged(
            task_id=row.task_id,
            name=row.name,
            actor_id=row.actor_id,
            worker_id=row.worker_id or row.owner_id,
            new=state,
            at_s=min(row.times[state], at_s),
        )

    def _end(self, row: TaskRow, state: TaskState, at_s: float) -> Event:
        self._open.pop(row.task_id, None)
        self._ended[row.task_id, row.attempt] = None
        if len(self._ended) > _NUM_KEPT:
            del self._ended[next(iter(self._ended))]
        return _ended_event(row, state, at_s)

    def _depths(self, newest: dict[str, TaskRow], at_s: float) -> Iterator[Event]:
        """How many calls wait for each actor."""
        pending: Counter[tuple[WorkerID, ActorID]] = Counter()
        queued: Counter[tuple[WorkerID, ActorID]] = Counter()
        for task_id, (_, state) in self._open.items():
            row = newest.get(task_id)
            if row is not None and row.actor_id is not None:
                pending[row.owner_id, row.actor_id] += 1
                queued[row.owner_id, row.actor_id] += state not in _SENT
        found = {key: (number, queued[key]) for key, number in pending.items()}
        for key in self._pending.keys() | found.keys():
            now = found.get(key, (0, 0))
            if self._pending.get(key, (0, 0)) != now:
                yield PendingCallsChanged(
                    owner_id=key[0], actor_id=key[1], pending=now[0], queued=now[1], at_s=at_s
                )
        self._pending = found


def _newest_attempts(rows: tuple[TaskRow, ...]) -> dict[str, TaskRow]:
    newest: dict[str, TaskRow] = {}
    for row in rows:
        before = newest.get(row.task_id)
        if before is None or before.attempt < row.attempt:
            newest[row.task_id] = row
    return newest


def _ended_event(row: TaskRow, state: TaskState, at_s: float) -> TaskEnded:
    """All times of a call, each not before the one above it."""
    times = row.times
    replied_s = min(times[state], at_s)
    submitted_s = min([replied_s, *times.values()])
    sent_s = _between(submitted_s, times.get(TaskState.SUBMITTED_TO_WORKER), replied_s)
    started_s = _between(sent_s, times.get(TaskState.RUNNING), replied_s)
    failed = state is TaskState.FAILED
    return TaskEnded(
        task_id=row.task_id,
        name=row.name,
        actor_id=row.actor_id,
        owner_id=row.owner_id,
        state=state,
        submitted_s=submitted_s,
        sent_s=sent_s,
        started_s=started_s,
        ended_s=_between(started_s, row.ran_s, replied_s),
        at_s=replied_s,
        worker_id=row.worker_id,
        error_type=(row.error_type or "WORKER_DIED") if failed else None,
        fetched_s=min(max(row.fetched_s, 0.0), started_s - sent_s),
    )


def _between(low: float, told: float | None, high: float) -> float:
    return high if told is None else min(max(low, told), high)


class LeaseLives:
    """What takes which resources: actors that live, tasks that run."""

    def __init__(self) -> None:
        self._granted: dict[LeaseID, LeaseStateChanged] = {}

    def take(
        self, actors: tuple[ActorRow, ...], tasks: tuple[TaskRow, ...], at_s: float
    ) -> Iterator[Event]:
        """What has changed since the last look.

        Args:
            actors: all that are alive.
            tasks: all that run, but for calls of actors.
            at_s: the time of the look.
        """
        now: dict[LeaseID, LeaseStateChanged] = {}
        for actor in actors:
            lease_id = LeaseID(f"{actor.actor_id}:{actor.worker_id}")
            now[lease_id] = LeaseStateChanged(
                lease_id=lease_id,
                holder_id=actor.owner_id,
                worker_id=actor.worker_id,
                actor_id=actor.actor_id,
                old=LeaseState.PENDING,
                new=LeaseState.GRANTED,
                at_s=at_s,
                resources=actor.resources,
            )
        for task in tasks:
            lease_id = LeaseID(f"{task.task_id}:{task.attempt}")
            now[lease_id] = LeaseStateChanged(
                lease_id=lease_id,
                holder_id=task.owner_id,
                worker_id=task.worker_id,
                actor_id=None,
                old=LeaseState.PENDING,
                new=LeaseState.GRANTED,
                at_s=at_s,
                resources=task.resources,
            )
        for lease_id in self._granted.keys() - now.keys():
            granted = self._granted.pop(lease_id)
            yield granted.replaced(old=LeaseState.GRANTED, new=LeaseState.RETURNED, at_s=at_s)
        for lease_id in now.keys() - self._granted.keys():
            granted = self._granted[lease_id] = now[lease_id]
            yield granted.replaced(old=None, new=LeaseState.PENDING)
            yield granted
