"""The lives of actors and placement groups, from what their tables say now and then.

In Ray: the states are those of ``gcs_actor_manager.h`` and ``gcs_placement_group_manager.h``, which
tell of every change. Here what lies between two looks is put in; what cannot lie there, is marked.
"""

from collections.abc import Iterator
from typing import Final

from raylite._core.common.events import (
    ActorRegistered,
    ActorStateChanged,
    Event,
    MessageIgnored,
    PlacementGroupStateChanged,
)
from raylite._core.common.ids import ActorID, NodeID, PlacementGroupID
from raylite._core.common.states import ActorState, PlacementGroupState
from raylite.engines.ray.events_moves import actor_way, group_way
from raylite.engines.ray.events_rows import ActorRow, GroupRow

__all__ = ["ActorLives", "GroupLives"]

_MOST_RESTARTS: Final = 100
"""So many restarts between two looks are told one by one."""


class ActorLives:
    """What each actor was when it was last seen."""

    def __init__(self) -> None:
        self._seen: dict[ActorID, ActorRow] = {}
        self._last_s: dict[ActorID, float] = {}
        self._odd: dict[ActorID, ActorState] = {}
        """States that cannot be, and were marked."""
        self.registered_s: dict[ActorID, float] = {}
        """When this driver has asked for them."""

    def take(self, rows: tuple[ActorRow, ...], at_s: float) -> Iterator[Event]:
        """What has happened since the last look.

        Args:
            rows: of all actors.
            at_s: the time of the look.
        """
        for row in rows:
            before = self._seen.get(row.actor_id)
            if before is None or before.replaced(changed_s=row.changed_s) != row:
                yield from self._changed(before, row, at_s)
        gone = self._seen.keys() - {row.actor_id for row in rows}
        for actor_id in gone:  # Ray keeps the newest of those that are dead.
            if self._seen[actor_id].state is not ActorState.DEAD:
                last = self._seen[actor_id]
                dead = last.replaced(state=ActorState.DEAD, changed_s=None, why=last.why)
                yield from self._changed(last, dead, at_s)
            self._forget(actor_id)

    def _forget(self, actor_id: ActorID) -> None:
        for table in (self._seen, self._last_s, self._odd, self.registered_s):
            table.pop(actor_id, None)

    def _changed(self, before: ActorRow | None, row: ActorRow, at_s: float) -> Iterator[Event]:
        num_before = 0 if before is None else before.num_restarts
        restarts = min(max(0, row.num_restarts - num_before), _MOST_RESTARTS)
        old = None if before is None else before.state
        way = actor_way(old, row.state, restarts=restarts, has_lived=row.started_s is not None)
        if way is None:  # It cannot have been through all of that.
            way = actor_way(old, row.state)
        if way is None:
            yield from self._marked(row, at_s)
            return
        if before is None:
            yield self._registered(row, at_s)
        self._seen[row.actor_id] = row
        yield from self._told(before, row, way, at_s)

    def _marked(self, row: ActorRow, at_s: float) -> Iterator[Event]:
        if self._odd.get(row.actor_id) is not row.state:
            self._odd[row.actor_id] = row.state
            why = f"it was seen to be {row.state.name} after it was dead"
            yield MessageIgnored(kind="ActorTableData", about=row.actor_id, at_s=at_s, why=why)

    def _registered(self, row: ActorRow, at_s: float) -> Event:
        known = (self.registered_s.get(row.actor_id), row.started_s, row.changed_s, at_s)
        registered_s = min([at_s, *(one for one in known if one is not None)])
        self._last_s[row.actor_id] = registered_s
        return ActorRegistered(
            actor_id=row.actor_id,
            class_name=row.class_name,
            name=row.name,
            namespace=row.namespace,
            owner_id=row.owner_id,
            is_detached=row.is_detached,
            resources=row.resources,
            max_restarts=row.max_restarts,
            at_s=registered_s,
        )

    def _told(
        self, before: ActorRow | None, row: ActorRow, way: tuple[ActorState, ...], at_s: float
    ) -> Iterator[Event]:
        old = None if before is None else before.state
        restarts_left = sum(state is ActorState.RESTARTING for state in way)
        for number, new in enumerate(way):
            is_last = number == len(way) - 1
            restarts_left -= new is ActorState.RESTARTING
            is_there = is_last and new in {ActorState.ALIVE, ActorState.DEAD}
            exact_s = self._exact(row, new, is_last=is_last, is_restarted=not restarts_left)
            yield ActorStateChanged(
                actor_id=row.actor_id,
                class_name=row.class_name,
                name=row.name,
                old=old,
                new=new,
                worker_id=row.worker_id if is_there else None,
                num_restarts=max(0, row.num_restarts - restarts_left),
                at_s=self._time(row.actor_id, exact_s, at_s),
                why=_why(row, new, is_last=is_last),
            )
            old = new

    def _exact(
        self, row: ActorRow, new: ActorState, *, is_last: bool, is_restarted: bool
    ) -> float | None:
        """When it came into a state, as far as that is known; else as soon as it may have."""
        soon_s = self._last_s.get(row.actor_id, 0.0)
        match new:
            case ActorState.ALIVE if is_restarted:
                return row.started_s
            case ActorState.RESTARTING if row.state is ActorState.ALIVE:
                return row.started_s  # Shortly before that.
            case _ if is_last:
                return soon_s if new is ActorState.DEPENDENCIES_UNREADY else row.changed_s
            case _:
                return soon_s

    def _time(self, actor_id: ActorID, exact_s: float | None, at_s: float) -> float:
        last_s = self._last_s.get(actor_id, 0.0)
        chosen = min(max(last_s, at_s if exact_s is None else exact_s), max(last_s, at_s))
        self._last_s[actor_id] = chosen
        return chosen


def _why(row: ActorRow, new: ActorState, *, is_last: bool) -> str:
    if new is ActorState.RESTARTING:
        return row.why or "its process or its node died"
    return row.why if is_last and new is ActorState.DEAD else ""


class GroupLives:
    """What each placement group was when it was last seen."""

    def __init__(self) -> None:
        self._seen: dict[PlacementGroupID, GroupRow] = {}

    def take(self, rows: tuple[GroupRow, ...], at_s: float) -> Iterator[Event]:
        """What has happened since the last look."""
        for row in rows:
            before = self._seen.get(row.group_id)
            if before == row:
                continue
            old = None if before is None else before.state
            way = group_way(old, row.state)
            if way is None:  # It was removed, and Ray shows another state of it late.
                why = f"it was seen to be {row.state.name} after it was removed"
                yield MessageIgnored(
                    kind="PlacementGroupTableData", about=row.group_id, at_s=at_s, why=why
                )
                continue
            self._seen[row.group_id] = row
            for new in way:
                yield _group_event(row, old, new, at_s, is_last=new is way[-1])
                old = new
        for group_id in self._seen.keys() - {row.group_id for row in rows}:
            last = self._seen.pop(group_id)
            if last.state is not PlacementGroupState.REMOVED:
                yield _group_event(
                    last, last.state, PlacementGroupState.REMOVED, at_s, is_last=True
                )


def _group_event(
    row: GroupRow,
    old: PlacementGroupState | None,
    new: PlacementGroupState,
    at_s: float,
    *,
    is_last: bool,
) -> Event:
    nowhere: tuple[NodeID | None, ...] = (None,) * len(row.bundles)
    return PlacementGroupStateChanged(
        group_id=row.group_id,
        name=row.name,
        old=old,
        new=new,
        node_ids=row.node_ids if is_last else nowhere,
        at_s=at_s,
        why="",
        bundles=row.bundles,
        strategy=row.strategy,
    )
