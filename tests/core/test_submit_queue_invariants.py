"""Any order of submissions, replies, deaths and news: what holds for the calls to one actor.

The submitter is the real one; its process and its connections are replaced by lists, so that the
order of things is hypothesis's choice and not the scheduler's.
"""

import pickle
from collections import Counter
from itertools import count, pairwise
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from raylite._core.common.call_options import ActorCalls
from raylite._core.common.ids import ActorID, WorkerID
from raylite._core.common.object_ref import ObjectRef
from raylite._core.common.states import ActorState
from raylite._core.core_worker.entries import OwnedEntry
from raylite._core.core_worker.task_submission.actor_task_submitter import ActorTaskSubmitter
from raylite._core.core_worker.task_submission.calls import PendingCall
from raylite._core.object_store.serialization import ERROR, dumps_error
from raylite._core.rpc.peer_messages import ActorUpdate
from raylite.exceptions import TaskCancelledError

ACTOR = ActorID("a" * 32)
VALUE = pickle.dumps(1)
CANCELLED = dumps_error(TaskCancelledError())
FAILURE = dumps_error(ValueError("an argument that failed"))
MAX_RETRIES = 2
CALLS = ActorCalls(max_task_retries=MAX_RETRIES)


class Wire:
    """A connection whose other end is the test."""

    def __init__(self) -> None:
        self.inflight: dict[int, PendingCall] = {}
        self.sent: list[int] = []
        self.closed = False

    def push(self, frame: bytes) -> None:
        del frame
        self.sent.append(next(reversed(self.inflight)))

    def send_guarded(self, frame: bytes) -> None:
        self.push(frame)

    def flush(self) -> None: ...

    def read_on(self) -> None: ...


class Process:
    """The process of the submitter, as far as it is asked anything."""

    object_prefix = bytes(16)
    store: Any = None
    parent_call = None
    origin = 0

    def __init__(self) -> None:
        self.guard = self.poller = self
        self.wires: list[Wire] = []
        self.answers: Counter[int] = Counter()
        self.cancelled: set[int] = set()
        self.next_seq = count(1).__next__

    def enter(self) -> bool:
        return False

    def flush_later(self, _wire: Wire) -> None: ...

    def now_s(self) -> float:
        return 0.0

    def connection_to(self, _worker_id: WorkerID, _address: str) -> Wire:
        self.wires.append(Wire())
        return self.wires[-1]

    def call_ended(self, call: PendingCall, payload: bytes, actor_id: ActorID | None) -> None:
        assert actor_id == ACTOR
        self.answers[call.seq] += 1
        call.resolve(payload)

    call_failed = call_ended


