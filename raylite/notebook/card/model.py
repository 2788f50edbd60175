"""What the life-cycle card of an actor says: all words, numbers and places, without any drawing.

In Ray: the actor's page of the dashboard. Left out here: logs and flame graphs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from raylite._core.common.events import ActorStateChanged, TaskEnded
from raylite._core.common.ids import ActorID, NodeID
from raylite._core.common.states import ActorState, TaskState
from raylite.notebook.card.diagram_model import (
    Curve,
    Diagram,
    diagram_of,
    mailbox_curve,
    word_of,
)
from raylite.notebook.card.sentence_model import sentence_of
from raylite.notebook.live.shown_words_model import time_of, timed
from raylite.notebook.live.words import amounts, count, one_line, size, span
from raylite.notebook.world.moment import Moment
from raylite.notebook.world.tables import Actor
from raylite.notebook.world.world import World

__all__ = ["Call", "CardView", "Fact", "Known", "Method", "MethodRow", "Move", "Press", "card_view"]

_CALLS: Final = 8
_MOVES: Final = 6
_METHODS: Final = 12
_NAME: Final = 60
_REASON: Final = 140
_DOC: Final = 90
_SIGNATURE: Final = 90
_ID_DIGITS: Final = 8


@dataclass(frozen=True, slots=True)
class Method:
    """A method, as the class has it."""

    name: str
    signature: str
    """With its brackets."""
    doc: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of an actor without any event."""

    actor_id: ActorID
    class_name: str
    doc: str = ""
    methods: tuple[Method, ...] = ()
    is_of_this_session: bool = True


@dataclass(frozen=True, slots=True)
class Fact:
    """A number or a word, what it is, and a sentence about it."""

    label: str
    value: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """A step of its life."""

    at: str
    sign: str
    tone: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call that runs, or has ended."""

    method: str
    sign: str
    word: str
    waited: str
    took: str
    sizes: str
    at: str


@dataclass(frozen=True, slots=True)
class MethodRow:
    """A method, and how often it was called."""

    name: str
    signature: str
    doc: str
    calls: str


@dataclass(frozen=True, slots=True)
class Press:
    """A button."""

    label: str
    question: str
    is_enabled: bool
    why: str
    """What it does; or why it cannot be pressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """The card at one moment."""

    title: str
    name: str
    """Its own name, with quotes; empty if it has none."""
    id: str
    sign: str
    word: str
    tone: str
    state: str
    """Ray's word for it."""
    sentence: str
    doc: str
    diagram: Diagram
    mailbox: Curve
    facts: tuple[Fact, ...]
    counts: tuple[Fact, ...]
    moves: tuple[Move, ...]
    moves_before: str
    calls: tuple[Call, ...]
    calls_note: str
    methods: tuple[MethodRow, ...]
    methods_note: str
    buttons: tuple[Press, ...]
    is_over: bool

    def to_dict(self) -> dict[str, Any]:
        """For the browser."""
        return asdict(self)


def card_view(
    world: World, known: Known, moment: Moment, memory_bytes: int | None = None
) -> CardView:
    """The card of an actor.

    Args:
        world: what has happened.
        known: what its handle knows.
        moment: when.
        memory_bytes: what its process takes; None if that is not known.
    """
    actor = world.actors.get(known.actor_id) if known.is_of_this_session else None
    if actor is None:
        is_gone = moment.is_over or not known.is_of_this_session
        state = ActorState.DEAD if is_gone else None
        actor = Actor(known.actor_id, known.class_name, state=state)
    sign, word, tone = word_of(actor.state)
    is_over = moment.is_over or actor.state is ActorState.DEAD or not known.is_of_this_session
    called = _called(actor)
    return CardView(
        title=one_line(known.class_name, _NAME),
        name=f"“{one_line(actor.name, _NAME)}”" if actor.name else "",
        id=known.actor_id[:_ID_DIGITS],
        sign=sign,
        word=word,
        tone=tone,
        state="" if actor.state is None else actor.state.name,
        sentence=sentence_of(world, actor, moment, is_known=known.is_of_this_session),
        doc=one_line(known.doc, _DOC),
        diagram=diagram_of(actor.state, actor.life),
        mailbox=mailbox_curve(actor.depths, moment.now_s),
        facts=_facts(world, actor, memory_bytes),
        counts=_counts(actor),
        moves=tuple(_move(one) for one in actor.life[-_MOVES:]),
        moves_before=_before(len(actor.life) - _MOVES, "step"),
        calls=(*_running(actor, moment.now_s), *_ended(actor)),
        calls_note="" if called else "No call has ended yet.",
        methods=_methods(known.methods, actor.by_method),
        methods_note=_before(len(known.methods) - _METHODS, "more method"),
        buttons=_buttons(actor, is_over=is_over),
        is_over=is_over,
    )


def _called(actor: Actor) -> bool:
    return bool(actor.recent or actor.running)


def _before(number: int, noun: str) -> str:
    return f"and {count(number, noun)}{'' if 'more' in noun else ' before'}" if number > 0 else ""


