"""A queue between tasks, actors and the driver: ``Queue(maxsize=10)``.

In Ray: ``python/ray/util/queue.py``. Left out here: nothing.

The items live in an asynchronous actor, whose coroutines wait where a thread would: up to a
thousand tasks may wait in ``get`` at the same time. A Queue holds a handle of this actor, so a
copy of it, wherever it was passed, is the same queue.
"""

import asyncio
import queue
from collections.abc import Iterable, Mapping
from typing import Any

import raylite
from raylite.actor import ActorHandle

__all__ = ["Empty", "Full", "Queue"]


class Empty(queue.Empty):
    """There was nothing to get."""


class Full(queue.Full):
    """There was no room for what was to be put."""


class Queue:
    """First in, first out, for as many processes as share it.

    Args:
        maxsize: how many items it holds; 0 or less: as many as there is memory for.
        actor_options: for the actor that holds the items, as in ``.options(...)``.

    Raises:
        ValueError: for an option that actors do not have.
    """

    def __init__(self, maxsize: int = 0, actor_options: Mapping[str, Any] | None = None) -> None:
        self.maxsize = maxsize
        actor_class = raylite.remote(_QueueActor)
        self.actor: ActorHandle | None = actor_class.options(**(actor_options or {})).remote(
            maxsize
        )

    def __len__(self) -> int:
        return self.size()

    def size(self) -> int:
        """How many items there are."""
        return int(raylite.get(self._alive().qsize.remote()))

    def qsize(self) -> int:
        """The same as :meth:`size`."""
        return self.size()

    def empty(self) -> bool:
        """Whether there are no items. The next moment it may be otherwise."""
        return bool(raylite.get(self._alive().empty.remote()))

    def full(self) -> bool:
        """Whether there is no room left. The next moment it may be otherwise."""
        return bool(raylite.get(self._alive().full.remote()))

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:  # noqa: FBT001, FBT002  # Ray's signature
        """Add an item at the end.

        Args:
            item: anything that can be pickled.
            block: False does not wait for room.
            timeout: seconds to wait for room; None waits for ever.

        Raises:
            Full: if there was no room in time.
            ValueError: if ``timeout`` is negative.
        """
        actor = self._alive()
        if block:
            raylite.get(actor.put.remote(item, _checked_timeout(timeout)))
        elif not raylite.get(actor.put_nowait.remote(item)):
            raise Full(self._is_full())

    async def put_async(self, item: Any, block: bool = True, timeout: float | None = None) -> None:  # noqa: ASYNC109, FBT001, FBT002  # Ray's signature
        """As :meth:`put`, to be awaited."""
        actor = self._alive()
        if block:
            await actor.put.remote(item, _checked_timeout(timeout))
        elif not await actor.put_nowait.remote(item):
            raise Full(self._is_full())

    def get(self, block: bool = True, timeout: float | None = None) -> Any:  # noqa: FBT001, FBT002  # Ray's signature
        """Take the first item out.

        Args:
            block: False does not wait for an item.
            timeout: seconds to wait for one; None waits for ever.

        Raises:
            Empty: if there was none in time.
            ValueError: if ``timeout`` is negative.
        """
        actor = self._alive()
        if block:
            return raylite.get(actor.get.remote(_checked_timeout(timeout)))
        return _only_item(raylite.get(actor.get_nowait.remote()))

    async def get_async(self, block: bool = True, timeout: float | None = None) -> Any:  # noqa: ASYNC109, FBT001, FBT002  # Ray's signature
        """As :meth:`get`, to be awaited."""
        actor = self._alive()
        if block:
            return await actor.get.remote(_checked_timeout(timeout))
        return _only_item(await actor.get_nowait.remote())

    def put_nowait(self, item: Any) -> None:
        """The same as ``put(item, block=False)``.

        Raises:
            Full: if there is no room.
        """
        self.put(item, block=False)

    def get_nowait(self) -> Any:
        """The same as ``get(block=False)``.

        Raises:
            Empty: if there is no item.
        """
        return self.get(block=False)

    def put_nowait_batch(self, items: Iterable[Any]) -> None:
        """Add several items with one call: all of them, or none.

        Raises:
            Full: if there is no room for all.
            TypeError: if ``items`` cannot be iterated over.
        """
        raylite.get(self._alive().put_nowait_batch.remote(_checked_items(items)))

    def get_nowait_batch(self, num_items: int) -> list[Any]:
        """Take several items out with one call: exactly so many, or none.

        Raises:
            Empty: if there are not as many.
            TypeError: if ``num_items`` is no int.
            ValueError: if it is negative.
        """
        number = _checked_number(num_items)
        items: list[Any] = raylite.get(self._alive().get_nowait_batch.remote(number))
        return items

    def shutdown(self, force: bool = False, grace_period_s: float = 5) -> None:  # noqa: FBT001, FBT002  # Ray's signature
        """End the actor behind the queue, and lose what is in it. A second time, do nothing.

        Args:
            force: True kills it at once; calls that wait in it raise RayActorError.
            grace_period_s: seconds it has for the calls before, after which it is killed.
        """
        actor, self.actor = self.actor, None
        if actor is None:
            return
        if not force:
            ended = actor.__ray_terminate__.remote()
            if raylite.wait([ended], timeout=grace_period_s)[0]:
                return
        raylite.kill(actor, no_restart=True)

    def _alive(self) -> ActorHandle:
        if self.actor is None:
            msg = "This queue was shut down, and its items are gone. Make a new one with Queue()."
            raise AttributeError(msg)
        return self.actor

    def _is_full(self) -> str:
        return f"The queue is full: it holds maxsize={self.maxsize} items."


