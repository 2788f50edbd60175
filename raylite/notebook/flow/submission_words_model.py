"""What each moment of a call means, in one sentence with its names and numbers.

In Ray: the comments of ``actor_task_submitter.h`` and ``task_receiver.h``.
"""

from enum import IntEnum

from raylite.notebook.flow.creation_words_model import the
from raylite.notebook.flow.submission_facts_model import Call, Held, SubmissionFacts
from raylite.notebook.live.shown_words_model import timed
from raylite.notebook.live.words import count, size

__all__ = ["Part", "WordsOf", "parts_of"]


class Part(IntEnum):
    """The four parts of a submission."""

    ADDRESS = 1
    QUEUE = 2
    EXECUTION = 3
    REPLY = 4


class WordsOf:
    """Speaks of the calls of one flow.

    Args:
        facts: all that is known of them.
    """

    def __init__(self, facts: SubmissionFacts) -> None:
        self._titles = {key: title for key, title, *_ in (*facts.submitters, *facts.executors)}
        self._calls = facts.calls
        self._to_actor = facts.actor is not None

    def _who(self, call: Call) -> str:
        return self._titles.get(call.submitter, "driver")

    def _where(self, call: Call) -> str:
        return "the actor" if self._to_actor else f"the {self._titles.get(call.executor, 'worker')}"

    def submitted(self, call: Call) -> str:
        """It was submitted, and sent at once or not."""
        made = f"{the(self._who(call))} submits {call.method} as call {call.number}"
        queue = f"it waits in the queue of the {self._who(call)}"
        match call.held:
            case Held.NOT:
                amount = _with(": ", call.event.args_bytes)
                return f"{made} and sends it at once to {self._where(call)}{amount}."
            case Held.ACTOR:
                return f"{made}; it does not know yet where the actor is, so {queue}."
            case Held.ARGUMENT:
                return f"{made}; an argument has no value yet, so {queue}."
            case Held.BEHIND:
                return f"{made}; a call before it is held up, so {queue}: first in, first out."
            case Held.LEASE:
                return f"{made}; it waits for a worker, or for an argument."

    def sent(self, call: Call) -> str:
        """It was sent at last."""
        waited = timed(call.event.sent_s - call.event.submitted_s)
        amount = _with(": ", call.event.args_bytes)
        why = {
            Held.ACTOR: "The address is known",
            Held.ARGUMENT: "The argument has its value",
            Held.BEHIND: "The way is free",
            Held.LEASE: "A worker is there",
            Held.NOT: "The way is free",
        }[call.held]
        sends = f"the {self._who(call)} sends call {call.number} to {self._where(call)}"
        return f"{why}: after {waited} {sends}{amount}."

    def started(self, call: Call) -> str:
        """It began to run."""
        waited = call.event.started_s - call.event.sent_s
        text = f"{self._where(call)[:1].upper() + self._where(call)[1:]} takes call {call.number} "
        text += f"after {timed(waited)} and runs {call.method}."
        overtaken = self._overtaken(call)
        if overtaken is not None:
            text += (
                f" It overtakes call {overtaken.number} of the {self._who(overtaken)}, which is "
                "held up: the order is kept for each submitter by itself."
            )
        return text

    def replied(self, call: Call) -> str:
        """Its reply has come."""
        ran, who = timed(call.event.ended_s - call.event.started_s), self._who(call)
        if call.event.error_type is not None:
            error = call.event.error_type
            if not call.was_sent:
                return f"Call {call.number} fails without having been sent: {error}."
            return (
                f"{call.method} fails after {ran} ({error}); ray.get of call {call.number} raises."
            )
        amount = _with(" of ", call.event.result_bytes)
        return (
            f"{call.method} has returned after {ran}; the reply{amount} gives the ObjectRef "
            f"of call {call.number} its value in the {who}."
        )

    def _overtaken(self, call: Call) -> Call | None:
        """A call of another submitter that was there before and had not been sent yet."""
        if not self._to_actor:
            return None
        for other in self._calls[: call.number - 1]:
            if (
                other.submitter != call.submitter
                and other.held in {Held.ARGUMENT, Held.BEHIND}
                and other.event.sent_s > call.event.started_s
            ):
                return other
        return None