def _facts(world: World, actor: Actor, memory_bytes: int | None) -> tuple[Fact, ...]:
    process = world.processes.get(actor.worker_id) if actor.worker_id is not None else None
    is_dead = actor.state is ActorState.DEAD
    pid = "-" if process is None or process.pid is None else str(process.pid)
    node = "-" if process is None else _node(world, process.node_id)
    memory = "-" if memory_bytes is None or is_dead else size(memory_bytes)
    lifetime = "detached" if actor.is_detached else "with its handles"
    return (
        Fact("process", f"{pid}{' (ended)' if is_dead and pid != '-' else ''}", "its process id"),
        Fact("node", node, "where the process is"),
        Fact("memory", memory, "its process's own part of the memory"),
        Fact("holds", amounts(actor.resources, "no CPU"), "as long as it lives"),
        Fact("restarts", _restarts(actor), "used, and how many are left"),
        Fact("lifetime", lifetime, "when it is ended"),
    )


def _node(world: World, node_id: NodeID) -> str:
    number = list(world.nodes).index(node_id) + 1 if node_id in world.nodes else 0
    place = f"{number} · " if len(world.nodes) > 1 and number else ""
    name = world.nodes[node_id].labels.get("name", "") if number else ""
    return f"{place}{one_line(name, 40) if name else node_id[:_ID_DIGITS]}"


def _restarts(actor: Actor) -> str:
    left = actor.restarts_left
    used = f"{actor.num_restarts:,} used"
    return f"{used}, no limit" if left is None else f"{used}, {left:,} left"


def _counts(actor: Actor) -> tuple[Fact, ...]:
    running = len(actor.running)
    pending = actor.num_pending
    waiting = max(0, pending - running)
    return (
        Fact("waiting", f"{waiting:,}", "calls that were made and have not begun"),
        Fact("running", f"{running:,}", "calls that run long enough to be seen"),
        Fact("done", f"{actor.num_finished:,}", "calls that have ended well"),
        Fact("failed", f"{actor.num_failed:,}", "calls that have ended with an error"),
    )


def _move(move: ActorStateChanged) -> Move:
    sign, word, tone = word_of(move.new)
    again = f" for the {_nth(move.num_restarts)} time" if _is_restart(move) else ""
    return Move(time_of(move.at_s), sign, tone, f"{word}{again}", one_line(move.why, _REASON))


def _is_restart(move: ActorStateChanged) -> bool:
    return move.new is ActorState.RESTARTING and move.num_restarts > 1


def _nth(number: int) -> str:
    tens = number % 100 // 10 == 1
    return f"{number:,}{'th' if tens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _running(actor: Actor, now_s: float) -> tuple[Call, ...]:
    newest = sorted(actor.running.values(), key=lambda one: one.at_s)[-_CALLS:]
    return tuple(
        Call(
            method=one_line(one.name.rpartition(".")[2], _NAME),
            sign="◔",
            word="runs",
            waited="",
            took=f"for {span(now_s - one.at_s)}",
            sizes="",
            at=time_of(one.at_s),
        )
        for one in reversed(newest)
    )


def _ended(actor: Actor) -> tuple[Call, ...]:
    return tuple(_call(one) for one in list(actor.recent)[: -_CALLS - 1 : -1])


def _call(one: TaskEnded) -> Call:
    is_failure = one.state is TaskState.FAILED
    has_run = one.ended_s > one.started_s
    sizes = " → ".join(size(number) for number in (one.args_bytes, one.result_bytes))
    return Call(
        method=one_line(one.name.rpartition(".")[2], _NAME),
        sign="✕" if is_failure else "✓",
        word=_outcome(one.error_type) if is_failure else "done",
        waited=timed(one.started_s - one.submitted_s) if has_run else "",
        took=timed(one.ended_s - one.started_s) if has_run else "",
        sizes=sizes if one.args_bytes or one.result_bytes else "",
        at=time_of(one.submitted_s),
    )


def _outcome(error_type: str | None) -> str:
    """Ray's word for what went wrong, as a person says it."""
    if error_type == "TASK_EXECUTION_EXCEPTION":
        return "raised"
    return one_line((error_type or "failed").replace("_", " ").lower(), 40)


def _methods(methods: Sequence[Method], by_method: Mapping[str, int]) -> tuple[MethodRow, ...]:
    # What is called comes first; private ones last.
    first = sorted(methods, key=lambda one: (-by_method.get(one.name, 0), one.name[:1] == "_"))
    return tuple(
        MethodRow(
            name=one_line(one.name, _NAME),
            signature=one_line(one.signature, _SIGNATURE),
            doc=one_line(one.doc, _DOC),
            calls=f"{by_method[one.name]:,}" if by_method.get(one.name) else "",
        )
        for one in first[:_METHODS]
    )


def _buttons(actor: Actor, *, is_over: bool) -> tuple[Press, ...]:
    left = actor.restarts_left
    kill = "ends its process at once; it is not started again, and calls that wait fail"
    restart = "ends its process; it is made anew with its first arguments, its state is lost"
    if is_over:
        kill = restart = "it has ended"
    elif left == 0:
        number = actor.max_restarts
        restart = (
            "it was made without restarts: A.options(max_restarts=1).remote() makes one with"
            if number == 0
            else f"no restarts are left: it was made with max_restarts={number}"
        )
    return (
        Press("Restart", "Press again to restart it", not is_over and left != 0, restart),
        Press("Kill", "Press again to kill it", not is_over, kill),
    )
