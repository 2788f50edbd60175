"""How calls went from their submitters to an actor and back, as a flow.

In Ray: ``actor_task_submitter.h``, ``task_receiver.h``. Lanes are the submitters, the actor's
mailbox and the actor; of tasks, and of calls of several actors, the processes that ran them. A
call is a token: it waits at its submitter, travels, waits in the mailbox, runs, and is answered.
"""

from typing import Final

from raylite._core.common.events import MessageSent, TaskStateChanged
from raylite._core.common.states import TaskState
from raylite.notebook.flow.builder_model import ARROW_PX, END_PX, SMALL_PX, FlowBuilder, Stay
from raylite.notebook.flow.calls_model import CallPick
from raylite.notebook.flow.model import MAX_ARROWS, FlowView, How
from raylite.notebook.flow.submission_facts_model import (
    Call,
    Held,
    SubmissionFacts,
    submission_facts,
)
from raylite.notebook.flow.submission_words_model import Part, WordsOf, parts_of
from raylite.notebook.live.shown_words_model import actor_label, call_label, timed
from raylite.notebook.live.words import count, size
from raylite.notebook.world.world import World

__all__ = ["MOST_CALLS", "submission_flow_of", "submission_view"]

MOST_CALLS: Final = MAX_ARROWS // 2
"""Each has two arrows."""
_MANY: Final = 40
"""Where there may be more calls, they are drawn closer together."""
_CLOSER: Final = 0.94
_WAITS: Final = {
    Held.ACTOR: "waiting",
    Held.ARGUMENT: "held",
    Held.BEHIND: "waiting",
    Held.LEASE: "waiting",
    Held.NOT: "waiting",
}


def submission_view(world: World, pick: CallPick, title: str = "") -> FlowView:
    """The submission of the calls that are picked.

    Args:
        world: all that is known.
        pick: which calls, :data:`MOST_CALLS` at most; it is brought up to date.
        title: what stands above; empty: whose calls they are.
    """
    return submission_flow_of(submission_facts(world, pick), title)


def submission_flow_of(facts: SubmissionFacts, title: str = "") -> FlowView:
    """The flow of these facts."""
    raylet = [("raylet", "raylet", "workers and resources", "raylet")] if facts.leases else []
    builder = FlowBuilder("submission", [*facts.submitters, *raylet, *facts.executors])
    _Teller(builder, facts).tell()
    whose = f"Calls of {actor_label(facts.actor)}" if facts.actor is not None else "Calls and tasks"
    if not facts.calls and not facts.open:
        return builder.built(title or whose, "no calls yet", note="No call was made so far.")
    return builder.built(
        title or f"{whose}, from submission to reply",
        _subtitle(facts),
        phases=parts_of(facts),
        note=_note(facts),
    )


def _subtitle(facts: SubmissionFacts) -> str:
    failed = sum(one.event.error_type is not None for one in facts.calls)
    parts = [count(facts.total, "call")]
    if failed:
        parts.append(f"{failed:,} failed")
    if facts.open:
        parts.append(f"{len(facts.open):,} not ended yet")
    return " · ".join(parts)


def _note(facts: SubmissionFacts) -> str:
    hidden = facts.total - len(facts.calls)
    if hidden <= 0:
        return ""
    were = "earlier call is" if hidden == 1 else "earlier calls are"
    return f"{hidden:,} {were} not drawn, only the newest {len(facts.calls):,}."


