"""Any order of tasks, leases, answers, deaths and cancellations: what holds for every task.

Owner's side alone is real: the pool of leases and the cancellation. Workers are lists that answer,
hand back, die, and read that a task is cancelled, whenever hypothesis likes.
"""

from collections import Counter
from itertools import count
from types import SimpleNamespace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from raylite._core.common.call_options import TaskOptions
from raylite._core.common.ids import WorkerID
from raylite._core.common.messages import CancelWorkerLease, RequestWorkerLease, ReturnWorkerLease
from raylite._core.common.resources import ResourceSet
from raylite._core.core_worker.entries import OwnedEntry
from raylite._core.core_worker.task_submission.calls import PendingCall
from raylite._core.core_worker.task_submission.cancellation import Cancellation
from raylite._core.core_worker.task_submission.lease_numbers import LeaseNumbers
from raylite._core.core_worker.task_submission.lease_pool import LeasePool
from raylite._core.core_worker.task_submission.lease_shape import LeaseShape
from raylite._core.object_store.serialization import dumps_error
from raylite._core.rpc.at_rest import AtRest
from raylite._core.rpc.codec import FLAG_FAILED
from raylite._core.rpc.peer_messages import CancelTask, LeaseGranted
from raylite.exceptions import TaskCancelledError

VALUE = b"N."
FAILURE = dumps_error(ValueError("it raised"))
CANCELLED = dumps_error(TaskCancelledError())
OPTIONS = TaskOptions(name="f", max_retries=2, retry_exceptions=True)
DEFINITION = SimpleNamespace(key="f", name="f", blob=b"", source_files={})


class Wire:
    """A connection whose other end is a worker made of a list."""

    def __init__(self, process: "Process", number: int) -> None:
        self.process = process
        self.peer_id = WorkerID(f"w{number}")
        self.closed = False
        self.inflight: dict[int, PendingCall] = {}
        self.sent_definitions = {"f"}
        self.sent_context: Any = None
        self.unread: list[CancelTask] = []

    def send_message(self, message: object) -> None:
        if isinstance(message, CancelTask):
            self.unread.append(message)

    def push(self, frame: bytes) -> None:
        del frame
        seq = next(reversed(self.inflight))
        assert seq not in self.process.unwanted, "sent after it was cancelled"
        self.process.sent[seq] += 1

    def flush(self) -> None: ...


class Process:
    """The owner of the tasks, as far as pool and cancellation ask for it."""

    object_prefix = bytes(16)
    over = False

    def __init__(self) -> None:
        self.poller = self.guard = self.peers = self
        self.read_s = 0.0
        self.to_head: list[Any] = []
        self.wires: list[Wire] = []
        self.timers: list[Any] = []
        home: Any = self
        self.at_rest = AtRest(home)
        self.at_rest.begin()
        self.ended: Counter[int] = Counter()
        self.sent: Counter[int] = Counter()
        self.unwanted: set[int] = set()
        self.cancellation = Cancellation(self)
        self.cancelled = self.cancellation.marked
        shape = LeaseShape(held=ResourceSet.of({"CPU": 1}))
        me = WorkerID("me")
        self.tasks = LeasePool(home, self.to_head.append, me, shape, LeaseNumbers(me))
        self.tasks.actor_id = None  # type: ignore[attr-defined]  # In place of all pools.

    def enter(self) -> bool:
        return False

    def now_s(self) -> float:
        return 0.0

    def call_later(self, _delay_s: float, action: object) -> None:
        self.timers.append(action)

    def flush_later(self, _wire: Wire) -> None: ...

    def clients(self) -> list[Any]:
        return []

    def connections(self) -> list[Wire]:
        return list(self.wires)

    def sent_calls(self) -> list[PendingCall]:
        return [call for wire in self.wires for call in wire.inflight.values()]

    def connection_to(self, _worker_id: WorkerID, _address: str) -> Wire:
        return self.wires[-1]

    def ask_how_it_ended(self, _worker_id: WorkerID, then: Any) -> None:
        then(None)

    def call_ended(self, call: PendingCall, payload: bytes, _actor_id: None) -> None:
        self.cancelled.discard(call.seq)
        self.ended[call.seq] += 1
        call.resolve(payload)

    call_failed = call_ended


