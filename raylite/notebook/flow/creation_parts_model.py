"""The four named steps of a creation, each summed up in a sentence.

In Ray: registration, scheduling, buffering and notification, as courses name them.
"""

from raylite._core.common.events import MessageSent
from raylite._core.common.states import ActorState
from raylite.notebook.flow.creation_facts_model import CreationFacts
from raylite.notebook.flow.creation_words_model import holding, the
from raylite.notebook.live.shown_words_model import timed
from raylite.notebook.live.words import count, one_line

__all__ = ["parts_of"]

_REASON = 120


def parts_of(facts: CreationFacts) -> list[tuple[str, str]]:
    """Title and sentence of each step, in order."""
    return [
        ("Registration", _registration(facts)),
        ("Scheduling", _scheduling(facts)),
        ("Buffering", _buffering(facts)),
        ("Notification", _notification(facts)),
    ]


def _first(facts: CreationFacts, kind: str) -> MessageSent | None:
    return next((one for one in facts.messages if one.kind == kind), None)


def _owner(facts: CreationFacts) -> str:
    return facts.titles.get(str(facts.actor.owner_id or ""), "driver")


def _registration(facts: CreationFacts) -> str:
    who, told = the(_owner(facts)), _first(facts, "RegisterActor")
    if not facts.waits_for_name:
        return f"{who} told the GCS of the actor and went on at once: asynchronous."
    answer = _first(facts, "Response")
    if told is None or answer is None:
        return f"{who} waits for the GCS's answer, since the name may be taken: synchronous."
    took = timed(answer.sent_s - told.sent_s)
    return f"{who} waited {took} for the GCS to say that the name was free: synchronous."


def _scheduling(facts: CreationFacts) -> str:
    actor = facts.actor
    alive = next((one for one in actor.life if one.new is ActorState.ALIVE), None)
    asked = _first(facts, "RequestWorkerLease")
    if alive is not None:
        pid = facts.pids.get(str(alive.worker_id or ""))
        where = f"process {pid}" if pid else "a worker"
        begin_s = asked.sent_s if asked is not None else facts.began_s
        took = timed(max(alive.at_s - begin_s, 0.0))
        return f"A raylet gave the actor {where}{holding(facts)}; __init__ had run after {took}."
    if actor.state is ActorState.DEAD:
        why = one_line(actor.why, _REASON).rstrip(".")
        return f"It came to nothing: {why}." if why else "It came to nothing."
    if actor.state is ActorState.DEPENDENCIES_UNREADY:
        return "It has not begun: an argument of __init__ has no value yet."
    if _first(facts, "CreateActor") is not None:
        return "A worker was found; __init__ is running."
    return f"No raylet has had a worker{holding(facts)} to give so far."


def _buffering(facts: CreationFacts) -> str:
    early = facts.early
    waiting = sum(one.queued for one in facts.actor.waiting_for.values())
    if not early and not waiting:
        return "No call was made before the address was known, so none had to wait."
    if not early:
        return f"{_calls(waiting)} in the queue of the caller until the actor is ALIVE."
    ended_s = [one.sent_s if one.worker_id is not None else one.at_s for one in early]
    longest_s = max(end_s - one.submitted_s for one, end_s in zip(early, ended_s, strict=True))
    made = f"{count(len(early), 'call')} {'was' if len(early) == 1 else 'were'} made before"
    return (
        f"{made} the address was known, and waited in the caller's queue, up to {timed(longest_s)}."
    )


def _calls(number: int) -> str:
    return f"{count(number, 'call')} {'waits' if number == 1 else 'wait'}"


def _notification(facts: CreationFacts) -> str:
    alive = next((one for one in facts.life if one.new is ActorState.ALIVE), None)
    if alive is None:
        if facts.actor.state is ActorState.DEAD:
            return "The GCS told all who hold a handle that the actor is DEAD; their calls fail."
        return "The GCS will tell all who hold a handle where the actor is reached."
    told = {
        one.target_id
        for one in facts.messages
        if one.kind == "ActorUpdate" and one.sent_s >= alive.at_s
    }
    if not told:  # Nobody has recorded whom.
        return "The GCS tells all who hold a handle where the actor is; calls go straight there."
    holders = "1 process, which holds" if len(told) == 1 else f"{len(told)} processes, which hold"
    return f"The GCS told {holders} a handle, where the actor is; calls go straight there."
