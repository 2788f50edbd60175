"""What each message of a creation means, in one sentence with its names and numbers.

In Ray: the comments of ``gcs_actor_manager.h`` and ``actor_task_submitter.cc``. The sentences say
what happened, not what could: each is made from a message that was sent.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from raylite._core.common.events import MessageSent
from raylite._core.common.states import ActorState
from raylite.notebook.flow.creation_facts_model import CreationFacts
from raylite.notebook.live.shown_words_model import actor_label, timed
from raylite.notebook.live.words import one_line, size

__all__ = ["Part", "Told", "cpus", "holding", "tell", "the"]

_SENTENCE: Final = 200
_INSIDE: Final = "this stays inside the head process"


class Part(IntEnum):
    """The four named steps, and what is outside of them."""

    REGISTRATION = 1
    SCHEDULING = 2
    BUFFERING = 3
    NOTIFICATION = 4
    END = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A message in words."""

    text: str
    part: Part
    kind: str = "message"
    """How its arrow is drawn."""


def the(title: str) -> str:
    """A process at the beginning of a sentence."""
    return f"The {title}" if title in {"driver", "worker"} else title[:1].upper() + title[1:]


def cpus(facts: CreationFacts) -> str:
    """What the actor holds, in words."""
    held = {key: amount for key, amount in facts.actor.resources.items() if amount}
    if not held:
        return "no resources"
    found = [f"{amount:g} {one_line(key, 20)}" for key, amount in sorted(held.items())]
    return ", ".join(found[:4]) + (" and more" if len(found) > 4 else "")  # noqa: PLR2004


def holding(facts: CreationFacts) -> str:
    """What the actor's worker holds, as the end of a sentence; nothing if it holds nothing."""
    return f" with {cpus(facts)}" if any(facts.actor.resources.values()) else ""


def tell(message: MessageSent, facts: CreationFacts) -> Told:
    """Say what a message means."""
    found = _TELLERS.get(message.kind)
    if found is None:
        return Told(text=f"{message.kind} is sent: {size(message.size_bytes)}.", part=Part.END)
    return found(message, facts)


def _register(message: MessageSent, facts: CreationFacts) -> Told:
    who, label = the(facts.titles.get(message.source_id, "driver")), actor_label(facts.actor)
    asks = "and waits for the answer, since the name may be taken"
    how = asks if facts.waits_for_name else "and goes on at once"
    return Told(
        text=f"{who} registers the actor {label} with the GCS {how}: {size(message.size_bytes)}.",
        part=Part.REGISTRATION,
    )


def _response(message: MessageSent, facts: CreationFacts) -> Told:
    asked = [one for one in facts.messages if one.target_id == message.source_id]
    before = [one for one in asked if one.sent_s <= message.sent_s and one.kind != "SubscribeActor"]
    kind = before[-1].kind if before else "RegisterActor"
    who = facts.titles.get(message.target_id, "driver")
    if kind != "RegisterActor":
        return Told(text=f"The GCS answers the {who}.", part=Part.END)
    took = timed(message.sent_s - before[-1].sent_s) if before else "a moment"
    is_free = bool(facts.life)
    said = "the name is free" if is_free else "the name is taken"
    return Told(
        text=f"The GCS answers after {took}: {said}. Only now the {who} goes on.",
        part=Part.REGISTRATION,
    )


def _ready(message: MessageSent, facts: CreationFacts) -> Told:
    who = the(facts.titles.get(message.source_id, "driver"))
    amount = size(message.size_bytes)
    return Told(
        text=(
            f"Every argument of __init__ has a value, so {_lower(who)} sends the class and the "
            f"call of __init__ to the GCS, which keeps them for restarts: {amount}."
        ),
        part=Part.SCHEDULING,
    )


def _request(_message: MessageSent, facts: CreationFacts) -> Told:
    return Told(
        text=f"The GCS asks a raylet for a worker{holding(facts)}; {_INSIDE}.",
        part=Part.SCHEDULING,
        kind="inside",
    )


def _leased(message: MessageSent, facts: CreationFacts) -> Told:
    created = [one for one in facts.messages if one.kind == "CreateActor"]
    after = [one for one in created if one.sent_s >= message.sent_s]
    pid = facts.pids.get(after[0].target_id) if after else None
    which = f"the worker with pid {pid}" if pid else "a worker"
    return Told(
        text=f"The raylet grants {which}: it is the actor's for as long as it lives; {_INSIDE}.",
        part=Part.SCHEDULING,
        kind="inside",
    )


def _rejected(_message: MessageSent, facts: CreationFacts) -> Told:
    why = one_line(facts.actor.why, _SENTENCE).rstrip(".")
    return Told(
        text=f"The raylet refuses for good{': ' + why if why else ''}.",
        part=Part.SCHEDULING,
        kind="bad",
    )


