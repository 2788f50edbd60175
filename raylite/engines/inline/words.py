"""What is said where one process is not enough."""

from collections.abc import Sequence
from typing import Any

from raylite._core.common.object_ref import ObjectRef
from raylite.engines.inline.calls import Call
from raylite.engines.inline.entries import Entry
from raylite.exceptions import GetTimeoutError, RaySystemError

__all__ = ["deadlock", "timed_out"]

_ELSEWHERE = 'Run the program with init(engine="processes"), where calls run side by side.'


def deadlock(waiter: Call | None, wanted: Sequence[Entry]) -> RaySystemError:
    """The error of a wait that can never end.

    Args:
        waiter: the call whose code waits; None: the program's own.
        wanted: the entries that it waits for.
    """
    pending = next((entry for entry in wanted if entry.payload is None), None)
    call = pending.call if pending is not None else None
    who = "The program" if waiter is None else f"{waiter.full_name}()"
    if call is None:
        what = "a value" if pending is None else repr(ObjectRef(pending))
        return RaySystemError(
            f"Deadlock: {who} waits for {what}, and nothing is left in this process that could "
            f"bring it.\n{_ELSEWHERE}"
        )
    return RaySystemError(f"Deadlock: {who} waits for {call.full_name}(), and {_why(call, waiter)}")


def _why(call: Call, waiter: Call | None) -> str:
    actor = call.actor
    if waiter is not None and actor is not None and actor is waiter.actor and not call.started_s:
        return (
            "that is a call of the same actor.\nIt cannot begin before "
            f"{waiter.name} has returned. Write self.{call.name}(...), or let the actor run "
            f"several calls at a time:\n{actor.class_name}.options(max_concurrency=2)."
        )
    if not call.is_ready():
        return f"one of its arguments will never be there in one process.\n{_ELSEWHERE}"
    if call.coroutine is not None:
        return (
            "that waits for something which only a call made later could do.\nIn one process a "
            f"call that waits so keeps all others from being made. {_ELSEWHERE}"
        )
    if not call.thread:
        return _no_room(actor)
    return f"that has not ended, and waits itself.\n{_ELSEWHERE}"


def _no_room(actor: Any) -> str:
    if actor is None:
        return (
            "there is no room for it: what it asks for is held by others that wait, or is nowhere "
            "in this session.\nAsk for less, end what holds it, or write init(num_cpus=...)."
        )
    if actor.instance is None:
        return (
            f"the actor {actor.class_name} has no room: what it asks for is held by others, or is "
            "nowhere in this session.\nAsk for less, end what holds it, or write "
            "init(num_cpus=...)."
        )
    return f"the actor {actor.class_name} is busy with a call that waits itself.\n{_ELSEWHERE}"


def timed_out(wanted: Sequence[Entry], timeout_s: float | None) -> GetTimeoutError:
    """The error of a wait whose time is up."""
    pending = [entry for entry in wanted if entry.payload is None]
    told = [f"Get timed out: after {timeout_s} s there is no value yet."]
    if pending:
        others = f" and {len(pending) - 1} others" if len(pending) > 1 else ""
        told.append(f"What is missing: {ObjectRef(pending[0])!r}{others}.")
        call = pending[0].call
        if call is not None:
            told.append(f"It waits for {call.full_name}().")
    told.append("Nothing was cancelled; get it again with a longer timeout, or look with ray.wait.")
    return GetTimeoutError("\n".join(told))
