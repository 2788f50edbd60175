"""Where calls run inside a worker: the main thread, a pool of threads, or an event loop.

In Ray: ``src/ray/core_worker/task_execution/concurrency_group_manager.h``, ``thread_pool.h`` and
``fiber.h``. Left out here: the boost fibers between Ray's C++ and asyncio.

Each concurrency group of an actor is a lane of its own, and so is the group without a name. Calls
start in the order in which they arrived in their lane, as soon as its limit allows. Who reads and
hands them out is :mod:`.dispatcher`'s.
"""

from collections.abc import Callable, Collection, Coroutine
from typing import Any, Protocol

from raylite._core.core_worker.task_execution.dispatcher import Dispatcher

__all__ = ["Call", "Lane"]


class Call(Protocol):
    """A call that is ready to run."""

    gathers: Collection[Any] | None
    """While there is something in it, the reply may wait a little for others."""
    started_s: float
    """When it began."""

    def run(self) -> None:
        """Run it in this thread, and reply."""
        ...

    def run_async(self, ended: Callable[[Any], None]) -> Coroutine[Any, Any, None]:
        """Run it on this event loop, reply, and say that it has ended."""
        ...


class Lane(Protocol):
    """Runs calls beside the main thread."""

    def follow(self, dispatcher: Dispatcher) -> None:
        """Have idle threads lead, while the dispatcher says that the lane does."""
        ...

    def submit(self, call: Call) -> None:
        """Start the call as soon as the lane's limit allows."""
        ...

    def calls(self) -> list[Any]:
        """The calls that were submitted and have not ended."""
        ...

    def running(self) -> list[Any]:
        """Those of them that have begun."""
        ...

    def has_waiting(self) -> bool:
        """Whether there are others."""
        ...

    def interrupt(self, call: Call) -> None:
        """Make an end of a call that is marked as cancelled, where that can be done."""
        ...

    def run_and_wait(self, function: Callable[[], Any]) -> Any:
        """Run a function where the lane's calls run; an awaitable it returns is awaited."""
        ...
