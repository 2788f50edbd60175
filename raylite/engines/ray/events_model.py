"""From what Ray's tables say now and then to raylite's events. Pure.

In Ray: nothing like it; its state API shows how things are, and not what has happened. Whoever
looks now and then misses what came and went between. So these events are *sampled*: each one is of
something that did happen, with Ray's own time where it tells one, and what must have come between
two looks is put in.

Rule 1: states move as raylite's own tables allow; what cannot be is a ``MessageIgnored``.
Rule 2: the times of one thing never go back.
"""

from raylite._core.common.events import Event
from raylite._core.common.states import ActorState
from raylite.engines.ray.events_actors import ActorLives, GroupLives
from raylite.engines.ray.events_processes import NodeLives, ProcessLives
from raylite.engines.ray.events_rows import Snapshot, TaskRow
from raylite.engines.ray.events_tasks import LeaseLives, TaskLives, is_running

__all__ = ["SampledEvents"]


class SampledEvents:
    """Remembers the last look at each table."""

    def __init__(self) -> None:
        self._nodes = NodeLives()
        self._processes = ProcessLives()
        self.actors = ActorLives()
        self._groups = GroupLives()
        self._leases = LeaseLives()
        self._tasks = TaskLives()
        self._running: tuple[TaskRow, ...] = ()

    def take(self, seen: Snapshot) -> list[Event]:
        """What has happened since the last look, in the order of the times.

        What something else refers to comes first where times are the same.
        """
        at_s = seen.at_s
        calls: tuple[TaskRow, ...] = ()
        if seen.tasks is not None:
            calls = tuple(row for row in seen.tasks if not row.is_creation)
            self._note_creations(seen.tasks)
            self._running = tuple(row for row in calls if is_running(row))
        living = tuple(row for row in seen.actors if row.state is ActorState.ALIVE)
        with_actor = {row.worker_id for row in living if row.worker_id is not None}
        tasks = tuple(row for row in self._running if row.actor_id is None)
        with_task = {row.worker_id for row in tasks if row.worker_id is not None}
        events = [
            *self._nodes.take(seen.nodes, at_s),
            *self._processes.take(seen.workers, with_actor, with_task, at_s),
            *self._groups.take(seen.groups, at_s),
            *self.actors.take(seen.actors, at_s),
            *self._leases.take(living, tasks, at_s),
            *(() if seen.tasks is None else self._tasks.take(calls, at_s)),
        ]
        return sorted(events, key=lambda event: event.at_s)

    def _note_creations(self, tasks: tuple[TaskRow, ...]) -> None:
        """An actor is asked for when the task is submitted that creates it."""
        for row in tasks:
            if row.is_creation and row.actor_id is not None and row.times:
                self.actors.registered_s.setdefault(row.actor_id, min(row.times.values()))
