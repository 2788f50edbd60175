"""How an actor was created, as a flow: registration, scheduling, buffering, notification.

In Ray: the life of an actor's creation in ``gcs_actor_manager.h``. Lanes are the owner (driver or
worker), the GCS, the raylet, and the worker that becomes the actor; the fork server is a part of
the last two. Other processes that hold a handle share a lane, which is there if there are any.
"""

from typing import Final

from raylite._core.common.events import ActorStateChanged, MessageSent
from raylite._core.common.states import ActorState
from raylite.notebook.flow.builder_model import (
    ARROW_PX,
    END_PX,
    MARK_PX,
    SMALL_PX,
    FlowBuilder,
)
from raylite.notebook.flow.calls_model import CallPick
from raylite.notebook.flow.creation_buffer_model import tell_calls
from raylite.notebook.flow.creation_facts_model import CreationFacts, creation_calls, creation_facts
from raylite.notebook.flow.creation_parts_model import parts_of
from raylite.notebook.flow.creation_words_model import Part, cpus, holding, tell, the
from raylite.notebook.flow.model import FlowView
from raylite.notebook.live.shown_words_model import actor_label, timed
from raylite.notebook.live.words import count, one_line, size
from raylite.notebook.world.tables import Actor
from raylite.notebook.world.world import World

__all__ = ["creation_flow_of", "creation_view"]

_REASON: Final = 160
_ENDS: Final = {"good": ActorState.ALIVE, "bad": ActorState.DEAD}


def creation_view(world: World, actor: Actor, calls: CallPick | None = None) -> FlowView:
    """The creation of an actor, as far as it is known.

    Args:
        world: all that is known.
        actor: one of its actors.
        calls: the actor's first calls, from :func:`.creation_calls`; it is brought up to date.
    """
    pick = calls if calls is not None else creation_calls(actor.actor_id)
    pick.look(world)
    return creation_flow_of(creation_facts(world, actor, pick.calls))


def creation_flow_of(facts: CreationFacts) -> FlowView:
    """The flow of these facts."""
    builder = FlowBuilder("creation", _lanes(facts))
    # What happened at the same time keeps the order: told, entered in the table, passed on.
    happened: list[tuple[float, int, MessageSent | ActorStateChanged]] = [
        *((one.sent_s, 0, one) for one in facts.messages),
        *((one.at_s, 1, one) for one in facts.life),
    ]
    begun: dict[str, int] = {}
    for _, _, one in sorted(happened, key=lambda told: told[:2]):
        if isinstance(one, MessageSent):
            _add_message(builder, facts, one, begun)
        else:
            _add_state(builder, one)
    tell_calls(builder, facts)
    _add_open_ends(builder, facts, begun)
    label = actor_label(facts.actor)
    return builder.built(
        f"How {label} was created",
        _subtitle(facts),
        phases=parts_of(facts),
        note=_note(facts),
    )


def _lanes(facts: CreationFacts) -> list[tuple[str, str, str, str]]:
    owner_id = str(facts.actor.owner_id or "")
    title = facts.titles.get(owner_id, "driver")
    role = "creator" if facts.actor.is_detached else "owner"
    place = f"{role} · pid {facts.pids[owner_id]}" if owner_id in facts.pids else role
    pids = [str(facts.pids[one]) for one in sorted(facts.worker_ids) if one in facts.pids]
    lives = _lives(pids)
    lanes = [
        ("owner", title, place, "driver" if title == "driver" else "worker"),
        ("gcs", "GCS", "actors and names", "gcs"),
        ("raylet", "raylet", "workers and resources", "raylet"),
        ("worker", "worker", lives, "worker"),
    ]
    others = {
        process
        for one in facts.messages
        for process in (one.source_id, one.target_id)
        if facts.lane_of(process) == "others"
    } | {str(one.owner_id) for one in facts.calls if facts.lane_of(one.owner_id) == "others"}
    if others:
        lanes.append(("others", "others", count(len(others), "handle holder"), "worker"))
    return lanes


def _lives(pids: list[str]) -> str:
    """Where the actor lives, and has lived, as far as there is room for it."""
    if len(pids) > 2:  # noqa: PLR2004
        return f"{len(pids)} in turn"
    return f"pid {', '.join(pids)}" if pids else "no process"


def _add_message(
    builder: FlowBuilder, facts: CreationFacts, message: MessageSent, begun: dict[str, int]
) -> None:
    told = tell(message, facts)
    source, target = facts.lane_of(message.source_id), facts.lane_of(message.target_id)
    sent = builder.moment(message.sent_s, ARROW_PX)
    is_inside = message.size_bytes == 0
    taken = sent if is_inside else builder.moment(max(message.at_s, message.sent_s), END_PX)
    builder.step(sent, told.text, told.part)
    took = message.at_s - message.sent_s
    on_its_way = f" It was taken {timed(took)} later." if took > 0 else ""
    if source == target:
        return  # Between two holders, or a process that is not known: the sentence is enough.
    builder.arrow(
        (sent, taken),
        (source, target),
        _LABELS.get(message.kind, one_line(message.kind, 30)),
        kind="inside" if is_inside and told.kind == "message" else told.kind,
        detail="" if is_inside else size(message.size_bytes),
        said=f"{message.kind}: {told.text}{on_its_way}",
    )
    _add_bars(builder, facts, message, (sent, taken), begun)


