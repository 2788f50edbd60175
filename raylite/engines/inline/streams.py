"""Items of a generator, which goes on when somebody wants the next one.

In Ray: ``ObjectRefStream`` in ``src/ray/core_worker/task_manager.h``, where generators run ahead.
In one process nothing runs beside its caller, so an item is made when it is asked for: the same
items and errors in the same order, and one that has no end can be left. A call that has to wait
for a generator's end has it run to there.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Final

from raylite._core.object_store.serialization import NONE
from raylite.engines.inline.answers import answer, fail, values_of
from raylite.engines.inline.calls import Call, object_id
from raylite.engines.inline.entries import Entry
from raylite.engines.inline.executing import is_ctrl_c, no_generator, running
from raylite.engines.inline.worlds import pack

__all__ = ["Stream"]

_FIRST_INDEX: Final = 2
"""Number 1 is the end of the generator itself."""


class Stream:
    """The items of one call, in order.

    Args:
        engine: the session.
        call: the generator's.
    """

    def __init__(self, engine: Any, call: Call) -> None:
        self._engine = engine
        self.call = call
        self._items: deque[Entry] = deque()
        self._number = 0
        self._iterator: Iterator[Any] | None = None
        self._steps = False
        """It is making an item at this moment."""
        self._wanted: asyncio.Event | None = None
        """Of an asynchronous generator: whether somebody wants an item."""
        self._is_dropped = False
        self._callbacks: list[Callable[[], None]] = []
        self._next: Entry | None = None
        self.end: Entry = call.entries[0]

    @property
    def task_id(self) -> str:
        """As the items' refs spell it."""
        return self.call.task_id

    @property
    def completed(self) -> Entry:
        """Resolved when the generator has ended."""
        return self.end

    # The generator's side.

    def begin(self, iterator: Iterator[Any]) -> None:
        """The call has run, and this is what it gave."""
        self._iterator = iterator
        self._engine.paused.append(self)
        if self._is_dropped:
            self.tell_dropped()
        self._call_back()

    async def follow(self, items: Any) -> None:
        """Take items as they are wanted, on an event loop.

        Raises:
            TypeError: if there are none, since it is no generator.
        """
        self._wanted = asyncio.Event()
        self._engine.paused.append(self)
        if isinstance(items, Iterator):
            items = _as_async(items)
        if not isinstance(items, AsyncIterator):
            raise no_generator(self.call, items)
        while not self._is_dropped:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                item = await anext(items)
            except StopAsyncIteration:
                return
            self._add(*pack(item))

    def advance(self) -> bool:
        """Have one item made; False if nothing can be done about it now."""
        if self._wanted is not None and self.end.payload is None:
            was_asked = self._wanted.is_set()
            self._wanted.set()
            return self._engine.loops.turn() or not was_asked
        iterator = self._iterator
        if iterator is None or self._steps or self.end.payload is not None:
            return False
        self._steps = True
        try:
            self._step(iterator)
        finally:
            self._steps = False
        return True

    def _step(self, iterator: Iterator[Any]) -> None:
        call = self.call
        try:
            with running(self._engine, call):
                item = next(iterator)
            self._add(*pack(item))
        except StopIteration:
            self._iterator = None
            answer(self._engine, call, values_of(call, None))
        except KeyboardInterrupt as error:
            self._iterator = None
            fail(self._engine, call, error)
            if is_ctrl_c(error):
                raise
        except BaseException as error:  # Whatever the user's code raised.
            self._iterator = None
            self._engine.generator_raised(call, error)

    def ended(self) -> None:
        """The call is answered: an error is its last item."""
        if self in self._engine.paused:
            self._engine.paused.remove(self)
        if self.end.has_failed() and self.end.payload is not None:
            last = self._add(self.end.payload, self.end.contained)
            last.raised_at = self.end.raised_at
        self._call_back()

    def _add(self, payload: bytes, refs: Any) -> Entry:
        entry = Entry(self._engine, object_id(self.call, _FIRST_INDEX + self._number))
        entry.contained, entry.site = refs or None, self.end.site
        entry.resolve(payload)
        self._number += 1
        self._items.append(entry)
        self._call_back()
        return entry

    # The caller's side.

    def is_ready(self) -> bool:
        """Whether :meth:`take` would not have to wait; if not, the item is made."""
        if not self._has_next():
            self._engine.pump()
            self.advance()
        return self._has_next()

    def _has_next(self) -> bool:
        return bool(self._items) or self.end.payload is not None

    def wait(self, timeout_s: float | None) -> bool:
        """Wait until it is ready; whether it is."""
        if not self._has_next():
            self._engine.waiting.until(self.is_ready, timeout_s, [self.end])
        return self._has_next()

    def take(self) -> Entry | None:
        """The next item; None if there is none any more."""
        return self._items.popleft() if self._items else None

    def next_item(self) -> Entry:
        """Has a value once it is ready; one for all who wait for the same item."""
        entry = self._next
        if entry is None or entry.payload is not None:
            entry = self._next = Entry(self._engine, object_id(self.call, 0))
            entry.call = self.call
            self.add_ready_callback(lambda: entry.resolve(NONE))
        return entry

    def is_exhausted(self) -> bool:
        """Whether the generator has ended and every item was taken."""
        if not self._items:
            self.is_ready()
        return self.end.payload is not None and not self._items

    def add_ready_callback(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` once it is ready."""
        self._callbacks.append(callback)
        if self.is_ready():
            self._call_back()
        else:
            self._engine.want(self.end, may_wait=False)

    def drop(self) -> None:
        """Nobody will take a further item. Called from ``__del__``: must only note it."""
        self._is_dropped = True
        if self.end.payload is None:
            self._engine.releases.append(self.tell_dropped)

    def tell_dropped(self) -> None:
        """Let go of what was made, and let the generator end where it is."""
        self._items.clear()
        iterator, self._iterator = self._iterator, None
        if self._wanted is not None:
            self._wanted.set()
        if iterator is None or self._steps:
            return
        close = getattr(iterator, "close", None)
        try:
            if close is not None:
                with running(self._engine, self.call):
                    close()
        except BaseException as error:  # As above.
            fail(self._engine, self.call, error)
        else:
            answer(self._engine, self.call, values_of(self.call, None))

    def _call_back(self) -> None:
        while self._callbacks and self._has_next():
            self._callbacks.pop(0)()


async def _as_async(items: Iterator[Any]) -> AsyncIterator[Any]:
    for item in items:
        yield item
