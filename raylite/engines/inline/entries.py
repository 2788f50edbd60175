"""What is known of one object in one process: its value as bytes, or that there is none yet.

In Ray: ``src/ray/core_worker/store_provider/memory_store/memory_store.h``. Left out here: owners
and borrowers. Whoever has a ref has the entry itself, so Python's own counting is all there is.
"""

import weakref
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol

from raylite._core.common.ids import ActorID, ObjectID
from raylite._core.common.object_ref import ObjectRef
from raylite._core.core_worker.call_sites import CallSite, described, origin_told
from raylite._core.object_store.serialization import ERROR, NONE, note_ref

__all__ = ["Entry", "HandleEntry", "Home"]

_entries: "weakref.WeakValueDictionary[bytes, Entry]" = weakref.WeakValueDictionary()
"""All that are alive, so that a ref in a pickle finds the one it stands for."""


class Home(Protocol):
    """The engine, as far as an entry needs it."""

    def load(self, entry: "Entry") -> Any:
        """The value, made anew; raises the error."""
        ...

    def want(self, entry: "Entry", *, may_wait: bool) -> None:
        """Somebody waits for the entry who does not call ``get``."""
        ...

    def keep_for_good(self, entry: "Entry") -> None:
        """A ref was pickled by hand: nobody knows what becomes of the bytes."""
        ...

    def release_handle(self, actor_id: ActorID) -> None:
        """No handle is left. Called from ``__del__``: must only note it."""
        ...


class Entry:
    """A value that is there, or will be.

    Args:
        home: the engine.
        object_id: the object's name.
    """

    contained: Any = None
    """Keeps the objects whose refs are inside the value."""
    site: CallSite | None = None
    """The line that has made it."""
    raised_at: TracebackType | None = None
    """Of an error: the frames it was raised in, for a debugger."""
    call: Any = None
    """The call that is to fill it, until it has."""
    printed = None

    def __init__(self, home: Home, object_id: ObjectID) -> None:
        self.home = home
        self.object_id = object_id
        self.payload: bytes | None = None
        self._waiters: list[Callable[[], None]] = []
        _entries[object_id] = self

    def has_failed(self) -> bool:
        """Whether there is an error instead of a value."""
        return self.payload is not None and self.payload[0] == ERROR

    def resolve(self, payload: bytes) -> None:
        """Write the payload, once, and tell whoever waits."""
        if self.payload is not None:
            return
        self.payload = payload
        self.call = None
        waiters, self._waiters = self._waiters, []
        for tell in waiters:
            tell()

    def when_done(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` once the payload is there."""
        if self.payload is None:
            self._waiters.append(callback)
        else:
            callback()

    def add_done_callback(self, callback: Callable[[], None], *, may_wait: bool = False) -> None:
        """The same for somebody who does not call ``get``: see that it comes."""
        self.when_done(callback)
        if self.payload is None:
            self.home.want(self, may_wait=may_wait)

    def result(self) -> Any:
        """The value, unpacked anew; raises the error."""
        return self.home.load(self)

    def call_site(self) -> str:
        """The line that has made it, as Ray writes it; empty if that was not noted."""
        found = described(self.site)
        return "" if found is None else "({0})  | {1}:{3}:{2}".format(*found)

    def told(self) -> str:
        """What is known of it, in a sentence, for whoever takes the ref for its value."""
        if self.payload is None:
            now = "Its value is not there yet."
        else:
            failed = self.has_failed()
            now = "Its call has failed." if failed else "Its value is there already."
        return origin_told(self.site) + now

    def glance(self) -> Any:
        """What can be said of it without unpacking it."""
        from raylite._core.core_worker.glance import glance_at  # noqa: PLC0415  # For pictures only.

        return glance_at(self)

    def reduce(self) -> tuple[Any, ...]:
        """What ``pickle`` needs to find it again."""
        if not note_ref(self):
            self.home.keep_for_good(self)
        return _ref_to, (bytes(self.object_id),)


class HandleEntry(Entry):
    """Counts the handles of one actor: when it goes, there is no handle left."""

    def __init__(self, home: Home, object_id: ObjectID, actor_id: ActorID) -> None:
        super().__init__(home, object_id)
        self.actor_id = actor_id
        self.payload = NONE

    def reduce(self) -> tuple[Any, ...]:
        """An actor is not kept for the sake of bytes."""
        note_ref(self)
        return _ref_to, (bytes(self.object_id),)

    def __del__(self) -> None:
        self.home.release_handle(self.actor_id)


def _ref_to(object_id: bytes) -> ObjectRef[Any] | None:
    entry = _entries.get(object_id)
    return ObjectRef.from_binary(object_id) if entry is None else ObjectRef(entry)
