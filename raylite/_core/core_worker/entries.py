"""What a process knows of one object: the entry behind an ``ObjectRef``.

In Ray: ``src/ray/core_worker/store_provider/memory_store/memory_store.h``. Left out here: a table
of all objects. An entry is kept alive by the refs that point to it and by the call that will
fill it, so Python frees most objects without any bookkeeping.

Rule 1: a payload is written once, by :meth:`Entry.resolve`.
Rule 2: a callback is called exactly once, whether it was added before, after or while the
        payload came.
"""

import contextlib
from collections.abc import Callable
from typing import Any, ClassVar, Protocol

from raylite._core.common.ids import ActorID, ObjectID, WorkerID
from raylite._core.object_store.plasma import PlasmaFile
from raylite._core.object_store.serialization import ERROR
from raylite._core.rpc.connection import Address, Connection

__all__ = ["BorrowedEntry", "Entry", "HandleEntry", "Home", "OwnedEntry", "owned_entries"]


class Home(Protocol):
    """The process an entry lives in, as far as the entry needs it."""

    object_prefix: bytes

    def load(self, entry: "Entry") -> Any:
        """The value behind a payload that is there; raises the error, if it is one."""
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
    """A value that is there, or will be."""

    __slots__ = ("__weakref__", "contained", "home", "payload", "pin", "printed", "waiters")

    num_failed: ClassVar[int] = 0
    """Grows whenever an error arrives: who waits for many values then looks whether it is his."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.payload: bytes | None = None
        """None while pending; then as :mod:`..object_store.serialization` packs it."""
        self.pin: PlasmaFile | None = None
        """Keeps the file of a large value."""
        self.contained: Any = None
        """Keeps the objects whose refs are inside the value."""
        self.printed: Any = None
        """The worker that printed something on the way to this value, until that was shown."""
        self.waiters: list[Callable[[], None]] | None = None

    @property
    def object_id(self) -> ObjectID:
        """The object's name, the same in every process."""
        raise NotImplementedError

    def has_failed(self) -> bool:
        """Whether there is an error instead of a value."""
        return self.payload is not None and self.payload[0] == ERROR

    def resolve(self, payload: bytes) -> None:
        """Write the payload, and tell whoever waits."""
        if self.payload is not None:
            return
        self.payload = payload
        if payload[0] == ERROR:
            # Two threads may count as one; either has written its payload before it counted.
            Entry.num_failed += 1
        if self.waiters:
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
                callback = waiters.pop(0)
            except IndexError:  # Another thread took the last one.
                return
            callback()

    def result(self) -> Any:
        """The value, unpacked anew; raises the error."""
        return self.home.load(self)

    def reduce(self) -> tuple[Any, ...]:
        """What ``pickle`` needs to rebuild the ref elsewhere."""
        raise NotImplementedError


class OwnedEntry(Entry):
    """An object this process made: by a call it submitted, or by ``put``."""

    __slots__ = ("index", "seq")

    def __init__(self, home: Home, seq: int, index: int = 1) -> None:
        # Entry.__init__, written out: this is the hot path.
        self.home = home
        self.payload = None
        self.pin = None
        self.contained = None
        self.printed = None
        self.waiters = None
        self.seq = seq
        self.index = index

    @property
    def object_id(self) -> ObjectID:
        """The owner's prefix, the number of the call, the number of the return."""
        tail = self.seq.to_bytes(8, "big") + self.index.to_bytes(4, "big")
        return ObjectID(self.home.object_prefix + tail)

    def reduce(self) -> tuple[Any, ...]:
        """Lets the owner know that the object may be asked for from now on."""
        return self.home.reduce_owned(self)


def owned_entries(home: Home, seq: int, num_returns: int) -> tuple[OwnedEntry, ...]:
    """The entries that a call is going to fill."""
    if num_returns == 1 or num_returns < 0:
        return (OwnedEntry(home, seq),)
    return tuple(OwnedEntry(home, seq, i + 1) for i in range(num_returns))


class HandleEntry(OwnedEntry):
    """Counts the handles of one actor: when it goes, there is no handle left anywhere."""

    __slots__ = ("actor_id",)

    def __init__(self, home: Home, seq: int, actor_id: ActorID) -> None:
        super().__init__(home, seq)
        self.actor_id = actor_id
        self.payload = b"N."

    def __del__(self) -> None:
        self.home.release_handle(self.actor_id)


class BorrowedEntry(Entry):
    """An object of another process, of which this one holds a ref."""

    __slots__ = ("_object_id", "address", "asked", "channel", "owner_id", "released")

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

    def reduce(self) -> tuple[Any, ...]:
        """Passes the ref on; the receiver counts itself with the owner."""
        return self.home.reduce_borrowed(self)

    def __del__(self) -> None:
        self.released = True
        self.home.release_borrowed(self._object_id, self.channel)
