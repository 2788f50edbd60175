"""``raylite.watch``: what an actor does, below the cell, while it does it.

In Ray: nothing like it.
"""

# ruff: noqa: SLF001  # an API's own names, in the same package

from collections.abc import Mapping
from typing import Any

from IPython.core.getipython import get_ipython

from raylite._core.common.ids import ActorID
from raylite.actor import ActorHandle
from raylite.notebook.card.card import ActorCard
from raylite.notebook.card.methods import known_of
from raylite.notebook.card.model import Known
from raylite.notebook.dashboard.dashboard import Dashboard
from raylite.notebook.live.at_once import AtOnce, require_session
from raylite.notebook.live.shown_words_model import shortened
from raylite.notebook.live.view import LiveView
from raylite.notebook.magics.actor_finder import FoundActor, find_actor, handles_in

__all__ = ["watch_actor"]


def watch_actor(*actors: ActorHandle | str) -> LiveView:
    """Show an actor's card, or a table of several actors, below the running cell.

    Args:
        actors: handles, names, or ids; none: all actors there are and will be.

    Returns:
        The view; in a terminal, its text.

    Raises:
        RuntimeError: if all are to be watched and there is no session.
        TypeError: if one is no handle and no name.
        UnknownActorError: if a name is nobody's.
    """
    if len(actors) == 1:
        card: LiveView = _Card(_known(actors[0])).now()
        return card
    require_session("actor to watch")
    ids = frozenset(_actor_id(one) for one in actors) if actors else None
    table: LiveView = Dashboard(("actors",), ids).now()
    return table


class _Card(AtOnce, ActorCard):
    """An actor's card, shown as soon as it is made."""


def _known(actor: Any) -> Known:
    """What is known of an actor without asking; of one that is named, what a variable knows."""
    if isinstance(actor, ActorHandle):
        return known_of(actor)
    found = _found(actor)
    for handle in handles_in(_variables()).values():
        if handle._ray_actor_id == found.actor_id:
            return known_of(handle)
    return Known(actor_id=ActorID(found.actor_id), class_name=found.class_name)


def _actor_id(actor: Any) -> str:
    if isinstance(actor, ActorHandle):
        return str(actor._ray_actor_id)
    return _found(actor).actor_id


def _found(actor: Any) -> FoundActor:
    if not isinstance(actor, str):
        msg = (
            f"watch() takes handles of actors, or their names; it got {shortened(repr(actor))} of "
            f"type {type(actor).__name__}. Write watch(counter) for what Counter.remote() returned."
        )
        raise TypeError(msg)
    return find_actor(actor, _variables())


def _variables() -> Mapping[str, Any]:
    shell = get_ipython()
    return {} if shell is None else shell.user_ns
