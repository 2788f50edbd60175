"""The sentence on an actor's card: how it is, for how long, and what it waits for.

In Ray: ``death_cause`` of ``ray list actors``, and the warnings of the autoscaler.
"""

from typing import Final

from raylite._core.common.events import LeaseStateChanged
from raylite._core.common.states import ActorState, LeaseState, NodeState
from raylite.notebook.card.diagram_model import word_of
from raylite.notebook.live.words import amounts, one_line, span
from raylite.notebook.world.moment import Moment
from raylite.notebook.world.tables import Actor
from raylite.notebook.world.world import World

__all__ = ["sentence_of"]

_REASON: Final = 200
_SLIGHTLY: Final = 1e-6


def sentence_of(world: World, actor: Actor, moment: Moment, *, is_known: bool = True) -> str:
    """How the actor is.

    Args:
        world: what has happened.
        actor: of whom.
        moment: when.
        is_known: False for a handle of another session, of which this one knows nothing.
    """
    if not is_known:
        return (
            "Its session has ended, and the actor with it. Make a new one with "
            f"{one_line(actor.class_name, 60)}.remote()."
        )
    if moment.is_over and actor.state is not ActorState.DEAD:
        return f"It was {word_of(actor.state)[1]} until its session ended."
    since = span(moment.now_s - actor.life[-1].at_s) if actor.life else ""
    why = one_line(actor.why, _REASON).replace("`", "")
    match actor.state:
        case None:
            told = "Nothing was heard of it yet."
        case ActorState.DEPENDENCIES_UNREADY:
            told = (
                f"For {since} it has waited for an argument of its constructor: the call that "
                "makes it has not ended."
            )
        case ActorState.PENDING_CREATION:
            told = _pending(world, actor, since)
        case ActorState.ALIVE:
            told = f"It has been alive for {since}{_idle(actor)}."
        case ActorState.RESTARTING:
            because = f", because {_clause(why)}" if why else ""
            told = f"It has been restarting for {since}{because}. Calls wait meanwhile."
        case ActorState.DEAD:
            told = f"It is dead: {_clause(why)}." if why else "It is dead."
    return told


def _clause(why: str) -> str:
    return why.rstrip(". ")


def _idle(actor: Actor) -> str:
    return "" if actor.recent or actor.running or actor.num_pending else " and was never called"


def _pending(world: World, actor: Actor, since: str) -> str:
    lease = next(
        (
            one
            for one in world.leases.values()
            if one.actor_id == actor.actor_id and one.new is LeaseState.PENDING
        ),
        None,
    )
    if lease is None:
        return f"Its process has been starting, or its constructor running, for {since}."
    return f"For {since} it has waited for {_what_is_missing(world, lease)}"


def _what_is_missing(world: World, lease: LeaseStateChanged) -> str:
    """The end of the sentence, and one more that says what to do."""
    wanted = {name: number for name, number in lease.resources.items() if number}
    if not wanted:
        return "a worker process."
    told = amounts(wanted, "")
    alive = [one for one in world.nodes.values() if one.state is NodeState.ALIVE]
    if lease.group_id is None and not any(
        all(node.resources.get(name, 0) + _SLIGHTLY >= number for name, number in wanted.items())
        for node in alive
    ):
        return (
            f"{told}, which no node has: it will not start unless one is added. "
            "ray.kill(actor) calls it off."
        )
    used = {
        name: sum(
            one.resources.get(name, 0)
            for one in world.leases.values()
            if one.new is LeaseState.GRANTED
        )
        for name in wanted
    }
    total = {name: sum(node.resources.get(name, 0) for node in alive) for name in wanted}
    of = ", ".join(f"{used[name]:g} of {total[name]:g} {one_line(name, 30)}" for name in wanted)
    return f"{told}. In use: {of}."
