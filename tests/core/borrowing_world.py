"""Several processes that lend objects to each other, in one: the real bookkeeping, fake sockets.

Each process has a real :class:`Ownership`. What it says to another waits in a queue until the test
delivers it: in order between two processes, in any order otherwise. A process that dies says
nothing more; what it has said before still arrives, and then that it is gone.
"""

import pickle
import weakref
from collections import deque
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from raylite._core.common.ids import WorkerID
from raylite._core.core_worker.entries import BorrowedEntry, OwnedEntry
from raylite._core.core_worker.ownership import Ownership
from raylite._core.object_store.serialization import ERROR
from raylite._core.rpc.peer_messages import RefsArrived, RefsInReply

__all__ = ["Call", "Process", "Reply", "World"]

GONE = object()
"""The last thing that is heard of a process."""


class Call(SimpleNamespace):
    """A call with refs in its arguments."""


class Reply(SimpleNamespace):
    """What a call has returned."""


class Line:
    """One end of a connection."""

    def __init__(self, world, mine, theirs):
        self._world = world
        self.mine = mine
        self.peer_id = theirs
        self.inflight = {}
        self.closed = False
        self.sent_definitions = set()

    def send_message(self, message):
        if not self.closed:
            self._world.queues[self.mine, self.peer_id].append(message)


class Process:
    """A process of the world; the home of its entries."""

    def __init__(self, world, name):
        self.world = world
        self.worker_id = WorkerID(name * 56)
        self.object_prefix = bytes.fromhex(self.worker_id[:32])
        self.lines = {}
        self.refs = []
        """What the user's code holds."""
        self.running = []
        """Calls that are executed here, with the entries of their arguments."""
        self.holding = {}
        self.timers: deque[Callable[[], object]] = deque()
        self.seq = 0
        self.poller = SimpleNamespace(call_later=lambda _delay, action: self.timers.append(action))
        peers: Any = SimpleNamespace(to=lambda name, _address: self.line_to(name))
        self.ownership = Ownership(self, self.worker_id, "", peers, lambda: None)

    def line_to(self, name):
        if name not in self.world.processes:
            raise ConnectionRefusedError
        if name not in self.lines or self.lines[name].closed:
            other = self.world.processes[name]
            self.lines[name] = Line(self.world, self.worker_id, name)
            other.lines[self.worker_id] = Line(self.world, name, self.worker_id)
        return self.lines[name]

    # What entries call.

    def want(self, entry):
        self.ownership.fetch(entry)

    def release_borrowed(self, object_id, channel):
        self.ownership.release_borrowed(object_id, channel)

    # What the user's code does.

    def next_seq(self):
        self.seq += 1
        return self.seq

    def put(self, inside=()):
        """An object, with refs inside it."""
        home: Any = self  # As much of one as is needed.
        entry = OwnedEntry(home, self.next_seq())
        entry.contained = list(inside)
        entry.payload = b"\x80" + pickle.dumps(self.write(inside))
        self.refs.append(entry)
        self.world.note_made(entry)

    def write(self, entries):
        """Refs, as they are written down."""
        for entry in entries:
            reduce = (
                self.ownership.reduce_borrowed
                if isinstance(entry, BorrowedEntry)
                else self.ownership.reduce_owned
            )
            with self.world.noting():
                reduce(entry)
        return [self.ownership.name_of(entry) for entry in entries]

    def unpack(self, entry):
        """Take the refs out of a value that is there."""
        if entry.payload[0] != ERROR:
            names = pickle.loads(entry.payload[1:])
            self.refs += [self.ownership.entry_for(name) for name in names]

    def call(self, name, entries):
        line = self.line_to(name)
        seq = self.next_seq()
        names = self.write(entries)
        line.inflight[seq] = SimpleNamespace(contained=list(entries), received_refs=None)
        line.send_message(Call(seq=seq, names=names))

    def reply(self, at, entries):
        """Answer a call, if every owner has confirmed what was borrowed for it."""
        if not self.ownership.is_settled():
            return
        line, seq, _ = self.running.pop(at)
        if line.closed:
            return
        names = self.write(entries)
        if entries:
            self.holding[line, seq] = list(entries)
            line.send_message(RefsInReply(seq=seq, index=-1, names=names))
        line.send_message(Reply(seq=seq, names=names))

    # What arrives.

    def receive(self, name, message):
        line = self.lines[name]
        match message:
            case Call():
                entries = [self.ownership.entry_for(one, via=line) for one in message.names]
                self.running.append((line, message.seq, entries))
            case Reply():
                line.inflight.pop(message.seq)
                self.refs += [self.ownership.entry_for(one) for one in message.names]
            case RefsInReply():
                self.ownership.take_refs(line, message)
            case RefsArrived():
                self.holding.pop((line, message.seq), None)
            case _ if message is GONE:
                line.closed = True
                line.inflight.clear()
                for key in [key for key in self.holding if key[0] is line]:
                    del self.holding[key]
                self.running = [job for job in self.running if job[0] is not line]
                self.ownership.peer_died(name)
            case _:
                assert self.ownership.on_message(line, message)

    def go_on(self):
        """Do what is due."""
        self.ownership.tell_released()
        for _ in range(len(self.timers)):
            self.timers.popleft()()

    def held(self):
        """Every entry that somebody here can still get at."""
        found = [*self.refs, *(entry for _, _, args in self.running for entry in args)]
        for line in self.lines.values():
            for call in line.inflight.values():
                found += [*call.contained, *(call.received_refs or ())]
        return found + [entry for entries in self.holding.values() for entry in entries]


