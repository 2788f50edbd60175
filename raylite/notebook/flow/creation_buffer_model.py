"""Calls that were submitted before their actor was there: they wait, are sent together, and run.

In Ray: the queues of ``actor_task_submitter.h``. Calls that were submitted one right after the
other, with nothing else between, are one step; each is a token of its own.
"""

from collections.abc import Callable, Iterable
from typing import Final

from raylite._core.common.events import TaskEnded
from raylite._core.common.states import ActorState
from raylite.notebook.flow.builder_model import ARROW_PX, END_PX, SMALL_PX, FlowBuilder, Stay
from raylite.notebook.flow.creation_facts_model import CreationFacts
from raylite.notebook.flow.creation_words_model import Part, the
from raylite.notebook.flow.model import How
from raylite.notebook.live.shown_words_model import call_label, timed
from raylite.notebook.live.words import count, size

__all__ = ["names_of", "tell_calls"]

MAX_CALLS: Final = 60
_NAMES: Final = 3
_PAUSE_S: Final = 0.01
"""Between calls that are told of together."""
_SUBMITTERS: Final = ("owner", "others")
"""Lanes of those whose calls wait. One that an actor makes to itself cannot wait for it."""


def names_of(calls: Iterable[TaskEnded]) -> str:
    """The methods that were called, each once: ``add, remove and more``."""
    names = list(dict.fromkeys(_method(one) for one in calls))
    return ", ".join(names[:_NAMES]) + (" and more" if len(names) > _NAMES else "")


def tell_calls(builder: FlowBuilder, facts: CreationFacts) -> None:
    """Add the calls that waited for the actor, and say how many wait at the moment."""
    early = [one for one in facts.early if facts.lane_of(one.owner_id) in _SUBMITTERS][:MAX_CALLS]
    _tell_waiting(builder, facts)
    if not early:
        return
    told: dict[str, dict[str, int]] = {}
    for lane in _SUBMITTERS:
        mine = [one for one in early if facts.lane_of(one.owner_id) == lane]
        if mine:
            told.update(_tell_submitted(builder, facts, lane, mine))
            _tell_sent(builder, facts, lane, mine, told)
    _tell_run(builder, [one for one in early if _was_sent(one)], told)
    for number, call in enumerate(early, 1):
        _add_token(builder, facts, call, number, told[call.task_id])


def _tell_submitted(
    builder: FlowBuilder, facts: CreationFacts, lane: str, calls: list[TaskEnded]
) -> dict[str, dict[str, int]]:
    marks_s = [one.sent_s for one in facts.messages] + [one.at_s for one in facts.life]
    waiting, found = 0, {}
    for run in _runs(calls, lambda call: call.submitted_s, marks_s):
        waiting += len(run)
        moment = builder.moment(run[0].submitted_s, SMALL_PX)
        title = facts.titles.get(run[0].owner_id, "driver")
        calls_text = f"{names_of(run)}()" if len(run) == 1 else f"{len(run)} calls"
        named = "" if len(run) == 1 else f" ({names_of(run)})"
        waits = "the call waits" if len(run) == 1 else "they wait"
        order = "" if len(run) == 1 else ", in order"
        yet = "the actor is not ALIVE yet"
        if facts.lived_at(run[0].submitted_s):
            yet = "it does not know yet where the actor is"
        where = f"in the queue of the {title}{order}"
        text = f"{the(title)} submits {calls_text}{named}; {yet}, so {waits} {where}."
        builder.step(moment, text, Part.BUFFERING)
        builder.tally(lane, moment, f"{count(waiting, 'call')} buffered")
        for call in run:
            found[call.task_id] = {"come": moment}
    return found


def _tell_sent(
    builder: FlowBuilder,
    facts: CreationFacts,
    lane: str,
    calls: list[TaskEnded],
    told: dict[str, dict[str, int]],
) -> None:
    marks_s = [one.sent_s for one in facts.messages] + [one.at_s for one in facts.life]
    first = told[calls[0].task_id]["come"]
    sent = [call for call in calls if _was_sent(call)]
    waiting, last = len(calls), first
    for run in _runs(sent, lambda call: call.sent_s, marks_s):
        waiting -= len(run)
        begin = builder.moment(run[0].sent_s, ARROW_PX)
        end = builder.moment(run[-1].sent_s, END_PX)
        who = the(facts.titles.get(run[0].owner_id, "driver"))
        amount = sum(call.args_bytes for call in run)
        which = f"{names_of(run)}()" if len(run) == 1 else f"the {len(run)} calls that waited"
        longest = timed(max(call.sent_s - call.submitted_s for call in run))
        text = (
            f"{who} sends {which} straight to the actor, past the GCS: "
            f"{size(amount)}, after waiting {longest}."
        )
        builder.step(begin, text, Part.NOTIFICATION)
        label = f"{names_of(run)}()" if len(run) == 1 else count(len(run), "call")
        lanes, detail = (lane, "worker"), size(amount)
        builder.arrow((begin, end), lanes, label, kind="call", detail=detail, said=text)
        builder.tally(lane, begin, f"{count(waiting, 'call')} buffered" if waiting else "")
        last = begin
        for call in run:
            # The first may run before the last has been sent.
            arrive = end if run[-1].sent_s <= call.started_s else begin
            told[call.task_id].update(go=begin, arrive=arrive)
    failed = [call for call in calls if not _was_sent(call)]
    if failed:
        last = _tell_failed(builder, facts, lane, failed, told)
    said = "Calls wait here in the order in which they were submitted."
    label = f"{count(len(calls), 'call')} {'waits' if len(calls) == 1 else 'wait'}"
    builder.bar((first, last), lane, label, kind="waiting", said=said)


