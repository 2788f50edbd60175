"""Calls as coroutines on an event loop: what an async actor runs on.

In Ray: ``src/ray/core_worker/task_execution/fiber.h`` and ``async_compat.py``. A module of its own,
since importing asyncio takes 30 ms that other actors need not pay.
"""

import asyncio
import contextvars
import inspect
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from raylite._core.core_worker.task_execution.lanes import Call

__all__ = ["LoopLane"]


class LoopLane:
    """At most so many coroutines at once, on an event loop in a thread of its own.

    Args:
        name: of the group; shown as the thread's name.
        limit: how many coroutines are begun and not yet ended at once.
    """

    def __init__(self, name: str, limit: int) -> None:
        self._limit = limit
        self._running = 0
        self._calls: deque[Call] = deque()
        self._tasks: dict[Call, asyncio.Task[None]] = {}  # The loop itself keeps only weak ones.
        self._woken = False
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self._serve, name=f"{name or 'default'}-loop", daemon=True).start()

    def submit(self, call: Call) -> None:
        """Have the loop begin it; several calls in a row wake the loop once."""
        self._calls.append(call)
        if not self._woken:
            self._woken = True
            self.loop.call_soon_threadsafe(self._begin)

    def calls(self) -> list[Any]:
        """The calls that were submitted and have not ended."""
        return [*self._calls, *self._tasks]

    def interrupt(self, call: Call) -> None:
        """Raise CancelledError in the coroutine, unless it has not begun: it sees its mark."""

        def cancel() -> None:
            task = self._tasks.get(call)
            if task is None:
                return
            coroutine: Any = task.get_coro()
            if inspect.getcoroutinestate(coroutine) != inspect.CORO_CREATED:
                task.cancel()

        self.loop.call_soon_threadsafe(cancel)

    def run_and_wait(self, function: Callable[[], Any]) -> Any:
        """Run it on the loop, and await what it returns if that is awaitable."""

        async def run() -> Any:
            result = function()
            return await result if isinstance(result, Awaitable) else result

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result()

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def _begin(self) -> None:
        self._woken = False
        while self._calls and self._running < self._limit:
            self._running += 1
            # A context of its own for each: where it runs is kept there.
            context = contextvars.copy_context()
            call = self._calls.popleft()
            self._tasks[call] = self.loop.create_task(self._run(call), context=context)

    async def _run(self, call: Call) -> None:
        try:
            await call.run_async()
        finally:
            self._running -= 1
            del self._tasks[call]
            if self._calls:
                self._begin()
