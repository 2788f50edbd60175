"""The moves that lie between what was seen and what is seen now.

In Ray: nothing like it. Who only looks now and then sees an actor waiting and then alive again
after a restart. What must have come between follows from the table of states: the shortest way.
"""

from collections import deque
from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

from raylite._core.common.states import (
    ACTOR_TRANSITIONS,
    PLACEMENT_GROUP_TRANSITIONS,
    WORKER_TRANSITIONS,
    ActorState,
    PlacementGroupState,
    WorkerState,
)

__all__ = ["actor_way", "group_way", "worker_way"]

S = TypeVar("S", bound=Enum)


def _way(table: Mapping[S, frozenset[S]], old: S, new: S) -> tuple[S, ...] | None:
    """The states after ``old`` up to ``new``; None where there is no way."""
    ways: deque[tuple[S, ...]] = deque([()])
    seen = {old}
    while ways:
        way = ways.popleft()
        here = way[-1] if way else old
        if here is new:
            return way
        # In the order of the enumeration, so that the same looks give the same events.
        for state in type(old):
            if state in table[here] and state not in seen:
                seen.add(state)
                ways.append((*way, state))
    return None


def actor_way(
    old: ActorState | None, new: ActorState, *, restarts: int = 0, has_lived: bool = False
) -> tuple[ActorState, ...] | None:
    """The states of an actor since it was last seen, the new one last.

    Args:
        old: how it was; None: it was not seen before.
        new: how it is.
        restarts: how many restarts it has begun since.
        has_lived: whether it has been alive at all.

    Returns:
        Nothing where nothing has changed; None where there is no way.
    """
    if old is ActorState.DEAD:
        return () if new is old and not restarts else None
    way: list[ActorState] = []
    here: ActorState = old or ActorState.DEPENDENCIES_UNREADY
    if old is None:
        way.append(here)
    stops = [ActorState.RESTARTING] * restarts
    if has_lived and here not in {ActorState.ALIVE, ActorState.RESTARTING}:
        stops.insert(0, ActorState.ALIVE)
    for stop in stops:
        found = _way(ACTOR_TRANSITIONS, here, stop)
        # To restart is the one state that is entered from itself: by another restart.
        way += found or (stop,)
        here = stop
    rest = _way(ACTOR_TRANSITIONS, here, new)
    return None if rest is None else (*way, *rest)


def worker_way(old: WorkerState | None, new: WorkerState) -> tuple[WorkerState, ...] | None:
    """The states of a worker since it was last seen."""
    if old is None:
        rest = _way(WORKER_TRANSITIONS, WorkerState.STARTING, new)
        return None if rest is None else (WorkerState.STARTING, *rest)
    return _way(WORKER_TRANSITIONS, old, new)


def group_way(
    old: PlacementGroupState | None, new: PlacementGroupState
) -> tuple[PlacementGroupState, ...] | None:
    """The states of a placement group since it was last seen."""
    if old is None:
        rest = _way(PLACEMENT_GROUP_TRANSITIONS, PlacementGroupState.PENDING, new)
        return None if rest is None else (PlacementGroupState.PENDING, *rest)
    return _way(PLACEMENT_GROUP_TRANSITIONS, old, new)
