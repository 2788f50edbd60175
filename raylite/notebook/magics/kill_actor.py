"""``%kill``: end an actor that is named by a word, and say what was done.

In Ray: ``ray.kill``, which wants a handle.
"""

from collections.abc import Mapping
from typing import Any

from raylite import _engine
from raylite._core.common.ids import ActorID
from raylite._core.common.states import ActorState
from raylite.actor import ActorHandle
from raylite.notebook.magics.actor_finder import find_actor

__all__ = ["kill"]


def kill(
    actor: ActorHandle | str, *, restart: bool = False, namespace: Mapping[str, Any] | None = None
) -> str:
    """End an actor's process, as ``raylite.kill`` does.

    Args:
        actor: a handle, or a word that :func:`.find_actor` understands.
        restart: whether it may start again, if it has restarts left.
        namespace: variables that ``actor`` may be one of.

    Returns:
        A line that says what was done.

    Raises:
        UnknownActorError: if there is no such actor.
    """
    if isinstance(actor, ActorHandle):
        found = find_actor("actor", {"actor": actor})
    else:
        found = find_actor(actor, namespace or {})
    if found.state is ActorState.DEAD:
        return f"{found.shown} was dead already."
    _engine.current().kill_actor(ActorID(found.actor_id), no_restart=not restart)
    if not restart:
        return f"Killed {found.shown}."
    if found.restarts_left:
        return f"Killed {found.shown}; it starts again."
    return f"Killed {found.shown}; it has no restarts left (max_restarts), so it stays dead."
