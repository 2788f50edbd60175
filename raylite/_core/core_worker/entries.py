"""What a process knows of one object: the entry behind an ``ObjectRef``.

In Ray: ``src/ray/core_worker/store_provider/memory_store/memory_store.h``. Left out here: a table
of all objects. An entry is kept alive by the refs that point to it and by the call that will
fill it, so Python frees most objects without any bookkeeping.

Rule 1: a payload is written once, by :meth:`Entry.resolve`; but for a borrowed one whose file has
        gone with its owner.
Rule 2: a callback is called exactly once, whether it was added before, after or while the
        payload came.
"""

import contextlib
from collections.abc import Callable
from typing import Any, ClassVar, Protocol

from raylite._core.common.ids import ActorID, ObjectID, WorkerID
from raylite._core.core_worker.call_sites import CallSite, described, origin_told
from raylite._core.object_store.plasma import PlasmaFile, PlasmaStore
from raylite._core.object_store.serialization import ERROR, IN_FILE, NONE
from raylite._core.rpc.connection import Address, Connection

__all__ = ["BorrowedEntry", "Entry", "HandleEntry", "Home", "OwnedEntry"]


class Home(Protocol):
    """The process an entry lives in, as far as the entry needs it."""

    object_prefix: bytes
    store: PlasmaStore
    over: bool
    """The session has ended, or the process has left it."""

    def load(self, entry: "Entry") -> Any:
        """The value behind a payload that is there; raises the error, if it is one."""
        ...

    def sealed(self, entry: "Entry", writer_id: WorkerID) -> None:
        """The value of an entry lies in a file, which another process may have written."""
        ...

    def want(self, entry: "Entry") -> None:
        """Somebody waits for the entry and cannot read sockets himself."""
        ...

    def call_outside(self, action: Callable[[], None]) -> None:
        """Call ``action``, which may wait, from a thread that does not read."""
        ...

    def reduce_owned(self, entry: "OwnedEntry") -> tuple[Any, ...]:
        """What ``pickle`` makes of a ref to an object of this process."""
        ...

    def reduce_borrowed(self, entry: "BorrowedEntry") -> tuple[Any, ...]:
        """What ``pickle`` makes of a ref to another's object."""
        ...

    def release_borrowed(self, object_id: ObjectID, channel: Connection | None) -> None:
        """The last ref to another's object is gone. Called from ``__del__``: must only note it."""
        ...

    def release_handle(self, actor_id: ActorID) -> None:
        """No handle to the actor is left. Called from ``__del__``: must only note it."""
        ...


class Entry:
    """A value that is there, or will be.

    What most entries do not have stands on the class, so that one is made in half the time.
    """

    payload: bytes | None = None
    """None while pending; then as :mod:`..object_store.serialization` packs it."""
    pin: PlasmaFile | None = None
    """Keeps the file of a large value."""
    contained: Any = None
    """Keeps the objects whose refs are inside the value."""
    printed: Any = None
    """Set if something was printed on the way to this value, until that was shown: a number."""
    waiters: list[Callable[[], None]] | None = None
    failure_watchers: ClassVar[tuple[Callable[["Entry"], None], ...]] = ()
    """Told of every entry that an error has come to."""

    def __init__(self, home: Home) -> None:
        self.home = home

    @property
    def object_id(self) -> ObjectID:
        """The object's name, the same in every process."""
        raise NotImplementedError

    def is_settled(self) -> bool:
        """Whether there is nothing to wait for any more."""
        return self.payload is not None or self.home.over

    def has_failed(self) -> bool:
        """Whether there is an error instead of a value."""
        return self.payload is not None and self.payload[0] == ERROR

    def resolve(self, payload: bytes) -> None:
        """Write the payload, and tell whoever waits."""
        if self.payload is not None:
            return
        self.payload = payload
        if payload[0] == ERROR:
            for note in Entry.failure_watchers:
                note(self)
        if self.waiters:
            self.waiters.reverse()  # So that each is taken from the end, of however many.
            self._call_waiters()

    def add_done_callback(self, callback: Callable[[], None], *, may_wait: bool = False) -> None:
        """Call ``callback`` once the payload is there, from whatever thread brings it.

        Args:
            callback: must neither wait nor raise.
            may_wait: True: it may do both, and is called from a thread that does not read.
        """
        if self.payload is None:
            home = self.home
            self.when_done((lambda: home.call_outside(callback)) if may_wait else callback)
            home.want(self)
        else:
            callback()

    def when_done(self, callback: Callable[[], None]) -> None:
        """The same for the runtime's own purposes: nobody is asked to hurry."""
        if self.waiters is None:
            self.waiters = []
        self.waiters.append(callback)
        if self.payload is not None:  # It came meanwhile, and its bringer may have gone already.
            self._call_waiters()

    def forget_callback(self, callback: Callable[[], None]) -> None:
        """Do not call ``callback`` any more, if it was not called yet."""
        if self.waiters:
            with contextlib.suppress(ValueError):  # It was called already.
                self.waiters.remove(callback)

    def _call_waiters(self) -> None:
        waiters = self.waiters or []
        while waiters:
            try:
                callback = waiters.pop()
            except IndexError:  # Another thread took the last one.
                return
            callback()

    def result(self) -> Any:
        """The value, unpacked anew; raises the error."""
        return self.home.load(self)

    def told(self) -> str:
        """What is known of it, in a sentence, for whoever takes the ref for its value."""
        if self.payload is None:
            return "Its value is not there yet."
        return "Its call has failed." if self.has_failed() else "Its value is there already."

    def glance(self) -> Any:
        """What can be said of it without unpacking it; see :mod:`.glance`."""
        from raylite._core.core_worker.glance import glance_at  # noqa: PLC0415  # For pictures only.

        return glance_at(self)

    def reduce(self) -> tuple[Any, ...]:
        """What ``pickle`` needs to rebuild the ref elsewhere."""
        raise NotImplementedError


