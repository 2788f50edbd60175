"""Which actor somebody means: by a variable of the notebook, a name, or the beginning of an id.

In Ray: nothing like it; its commands take whole ids.
"""

# ruff: noqa: SLF001  # an API's own names, in the same package

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from raylite import _engine
from raylite._core.common.states import ActorState
from raylite.actor import ActorHandle

__all__ = ["FoundActor", "UnknownActorError", "actor_words", "find_actor", "handles_in"]

_SHORTEST_ID: Final = 4
_MOST_NAMED: Final = 6


class UnknownActorError(LookupError):
    """No actor is meant by that, or several are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundActor:
    """An actor of the session."""

    actor_id: str
    class_name: str
    name: str
    """Empty if it was given none."""
    state: ActorState
    pid: int | None
    restarts_left: int
    """-1: without limit."""
    variable: str = ""
    """By which it was found; empty if it was found otherwise."""

    @property
    def shown(self) -> str:
        """For people: ``Counter 'acc' (pid 17)``."""
        name = f" '{self.name}'" if self.name else f" in {self.variable}" if self.variable else ""
        return f"{self.class_name}{name}{f' (pid {self.pid})' if self.pid else ''}"


def find_actor(word: str, namespace: Mapping[str, Any]) -> FoundActor:
    """The actor that is meant.

    Args:
        word: a variable that holds a handle, an actor's name, its class if it is the only one of
            that class alive, or at least four digits of its id.
        namespace: the user's variables.

    Raises:
        UnknownActorError: if there is none, or more than one; it says what there is.
    """
    engine = _engine.get_or_none()
    if engine is None or engine.over:
        msg = "there is no session, so there are no actors: raylite.init() starts one."
        raise UnknownActorError(msg)
    actors = [_found(row) for row in engine.state("actors")]
    held = namespace.get(word)
    if isinstance(held, ActorHandle):
        return _by_handle(word, held, actors)
    for found in (
        [one for one in actors if one.name == word],
        [one for one in actors if one.class_name == word],
        [one for one in actors if len(word) >= _SHORTEST_ID and one.actor_id.startswith(word)],
    ):
        living = [one for one in found if one.state is not ActorState.DEAD] or found[-1:]
        if len(living) > 1:
            raise UnknownActorError(_ambiguous(word, living))
        if living:
            return living[0]
    raise UnknownActorError(_unknown(word, actors, namespace))


def handles_in(namespace: Mapping[str, Any]) -> dict[str, ActorHandle]:
    """The user's variables that hold handles."""
    return {
        name: value
        for name, value in list(namespace.items())
        if not name.startswith("_") and isinstance(value, ActorHandle)
    }


def actor_words(namespace: Mapping[str, Any], *, ids: bool = True) -> list[str]:
    """By which words living actors can be named: variables, names, then ids without either.

    Args:
        namespace: the user's variables.
        ids: whether ids are wanted.
    """
    engine = _engine.get_or_none()
    if engine is None or engine.over:
        return []
    actors = [_found(row) for row in engine.state("actors")]
    living = {one.actor_id: one for one in actors if one.state is not ActorState.DEAD}
    handles = {
        name: handle._ray_actor_id
        for name, handle in handles_in(namespace).items()
        if handle._ray_actor_id in living
    }
    names = [one.name for one in living.values() if one.name]
    if not ids:
        return list(dict.fromkeys([*handles, *names]))
    known = {*handles.values(), *(one.actor_id for one in living.values() if one.name)}
    others = [one.actor_id[:8] for one in living.values() if one.actor_id not in known]
    return list(dict.fromkeys([*handles, *names, *others]))


def _by_handle(word: str, handle: ActorHandle, actors: Sequence[FoundActor]) -> FoundActor:
    actor_id = handle._ray_actor_id
    for one in actors:
        if one.actor_id == actor_id:
            return replace(one, variable=word)
    msg = f"{word} holds a handle of another session, which is over."
    raise UnknownActorError(msg)


def _found(row: Mapping[str, Any]) -> FoundActor:
    state = ActorState[row["state"]]
    return FoundActor(
        actor_id=str(row["actor_id"]),
        class_name=str(row["class_name"]),
        name=str(row["name"] or ""),
        state=state,
        pid=row["pid"] if state is not ActorState.DEAD else None,
        restarts_left=row["restarts_left"],
    )


def _ambiguous(word: str, living: Sequence[FoundActor]) -> str:
    which = ", ".join(f"{one.actor_id[:8]} (pid {one.pid})" for one in living[:_MOST_NAMED])
    return f"{word} may be any of {len(living)} actors: write the beginning of an id: {which}."


def _unknown(word: str, actors: Sequence[FoundActor], namespace: Mapping[str, Any]) -> str:
    words = actor_words(namespace)
    near = difflib.get_close_matches(word, [*words, *(one.class_name for one in actors)], n=1)
    if near:
        return f"there is no actor {word}. Did you mean {near[0]}?"
    if not words:
        return f"there is no actor {word}: none is alive."
    more = f" and {len(words) - _MOST_NAMED} more" if len(words) > _MOST_NAMED else ""
    return f"there is no actor {word}. There are {', '.join(words[:_MOST_NAMED])}{more}."