def _add_bars(
    builder: FlowBuilder,
    facts: CreationFacts,
    message: MessageSent,
    moments: tuple[int, int],
    begun: dict[str, int],
) -> None:
    """What a message begins or ends that takes a while."""
    sent, taken = moments
    match message.kind:
        case "RegisterActor" if facts.waits_for_name:
            begun["waits for the answer"] = sent
        case "Response" if "waits for the answer" in begun:
            label = "waits for the answer"
            said = "The creator stands still: the name may be taken."
            builder.bar((begun.pop(label), taken), "owner", "waits", kind="blocked", said=said)
        case "CreateActor":
            begun["__init__"] = taken
        case "CreationFinished" | "CreationFailed" if "__init__" in begun:
            kind = "running" if message.kind == "CreationFinished" else "failed"
            ran = (begun.pop("__init__"), sent)
            builder.bar(ran, "worker", "__init__", kind=kind, said="The constructor runs.")
        case _:
            pass


def _add_state(builder: FlowBuilder, change: ActorStateChanged) -> None:
    kind = next((kind for kind, state in _ENDS.items() if change.new is state), "state")
    moment = builder.moment(change.at_s, MARK_PX)
    said = _said_of(change)
    parts = {
        ActorState.DEPENDENCIES_UNREADY: Part.REGISTRATION,
        ActorState.PENDING_CREATION: Part.SCHEDULING,
        ActorState.ALIVE: Part.NOTIFICATION,
        ActorState.RESTARTING: Part.END,
        ActorState.DEAD: Part.END,
    }
    builder.step(moment, said, parts[change.new])
    builder.mark(moment, "gcs", change.new.name, kind=kind, said=said)


def _said_of(change: ActorStateChanged) -> str:
    why = one_line(change.why, _REASON).rstrip(".")
    match change.new:
        case ActorState.DEPENDENCIES_UNREADY:
            return "The GCS enters the actor in its table as DEPENDENCIES_UNREADY."
        case ActorState.PENDING_CREATION:
            return f"The actor is PENDING_CREATION: {why}; what it still needs is a worker."
        case ActorState.ALIVE:
            return "The actor is ALIVE: __init__ has returned, and the GCS knows where it is."
        case _:
            return f"The actor is {change.new.name}{': ' + why if why else ''}."


def _add_open_ends(builder: FlowBuilder, facts: CreationFacts, begun: dict[str, int]) -> None:
    """What has not come to its end yet, or never will."""
    actor = facts.actor
    if "__init__" in begun and actor.state is not ActorState.DEAD:
        said = "The constructor still runs."
        builder.bar((begun["__init__"], None), "worker", "__init__", kind="running", said=said)
    if actor.state in {ActorState.ALIVE, ActorState.DEAD, None}:
        return
    moment = builder.moment(facts.now_s, SMALL_PX)
    since_s = actor.life[-1].at_s if actor.life else facts.began_s
    waited = timed(max(facts.now_s - since_s, 0.0))
    if actor.state is ActorState.DEPENDENCIES_UNREADY:
        who = the(facts.titles.get(str(actor.owner_id or ""), "driver"))
        who = who[:1].lower() + who[1:]
        text = f"For {waited} {who} has been waiting for an argument of __init__."
        builder.step(moment, text, Part.SCHEDULING)
    elif "__init__" in begun:
        builder.step(
            moment, f"For {waited} the actor has been {actor.state.name}.", Part.SCHEDULING
        )
    else:
        builder.step(
            moment,
            f"For {waited} no raylet has had a worker{holding(facts)} to give: the actor stays "
            f"{actor.state.name}.",
            Part.SCHEDULING,
        )


def _subtitle(facts: CreationFacts) -> str:
    actor = facts.actor
    alive = [one.at_s for one in actor.life if one.new is ActorState.ALIVE]
    kind = "detached actor" if actor.is_detached else "actor"
    how = "registered synchronously" if facts.waits_for_name else "registered asynchronously"
    if alive:
        end = f"ALIVE after {timed(max(alive[0] - facts.began_s, 0.0))}"
    else:
        end = f"never ALIVE: {actor.state.name if actor.state else 'not heard of yet'}"
    restarts = f" · {count(actor.num_restarts, 'restart')}" if actor.num_restarts else ""
    return f"{kind} · {how} · holds {cpus(facts)} · {end}{restarts}"


def _note(facts: CreationFacts) -> str:
    notes = []
    if facts.num_messages_hidden:
        hidden = count(facts.num_messages_hidden, "message")
        notes.append(f"{hidden} in the middle of its life are not drawn.")
    if not facts.messages:
        notes.append(
            "The messages are not recorded any more, or never were: Ray tells of none, and "
            "RAYLITE_TASK_EVENTS=0 turns them off."
        )
    elif any(one.size_bytes == 0 for one in facts.messages):
        notes.append("Dashed: nothing is sent, since GCS and raylet are parts of the head process.")
    return " ".join(notes)


_LABELS: Final = {"Response": "answer", "Hello": "Hello", "ForkWorker": "ForkWorker"}
