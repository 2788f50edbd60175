"""Refs that leave their process: who is told, and who keeps what alive meanwhile.

In Ray: the borrowing protocol of ``src/ray/core_worker/reference_counter.cc``, where borrowers
are reported with the reply of a task. Left out here: merging of borrowers; each process that
holds a ref says so to the owner itself.

What makes it safe is who holds on until when:

1. A ref in an argument is held by the caller until the reply.
2. Whoever unpacks a ref tells its owner (``BorrowerAdded``). To the caller this goes over the
   call's own connection, ahead of the reply; any other owner must confirm it
   (``BorrowerCounted``) before the reply is sent. So the new count is there before the old hold
   ends.
3. A ref in a reply is held by the executor until the caller says ``RefsArrived``, which he does
   by the same rule.
4. A ref inside an object is held by the object's owner as long as the object lives.
"""

import itertools
import threading
from collections import deque
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

from raylite._core.common.ids import ActorID, ObjectID, WorkerID
from raylite._core.common.object_ref import ObjectRef
from raylite._core.core_worker.entries import BorrowedEntry, Entry, HandleEntry, OwnedEntry
from raylite._core.core_worker.peers import Peers
from raylite._core.core_worker.reference_counter import ReferenceCounter
from raylite._core.object_store.serialization import dumps_error, note_ref
from raylite._core.rpc.connection import Address, Connection
from raylite._core.rpc.peer_messages import (
    BorrowerAdded,
    BorrowerCounted,
    ForgetFunction,
    GetObject,
    ObjectValue,
    RefsArrived,
    RefsInReply,
    ReleaseBorrow,
)
from raylite.exceptions import OwnerDiedError, ReferenceCountingAssertionError

__all__ = ["Ownership", "rebuild_ref", "serve_refs_with"]

RefName = tuple[ObjectID, WorkerID, Address]
"""How a ref is written down: the object, its owner, and where the owner is reached."""