class OwnedEntry(Entry):
    """An object this process made: by a call it submitted, or by ``put``."""

    index = 1
    """Of the return, from 1."""
    site: CallSite | None = None
    """The line that has made it."""

    def __init__(self, home: Home, seq: int, index: int = 1) -> None:
        self.home = home  # As Entry.__init__, without the call: this is the hot path.
        self.payload = None  # Looked at so often that it is worth while to have it here.
        self.seq = seq
        if index != 1:
            self.index = index

    @property
    def object_id(self) -> ObjectID:
        """The owner's prefix, the number of the call, the number of the return."""
        tail = self.seq.to_bytes(8, "big") + self.index.to_bytes(4, "big")
        return ObjectID(self.home.object_prefix + tail)

    def call_site(self) -> str:
        """The line that has made it, as Ray writes it; empty if that was not noted."""
        found = described(self.site)
        return "" if found is None else "({0})  | {1}:{3}:{2}".format(*found)

    def told(self) -> str:
        """What is known of it: the line that has made it, and whether it is there."""
        return origin_told(self.site) + super().told()

    def reduce(self) -> tuple[Any, ...]:
        """Lets the owner know that the object may be asked for from now on."""
        return self.home.reduce_owned(self)


class HandleEntry(OwnedEntry):
    """Counts the handles of one actor: when it goes, there is no handle left anywhere."""

    def __init__(self, home: Home, seq: int, actor_id: ActorID, way: object) -> None:
        super().__init__(home, seq)
        self.actor_id = actor_id
        self._way = way
        """Keeps what knows how the actor has ended, and the refs in the error of its constructor:
        it may be dead before the first call asks for the way."""
        self.payload = NONE

    def __del__(self) -> None:
        self.home.release_handle(self.actor_id)


class BorrowedEntry(Entry):
    """An object of another process, of which this one holds a ref."""

    def __init__(
        self, home: Home, object_id: ObjectID, owner_id: WorkerID, address: Address
    ) -> None:
        super().__init__(home)
        self._object_id = object_id
        self.owner_id = owner_id
        self.address = address
        self.asked = False
        """Whether the owner was asked for the value."""
        self.channel: Connection | None = None
        """Over which the owner was told of the borrow; he is told of its end over the same."""
        self.released = False

    @property
    def object_id(self) -> ObjectID:
        """As its owner named it."""
        return self._object_id

    def told(self) -> str:
        """What is known of it: it is another's, who may have the value though it is not here."""
        whose = "Another process has made it."
        return whose if self.payload is None else f"{whose} {super().told()}"

    def owner_died(self, payload: bytes) -> None:
        """The owner is gone, and with it the file of a large value: there is this error instead."""
        if self.payload is not None and self.payload[0] == IN_FILE:
            self.payload = payload
        else:
            self.resolve(payload)

    def reduce(self) -> tuple[Any, ...]:
        """Passes the ref on; the receiver counts itself with the owner."""
        return self.home.reduce_borrowed(self)

    def __del__(self) -> None:
        self.released = True
        self.home.release_borrowed(self._object_id, self.channel)
