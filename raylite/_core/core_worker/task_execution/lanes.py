"""Where calls run inside a worker: the main thread, a pool of threads, or an event loop.

In Ray: ``src/ray/core_worker/task_execution/concurrency_group_manager.h``, ``thread_pool.h`` and
``fiber.h``. Left out here: the boost fibers between Ray's C++ and asyncio.

Each concurrency group of an actor is a lane of its own, and so is the group without a name. The
main thread reads, unpacks and hands out; a lane runs. Calls start in the order in which they
arrived in their lane, as soon as its limit allows.
"""

import queue
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

__all__ = ["Call", "Lane", "ThreadLane"]


class Call(Protocol):
    """A call that is ready to run."""

    def run(self) -> None:
        """Run it in this thread, and reply."""
        ...

    def run_async(self) -> Awaitable[None]:
        """Run it on this event loop, and reply."""
        ...


class Lane(Protocol):
    """Runs calls beside the main thread."""

    def submit(self, call: Call) -> None:
        """Start the call as soon as the lane's limit allows."""
        ...

    def calls(self) -> list[Any]:
        """The calls that were submitted and have not ended."""
        ...

    def interrupt(self, call: Call) -> None:
        """Make an end of a call that is marked as cancelled, where that can be done."""
        ...

    def run_and_wait(self, function: Callable[[], Any]) -> Any:
        """Run a function where the lane's calls run; an awaitable it returns is awaited."""
        ...


class ThreadLane:
    """At most so many calls at once, each in a thread.

    Args:
        name: of the group; shown as the threads' name.
        limit: how many calls run at once.
    """

    def __init__(self, name: str, limit: int) -> None:
        self._name = name or "default"
        self._limit = limit
        self._calls: queue.SimpleQueue[Call] = queue.SimpleQueue()
        self._under_way: dict[Call, None] = {}
        self._threads: list[threading.Thread] = []
        self._idle = threading.Semaphore(0)

    def submit(self, call: Call) -> None:
        """Give it to an idle thread, to a new one, or to the first that becomes idle."""
        self._under_way[call] = None
        self._calls.put(call)
        if not self._idle.acquire(blocking=False) and len(self._threads) < self._limit:
            name = f"{self._name}-{len(self._threads)}"
            thread = threading.Thread(target=self._work, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def calls(self) -> list[Any]:
        """The calls that were submitted and have not ended."""
        return list(self._under_way)

    def interrupt(self, call: Call) -> None:
        """Do nothing: a thread cannot be interrupted. A call that waits will see its mark."""

    def run_and_wait(self, function: Callable[[], Any]) -> Any:
        """Run it in the main thread: there is no call yet that could be in its way."""
        return function()

    def _work(self) -> None:
        while True:
            call = self._calls.get()
            call.run()
            del self._under_way[call]
            self._idle.release()
