"""Event loops of asynchronous actors, which move on while somebody waits.

In Ray: ``src/ray/core_worker/task_execution/fiber.h``: a thread for each. Here no thread is
needed: a call begins when it is made and goes on to its first real wait; whoever waits for a value
gives all loops a turn, one after the other, in the order in which their actors were made.
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from typing import Any

from raylite.engines.inline.surroundings import loop_out_of_sight

__all__ = ["Loops"]


class _Timers:
    """Stands where a loop has its sockets, in a browser, where there are none."""

    def select(self, _timeout: float | None) -> list[Any]:
        return []

    def get_map(self) -> dict[Any, Any]:
        return {}


class _PlainLoop(asyncio.BaseEventLoop):
    """A loop of callbacks and timers alone."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = _Timers()

    def _process_events(self, _events: Any) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nothing sleeps that would have to be woken."""


class Loops:
    """All loops of a session.

    Args:
        released: lets Ctrl-C through while coroutines run.
    """

    def __init__(self, released: Callable[[], AbstractContextManager[None]]) -> None:
        self._released = released
        self._loops: list[asyncio.AbstractEventLoop] = []

    def new(self) -> asyncio.AbstractEventLoop:
        """A further loop, which gets its turns from now on."""
        if sys.platform == "emscripten":
            made: asyncio.AbstractEventLoop = _PlainLoop()
        else:
            made = asyncio.SelectorEventLoop()
        self._loops.append(made)
        return made

    def has(self, loop: object) -> bool:
        """Whether it is one of them."""
        return loop in self._loops

    def turn(self) -> bool:
        """Let each loop do what it can do without waiting; whether any did something."""
        did = False
        for loop in list(self._loops):
            if not loop.is_running() and not loop.is_closed():
                while self._is_due(loop):
                    did = True
                    self._once(loop)
        return did

    def delay_s(self) -> float | None:
        """Seconds to the next timer; None if there is none."""
        timers = [
            timer.when() - loop.time()
            for loop in self._loops
            if not loop.is_running()
            for timer in getattr(loop, "_scheduled", ())
            if not timer.cancelled()
        ]
        return max(0.0, min(timers)) if timers else None

    def may_be_woken(self) -> bool:
        """Whether something from outside may come to a loop: a socket, or a thread of its own."""
        return any(
            len(_sockets(loop)) > 1 or getattr(loop, "_default_executor", None) is not None
            for loop in self._loops
        )

    def end(self, loop: asyncio.AbstractEventLoop) -> None:
        """The actor is gone: cancel what is under way, and close the loop."""
        if loop not in self._loops:
            return
        self._loops.remove(loop)
        if loop.is_running():
            loop.call_soon(loop.stop)
            return
        for task in asyncio.all_tasks(loop):
            task.cancel()
        with loop_out_of_sight():
            loop.run_until_complete(_settled(loop))
            loop.close()

    def close(self) -> None:
        """End all loops."""
        for loop in list(self._loops):
            self.end(loop)

    @staticmethod
    def _is_due(loop: Any) -> bool:
        if loop._ready:  # noqa: SLF001  # Nothing public says whether a loop has something to do.
            return True
        timers = loop._scheduled  # noqa: SLF001  # As above.
        if timers and timers[0].when() <= loop.time():
            return True
        return len(_sockets(loop)) > 1 and bool(loop._selector.select(0))  # noqa: SLF001  # As above.

    def _once(self, loop: asyncio.AbstractEventLoop) -> None:
        with loop_out_of_sight(), self._released():
            loop.call_soon(loop.stop)
            loop.run_forever()


async def _settled(loop: asyncio.AbstractEventLoop) -> None:
    others: list[Coroutine[Any, Any, Any] | Any] = [
        task for task in asyncio.all_tasks(loop) if task is not asyncio.current_task(loop)
    ]
    await asyncio.gather(*others, return_exceptions=True)
    await loop.shutdown_asyncgens()


def _sockets(loop: Any) -> Any:
    selector = getattr(loop, "_selector", None)
    return selector.get_map() if selector is not None else {}