class Ownership:
    """Counts borrowers of this process's objects, and this process's borrows from others.

    Args:
        home: the process; entries are made for it.
        worker_id: its id.
        address: where it is reached.
        peers: its connections.
        call_connection: gives the connection of the call that runs in this thread, if one does.
        borrowed: told when there is something new that is borrowed; None where nobody cares.
    """

    def __init__(
        self,
        home: Any,
        worker_id: WorkerID,
        address: Address,
        peers: Peers,
        call_connection: Callable[[], Connection | None],
        *,
        borrowed: Callable[[], None] | None = None,
    ) -> None:
        self._home = home
        self._worker_id = worker_id
        self._address = address
        self._peers = peers
        self._call_connection = call_connection
        self._note_borrowed = borrowed
        self._counter: ReferenceCounter[Entry] = ReferenceCounter()
        self._exported: WeakValueDictionary[ObjectID, Entry] = WeakValueDictionary()
        self._borrowed: WeakValueDictionary[ObjectID, BorrowedEntry] = WeakValueDictionary()
        self._kept_by_hand: set[Entry] = set()
        self._numbers = itertools.count(1)
        self.unconfirmed: dict[int, WorkerID] = {}
        """Borrows of which the owner has not said yet that he has counted them."""
        self._released: deque[tuple[ObjectID, Connection]] = deque()
        self.released_handles: deque[ActorID] = deque()
        self.dropped_streams: deque[Any] = deque()
        self.dropped_definitions: deque[str] = deque()
        # Of two threads that unpack the same ref, one makes its entry.
        self._lock = threading.RLock()

    def num_kept(self) -> int:
        """How many objects are kept because other processes hold refs to them, or may."""
        return self._counter.num_kept() + len(self._kept_by_hand)

    def kept(self) -> frozenset[int]:
        """The ``id`` of each entry that is kept because other processes hold refs to it, or may."""
        return frozenset(map(id, [*self._counter.all_kept(), *self._kept_by_hand]))

    def borrowers(self, object_id: ObjectID) -> frozenset[WorkerID]:
        """The processes that hold refs to an object of this one."""
        return self._counter.borrowers(object_id)

    def reduce_owned(self, entry: OwnedEntry) -> tuple[Any, ...]:
        """Write down a ref to an object of this process."""
        self._note(entry)
        object_id = entry.object_id
        self._exported[object_id] = entry
        return rebuild_ref, (object_id, self._worker_id, self._address)

    def reduce_borrowed(self, entry: BorrowedEntry) -> tuple[Any, ...]:
        """Write down a ref to another's object."""
        self._note(entry)
        return rebuild_ref, (entry.object_id, entry.owner_id, entry.address)

    def _note(self, entry: Entry) -> None:
        if not note_ref(entry) and not isinstance(entry, HandleEntry):
            # Pickled by hand. Nobody knows what becomes of the bytes: it is kept, as Ray does for
            # ray.cloudpickle. An actor is not, here and there: it holds resources.
            self._kept_by_hand.add(entry)

    def entry_for(self, name: RefName, via: Connection | None = None) -> Entry:
        """The entry behind a ref that was written down somewhere.

        Args:
            name: the ref.
            via: the connection it came over; None: that of the running call.
        """
        object_id, owner_id, address = name
        if owner_id == self._worker_id:
            return self._own(object_id)
        with self._lock:
            entry = self._borrowed.get(object_id)
            if entry is None or entry.released:
                entry = BorrowedEntry(self._home, object_id, owner_id, address)
                self._borrowed[object_id] = entry
                self._tell_owner(entry, via or self._call_connection())
                if self._note_borrowed is not None:
                    self._note_borrowed()
        return entry

    def name_of(self, entry: Entry) -> RefName:
        """How a ref to the entry is written down."""
        if isinstance(entry, BorrowedEntry):
            return entry.object_id, entry.owner_id, entry.address
        return entry.object_id, self._worker_id, self._address

    def is_settled(self) -> bool:
        """Whether every owner has confirmed what this process borrows."""
        return not self.unconfirmed

    def fetch(self, entry: BorrowedEntry) -> None:
        """Ask the owner for the value, once."""
        if entry.asked or entry.payload is not None:
            return
        entry.asked = True
        try:
            connection = self._peers.to(entry.owner_id, entry.address)
        except OSError:
            entry.resolve(_owner_died(entry.object_id))
        else:
            connection.send_message(GetObject(object_id=entry.object_id))

    def release_borrowed(self, object_id: ObjectID, channel: Connection | None) -> None:
        """Note that the last ref to another's object is gone; told with :meth:`tell_released`."""
        if channel is not None:
            self._released.append((object_id, channel))

    def tell_released(self) -> None:
        """Tell owners, generators and workers what nobody here wants of them any more."""
        while self.dropped_streams:
            self.dropped_streams.popleft().tell_dropped()
        while self.dropped_definitions:
            self._have_forgotten(self.dropped_definitions.popleft())
        while self._released:
            object_id, channel = self._released.popleft()
            channel.send_message(ReleaseBorrow(object_id=object_id))

    def _have_forgotten(self, key: str) -> None:
        for connection in self._peers.connections():
            if key in connection.sent_definitions:
                connection.sent_definitions.discard(key)
                connection.send_message(ForgetFunction(key=key))

    def take_refs(self, connection: Connection, message: RefsInReply) -> None:
        """Hold the refs of a reply, or of an item, and tell its sender once they are counted."""
        call = connection.inflight.get(message.seq)
        if call is not None:
            refs = [self.entry_for(name, via=connection) for name in message.names]
            if message.index < 0:
                call.received_refs = refs
            else:
                call.item_refs = refs

        def confirm() -> None:
            if self.is_settled():
                connection.send_message(RefsArrived(seq=message.seq, index=message.index))
            else:
                self._home.poller.call_later(0.001, confirm)

        confirm()

    def on_message(self, connection: Connection, message: object) -> bool:
        """Take a message of the protocol; False if it is none."""
        match message:
            case BorrowerAdded():
                entry = self.find(message.object_id)
                if entry is not None:
                    self._counter.add_borrower(message.object_id, connection.peer_id, entry)
                if message.number:
                    connection.send_message(BorrowerCounted(number=message.number))
            case BorrowerCounted():
                self.unconfirmed.pop(message.number, None)
            case ReleaseBorrow():
                self._counter.remove_borrower(message.object_id, connection.peer_id)
            case GetObject():
                self._serve(connection, message.object_id)
            case ObjectValue():
                entry = self._borrowed.get(message.object_id)
                if entry is not None:
                    entry.resolve(message.payload)
            case _:
                return False
        return True

    def peer_died(self, worker_id: WorkerID) -> None:
        """A process is gone: it holds nothing, and what it owned is lost."""
        self._counter.borrower_died(worker_id)
        for number, owner_id in list(self.unconfirmed.items()):
            if owner_id == worker_id:
                self.unconfirmed.pop(number, None)
        for entry in list(self._borrowed.values()):
            if entry.owner_id == worker_id:
                entry.owner_died(_owner_died(entry.object_id))

    def find(self, object_id: ObjectID) -> Entry | None:
        """The entry of an object of this process, if it is kept or known to others."""
        return self._counter.kept(object_id) or self._exported.get(object_id)

    def _own(self, object_id: ObjectID) -> Entry:
        entry = self.find(object_id)
        if entry is None:
            entry = BorrowedEntry(self._home, object_id, self._worker_id, self._address)
            entry.resolve(_freed(object_id))
        return entry

    def _tell_owner(self, entry: BorrowedEntry, caller: Connection | None) -> None:
        if caller is not None and caller.peer_id == entry.owner_id:
            entry.channel = caller
            caller.send_message(BorrowerAdded(object_id=entry.object_id, number=0))
            return
        number = next(self._numbers)
        self.unconfirmed[number] = entry.owner_id
        try:
            connection = self._peers.to(entry.owner_id, entry.address)
        except OSError:
            self.unconfirmed.pop(number, None)
            entry.resolve(_owner_died(entry.object_id))
        else:
            entry.channel = connection
            connection.send_message(BorrowerAdded(object_id=entry.object_id, number=number))

    def _serve(self, connection: Connection, object_id: ObjectID) -> None:
        entry = self.find(object_id)
        if entry is None:
            connection.send_message(ObjectValue(object_id=object_id, payload=_freed(object_id)))
            return

        def answer() -> None:
            payload = entry.payload or b""
            connection.send_message(ObjectValue(object_id=object_id, payload=payload))

        entry.when_done(answer)


def _owner_died(object_id: ObjectID) -> bytes:
    return dumps_error(OwnerDiedError(object_id.hex()))


def _freed(object_id: ObjectID) -> bytes:
    return dumps_error(ReferenceCountingAssertionError(object_id.hex()))


_serving: list[Ownership] = []


def serve_refs_with(ownership: Ownership | None) -> None:
    """Say whose entries stand behind refs that are unpacked in this process from now on."""
    _serving[:] = [] if ownership is None else [ownership]


def rebuild_ref(object_id: ObjectID, owner_id: WorkerID, address: Address) -> ObjectRef[Any]:
    """The ref that was written down: what ``pickle`` calls.

    Raises:
        RuntimeError: if this process takes part in no session.
    """
    if not _serving:
        msg = (
            f"ObjectRef({object_id.hex()}) was unpickled in a process that takes part in no "
            "raylite session. Call raylite.init() first, or pass the value instead of the ref."
        )
        raise RuntimeError(msg)
    return ObjectRef(_serving[0].entry_for((object_id, owner_id, address)))