class AnyOrder(RuleBasedStateMachine):
    """Workers that do what they like."""

    def __init__(self) -> None:
        super().__init__()
        self.process = Process()
        self.seqs = count(1)
        self.entries: dict[int, OwnedEntry] = {}

    def busy(self) -> list[Wire]:
        return [wire for wire in self.process.wires if wire.inflight]

    @rule(number=st.integers(1, 5))
    def submit(self, number: int) -> None:
        for _ in range(number):
            seq = next(self.seqs)
            home: Any = self.process
            entry = self.entries[seq] = OwnedEntry(home, seq)
            call = PendingCall(seq, "f", b"payload", self.process.tasks, (entry,), None, 0.0)
            call.definition, call.task_options, call.retries_left = DEFINITION, OPTIONS, 2
            self.process.tasks.submit(call)

    def asked_for(self) -> list[Any]:
        gone = (CancelWorkerLease, ReturnWorkerLease)
        messages = self.process.to_head
        over = {message.lease_id for message in messages if isinstance(message, gone)}
        asked = [m.lease_id for m in messages if isinstance(m, RequestWorkerLease)]
        return [lease_id for lease_id in asked if lease_id not in over]

    @precondition(lambda self: self.asked_for())
    @rule()
    def the_head_grants_a_lease(self) -> None:
        lease_id = self.asked_for()[0]
        self.process.to_head[:] = [
            m for m in self.process.to_head if getattr(m, "lease_id", None) != lease_id
        ]
        wire = Wire(self.process, len(self.process.wires))
        self.process.wires.append(wire)
        self.process.tasks.granted(
            LeaseGranted(lease_id=lease_id, worker_id=wire.peer_id, address="")
        )

    def answer(self, wire: Wire, seq: int, flags: int, payload: bytes) -> None:
        self.process.tasks.on_reply(wire.inflight.pop(seq), flags, payload)

    @precondition(lambda self: self.busy())
    @rule(data=st.data(), fails=st.booleans())
    def a_worker_answers(self, data: st.DataObject, fails: bool) -> None:
        wire = data.draw(st.sampled_from(self.busy()))
        flags, payload = (FLAG_FAILED, FAILURE) if fails else (0, VALUE)
        self.answer(wire, next(iter(wire.inflight)), flags, payload)

    @precondition(lambda self: any(len(wire.inflight) > 1 for wire in self.busy()))
    @rule(data=st.data())
    def a_worker_hands_back_what_it_has_not_begun(self, data: st.DataObject) -> None:
        wire = data.draw(st.sampled_from([w for w in self.busy() if len(w.inflight) > 1]))
        back = [wire.inflight.pop(seq) for seq in list(wire.inflight)[1:]]
        self.process.tasks.handed_back(back)

    @precondition(lambda self: self.busy())
    @rule(data=st.data())
    def a_worker_dies(self, data: st.DataObject) -> None:
        self.die(data.draw(st.sampled_from(self.busy())))

    def die(self, wire: Wire) -> None:
        wire.closed = True
        self.process.wires.remove(wire)
        lost = list(wire.inflight.values())
        wire.inflight.clear()
        if lost:
            self.process.tasks.on_lost(lost)
        self.process.tasks.connection_lost(wire)  # type: ignore[arg-type]  # As far as it is asked.

    @precondition(lambda self: self.entries)
    @rule(data=st.data(), force=st.booleans())
    def somebody_cancels(self, data: st.DataObject, force: bool) -> None:
        seq = data.draw(st.sampled_from(sorted(self.entries)))
        if not self.process.ended[seq]:
            self.process.unwanted.add(seq)
        self.process.cancellation.cancel(self.entries[seq], force=force, recursive=True)

    @precondition(lambda self: any(wire.unread for wire in self.process.wires))
    @rule(data=st.data(), catches=st.booleans())
    def a_worker_reads_of_it(self, data: st.DataObject, catches: bool) -> None:
        wire = data.draw(st.sampled_from([w for w in self.process.wires if w.unread]))
        message = wire.unread.pop(0)
        if message.seq not in wire.inflight:
            return
        if message.seq != next(iter(wire.inflight)):
            self.answer(wire, message.seq, FLAG_FAILED, CANCELLED)
        elif message.force:
            self.die(wire)
        elif catches:
            self.answer(wire, message.seq, 0, VALUE)
        else:
            self.answer(wire, message.seq, FLAG_FAILED, CANCELLED)

    @rule()
    def somebody_else_waits_for_the_workers(self) -> None:
        self.process.tasks.share()

    @invariant()
    def no_task_ends_twice(self) -> None:
        assert set(self.process.ended.values()) <= {0, 1}

    @invariant()
    def no_mark_is_left_behind(self) -> None:
        assert not [seq for seq in self.process.cancelled if self.process.ended[seq]]

    @invariant()
    def what_waits_and_is_not_wanted_has_ended(self) -> None:
        waiting = {call.seq for call in self.process.tasks.pending()}
        assert not waiting & self.process.unwanted

    @invariant()
    def no_task_is_tried_more_often_than_it_may(self) -> None:
        for call in self.process.sent_calls():
            assert 0 <= call.retries_left <= OPTIONS.max_retries

    def teardown(self) -> None:
        """When every worker has answered everything, every task has ended."""
        for _ in range(100_000):
            while self.busy():
                wire = self.busy()[0]
                self.answer(wire, next(iter(wire.inflight)), 0, VALUE)
            if not self.process.tasks.pending():
                break
            self.the_head_grants_a_lease()
        assert set(self.entries) == {seq for seq, number in self.process.ended.items() if number}
        assert not self.process.cancelled


AnyOrder.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
test_any_order = AnyOrder.TestCase