def parts_of(facts: SubmissionFacts) -> list[tuple[str, str]]:
    """Title and sentence of each part, in order."""
    return [
        ("Address", _address(facts)),
        ("Queue", _queue(facts)),
        ("Execution", _execution(facts)),
        ("Reply", _reply(facts)),
    ]


def _address(facts: SubmissionFacts) -> str:
    if facts.actor is None:
        return "A task needs a leased worker; it is kept while there are tasks of the same shape."
    pid = facts.executors[-1][2]
    if facts.actor.worker_id is None:
        return "The actor has no process, so there is no address that calls could go to."
    if facts.calls and not any(one.was_sent for one in facts.calls):
        return "No call was sent: whoever made them knew no address of the actor."
    return f"The handle keeps the actor's address ({pid}): calls go there and not through the GCS."


def _queue(facts: SubmissionFacts) -> str:
    drawn = facts.calls
    by = count(len({one.submitter for one in drawn}), "submitter")
    held = [one for one in drawn if one.held is not Held.NOT]
    made = f"{count(facts.total, 'call')} of {by}{_of_which(facts)}"
    if not held:
        return f"{made}; each was sent at once."
    sent = [one for one in held if one.was_sent]
    never = len(held) - len(sent)
    told = [f"{never:,} {'was' if never == 1 else 'were'} never sent"] if never else []
    if sent:
        longest = timed(max(one.event.sent_s - one.event.submitted_s for one in sent))
        told.insert(0, f"{len(sent):,} had to wait before being sent, up to {longest}")
    return f"{made}; {'; '.join(told)}."


def _execution(facts: SubmissionFacts) -> str:
    ran = [one for one in facts.calls if one.was_sent]
    if not ran:
        if facts.open:
            return "No call has ended yet."
        return "Nothing ran: no call got as far." if facts.calls else "Nothing has run yet."
    most = _most_at_once([(one.event.started_s, one.event.ended_s) for one in ran])
    how = "one at a time" if most == 1 else f"up to {most} at a time"
    total = timed(sum(one.event.ended_s - one.event.started_s for one in ran))
    slowest = max(ran, key=lambda one: one.event.ended_s - one.event.started_s)
    took = timed(slowest.event.ended_s - slowest.event.started_s)
    longest = f"the longest was call {slowest.number} with {took}"
    return f"{_they(facts)} ran {how}, {total} in all; {longest}."


def _reply(facts: SubmissionFacts) -> str:
    failed = sum(one.event.error_type is not None for one in facts.calls)
    good = len(facts.calls) - failed
    text = f"{count(good, 'ObjectRef')} got {'its value' if good == 1 else 'their values'}"
    if not good:
        text = "No ObjectRef got a value"
    return f"{text}; {count(failed, 'call')} failed." if failed else f"{text}; no call failed."


def _of_which(facts: SubmissionFacts) -> str:
    """What is drawn, if that is not all."""
    drawn = len(facts.calls)
    return f", the newest {drawn:,} drawn" if drawn < facts.total else ""


def _they(facts: SubmissionFacts) -> str:
    drawn = len(facts.calls)
    return f"The newest {drawn:,}" if drawn < facts.total else "They"


def _most_at_once(spans: list[tuple[float, float]]) -> int:
    moments = sorted([(end, -1) for _, end in spans] + [(begin, 1) for begin, _ in spans])
    most = now = 0
    for _, change in moments:
        now += change
        most = max(most, now)
    return max(most, 1)


def _with(words: str, size_bytes: int) -> str:
    """The size with words before it; nothing where it was not told, as by Ray."""
    return f"{words}{size(size_bytes)}" if size_bytes else ""
