"""Calling off calls: what has not begun never does, and a coroutine ends where it waits.

In Ray: ``CoreWorker::CancelTask`` in ``src/ray/core_worker/core_worker.cc``. What runs on the stack
cannot be interrupted from within itself: it is answered, and what it comes to is dropped.
"""

from collections.abc import Iterator
from typing import Any, Final

from raylite.engines.inline.answers import answer_cancelled, fail
from raylite.engines.inline.calls import Call
from raylite.exceptions import TaskCancelledError

__all__ = ["Cancellation"]

_NO_FORCE: Final = (
    "force=True is not supported for actor tasks: it would end the actor, which has other calls to "
    "answer. Write ray.cancel(ref), or ray.kill(handle) to end the actor."
)


class Cancellation:
    """Cancels calls.

    Args:
        engine: the session.
    """

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def cancel(self, entry: Any, *, force: bool, recursive: bool) -> None:
        """Cancel the call that is to fill an entry, if it has not ended.

        Raises:
            ValueError: if ``force`` is set and it is a call of an actor's method.
        """
        call: Call | None = getattr(entry, "call", None)
        if call is None or call.is_over:
            return
        if force and call.actor is not None:
            raise ValueError(_NO_FORCE)
        self._cancel(call, recursive=recursive)

    def _cancel(self, call: Call, *, recursive: bool) -> None:
        call.is_cancelled = True
        children = [one for one in self._all() if one.parent is call] if recursive else []
        holder = self._engine.tasks if call.actor is None else call.actor
        if not holder.cancel(call):
            self._answer(call)
        for child in children:
            if not child.is_over:
                self._cancel(child, recursive=True)

    def _answer(self, call: Call) -> None:
        coroutine = call.coroutine
        if coroutine is None:
            answer_cancelled(self._engine, call)
            return
        fail(self._engine, call, TaskCancelledError(call.task_id))
        coroutine.cancel()

    def _all(self) -> Iterator[Call]:
        yield from self._engine.tasks.pending()
        yield from self._engine.tasks.running
        for box in self._engine.actors.all():
            yield from box.pending()
            yield from box.running
