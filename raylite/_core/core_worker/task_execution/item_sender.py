"""Items of a generator, as they leave the process that runs it.

In Ray: ``execute_streaming_generator_sync`` and ``_async`` in ``python/ray/_raylet.pyx``.
"""

import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from raylite._core.core_worker.task_execution.task_interrupt import runs_user_code
from raylite._core.rpc.peer_messages import ALL_ITEMS

__all__ = ["ItemBudget", "ItemSender"]


class ItemBudget:
    """How many items all generators of an actor together may be ahead of those who take them.

    Args:
        limit: how many.
        poke: has threads that wait look again.
    """

    def __init__(self, limit: int, poke: Callable[[], None]) -> None:
        self.limit = limit
        self._poke = poke
        self._num_untaken = 0
        self._lock = threading.Lock()
        self._waiting: list[Callable[[], object]] = []

    def has_room(self) -> bool:
        """Whether an item more may be sent."""
        return self._num_untaken < self.limit

    def change(self, number: int) -> None:
        """So many items more were sent, or, if negative, taken."""
        with self._lock:
            self._num_untaken += number
            waiting, self._waiting = (self._waiting, []) if number < 0 else ([], self._waiting)
        if number < 0:
            self._poke()
        for wake in waiting:
            wake()

    def wake_later(self, wake: Callable[[], object], unless: Callable[[], bool]) -> None:
        """Call ``wake`` when some were taken, or at once if meanwhile ``unless()`` is true."""
        with self._lock:
            self._waiting.append(wake)
        if unless():
            wake()


class ItemSender:
    """Sends what a generator yields, and waits when its caller is too far behind.

    Args:
        send: sends an item of a number.
        ahead: how many items may be sent that the caller has not taken; -1: any number.
        wait: waits in this thread until a condition is true.
        budget: what the actor's generators share; None where they share nothing.
    """

    def __init__(
        self,
        send: Callable[[int, Any], None],
        ahead: int,
        wait: Callable[[Callable[[], bool]], object],
        budget: ItemBudget | None = None,
    ) -> None:
        self._send = send
        self._ahead = ahead
        self._wait = wait
        self._budget = budget
        self._num_sent = 0
        self._num_taken = 0
        self._num_counted = 0
        self._stopped = False
        self._is_unlimited = False
        """Nobody takes the items: they hold up nobody."""
        self._lock = threading.Lock()
        self._wake: Callable[[], object] | None = None

    def taken(self, number: int) -> None:
        """The caller has taken so many items by now. Called by whoever reads."""
        with self._lock:
            self._is_unlimited = number == ALL_ITEMS
            self._num_taken = number
            wake, self._wake = self._wake, None
        self._count()
        if wake is not None:
            wake()

    def close(self) -> None:
        """There are no further items: those that nobody took count no longer."""
        self._is_unlimited = True
        self._count()

    def stop(self) -> None:
        """Nobody wants further items. Called by whoever reads."""
        self._stopped = True

    def run(self, items: Iterator[Any]) -> None:
        """Send what the generator yields."""
        if not self._has_room():
            self._wait(self._has_room)
        for item in items:
            if self._stopped:
                return
            self._send_next(item)
            if not self._has_room():
                self._wait(self._has_room)

    async def run_async(self, items: AsyncIterator[Any] | Iterator[Any]) -> None:
        """The same on an event loop."""
        await self._room()
        if isinstance(items, AsyncIterator):
            async for item in items:
                await self._send_async(item)
        else:
            for item in items:
                await self._send_async(item)

    async def _send_async(self, item: Any) -> None:
        self._send_next(item)
        await self._room()

    async def _room(self) -> None:
        while not self._has_room():
            await self._woken()

    def _send_next(self, item: Any) -> None:
        index = self._num_sent
        self._num_sent += 1  # Before it leaves: the news that it was taken may be fast.
        self._count()
        self._send(index, item)

    def _count(self) -> None:
        """Let the other generators of the actor know how far this one is ahead."""
        budget = self._budget
        if budget is None:
            return
        with self._lock:
            now = 0 if self._is_unlimited else self._num_sent - self._num_taken
            change, self._num_counted = now - self._num_counted, now
        if change:
            budget.change(change)

    def _woken(self) -> Awaitable[None]:
        import asyncio  # noqa: PLC0415  # It is imported: a loop is running.

        loop = asyncio.get_running_loop()
        woken = loop.create_future()

        def set_result() -> None:
            if not woken.done():  # Else it was cancelled.
                woken.set_result(None)

        def wake() -> None:
            loop.call_soon_threadsafe(set_result)

        with self._lock:
            if not self._has_room():
                self._wake = wake
                if self._budget is not None:
                    self._budget.wake_later(wake, self._has_room)
                return woken
        woken.set_result(None)
        return woken

    def _has_room(self) -> bool:
        if self._stopped or self._is_unlimited or self._ahead < 0:
            return True
        if self._num_sent - self._num_taken >= self._ahead:
            return False
        return self._budget is None or self._budget.has_room()


runs_user_code(ItemSender.run)
