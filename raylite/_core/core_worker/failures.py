"""The errors a caller gets, made from what the runtime knows.

In Ray: ``src/ray/core_worker/task_manager.cc`` and ``python/ray/exceptions.py``.
"""

import logging
from collections.abc import Mapping
from typing import Any

from raylite._core.common.ids import PlacementGroupID
from raylite._core.common.scheduling_strategy import LeaseRejection
from raylite._core.common.short_repr import short_repr
from raylite._core.common.states import ActorState
from raylite._core.common.task_spec import WorkerExit
from raylite._core.core_worker.death_words import life_told
from raylite._core.core_worker.task_submission.calls import PendingCall
from raylite._core.object_store.serialization import (
    NotSerializableError,
    dumps,
    dumps_error,
    dumps_error_and_refs,
    loads_inline,
)
from raylite._core.rpc.peer_messages import ActorUpdate, LeaseRejected
from raylite.exceptions import (
    ActorDiedError,
    ActorUnavailableError,
    ActorUnschedulableError,
    RayError,
    RaySystemError,
    RayTaskError,
    TaskCancelledError,
    TaskPlacementGroupRemoved,
    TaskUnschedulableError,
    UnserializableException,
    WorkerCrashedError,
)

__all__ = [
    "actor_died",
    "actor_unavailable",
    "argument_failed",
    "cannot_be_put",
    "group_removed",
    "not_serializable",
    "pack_task_error",
    "session_over",
    "task_cancelled",
    "task_rejected",
    "worker_crashed",
]

_logger = logging.getLogger(__name__)


def actor_died(news: ActorUpdate, now_s: float) -> RayError:
    """The error of every call to a dead actor.

    Args:
        news: what is known of its end.
        now_s: the time of the call.
    """
    if news.rejection is LeaseRejection.NODE_GONE:
        return ActorUnschedulableError(f"{news.reason}.")
    if news.rejection is LeaseRejection.GROUP_REMOVED:
        return ActorUnschedulableError(
            "The actor is not schedulable: its associated placement group was removed, so there "
            f"is no place for {news.class_name} ({news.actor_id}): {news.reason}."
        )
    reason = "\n".join([f"The actor is dead because {news.reason}.", *life_told(news, now_s)])
    if not news.intended:
        reason += _last_words(news.stderr_tail)
    return ActorDiedError(
        reason=reason,
        class_name=news.class_name,
        actor_id=news.actor_id,
        pid=news.pid,
        name=news.name,
    )


def task_cancelled(call: PendingCall) -> bytes:
    """What the refs of a call hold that was cancelled and never ran, or not to its end."""
    return dumps_error(TaskCancelledError(call.task_id))


def task_rejected(name: str, news: LeaseRejected) -> bytes:
    """What the refs of a task hold that waited for a worker in vain."""
    match news.rejection:
        case LeaseRejection.GROUP_REMOVED:
            error: RayError = TaskPlacementGroupRemoved(
                f"The placement group corresponding to this task, {name}(), has been removed, so "
                f"it has no place to run: {news.text}."
            )
        case LeaseRejection.NODE_GONE:
            error = TaskUnschedulableError(
                f"{news.text}. The task is {name}(). Write soft=True to let it run elsewhere, or "
                "name a node that ray.nodes() has."
            )
        case LeaseRejection.ENVIRONMENT_GONE:
            error = RaySystemError(f"The task {name}() cannot run any more: {news.text}.")
    return dumps_error(error)


def group_removed(group_id: PlacementGroupID) -> TaskPlacementGroupRemoved:
    """The error of ``ready()`` where it will never be."""
    return TaskPlacementGroupRemoved(
        f"The placement group {group_id} has been removed, or was never there."
    )


def worker_crashed(exit_: WorkerExit | None) -> WorkerCrashedError:
    """The error of a task whose worker died, and that may not be tried again."""
    if exit_ is None:
        return WorkerCrashedError()
    text = (
        "The worker process died while it ran this task, and max_retries is used up: "
        f"{exit_.reason}."
    )
    return WorkerCrashedError(text + _last_words(exit_.stderr_tail))


def actor_unavailable(news: ActorUpdate) -> ActorUnavailableError:
    """The error of a call that was lost, or made, while the actor restarts."""
    what = "restarting" if news.state is ActorState.RESTARTING else "back after a restart"
    return ActorUnavailableError(f"The actor is {what}: {news.reason}.", news.actor_id)


