"""An actor that waits for a call of its own would wait for ever: it is told so instead.

In Ray: nothing like it; the actor hangs. A call of an actor that runs one at a time cannot begin
before the present one has ended, and none can before ``__init__`` has returned. So if the code of
either waits, without a limit, for a call to the very same actor, that is certain.

It is looked for only when a wait has turned out to be a long one.
"""

import threading
from collections.abc import Sequence
from typing import Any

from raylite._core.core_worker.entries import Entry, OwnedEntry
from raylite._core.core_worker.task_execution.executing_call import CURRENT
from raylite.exceptions import RaySystemError

__all__ = ["refuse_own_calls"]


def refuse_own_calls(core: Any, actor: Any, waited_for: Entry | Sequence[Entry]) -> None:
    """Refuse a wait without a limit that can never end.

    Args:
        core: the process's core worker.
        actor: the :class:`.ActorInstance` whose code waits, maybe.
        waited_for: one entry, or several all of which are wanted.

    Raises:
        RaySystemError: if one of them is a call to this actor that cannot begin.
    """
    own = core.actors.known(actor.actor_id)
    if own is None or not _is_only_lane(actor):
        return
    for entry in [waited_for] if isinstance(waited_for, Entry) else waited_for:
        if isinstance(entry, OwnedEntry) and entry.payload is None:
            call = own.under_way(entry.seq)
            if call is not None:
                raise RaySystemError(_told(actor, call.name))


def _is_only_lane(actor: Any) -> bool:
    """Whether nothing else of the actor can run while this thread waits."""
    if threading.current_thread() is not threading.main_thread():
        return False
    return not actor.is_made or actor.lanes is None or actor.lanes.first() is None


def _told(actor: Any, waits_for: str) -> str:
    name = actor.class_name
    running = CURRENT.get()
    if not actor.is_made or running is None:
        return (
            f"Deadlock: {name}.__init__ waits for {waits_for}() of the same actor.\nThat cannot "
            f"begin before __init__ has returned. Write self.{waits_for}(...) instead."
        )
    return (
        f"Deadlock: {name}.{running.name} waits for {waits_for}() of the same actor.\nThat cannot "
        f"begin before {running.name} has returned.\nWrite self.{waits_for}(...), or let the actor "
        f"run several calls at a time:\n{name}.options(max_concurrency=2)."
    )
