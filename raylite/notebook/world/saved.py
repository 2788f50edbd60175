"""What is known of a session whose events were saved.

In Ray: nothing like it.
"""

from typing import Any

from raylite._core.common.event_batch import EventBatch
from raylite.notebook.world.unsure import take_unsure
from raylite.notebook.world.world import World

__all__ = ["saved_world"]


def saved_world(events: Any) -> World | None:
    """The tables of a saved session; None for None, which is the session that runs.

    Args:
        events: what ``raylite.load_events`` gives.

    Raises:
        TypeError: if it is anything else.
    """
    if events is None:
        return None
    batch = getattr(events, "batch", None)
    found = batch() if callable(batch) else events
    if not isinstance(found, EventBatch):
        msg = (
            f"events={events!r}: this has to be what raylite.load_events(path) gives; leave it out "
            "for the session that runs."
        )
        raise TypeError(msg)
    world = World()
    world.fold(found)
    take_unsure(world)
    return world