def _tell_failed(
    builder: FlowBuilder,
    facts: CreationFacts,
    lane: str,
    calls: list[TaskEnded],
    told: dict[str, dict[str, int]],
) -> int:
    """Calls that never left their queue, since the actor is dead."""
    moment = builder.moment(max(call.at_s for call in calls), SMALL_PX)
    error = calls[0].error_type or "an error"
    which = f"{names_of(calls)}()" if len(calls) == 1 else f"The {len(calls)} calls that waited"
    verb = "fails" if len(calls) == 1 else "fail"
    who = facts.titles.get(calls[0].owner_id, "driver")
    text = f"{which} {verb} ({error}): nothing was sent, the {who} gets the reason."
    builder.step(moment, text, Part.BUFFERING)
    builder.tally(lane, moment, f"{count(len(calls), 'call')} failed")
    for call in calls:
        told[call.task_id]["go"] = moment
    return moment


def _tell_run(
    builder: FlowBuilder, calls: list[TaskEnded], told: dict[str, dict[str, int]]
) -> None:
    number = 0
    for group in _together(calls):
        for call in group:
            is_first = call is group[0]
            moment = builder.moment(call.started_s, SMALL_PX if is_first else 2.0)
            end = builder.moment(call.ended_s, 4.0)
            told[call.task_id].update(start=moment, end=end)
            number += 1
            builder.tally("worker", end, f"{count(number, 'call')} done")
        _add_group(builder, group, told)


def _add_group(
    builder: FlowBuilder, group: list[TaskEnded], told: dict[str, dict[str, int]]
) -> None:
    start, end = told[group[0].task_id]["start"], told[group[-1].task_id]["end"]
    order = "" if len(group) == 1 else ", then the others in the order of submission"
    builder.step(start, f"The worker runs {_method(group[0])}(){order}.", Part.NOTIFICATION)
    said = "The call runs." if len(group) == 1 else "The calls run one after the other."
    builder.bar((start, end), "worker", count(len(group), "call"), kind="running", said=said)


def _together(calls: list[TaskEnded]) -> list[list[TaskEnded]]:
    """Calls that ran right after one another."""
    groups: list[list[TaskEnded]] = []
    end_s = 0.0
    for call in sorted(calls, key=lambda one: (one.started_s, one.task_id)):
        if not groups or call.started_s - end_s > _PAUSE_S:
            groups.append([])
        groups[-1].append(call)
        end_s = max(end_s, call.ended_s)
    return groups


def _add_token(
    builder: FlowBuilder,
    facts: CreationFacts,
    call: TaskEnded,
    number: int,
    told: dict[str, int],
) -> None:
    lane = facts.lane_of(call.owner_id)
    stays = [Stay(lane=lane, come=told["come"], go=told.get("go"), how=How.WAITS)]
    if "arrive" in told:
        stays.append(Stay(lane="worker", come=told["arrive"], go=told["start"], how=How.WAITS))
        stays.append(Stay(lane="worker", come=told["start"], go=told["end"], how=How.RUNS))
    builder.token(str(number), f"Call {number}: {_method(call)}()", stays)


def _tell_waiting(builder: FlowBuilder, facts: CreationFacts) -> None:
    """Calls of which nothing more is known than that they wait."""
    if facts.actor.state in {ActorState.ALIVE, ActorState.DEAD}:
        return
    for waiting in facts.actor.waiting_for.values():
        if not waiting.queued:
            continue
        lane = facts.lane_of(waiting.owner_id)
        if lane not in builder.lanes:
            continue
        moment = builder.moment(waiting.at_s, SMALL_PX)
        who = facts.titles.get(waiting.owner_id, "driver")
        calls = count(waiting.queued, "call")
        text = f"{calls} of the {who} {'waits' if waiting.queued == 1 else 'wait'} in its queue."
        builder.step(moment, text, Part.BUFFERING)
        builder.tally(lane, moment, f"{calls} buffered")
        said = "Calls wait here until the actor is ALIVE."
        builder.bar((moment, None), lane, f"{calls} wait", kind="waiting", said=said)


def _runs(
    calls: list[TaskEnded], when: Callable[[TaskEnded], float], marks_s: list[float]
) -> list[list[TaskEnded]]:
    """Calls with nothing else between them."""
    runs: list[list[TaskEnded]] = []
    marks = sorted(marks_s)
    before = -1
    for call in sorted(calls, key=when):
        place = sum(at_s <= when(call) for at_s in marks)
        if place != before or not runs:
            runs.append([])
        runs[-1].append(call)
        before = place
    return runs


def _was_sent(call: TaskEnded) -> bool:
    return call.worker_id is not None


def _method(call: TaskEnded) -> str:
    return call_label(call.name).rpartition(".")[2]
