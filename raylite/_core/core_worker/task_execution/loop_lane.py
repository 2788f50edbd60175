"""Calls as coroutines on an event loop: what an async actor runs on.

In Ray: ``src/ray/core_worker/task_execution/fiber.h`` and ``async_compat.py``. A module of its own,
since importing asyncio takes 30 ms that other actors need not pay.
"""

import asyncio
import inspect
import logging
import os
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

from raylite._core.core_worker.task_execution.dispatcher import Dispatcher
from raylite._core.core_worker.task_execution.lane_loop import LaneLoop
from raylite._core.core_worker.task_execution.lanes import Call
from raylite._core.rpc.poller import Poller

__all__ = ["LoopLane"]

_UNTIL_THE_TURN_ENDS: Final = ("turn",)
_IN_ONE_TURN: Final = 64
_logger = logging.getLogger("raylite")


class LoopLane:
    """At most so many coroutines at once, on an event loop in a thread of its own.

    Args:
        name: of the group; shown as the thread's name.
        limit: how many coroutines are begun and not yet ended at once.
        poller: reads the process's sockets.
    """

    def __init__(self, name: str, limit: int, poller: Poller) -> None:
        self._limit = limit
        self._poller = poller
        self._running = 0
        self._calls: deque[Call] = deque()
        self._tasks: dict[Call, asyncio.Task[None]] = {}  # The loop itself keeps only weak ones.
        self._woken = False
        self._dispatcher: Dispatcher | None = None
        self.loop = LaneLoop(poller)
        threading.Thread(target=self._serve, name=f"{name or 'default'}-loop", daemon=True).start()

    def follow(self, dispatcher: Dispatcher) -> None:
        """Read and hand out while the loop is idle, when the dispatcher says so."""
        self._dispatcher = dispatcher
        self.loop.read_with(self)

    def leads(self) -> bool:
        """Whether the loop is to read. Called by it, as are the next two."""
        return self._dispatcher is not None and self._dispatcher.leads(self)

    def lead(self, is_wanted: Callable[[], bool], deadline_s: float | None) -> None:
        """Read while the loop is idle, and begin what came."""
        assert self._dispatcher is not None
        self._poller.reads_when_idle = self.loop.thread_id
        self._dispatcher.lead(self, lambda: self._may_begin() or is_wanted(), deadline_s)
        self._begin()

    def look(self) -> None:
        """Read while coroutines run, and begin what came."""
        assert self._dispatcher is not None
        self._dispatcher.look()
        self._begin()

    def submit(self, call: Call) -> None:
        """Have the loop begin it; several calls in a row wake the loop once."""
        call.gathers = _UNTIL_THE_TURN_ENDS
        self._calls.append(call)
        if not self._woken and threading.get_ident() != self.loop.thread_id:
            self._woken = True
            self.loop.call_soon_threadsafe(self._begin)

    def calls(self) -> list[Any]:
        """The calls that were submitted and have not ended."""
        return [*self._calls, *self._tasks]

    def running(self) -> list[Any]:
        """Those of them that have begun."""
        return list(self._tasks)

    def has_waiting(self) -> bool:
        """Whether there are others."""
        return bool(self._calls)

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
        self.loop.thread_id = threading.get_ident()
        while self._dispatcher is None or not self._dispatcher.is_over():
            try:
                self.loop.run_forever()
            except (SystemExit, KeyboardInterrupt):
                _logger.exception("A callback was about to end an actor's event loop; it goes on")
            except BaseException:
                if self._dispatcher is None or not self._dispatcher.is_over():
                    # Somebody has closed its descriptors. Nobody is to wait for it.
                    _logger.exception("The event loop of an actor has failed, and so the actor")
                    os._exit(1)

    def _begin(self) -> None:
        """Begin what may begin, but so little that the loop looks at its descriptors in between."""
        self._woken = False
        calls, number = self._calls, _IN_ONE_TURN
        while self._may_begin():
            if not number:
                self._woken = True
                self.loop.call_soon(self._begin)
                return
            number -= 1
            self._running += 1
            call = calls.popleft()
            # Each has a context of its own: where it runs is kept there.
            self._tasks[call] = asyncio.Task(call.run_async(self._ended), loop=self.loop)

    def _may_begin(self) -> bool:
        return bool(self._calls) and self._running < self._limit

    def _ended(self, call: Call) -> None:
        self._running -= 1
        del self._tasks[call]
        if self._calls:
            self._begin()
