"""Why a value is not there yet, for whoever has waited in vain: what stands in its way.

In Ray: nothing like it; ``ray list tasks`` and ``ray status`` show the parts of it.

Rule: a wait that had a limit must not outlast it by much, so the head is given a moment to answer.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from raylite._core.common.ids import ActorID
from raylite._core.common.object_ref import ObjectRef
from raylite._core.common.states import ActorState
from raylite._core.core_worker.entries import Entry, OwnedEntry
from raylite._core.core_worker.failures import session_over
from raylite._core.core_worker.task_submission.calls import PendingCall
from raylite.exceptions import GetTimeoutError

__all__ = ["not_ready", "why_pending"]

_HEAD_S: Final = 0.2
_EXPLAINED_S: Final = 0.1
"""Who waits for less is likely to try again, and to want no reasons."""


def not_ready(core: Any, entries: Sequence[Entry], timeout_s: float | None) -> Exception:
    """Why a value cannot be had: the time is up, or the session over.

    Args:
        core: the process's core worker.
        entries: whose values were wanted.
        timeout_s: how long they were waited for.
    """
    if core.over:
        return session_over()
    pending = [entry for entry in entries if entry.payload is None]
    told = [f"Get timed out: after {timeout_s} s there is no value yet."]
    if pending:
        others = f" and {len(pending) - 1} others" if len(pending) > 1 else ""
        told.append(f"What is missing: {ObjectRef(pending[0])!r}{others}.")
    if pending and timeout_s is not None and timeout_s >= _EXPLAINED_S:
        told.append(why_pending(core, pending[0]))
    told.append("Nothing was cancelled; get it again with a longer timeout, or look with ray.wait.")
    return GetTimeoutError("\n".join(filter(None, told)))


def why_pending(core: Any, entry: Entry) -> str:
    """What a value waits for, in whole sentences; empty if nobody here knows.

    Args:
        core: the process's core worker.
        entry: has no value yet.
    """
    if not isinstance(entry, OwnedEntry):
        return "It is the value of a call that another process has made."
    told = _of_sent(core, entry) or _of_method(core, entry) or _of_task(core, entry)
    return told or ""


def _of_sent(core: Any, entry: OwnedEntry) -> str:
    """Of a call that is with whoever runs it."""
    for connection in core.peers.connections():
        ahead = list(connection.inflight)
        if entry.seq not in ahead:
            continue
        call = connection.inflight.get(entry.seq)
        actor_id = getattr(call.submitter, "actor_id", None) if call is not None else None
        if actor_id is None:
            told = _beyond(core, entry, None)
            return f"{_name(call)} runs in a worker, and has not ended.{told}"
        place = ahead.index(entry.seq)
        if place == 0:
            told = _beyond(core, entry, actor_id)
            return f"{_name(call)} is with its actor, and has not ended.{told}"
        others = f"{place} calls made earlier have" if place > 1 else "a call made earlier has"
        return f"{_name(call)} is with its actor, where {others} not ended."
    return ""


def _beyond(core: Any, entry: OwnedEntry, actor_id: ActorID | None) -> str:
    """What the call has called itself, and so on, as far as that has not ended."""
    calls = (_ask(core, "report", "calls") or ((), 0))[0]
    children = {row["parent_task_id"]: row for row in calls if row["parent_task_id"]}
    names = {row["actor_id"]: row["class_name"] for row in _ask(core, "state", "actors") or ()}
    task_id, told, actors = entry.object_id[:-4].hex(), list[str](), [actor_id]
    while (row := children.pop(task_id, None)) is not None:
        task_id = row["task_id"]
        actors.append(row["actor_id"])
        whose = f" of {names.get(actors[-1], 'an actor')}" if actors[-1] else ""
        told.append(f"{row['name']}(){whose}")
    if not told:
        return ""
    chain = f"\nIt has called {', which has called '.join(told)}: none of these has ended."
    if actors[-1] is None or actors[-1] not in actors[:-1]:
        return chain
    return (
        f"{chain}\nIf each waits for the next, that is a deadlock: "
        f"{names.get(actors[-1], 'an actor')} is to answer in the middle of a call.\n"
        "Let it run several calls at a time: max_concurrency=2, or async methods."
    )


def _of_method(core: Any, entry: OwnedEntry) -> str:
    """Of a call that its actor has not got yet."""
    for client in core.clients():
        calls = client.pending()
        call = _found(calls, entry.seq)
        if call is None:
            continue
        told = _of_arguments(call)
        if told:
            return told
        if client.is_connected():
            return f"{_name(call)} waits behind a call whose argument is not there yet."
        creation = client.creation_refs[2] if client.creation_refs is not None else None
        if creation is not None and (told := _of_arguments(creation)):
            return f"{_name(call)} waits for its actor, whose {told}"
        return f"{_name(call)} waits for its actor.\n{_of_actor(core, client)}"
    return ""


def _of_actor(core: Any, client: Any) -> str:
    """What an actor waits for that is not there."""
    rows = _ask(core, "state", "actors") or []
    row = next((row for row in rows if row["actor_id"] == client.actor_id), None)
    if row is None:
        return "The session does not know it yet."
    who = f"{row['class_name']} is {row['state']}"
    if row["state"] not in {ActorState.PENDING_CREATION.name, ActorState.RESTARTING.name}:
        return f"{who}."
    if row["worker_id"]:
        return f"{who}: its __init__ has not returned."
    return f"{who}: {_of_resources(core, row['required_resources'])}"


def _of_task(core: Any, entry: OwnedEntry) -> str:
    """Of a task that no worker has got yet."""
    call = _found(core.tasks.pending(), entry.seq)
    if call is None:
        return ""
    told = _of_arguments(call)
    if told:
        return told
    wanted = call.task_options.resources if call.task_options is not None else {}
    return f"{_name(call)} waits for a worker: {_of_resources(core, wanted)}"


def _of_arguments(call: PendingCall) -> str:
    missing = [dep for dep in call.deps or () if dep.payload is None]
    if not missing:
        return ""
    more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
    return f"{_name(call)} waits for an argument{more}.\n{missing[0].told()}"


def _of_resources(core: Any, wanted: Mapping[str, float]) -> str:
    """What is wanted of what there is: of the first resource that is short, if one is."""
    total, free = _ask(core, "resources", False), _ask(core, "resources", True)
    if total is None or free is None:
        return f"it needs {_amounts(wanted) or 'a process'}."
    for name, amount in wanted.items():
        if amount > total.get(name, 0):
            return f"it needs {amount:g} {name}, and the session has {total.get(name, 0):g} in all."
        if amount > free.get(name, 0):
            return (
                f"it needs {amount:g} {name}, and of {total.get(name, 0):g} "
                f"{free.get(name, 0):g} are free."
            )
    return f"it needs {_amounts(wanted) or 'a process'}, and is about to get it."


def _amounts(wanted: Mapping[str, float]) -> str:
    return ", ".join(f"{amount:g} {name}" for name, amount in wanted.items() if amount)


def _ask(core: Any, *question: Any) -> Any:
    """What the head answers at once; None if it does not."""
    answers: list[Any] = []
    core.head.ask_later(answers.append, *question)
    core.poller.run_until(lambda: bool(answers) or core.over, core.now_s() + _HEAD_S)
    return answers[0] if answers else None


def _found(calls: list[PendingCall], seq: int) -> PendingCall | None:
    return next((call for call in calls if call.seq == seq), None)


def _name(call: PendingCall | None) -> str:
    return "The call" if call is None else f"{call.name}()"
