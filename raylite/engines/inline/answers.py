"""What a call comes to: values or an error as bytes, for whoever holds its refs.

In Ray: ``store_task_outputs`` and ``store_task_errors`` in ``python/ray/_raylet.pyx``.
"""

import os
import time
from types import TracebackType
from typing import Any, Final

from raylite._core.core_worker.failures import pack_task_error, task_cancelled
from raylite._core.core_worker.task_execution.failed_call import called_as, several_values
from raylite._core.object_store.serialization import NONE, NotSerializableError
from raylite.engines.inline.calls import Call
from raylite.engines.inline.worlds import pack
from raylite.exceptions import RayTaskError, TaskCancelledError

__all__ = ["INNER", "answer", "answer_cancelled", "answer_error", "error_of", "fail", "values_of"]

INNER: Final = "_raylite_raised_at"
"""Where an error that is passed on keeps the frames of the call which had raised it first."""


def values_of(call: Call, value: Any) -> list[tuple[bytes, list[Any]]]:
    """One payload for each of its refs.

    Raises:
        ValueError: if there are more or fewer values than refs.
        TypeError: if there is one value and not several, or one cannot be pickled.
    """
    number = call.num_returns
    if number == 0:
        return []
    try:
        if number == 1 or number < 0:
            return [pack(value)]
        return [pack(part) for part in several_values(value, number)]
    except NotSerializableError as error:
        msg = f"Could not serialize what {call.key} returned: {error}"
        raise TypeError(msg) from None


def error_of(call: Call, error: BaseException) -> RayTaskError:
    """What its caller is to be raised."""
    actor = call.actor
    name = call.key if actor is None or call.key != "__init__" else actor.class_name
    instance = None if actor is None else actor.instance
    if isinstance(error, KeyboardInterrupt):
        error = TaskCancelledError(call.task_id).with_traceback(error.__traceback__)
    return RayTaskError.from_exception(
        error,
        function_name=call.full_name,
        pid=os.getpid(),
        actor_id=call.actor_id,
        actor_repr=instance.safe_repr() if instance is not None else None,
        called_as=called_as(name, call.args, call.kwargs) if call.function else None,
        actor_told=instance.told_of_failure() if instance is not None else None,
    )


def answer(engine: Any, call: Call, packed: list[tuple[bytes, list[Any]]]) -> None:
    """Give each ref its value."""
    if call.is_over:
        return
    for entry, (payload, refs) in zip(call.entries, packed, strict=True):
        entry.contained = refs or None
        entry.resolve(payload)
    _ended(engine, call, packed[0][0] if packed else NONE)


def answer_error(
    engine: Any,
    call: Call,
    payload: bytes,
    refs: list[Any] | None = None,
    raised_at: TracebackType | None = None,
) -> None:
    """Give each ref the error."""
    if call.is_over:
        return
    for entry in call.entries:
        entry.contained = refs or None
        entry.raised_at = raised_at
        entry.resolve(payload)
    _ended(engine, call, payload)


def answer_cancelled(engine: Any, call: Call) -> None:
    """Give each ref the error of a call that was cancelled."""
    answer_error(engine, call, task_cancelled(call))  # type: ignore[arg-type]  # It asks for the id.


def fail(engine: Any, call: Call, error: BaseException) -> None:
    """Its code has raised."""
    if not call.is_over:
        payload, refs = pack_task_error(error_of(call, error))
        inner = error.__dict__.get(INNER)
        raised_at = _joined(_of_the_user(error.__traceback__), inner)
        answer_error(engine, call, payload, refs, raised_at)


def _of_the_user(traceback: TracebackType | None) -> TracebackType | None:
    """Without the frames of this package, which come before those of the call."""
    while traceback is not None and _is_ours(traceback):
        traceback = traceback.tb_next
    return traceback


def _joined(outer: TracebackType | None, inner: TracebackType | None) -> TracebackType | None:
    """The frames of a call, and behind them those of the call it had waited for."""
    if inner is None:
        return outer
    entries = []
    while outer is not None:
        entries.append(outer)
        outer = outer.tb_next
    for entry in reversed(entries):
        inner = TracebackType(inner, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return inner


def _is_ours(traceback: TracebackType) -> bool:
    return bool(traceback.tb_frame.f_globals.get("__name__", "").startswith(__package__ or "?"))


def _ended(engine: Any, call: Call, payload: bytes) -> None:
    call.is_over = True
    call.ended_s = call.ended_s or time.monotonic()
    engine.history_of_calls.add(call, payload)
    if call.stream is not None:
        call.stream.ended()
    engine.call_ended(call)