def _fork(message: MessageSent, _facts: CreationFacts) -> Told:
    return Told(
        text=(
            "No worker is free, so the raylet has the fork server fork one: "
            f"{size(message.size_bytes)}."
        ),
        part=Part.SCHEDULING,
    )


def _hello(message: MessageSent, facts: CreationFacts) -> Told:
    pid = facts.pids.get(message.source_id)
    which = f"The new worker, pid {pid}," if pid else "The new worker"
    return Told(
        text=f"{which} tells the raylet that it is there: {size(message.size_bytes)}.",
        part=Part.SCHEDULING,
    )


def _create(message: MessageSent, facts: CreationFacts) -> Told:
    pid = facts.pids.get(message.target_id)
    which = f"the worker with pid {pid}" if pid else "the worker"
    amount = size(message.size_bytes)
    return Told(
        text=f"The GCS sends {which} the class and the call of __init__: {amount}.",
        part=Part.SCHEDULING,
    )


def _finished(message: MessageSent, facts: CreationFacts) -> Told:
    return Told(
        text=(
            f"__init__ has returned{_took(message, facts)}; the worker tells the GCS: "
            f"{size(message.size_bytes)}."
        ),
        part=Part.SCHEDULING,
    )


def _failed(message: MessageSent, facts: CreationFacts) -> Told:
    why = one_line(facts.actor.why, _SENTENCE).rstrip(".")
    return Told(
        text=f"__init__ has raised{_took(message, facts)}{': ' + why if why else ''}.",
        part=Part.SCHEDULING,
        kind="bad",
    )


def _took(message: MessageSent, facts: CreationFacts) -> str:
    begun = [
        one.at_s
        for one in facts.messages
        if one.kind == "CreateActor" and one.at_s <= message.sent_s
    ]
    return f" after {timed(message.sent_s - begun[-1])}" if begun else ""


def _update(message: MessageSent, facts: CreationFacts) -> Told:
    who = facts.titles.get(message.target_id, "worker")
    states = [one for one in facts.life if one.at_s <= message.sent_s]
    state = states[-1].new if states else ActorState.DEPENDENCIES_UNREADY
    amount = size(message.size_bytes)
    if state is ActorState.ALIVE:
        address = "where it is reached; the handle keeps the address"
        return Told(
            text=f"The GCS tells the {who} that the actor is ALIVE and {address}: {amount}.",
            part=Part.NOTIFICATION,
            kind="news",
        )
    if state is ActorState.DEAD:
        return Told(
            text=f"The GCS tells the {who} that the actor is DEAD, and why: {amount}.",
            part=Part.NOTIFICATION,
            kind="bad",
        )
    part = Part.REGISTRATION if state is ActorState.DEPENDENCIES_UNREADY else Part.NOTIFICATION
    text = f"The GCS tells the {who}, which holds a handle, that it is {state.name}: {amount}."
    return Told(text=text, part=part, kind="news")


def _subscribe(message: MessageSent, facts: CreationFacts) -> Told:
    who = the(facts.titles.get(message.source_id, "worker"))
    amount = size(message.size_bytes)
    return Told(
        text=f"{who} was given a handle and asks the GCS for news of the actor: {amount}.",
        part=Part.NOTIFICATION,
    )


def _kill(message: MessageSent, facts: CreationFacts) -> Told:
    who = the(facts.titles.get(message.source_id, "driver"))
    return Told(text=f"{who} calls ray.kill: the GCS is told to end the actor.", part=Part.END)


def _out_of_scope(message: MessageSent, facts: CreationFacts) -> Told:
    who = the(facts.titles.get(message.source_id, "driver"))
    text = f"{who} tells the GCS that no handle is left anywhere, so the actor may end."
    return Told(text=text, part=Part.END)


def _exiting(_message: MessageSent, _facts: CreationFacts) -> Told:
    return Told(text="The actor tells the GCS that it ends on purpose.", part=Part.END)


def _died(message: MessageSent, facts: CreationFacts) -> Told:
    pid = facts.pids.get(message.about)
    which = f"the process {pid}" if pid else "the process"
    text = f"The raylet tells the GCS that {which} of the actor has ended; {_INSIDE}."
    return Told(text=text, part=Part.END, kind="bad")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


_TELLERS: Final = {
    "RegisterActor": _register,
    "Response": _response,
    "ActorDependenciesReady": _ready,
    "RequestWorkerLease": _request,
    "ActorWorkerLeased": _leased,
    "ActorLeaseRejected": _rejected,
    "ForkWorker": _fork,
    "Hello": _hello,
    "CreateActor": _create,
    "CreationFinished": _finished,
    "CreationFailed": _failed,
    "ActorUpdate": _update,
    "SubscribeActor": _subscribe,
    "KillActor": _kill,
    "ActorOutOfScope": _out_of_scope,
    "ActorExiting": _exiting,
    "WorkerDied": _died,
}
