"""Calls that were seen to run or to wait before the log began.

In Ray: nothing like it. The log keeps the newest 100,000 calls that ended. Whoever reads it later
finds older news that a call runs, and never that it has ended: it may run still, or not.
"""

from collections.abc import Sequence
from math import inf
from typing import Final

from raylite._core.common.events import TaskStateChanged
from raylite.notebook.world.world import World

__all__ = ["take_unsure"]

_FULL: Final = 90_000
"""A log of fewer calls has let none go."""
_OWNER_DIGITS: Final = 32
"""Of a call's id: they are the beginning of its owner's."""
_LATE_S: Final = 1.0
"""No process tells of the end of a call later than that."""


def take_unsure(world: World) -> Sequence[TaskStateChanged]:
    """Take out of a world what is open in it and may have ended unseen.

    Args:
        world: it has all that a log keeps, and nothing more yet.

    Returns:
        What was last told of these calls.
    """
    if not world.dropped or world.num_finished + world.num_failed < _FULL:
        return ()
    first_s: dict[str, float] = {}
    for rows in world.rows:
        if rows and rows.owner_id not in first_s:
            first_s[rows.owner_id] = rows.event(0).at_s
    for call in world.lone:
        first_s.setdefault(call.owner_id, call.at_s)
    kept_s = {owner_id[:_OWNER_DIGITS]: at_s + _LATE_S for owner_id, at_s in first_s.items()}
    unsure = [
        event
        for event in (*world.running.values(), *world.waiting.values())
        if event.at_s < kept_s.get(event.task_id[:_OWNER_DIGITS], inf)
    ]
    for event in unsure:
        world.close_call(event.task_id)
    return unsure
