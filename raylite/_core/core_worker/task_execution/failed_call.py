"""What there is to tell of a call that failed: its arguments, and the actor it was in.

In Ray: nothing like it. Nothing of this is made for a call that succeeds: what it takes is still
there when one fails.
"""

from collections.abc import Mapping
from typing import Any

from raylite._core.common.short_repr import short_call, short_repr
from raylite._core.common.states import ActorState
from raylite._core.rpc.peer_messages import CreateActor

__all__ = ["actor_told", "called_as", "several_values"]


def called_as(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str | None:
    """The call as it was made, in short; None if the user's code does not let it be told."""
    try:
        return short_call(name, args, kwargs)
    except BaseException:  # A __repr__ of the user's may even want to end the process.
        return None


def several_values(value: Any, num_returns: int) -> list[Any]:
    """What a call has returned, one value for each of its refs.

    Raises:
        TypeError: if it is one value, not several.
        ValueError: if there are more or fewer.
    """
    if not hasattr(value, "__iter__") and not hasattr(value, "__getitem__"):
        msg = (
            f"Task returned {short_repr(value)} of type {type(value).__name__}, but "
            f"num_returns={num_returns}: it has to return {num_returns} values, as a tuple or list."
        )
        raise TypeError(msg)
    values = list(value)
    if len(values) != num_returns:
        msg = f"Task returned {len(values)} objects, but num_returns={num_returns}."
        raise ValueError(msg)
    return values


def actor_told(actor: CreateActor, state: ActorState, num_failed: int) -> str:
    """Which actor it is, and how it is.

    Args:
        actor: what it was made from.
        state: its own.
        num_failed: calls of it that have failed since it was made, or restarted.
    """
    name = f" {short_repr(actor.name)}" if actor.name else ""
    known = [state.name]
    if actor.max_restarts > 0:
        known.append(f"{actor.num_restarts} of {actor.max_restarts} restarts used")
    elif actor.num_restarts:
        known.append(f"restarted {_times(actor.num_restarts)}")
    if num_failed > 1:
        known.append(f"{num_failed} calls failed so far")
    return f"{actor.class_name}{name}: {', '.join(known)}"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
