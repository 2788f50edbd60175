"""Items of a generator, as they leave the process that runs it.

In Ray: ``execute_streaming_generator_sync`` and ``_async`` in ``python/ray/_raylet.pyx``.
"""

import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

__all__ = ["ItemSender"]


class ItemSender:
    """Sends what a generator yields, and waits when its caller is too far behind.

    Args:
        send: sends an item of a number.
        ahead: how many items may be sent that the caller has not taken; -1: any number.
        wait: waits in this thread until a condition is true.
    """

    def __init__(
        self,
        send: Callable[[int, Any], None],
        ahead: int,
        wait: Callable[[Callable[[], bool]], object],
    ) -> None:
        self._send = send
        self._ahead = ahead
        self._wait = wait
        self._num_sent = 0
        self._num_taken = 0
        self._lock = threading.Lock()
        self._wake: Callable[[], object] | None = None

    def taken(self, number: int) -> None:
        """The caller has taken so many items by now. Called by whoever reads."""
        with self._lock:
            self._num_taken = number
            wake, self._wake = self._wake, None
        if wake is not None:
            wake()

    def run(self, items: Iterator[Any]) -> None:
        """Send what the generator yields."""
        for item in items:
            self._send(self._num_sent, item)
            self._num_sent += 1
            if not self._has_room():
                self._wait(self._has_room)

    async def run_async(self, items: AsyncIterator[Any] | Iterator[Any]) -> None:
        """The same on an event loop."""
        if isinstance(items, AsyncIterator):
            async for item in items:
                await self._send_async(item)
        else:
            for item in items:
                await self._send_async(item)

    async def _send_async(self, item: Any) -> None:
        self._send(self._num_sent, item)
        self._num_sent += 1
        while not self._has_room():
            await self._woken()

    def _woken(self) -> Awaitable[None]:
        import asyncio  # noqa: PLC0415  # It is imported: a loop is running.

        loop = asyncio.get_running_loop()
        woken = loop.create_future()

        def wake() -> None:
            loop.call_soon_threadsafe(woken.set_result, None)

        with self._lock:
            if not self._has_room():
                self._wake = wake
                return woken
        woken.set_result(None)
        return woken

    def _has_room(self) -> bool:
        return self._ahead < 0 or self._num_sent - self._num_taken < self._ahead
