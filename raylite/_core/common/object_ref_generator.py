"""The promise of many values: what a generator's ``.remote()`` returns.

In Ray: ``python/ray/_private/object_ref_generator.py``. Left out here: generators across languages.
"""

from collections.abc import Callable, Iterator
from typing import Any, NoReturn, Protocol

from raylite._core.common.object_ref import ObjectEntry, ObjectRef
from raylite._core.common.promise import StandsForValue, refuse
from raylite._core.common.public_ids import TaskID

__all__ = ["DynamicObjectRefGenerator", "ItemSource", "ObjectRefGenerator"]


class ItemSource(Protocol):
    """What an engine knows of one generator."""

    @property
    def task_id(self) -> str:
        """The id of the task that yields the items."""
        ...

    @property
    def completed(self) -> ObjectEntry:
        """Has a value, None, when the generator has ended; or the error that ended it."""
        ...

    def is_ready(self) -> bool:
        """Whether :meth:`take` would not have to wait."""
        ...

    def wait(self, timeout_s: float | None) -> bool:
        """Wait until it is ready; whether it is."""
        ...

    def take(self) -> ObjectEntry | None:
        """The next item, without waiting; None if there is none any more."""
        ...

    def is_exhausted(self) -> bool:
        """Whether the generator has ended and every item was taken."""
        ...

    def next_item(self) -> ObjectEntry:
        """Has a value once it is ready; not the item, which may be taken meanwhile."""
        ...

    def add_ready_callback(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` once it is ready, from any thread."""
        ...

    def drop(self) -> None:
        """Nobody will take a further item. Called from ``__del__``: must only note it."""
        ...


class ObjectRefGenerator(StandsForValue):
    """Gives one ObjectRef for each item that a remote generator yields, as soon as it yields it.

    ``for ref in gen`` and ``async for ref in gen`` wait for the next item. An exception in the
    generator is the value of its last ref.
    """

    def __init__(self, source: ItemSource) -> None:
        self._source = source

    def __del__(self) -> None:
        self._source.drop()

    @property
    def _entry(self) -> ObjectEntry:
        """What ``wait`` waits for."""
        return self._source.next_item()

    def __iter__(self) -> "ObjectRefGenerator":
        return self

    def __next__(self) -> ObjectRef[Any]:
        self._source.wait(None)
        entry = self._source.take()
        if entry is None:
            raise StopIteration
        return ObjectRef(entry)

    def __aiter__(self) -> "ObjectRefGenerator":
        return self

    async def __anext__(self) -> ObjectRef[Any]:
        import asyncio  # noqa: PLC0415  # 30 ms that a program without await need not pay.

        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()

        def wake() -> None:
            if not ready.done():
                ready.set_result(None)

        def is_ready() -> None:
            loop.call_soon_threadsafe(wake)

        self._source.add_ready_callback(is_ready)
        await ready
        entry = self._source.take()
        if entry is None:
            raise StopAsyncIteration
        return ObjectRef(entry)

    def next_ready(self) -> bool:
        """Whether the next item is there already."""
        return self._source.is_ready()

    def is_finished(self) -> bool:
        """Whether the generator has ended and every item was taken."""
        return self._source.is_exhausted()

    def completed(self) -> ObjectRef[Any]:
        """A ref that has a value when the generator has ended, or the error that ended it."""
        return ObjectRef(self._source.completed)

    def task_id(self) -> TaskID:
        """The id of the task that yields the items."""
        return TaskID.from_hex(self._source.task_id)

    def __repr__(self) -> str:
        return f"ObjectRefGenerator({self._source.task_id})"

    def _ray_told(self) -> str:
        return (
            "An ObjectRefGenerator gives one ObjectRef after the other, as the task yields. Go "
            "through it:\nfor ref in generator: value = ray.get(ref). All the refs are "
            "list(generator)."
        )

    def __reduce__(self) -> NoReturn:
        msg = (
            f"{self!r} cannot be sent to another process: only the process that called the "
            "generator can iterate over it. Pass the refs it gives instead."
        )
        raise TypeError(msg)


class DynamicObjectRefGenerator:
    """The refs of a generator that has run to its end: the value of a ``"dynamic"`` task.

    Args:
        refs: one for each item.
    """

    def __init__(self, refs: list[ObjectRef[Any]]) -> None:
        self._refs = refs

    def __iter__(self) -> Iterator[ObjectRef[Any]]:
        return iter(self._refs)

    def __len__(self) -> int:
        return len(self._refs)


refuse(ObjectRefGenerator, "call", "getitem", "len")
ObjectRefGenerator.__module__ = "raylite"
DynamicObjectRefGenerator.__module__ = "raylite"