def session_over() -> RaySystemError:
    """The error of whatever can have no answer any more."""
    return RaySystemError(
        "The session ended before the value was there: its head process is gone, or\n"
        "raylite.shutdown() was called. Call raylite.init() and run the cell again."
    )


def argument_failed(function_name: str, payload: bytes) -> bytes:
    """The error of a call whose argument has an error in place of a value."""
    error = loads_inline(payload)
    if isinstance(error, RayTaskError):
        error = error.in_argument_of(function_name)
    elif isinstance(error, TaskCancelledError):
        error = RayTaskError.of_argument(error, function_name)
    return dumps_error(error)


def pack_task_error(error: RayTaskError) -> tuple[bytes, list[Any]]:
    """What a task raised, whatever its class does to pickle.

    Returns:
        The payload, and the entries of the refs inside it.
    """
    try:
        packed = dumps_error_and_refs(error)
        loads_inline(packed[0])
    except Exception as refusal:  # An exception's own code may raise anything.
        _logger.debug("an exception does not survive pickling: %r", refusal)
    else:
        return packed
    return dumps_error(UnserializableException(str(error))), []


def not_serializable(
    what: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], error: NotSerializableError
) -> TypeError:
    """Name the argument that cannot be pickled, and what to do."""
    named = [(f"argument {i + 1}", value) for i, value in enumerate(args)]
    named += [(f"argument {name!r}", value) for name, value in kwargs.items()]
    for name, value in named:
        found = _describe_culprit("the argument", f" for {what}()", name, value)
        if found is not None:
            return found
    return TypeError(f"Could not serialize the arguments of {what}(): {error}")


def cannot_be_put(value: Any, error: NotSerializableError) -> TypeError:
    """Name the part of a value that cannot be pickled, and what to do."""
    found = _describe_culprit("the put value", "", "value", value)
    return found or TypeError(f"Could not serialize the put value {short_repr(value)}: {error}")


def _describe_culprit(what: str, for_what: str, name: str, value: Any) -> TypeError | None:
    path, culprit, reason = find_culprit(value)
    if culprit is None:
        return None
    kind = type(culprit).__name__
    return TypeError(
        f"Could not serialize {what} {short_repr(culprit)}{for_what}: {name}{path} is a {kind}, "
        f"which cannot be sent to another process ({reason}). Pass plain data instead and make "
        f"the {kind} inside the actor or task."
    )


def find_culprit(value: Any, depth: int = 4) -> tuple[str, Any, str]:
    """Where inside a value the part lies that cannot be pickled.

    Returns:
        The path to it, as it would be written behind the value's name; the part; the reason.
        ``("", None, "")`` if all of it can be pickled.
    """
    try:
        dumps(value)
    except Exception as error:  # A __reduce__ may raise anything.
        reason = str(error)
    else:
        return "", None, ""
    if depth > 0:
        for step, part in _parts(value):
            path, culprit, inner_reason = find_culprit(part, depth - 1)
            if culprit is not None:
                return step + path, culprit, inner_reason
    return "", value, reason


def _parts(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [(f"[{key!r}]", part) for key, part in value.items()]
    if isinstance(value, (list, tuple)):
        return [(f"[{i}]", part) for i, part in enumerate(value)]
    if isinstance(value, set):
        return [(f" (member {part!r})", part) for part in value]
    # Who says himself how he is pickled, or that he cannot be, does not pickle his attributes.
    attributes = {} if "__reduce__" in vars(type(value)) else getattr(value, "__dict__", {})
    parts = [(f".{name}", part) for name, part in attributes.items()]
    closure = getattr(value, "__closure__", None) or ()
    names = getattr(getattr(value, "__code__", None), "co_freevars", ())
    for name, cell in zip(names, closure, strict=False):
        try:
            parts.append((f" (captured variable {name!r})", cell.cell_contents))
        except ValueError:  # A cell that was not filled yet.
            continue
    code, module_globals = getattr(value, "__code__", None), getattr(value, "__globals__", {})
    names = code.co_names if code is not None else ()
    used = [(name, module_globals[name]) for name in names if name in module_globals]
    return parts + [
        (f" (global variable {name!r})", part)
        for name, part in used
        if not isinstance(part, type(logging))
    ]


def _last_words(stderr_tail: str) -> str:
    tail = stderr_tail.rstrip()
    return f"\nThe last lines it wrote to stderr:\n{tail}" if tail else ""
