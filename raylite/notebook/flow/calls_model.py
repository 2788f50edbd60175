"""Which calls a flow shows one by one, and how many there are that it does not.

In Ray: nothing like it. A session may have made 100,000 calls and a picture shows a few hundred.
Every packed row is looked at once; only those that are shown become events.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from raylite._core.common.event_batch import CallRows
from raylite._core.common.events import TaskEnded, TaskStateChanged
from raylite.notebook.world.world import World

__all__ = ["CallPick", "Wanted", "open_calls"]

_EVER: Final = (-math.inf, math.inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which calls are asked for."""

    actor_ids: frozenset[str] | None = None
    """Only calls of these actors; None: of any, and tasks."""
    task_ids: frozenset[str] | None = None
    """Only these calls; None: all of the above."""
    window: tuple[float, float] = _EVER
    """Only those submitted from then to then, in seconds since the session began."""

    def may_be(self, actor_id: str | None) -> bool:
        """Whether calls of an actor (None: tasks) can be among them."""
        return self.actor_ids is None or actor_id in self.actor_ids

    def is_one(self, event: TaskEnded | TaskStateChanged) -> bool:
        """Whether a call is one of them, as far as its actor and its id say."""
        asked = self.task_ids is None or event.task_id in self.task_ids
        return asked and self.may_be(event.actor_id)


class CallPick:
    """The calls that ended, as far as they are wanted and there is room.

    Args:
        wanted: which.
        limit: how many.
        oldest: keep the first and not the last.
    """

    def __init__(self, wanted: Wanted, limit: int, *, oldest: bool = False) -> None:
        self.wanted = wanted
        self.total = 0
        """How many there are, those included that are not kept."""
        self.limit, self._oldest = limit, oldest
        self._kept: deque[TaskEnded] = deque(maxlen=None if oldest else limit)
        self._seen: CallRows | None = None
        self._num_lone = 0

    @property
    def calls(self) -> list[TaskEnded]:
        """Those that are kept, in the order of submission."""
        once = {one.task_id: one for one in self._kept}
        return sorted(once.values(), key=lambda one: (one.submitted_s, one.task_id))

    def look(self, world: World) -> None:
        """Bring it up to date."""
        found = [(rows, self._fitting(rows)) for rows in self._news(world)]
        if self.wanted.task_ids is None:
            found = self._with_room(found)
        for rows, places in found:
            for at in places:
                event = rows.event(at)
                if self.wanted.is_one(event):
                    self._keep(event)
        fresh = min(world.num_lone - self._num_lone, len(world.lone))
        self._num_lone = world.num_lone
        for event in islice(world.lone, len(world.lone) - fresh, None):
            first_s, last_s = self.wanted.window
            if self.wanted.is_one(event) and first_s <= event.submitted_s <= last_s:
                self._keep(event)

    def _news(self, world: World) -> list[CallRows]:
        found: list[CallRows] = []
        for rows in reversed(world.rows):
            if rows is self._seen:
                break
            found.append(rows)
        if world.rows:
            self._seen = world.rows[-1]
        return found[::-1]

    def _fitting(self, rows: CallRows) -> Sequence[int]:
        wanted = self.wanted
        labels = {number for number, label in rows.rows.labels.items() if wanted.may_be(label[1])}
        return rows.chosen(labels, wanted.window) if labels else ()

    def _with_room(
        self, found: list[tuple[CallRows, Sequence[int]]]
    ) -> list[tuple[CallRows, Sequence[int]]]:
        """Count those that will not be kept, and leave them out."""
        room = self.limit - (len(self._kept) if self._oldest else 0)
        kept: list[tuple[CallRows, Sequence[int]]] = []
        for rows, places in found if self._oldest else reversed(found):
            few = places[:room] if self._oldest else places[max(0, len(places) - room) :]
            self.total += len(places) - len(few)
            room -= len(few)
            if few:
                kept.append((rows, few))
        return kept if self._oldest else kept[::-1]

    def _keep(self, event: TaskEnded) -> None:
        self.total += 1
        if not self._oldest or len(self._kept) < self.limit:
            self._kept.append(event)


def open_calls(world: World, wanted: Wanted, limit: int) -> list[TaskStateChanged]:
    """Calls that wait or run at the moment, as far as that has been told, oldest first.

    Args:
        world: what is known.
        wanted: which.
        limit: how many at most.
    """
    found = [
        one
        for table in (world.running, world.waiting)
        for one in table.values()
        if wanted.is_one(one) and wanted.window[0] <= one.at_s <= wanted.window[1]
    ]
    return sorted(found, key=lambda one: (one.at_s, one.task_id))[:limit]