class _Teller:
    """Tells the story of each call to the builder."""

    def __init__(self, builder: FlowBuilder, facts: SubmissionFacts) -> None:
        self._builder, self._facts = builder, facts
        self._words = WordsOf(facts)
        self._closer = _CLOSER if facts.room > _MANY else 1.0
        self._arrives = "mailbox" if facts.actor is not None else ""
        self._counts: list[tuple[float, int, str, int]] = []

    def tell(self) -> None:
        """All calls, then those that have not ended."""
        for call in self._facts.calls:
            self._call(call)
        for message in self._facts.leases:
            self._lease(message)
        for one in self._facts.open:
            self._open(one)
        self._tallies()

    def _moment(self, at_s: float, room_px: float) -> int:
        return self._builder.moment(at_s, room_px * self._closer)

    def _call(self, call: Call) -> None:
        builder, event = self._builder, call.event
        is_held = call.held is not Held.NOT
        come = self._moment(event.submitted_s, SMALL_PX if is_held else ARROW_PX)
        builder.step(come, self._words.submitted(call), Part.QUEUE)
        self._note(event.submitted_s, come, call.submitter, 1)
        if not call.was_sent:
            self._failed_unsent(call, come)
            return
        sent = come
        if is_held:
            sent = self._moment(event.sent_s, ARROW_PX)
            builder.step(sent, self._words.sent(call), Part.QUEUE)
            said = f"Call {call.number}: {call.held.value}."
            builder.bar((come, sent), call.submitter, "", kind=_WAITS[call.held], said=said)
        self._note(event.sent_s, sent, call.submitter, -1)
        self._run(call, come, sent, self._moment(max(event.sent_s, event.submitted_s), END_PX))

    def _run(self, call: Call, come: int, sent: int, arrive: int) -> None:
        builder, event = self._builder, call.event
        place = self._arrives or call.executor
        builder.arrow(
            (sent, arrive),
            (call.submitter, place),
            f"{call.number} {call.method}",
            kind="call",
            detail=size(event.args_bytes) if event.args_bytes else "",
            said=self._words.sent(call) if sent != come else self._words.submitted(call),
        )
        start = self._moment(event.started_s, SMALL_PX)
        builder.step(start, self._words.started(call), Part.EXECUTION)
        end = self._moment(event.ended_s, ARROW_PX)
        waited = timed(event.started_s - event.sent_s)
        if self._arrives:
            said = f"Call {call.number} waited {waited} in the mailbox."
            builder.bar((arrive, start), place, "", kind="waiting", said=said)
        is_failure = event.error_type is not None
        ran = f"Call {call.number}: {call.method} ran for {timed(event.ended_s - event.started_s)}."
        kind = "failed" if is_failure else "running"
        builder.bar((start, end), call.executor, "", kind=kind, said=ran)
        replied = self._moment(event.at_s, END_PX)
        told = self._words.replied(call)
        builder.step(end, told, Part.REPLY)
        builder.arrow(
            (end, replied),
            (call.executor, call.submitter),
            f"{'error of' if is_failure else 'reply to'} {call.number}",
            kind="bad" if is_failure else "reply",
            detail=size(event.result_bytes) if event.result_bytes else "",
            said=told,
        )
        self._note(event.sent_s, arrive, place, 1)
        self._note(event.started_s, start, place, -1)
        ended = How.FAILED if is_failure else How.SUCCEEDED
        stays = [
            Stay(lane=call.submitter, come=come, go=sent, how=How.WAITS),
            Stay(lane=place, come=arrive, go=start, how=How.WAITS),
            Stay(lane=call.executor, come=start, go=end, how=How.RUNS),
            Stay(lane=call.submitter, come=replied, go=replied, how=ended),
        ]
        builder.token(str(call.number), f"Call {call.number}: {call.method}", stays)

    def _failed_unsent(self, call: Call, come: int) -> None:
        end = self._moment(call.event.at_s, SMALL_PX)
        self._builder.step(end, self._words.replied(call), Part.REPLY)
        said = f"Call {call.number} was never sent."
        self._builder.bar((come, end), call.submitter, "", kind="failed", said=said)
        self._note(call.event.at_s, end, call.submitter, -1)
        stays = [Stay(lane=call.submitter, come=come, go=end, how=How.WAITS)]
        self._builder.token(str(call.number), f"Call {call.number}: {call.method}", stays)

    def _lease(self, message: MessageSent) -> None:
        owner = next((key for key, *_ in self._facts.submitters), "")
        asked = message.kind == "RequestWorkerLease"
        sent = self._moment(message.sent_s, ARROW_PX)
        taken = self._moment(max(message.at_s, message.sent_s), END_PX)
        amount = size(message.size_bytes)
        text = {
            "RequestWorkerLease": f"The raylet is asked for a worker: {amount}.",
            "LeaseGranted": f"The raylet leases a worker and tells its address: {amount}.",
        }.get(message.kind, "The raylet refuses for good.")
        self._builder.step(sent, text, Part.ADDRESS)
        lanes = (owner, "raylet") if asked else ("raylet", owner)
        self._builder.arrow((sent, taken), lanes, message.kind, detail=amount, said=text)

    def _open(self, one: TaskStateChanged) -> None:
        builder = self._builder
        moment = self._moment(one.at_s, SMALL_PX)
        runs = one.new.name.startswith(TaskState.RUNNING.name)
        name, since = f"{call_label(one.name)}()", timed(max(self._facts.now_s - one.at_s, 0.0))
        lanes = [key for key in builder.lanes if key.endswith(one.worker_id)]
        lane = "actor" if runs and self._arrives else (lanes[0] if lanes else builder.lanes[-1])
        does = "has been running" if runs else f"waits ({one.new.name})"
        builder.step(moment, f"{name} {does} for {since} and has not ended.", Part.EXECUTION)
        kind = "running" if runs else "waiting"
        builder.bar((moment, None), lane, "", kind=kind, said=f"{name} {does}.")

    def _note(self, at_s: float, moment: int, lane: str, change: int) -> None:
        self._counts.append((at_s, moment, lane, change))

    def _tallies(self) -> None:
        """How many wait in each lane."""
        waiting: dict[str, int] = {}
        for _, moment, lane, change in sorted(self._counts):
            waiting[lane] = waiting.get(lane, 0) + change
            number = waiting[lane]
            self._builder.tally(lane, moment, f"{number:,} waiting" if number > 0 else "")