class World:
    """The processes, and what is on its way between them."""

    def __init__(self, names="abc"):
        self.queues: dict[tuple[WorkerID, WorkerID], deque[object]] = {}
        self.processes = {}
        self.made = {}
        """By object id, each object that was ever made, as long as it is there."""
        self.at_risk = set()
        """Objects that were being lent when a process died: they may be lost, but never leak."""
        for name in names:
            process = Process(self, name)
            self.processes[process.worker_id] = process
        ids = list(self.processes)
        self.queues = {(a, b): deque() for a in ids for b in ids if a != b}

    def noting(self):
        """Refs that are written down here have a sender that keeps them."""
        from raylite._core.object_store import serialization

        return _Noting(serialization._notes)

    def note_made(self, entry):
        self.made[entry.object_id] = weakref.ref(entry)

    def exists(self, object_id):
        entry = self.made.get(object_id)
        return entry is not None and entry() is not None

    def waiting(self):
        return [pair for pair, queue in self.queues.items() if queue and pair[1] in self.processes]

    def deliver(self, pair):
        message = self.queues[pair].popleft()
        self.processes[pair[1]].receive(pair[0], message)

    def deliver_all(self):
        while True:
            for process in list(self.processes.values()):
                process.go_on()
            pairs = self.waiting()
            if not pairs and not any(one.timers for one in self.processes.values()):
                return
            for pair in pairs:
                self.deliver(pair)

    def kill(self, name):
        self.at_risk |= (
            {object_id for object_id in self.made if self.exists(object_id)}
            if self.is_lending()
            else set()
        )
        process = self.processes.pop(name)
        for other in process.lines:
            if other in self.processes:
                self.queues[name, other].append(GONE)
        for other in self.processes:
            self.queues[other, name].clear()
        process.refs.clear()
        process.running.clear()
        process.holding.clear()
        for line in process.lines.values():
            line.closed = True
            line.inflight.clear()
        process.lines.clear()

    def is_lending(self):
        """Whether refs are on their way, or have arrived and their owners do not know yet."""
        return any(self.queues.values()) or any(
            not one.ownership.is_settled() or one.ownership._released
            for one in self.processes.values()
        )


class _Noting:
    def __init__(self, notes):
        self._notes = notes

    def __enter__(self):
        self._before, self._notes.refs = self._notes.refs, []

    def __exit__(self, *_):
        self._notes.refs = self._before