def _checked_timeout(timeout: float | None) -> float | None:
    if timeout is not None and timeout < 0:
        msg = f"timeout={timeout!r}: 'timeout' must be a non-negative number of seconds, or None."
        raise ValueError(msg)
    return timeout


def _checked_items(items: Any) -> list[Any]:
    if not isinstance(items, Iterable):
        msg = f"put_nowait_batch({items!r}): the argument 'items' has to be an iterable."
        raise TypeError(msg)
    return list(items)


def _checked_number(num_items: Any) -> int:
    if not isinstance(num_items, int):
        msg = f"get_nowait_batch({num_items!r}): the argument 'num_items' has to be an int."
        raise TypeError(msg)
    if num_items < 0:
        msg = f"get_nowait_batch({num_items}): 'num_items' has to be nonnegative."
        raise ValueError(msg)
    return num_items


def _only_item(items: list[Any]) -> Any:
    if not items:
        msg = "The queue is empty."
        raise Empty(msg)
    return items[0]


class _QueueActor:
    """What the process of a queue runs.

    ``asyncio.timeout`` rather than ``wait_for``: what is there already is given even with a
    timeout of 0, and an item is never lost between two waiting calls.
    """

    def __init__(self, maxsize: int) -> None:
        self._maxsize = maxsize
        self._queue: asyncio.Queue[Any] = asyncio.Queue(maxsize)

    def qsize(self) -> int:
        return self._queue.qsize()

    def empty(self) -> bool:
        return self._queue.empty()

    def full(self) -> bool:
        return self._queue.full()

    async def put(self, item: Any, timeout_s: float | None) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await self._queue.put(item)
        except TimeoutError:
            msg = f"There was no room within {timeout_s} s: maxsize={self._maxsize}."
            raise Full(msg) from None

    async def get(self, timeout_s: float | None) -> Any:
        try:
            async with asyncio.timeout(timeout_s):
                return await self._queue.get()
        except TimeoutError:
            msg = f"There was no item within {timeout_s} s."
            raise Empty(msg) from None

    def put_nowait(self, item: Any) -> bool:
        """Whether there was room."""
        if self._queue.full():
            return False
        self._queue.put_nowait(item)
        return True

    def get_nowait(self) -> list[Any]:
        """The first item, if there is one."""
        return [] if self._queue.empty() else [self._queue.get_nowait()]

    def put_nowait_batch(self, items: list[Any]) -> None:
        size = self._queue.qsize()
        if 0 < self._maxsize < size + len(items):
            room = f"a queue of size {size} and maxsize {self._maxsize}"
            msg = f"Cannot add {len(items)} items to {room}."
            raise Full(msg)
        for item in items:
            self._queue.put_nowait(item)

    def get_nowait_batch(self, num_items: int) -> list[Any]:
        size = self._queue.qsize()
        if num_items > size:
            msg = f"Cannot get {num_items} items from a queue of size {size}."
            raise Empty(msg)
        return [self._queue.get_nowait() for _ in range(num_items)]