class AnyOrder(RuleBasedStateMachine):
    """An actor that answers, dies and is restarted whenever it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.process = Process()
        self.submitter: Any = ActorTaskSubmitter(self.process, ACTOR, CALLS)  # type: ignore[arg-type]  # A process made of lists.
        self.refs: dict[int, ObjectRef[Any]] = {}
        self.arguments: list[OwnedEntry] = []
        self.restarts = 0
        self.state = ActorState.PENDING_CREATION

    @initialize(early=st.booleans())
    def begin(self, early: bool) -> None:
        """Calls come before the actor is there, or after."""
        if not early:
            self.the_actor_is_alive()
        self.call(number=2)

    @property
    def wire(self) -> Wire | None:
        """The connection to the actor, while it lives."""
        wires = self.process.wires
        lives = self.state is ActorState.ALIVE and wires and not wires[-1].closed
        return wires[-1] if lives else None

    def entries(self) -> list[Any]:
        """What the calls are to fill."""
        return [ref._entry for ref in self.refs.values()]

    def tell(self, state: ActorState) -> None:
        self.state = state
        alive = state is ActorState.ALIVE
        self.submitter.on_update(
            ActorUpdate(
                actor_id=ACTOR,
                state=state,
                worker_id=WorkerID("w") if alive else None,
                address="",
                num_restarts=self.restarts,
                error=b"",
                reason="it was its time",
                class_name="A",
                name=None,
                pid=None,
                stderr_tail="",
            )
        )

    @rule(number=st.integers(1, 4))
    def call(self, number: int) -> None:
        for _ in range(number):
            ref = self.submitter.submit("m", (1,), {}, 1, None)
            self.refs[ref._entry.seq] = ref

    @rule()
    def call_with_an_argument_that_is_not_there(self) -> None:
        argument = OwnedEntry(self.process, self.process.next_seq())  # type: ignore[arg-type]  # As above.
        self.arguments.append(argument)
        ref = self.submitter.submit("m", (ObjectRef(argument),), {}, 1, None)
        self.refs[ref._entry.seq] = ref

    @precondition(lambda self: self.arguments)
    @rule(data=st.data(), payload=st.sampled_from([VALUE, FAILURE]))
    def an_argument_comes(self, data: st.DataObject, payload: bytes) -> None:
        place = data.draw(st.integers(0, len(self.arguments) - 1))
        self.arguments.pop(place).resolve(payload)

    @precondition(lambda self: self.refs)
    @rule(data=st.data())
    def a_call_is_cancelled(self, data: st.DataObject) -> None:
        seq = data.draw(st.sampled_from(sorted(self.refs)))
        if self.process.answers[seq]:
            return
        self.process.cancelled.add(seq)
        call = self.submitter.take(seq)
        if call is not None:
            self.process.call_failed(call, CANCELLED, ACTOR)

    @precondition(lambda self: self.wire is not None and self.wire.inflight)
    @rule()
    def the_actor_answers(self) -> None:
        assert self.wire is not None
        seq = next(iter(self.wire.inflight))
        self.submitter.on_reply(self.wire.inflight.pop(seq), 0, VALUE)

    @precondition(lambda self: self.state in {ActorState.PENDING_CREATION, ActorState.RESTARTING})
    @rule()
    def the_actor_is_alive(self) -> None:
        self.tell(ActorState.ALIVE)

    @precondition(lambda self: self.wire is not None)
    @rule()
    def the_connection_breaks(self) -> None:
        """Seen by this process before the head has heard of it."""
        wire = self.wire
        assert wire is not None
        wire.closed = True
        lost = list(wire.inflight.values())
        wire.inflight.clear()
        self.submitter.on_lost(lost)

    @precondition(lambda self: self.state is ActorState.ALIVE)
    @rule()
    def the_head_restarts_it(self) -> None:
        """Its process may not have ended yet: then the connection to that is still there."""
        self.restarts += 1
        self.tell(ActorState.RESTARTING)

    @precondition(lambda self: self.state is ActorState.ALIVE)
    @rule()
    def the_same_news_comes_again(self) -> None:
        self.tell(ActorState.ALIVE)

    @precondition(lambda self: self.state is not ActorState.DEAD)
    @rule()
    def the_actor_dies_for_good(self) -> None:
        """As above."""
        self.tell(ActorState.DEAD)

    @invariant()
    def no_call_is_answered_twice(self) -> None:
        assert set(self.process.answers.values()) <= {1}

    @invariant()
    def calls_leave_in_the_order_of_submission(self) -> None:
        for wire in self.process.wires:
            assert all(earlier < later for earlier, later in pairwise(wire.sent))

    @invariant()
    def no_call_is_tried_more_often_than_it_may(self) -> None:
        tries = Counter(seq for wire in self.process.wires for seq in wire.sent)
        assert all(number <= 1 + MAX_RETRIES for number in tries.values())

    @invariant()
    def a_call_to_a_dead_actor_is_answered_at_once(self) -> None:
        if self.state is ActorState.DEAD:
            assert all(entry.payload is not None for entry in self.entries())

    def teardown(self) -> None:
        """With everything answered and every argument there, every call has its answer."""
        while self.arguments:
            self.arguments.pop().resolve(VALUE)
        if self.state is ActorState.ALIVE and self.wire is None:
            self.the_head_restarts_it()
        if self.state is not ActorState.DEAD and self.wire is None:
            self.the_actor_is_alive()
        while self.wire is not None and self.wire.inflight:
            self.the_actor_answers()
        assert {seq for seq, number in self.process.answers.items() if number} == set(self.refs)
        assert all(e.payload == VALUE or e.payload[0] == ERROR for e in self.entries())


AnyOrder.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
test_any_order = AnyOrder.TestCase


def test_a_call_that_slipped_to_a_process_the_actor_has_left_is_tried_in_its_next_one():
    story = AnyOrder()
    story.tell(ActorState.ALIVE)
    story.the_head_restarts_it()
    story.tell(ActorState.ALIVE)
    old, new = story.process.wires
    story.call(number=1)
    [(seq, call)] = new.inflight.items()
    del new.inflight[seq]
    old.closed = True
    story.submitter.on_lost([call])
    assert new.sent == [seq, seq]
    story.call(number=1)
    assert len(new.inflight) == 2
