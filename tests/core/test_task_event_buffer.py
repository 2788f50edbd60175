"""What a process tells the head of its calls, messages and objects: together, and not too often."""

import contextlib
import pickle
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from raylite._core.common.call_options import MethodOptions
from raylite._core.common.events import ObjectSealed, ObjectsFreed, TaskEnded
from raylite._core.common.ids import ActorID, WorkerID
from raylite._core.common.session import SessionAddress
from raylite._core.common.states import TaskState
from raylite._core.core_worker import message_log, task_events
from raylite._core.core_worker.message_log import MAX_ROWS
from raylite._core.core_worker.task_events import EASED_S, FLUSH_S, WATCHED_S, TaskEventBuffer
from raylite._core.core_worker.task_submission.calls import PendingCall, tune
from raylite._core.node.task_log import TaskLog
from raylite._core.object_store.serialization import (
    FIRST_OF_A_VALUE,
    IN_FILE,
    dumps_error,
    join_call,
)
from raylite._core.rpc.codec import HEADER_BYTES, NO_ANSWER, pack_duration, pack_reply
from raylite._core.rpc.peer_messages import CancelTask, TaskEvents

BEGAN_S = 100.0
SESSION = SessionAddress(
    session_id="s",
    folder="/tmp",
    shm_folder="/dev/shm",
    spill_folder="/tmp",
    head_address="h",
    key=b"",
    began_s=BEGAN_S,
)


class FakePoller:
    """Rests at once, and reads at 105.0 s."""

    def __init__(self) -> None:
        self.read_s = 105.0
        self.clock: Callable[[], float] = float
        self.timers: list[Callable[[], None]] = []
        self.delays: list[float] = []
        self.at_rest: Any = self

    def call(self, delay_s: float, action: Callable[[], None]) -> None:
        self.delays.append(round(delay_s, 3))
        self.timers.append(action)


NAMES = [f"call {number}" for number in range(4)]
WORKERS = [WorkerID(letter * 56) for letter in "de"]
ACTORS = [ActorID(letter * 32) for letter in "12"]


def in_file(size_bytes):
    return bytes((IN_FILE,)) + pickle.dumps(("/dev/shm/file", size_bytes))


def answered(buffer, call, payload, actor_id):
    """A reply is read; of a failed call and of an odd value it says that there is more to see."""
    if payload[0] < FIRST_OF_A_VALUE:
        call.look_closer()
    buffer.call_ended(call, payload, actor_id)


@contextlib.contextmanager
def read_together(buffer):
    buffer.read_begins()
    yield
    buffer.read_ends()


def entry(payload):
    found: Any = SimpleNamespace(payload=payload)
    return found


class TestTaskEventBuffer:
    @pytest.fixture(autouse=True)
    def clock(self, monkeypatch):
        self.poller = FakePoller()
        for module in (task_events, message_log):
            monkeypatch.setattr(module, "monotonic", lambda: self.poller.read_s)

    def make(self):
        self.sent: list[TaskEvents] = []
        return TaskEventBuffer(WorkerID("a" * 56), SESSION, self.send, self.poller, set())

    def send(self, message: object) -> None:
        assert isinstance(message, TaskEvents)
        self.sent.append(message)

    def events(self, number=0):
        log = TaskLog(BEGAN_S)
        log.add(self.sent[number])
        return [event for rows in log.rows() for event in rows.events()]

    def now(self):
        return round(self.poller.read_s - BEGAN_S, 5)

    def call(self, seq, name="work"):
        nobody: Any = None
        call = PendingCall(seq, name, b"\x80arguments"[:9], nobody, (), None, 101.0)
        reply = pack_reply(seq, 0, 101.0, 102.0, 103.0, args_bytes=9, payload=b"N.")
        call.answer, call.worker_id = reply[HEADER_BYTES:], "d" * 56
        return call

    def test_rows_go_out_together_when_their_time_has_come(self):
        buffer = self.make()
        answered(buffer, self.call(1), b"N.", None)
        answered(buffer, self.call(2), b"N.", None)
        assert not self.sent
        assert len(self.poller.timers) == 1
        self.poller.timers[0]()
        assert [found.task_id[32:] for found in self.events()] == [f"{1:016x}", f"{2:016x}"]

    def test_a_row_after_a_flush_sets_a_new_timer(self):
        buffer = self.make()
        answered(buffer, self.call(1), b"N.", None)
        buffer.flush()
        answered(buffer, self.call(2), b"N.", None)
        assert len(self.poller.timers) == 2
        self.poller.timers[1]()
        assert len(self.sent) == 2

    def test_while_call_follows_call_rows_go_out_without_a_timer(self):
        buffer = self.make()
        answered(buffer, self.call(1), b"N.", None)
        self.poller.read_s += FLUSH_S
        answered(buffer, self.call(2), b"N.", None)
        assert len(self.events()) == 2
        self.poller.timers[0]()
        assert len(self.sent) == 1

    def test_what_is_read_together_with_the_last_row_of_a_batch_has_a_timer_too(self):
        buffer = self.make()
        answered(buffer, self.call(1), b"N.", None)
        self.poller.read_s += FLUSH_S
        answered(buffer, self.call(2), b"N.", None)
        answered(buffer, self.call(3), b"N.", None)
        assert len(self.sent) == 1
        self.poller.timers[-1]()
        assert [found.task_id[-1] for found in self.events(1)] == ["3"]

    def test_rows_go_out_in_the_order_in_which_they_came(self):
        buffer = self.make()
        for seq in range(300):
            answered(buffer, self.call(seq), b"N.", None)
        buffer.flush()
        assert [found.task_id for found in self.events()] == [
            f"{'a' * 32}{seq:016x}" for seq in range(300)
        ]

    def test_what_calls_have_in_common_is_told_once_in_a_batch(self):
        buffer = self.make()
        for seq in range(300):
            answered(buffer, self.call(seq, f"call {seq % 3}"), b"N.", None)
        buffer.flush()
        assert len(self.sent[0].rows.labels) == 3
        answered(buffer, self.call(300, "call 1"), b"N.", None)
        buffer.flush()
        assert [label[0] for label in self.sent[1].rows.labels.values()] == ["call 1"]

    def test_calls_of_very_many_kinds_leave_few_behind(self):
        buffer = self.make()
        names = []
        for seq in range(70_000):
            answered(buffer, self.call(seq, f"call {seq}"), b"N.", None)
            if seq % 700 == 699:
                buffer.flush()
                names += [found.name for found in self.events(-1)]
                assert len(buffer._packer._labels) == len(buffer._packer._numbers) < 2_000
        assert names == [f"call {seq}" for seq in range(70_000)]

    def test_a_row_says_all_that_is_known_of_a_call(self):
        buffer = self.make()
        answered(buffer, self.call(2), b"N.", "1" * 32)
        buffer.flush()
        (found,) = self.events()
        assert found == TaskEnded(
            task_id="a" * 32 + f"{2:016x}",
            name="work",
            actor_id=ActorID("1" * 32),
            owner_id=WorkerID("a" * 56),
            state=TaskState.FINISHED,
            submitted_s=1.0,
            started_s=2.0,
            ended_s=3.0,
            at_s=5.0,
            worker_id=WorkerID("d" * 56),
            sent_s=1.0,
            args_bytes=9,
            result_bytes=2,
        )

    @pytest.mark.parametrize("seq", [2**32 - 1, 2**32, 2**40 + 1])
    def test_a_call_after_four_thousand_million_others_keeps_its_number(self, seq):
        buffer = self.make()
        answered(buffer, self.call(seq), b"N.", None)
        buffer.flush()
        assert self.events()[0].task_id == f"{'a' * 32}{seq:016x}"

    def test_a_row_of_a_call_that_failed_says_so(self):
        buffer = self.make()
        answered(buffer, self.call(1), dumps_error(ValueError("no such number")), None)
        buffer.flush()
        assert self.events()[0].state is TaskState.FAILED

    def test_what_went_wrong_with_a_call_is_not_said_of_its_neighbours(self):
        buffer = self.make()
        failed = dumps_error(ValueError("no such number"))
        for seq, payload in enumerate([b"N.", failed, b"N.", b"N.", failed]):
            answered(buffer, self.call(seq), payload, None)
        buffer.flush()
        found = [one.state is TaskState.FAILED for one in self.events()]
        assert found == [False, True, False, False, True]

    def test_calls_of_two_actors_in_turns_keep_their_actors(self):
        buffer = self.make()
        actor_ids = [ActorID("1" * 32), ActorID("2" * 32)]
        for seq in range(6):
            call = self.call(seq)
            call.worker_id = "de"[seq % 2] * 56
            answered(buffer, call, b"N.", actor_ids[seq % 2])
        buffer.flush()
        assert [one.actor_id for one in self.events()] == actor_ids * 3
        assert len(self.sent[0].rows.labels) == 2

    def test_nothing_gathered_is_nothing_told(self):
        buffer = self.make()
        buffer.flush()
        assert not self.sent

    def test_too_many_rows_for_a_batch_are_counted_and_the_newest_told(self):
        buffer = self.make()
        for seq in range(65_000):
            answered(buffer, self.call(seq), b"N.", None)
        buffer.flush()
        assert self.sent[0].dropped == 5_000
        assert self.events()[0].task_id.endswith(f"{5_000:016x}")
        assert self.events()[-1].task_id.endswith(f"{64_999:016x}")

    def test_a_call_that_waited_to_be_sent_and_was_fetched_says_for_how_long(self):
        buffer = self.make()
        call = self.call(1)
        call.sent_late(101.25)
        call.payload = b"\x80abc"
        call.deps = [entry(b"\x80" * 10), entry(in_file(1_000_000))]
        reply = call.note_fetched(b"\x80result" + pack_duration(0.5))
        assert reply == b"\x80result"
        answered(buffer, call, reply, None)
        buffer.flush()
        (found,) = self.events()
        assert abs(found.sent_s - 1.25) < 1e-4
        assert abs(found.fetched_s - 0.5) < 1e-4
        assert (found.args_bytes, found.result_bytes) == (4 + 10 + 1_000_000, 7)

    def test_a_value_in_a_file_counts_with_what_is_in_the_file(self):
        buffer = self.make()
        answered(buffer, self.call(1), in_file(300_000), None)
        answered(buffer, self.call(2), join_call(b"", [b"N.", in_file(5), in_file(6)]), None)
        buffer.flush()
        assert [found.result_bytes for found in self.events()] == [300_000, 2 + 5 + 6]

    def test_a_call_that_nobody_has_answered_has_no_times_but_two(self):
        buffer = self.make()
        call = self.call(1)
        call.answer = NO_ANSWER
        buffer.call_failed(call, dumps_error(ValueError()), None)
        buffer.flush()
        (found,) = self.events()
        assert (found.submitted_s, found.started_s, found.ended_s, found.at_s) == (1, 1, 1, 5)

    def test_a_call_that_waited_to_be_sent_is_noted_beside_those_that_did_not(self):
        buffer = self.make()
        with read_together(buffer):
            for seq in range(3):
                call = self.call(seq)
                if seq == 1:
                    call.sent_late(101.5)
                answered(buffer, call, b"N.", None)
        buffer.flush()
        assert [round(found.sent_s, 4) for found in self.events()] == [1.0, 1.5, 1.0]

    def test_a_call_beyond_four_thousand_million_leaves_its_neighbours_their_numbers(self):
        buffer = self.make()
        numbers = [2**32 - 2, 2**32 - 1, 2**32, 5, 2**40]
        for seq in numbers:
            answered(buffer, self.call(seq), b"N.", None)
        buffer.flush()
        assert [int(found.task_id[32:], 16) for found in self.events()] == numbers

    @pytest.mark.parametrize("together", [1, 2, 3, 40])
    @pytest.mark.parametrize("others", [2, 10])
    def test_calls_of_all_kinds_keep_their_own_however_their_replies_are_read(
        self, together, others
    ):
        buffer = self.make()
        expected = []
        for first in range(0, 240, together):
            self.poller.read_s += 0.001
            calls = range(first, first + together)
            with read_together(buffer) if together > 1 else contextlib.nullcontext():
                expected += [self.answered_call(buffer, number, others) for number in calls]
            if first % 13 == 12:
                buffer.flush()
        buffer.flush()
        found = [event for number in range(len(self.sent)) for event in self.events(number)]
        assert [
            (
                int(one.task_id[32:], 16),
                one.name,
                one.actor_id,
                one.worker_id,
                one.state is TaskState.FAILED,
                round(one.at_s, 5),
                round(one.sent_s, 3),
            )
            for one in found
        ] == expected

    def answered_call(self, buffer, number, others):
        """A call, many of which resemble the one before; and what will be known of it."""
        kind = number // others
        call = self.call(number if number % 7 else 2**32 + number, NAMES[kind % 4])
        call.worker_id = WORKERS[number // 40 % 2]
        if number % others == 0:
            call.sent_late(101.5)
        payload = dumps_error(ValueError()) if number % 11 == 0 else b"N."
        actor_id = ACTORS[number // 40 % 2]
        answered(buffer, call, payload, actor_id)
        sent_s = 1.0 if number % others else 1.5
        has_failed = payload != b"N."
        return call.seq, call.name, actor_id, call.worker_id, has_failed, self.now(), sent_s

    def test_calls_of_another_name_and_another_read_are_no_neighbours(self):
        buffer = self.make()
        for read, names in enumerate([("work", "rest", "rest"), ("rest", "rest"), ("work",)]):
            self.poller.read_s = 105.0 + read
            with read_together(buffer):
                for seq, name in enumerate(names):
                    answered(buffer, self.call(10 * read + seq, name), b"N.", None)
        buffer.flush()
        found = [one for number in range(len(self.sent)) for one in self.events(number)]
        assert [(one.name, one.at_s) for one in found] == [
            ("work", 5.0),
            ("rest", 5.0),
            ("rest", 5.0),
            ("rest", 6.0),
            ("rest", 6.0),
            ("work", 7.0),
        ]

    def test_replies_that_are_read_together_are_one_flush_after_another(self):
        buffer = self.make()
        for read in range(4):
            self.poller.read_s = 105.0 + read * FLUSH_S
            with read_together(buffer):
                for seq in range(50):
                    answered(buffer, self.call(100 * read + seq), b"N.", None)
        self.poller.timers[-1]()
        found = [one.task_id for number in range(len(self.sent)) for one in self.events(number)]
        assert len(found) == len(set(found)) == 200
        assert len(self.sent) == 4

    def test_large_replies_are_not_kept_until_rows_are_told(self):
        buffer = self.make()
        for seq in range(20):
            self.poller.read_s += 0.002
            call = self.call(seq)
            reply = pack_reply(seq, 0, 101.0, 102.0, 103.0, args_bytes=9, payload=b"N" * 50_000)
            call.answer = reply[HEADER_BYTES:]
            answered(buffer, call, b"N" * 50_000, None)
        assert not self.sent
        assert sum(len(one[0]) for one in buffer._noted) < 4 * 60_000

    def test_a_quiet_call_is_not_told(self):
        buffer = self.make()
        call = self.call(1)
        tune(call, MethodOptions(quiet=True))
        answered(buffer, call, b"N.", None)
        buffer.flush()
        assert not self.sent

    @pytest.mark.parametrize(("events", "pause_s"), [(3, WATCHED_S), (48, 0.075), (900, EASED_S)])
    def test_who_has_much_to_tell_to_those_who_watch_takes_more_time(self, events, pause_s):
        buffer = self.make()
        freed = ObjectsFreed(object_ids=(), at_s=1.0)
        watched: Any = SimpleNamespace(news=lambda: [freed] * events)
        buffer.beside.watched = watched
        buffer.look()
        self.poller.timers.pop()()
        assert len(self.sent[0].events) == events
        buffer.look()
        assert self.poller.delays[-1] == pause_s

    def test_messages_and_objects_go_with_the_rows(self):
        buffer = self.make()
        answered(buffer, self.call(1), b"N.", None)
        connection: Any = SimpleNamespace(peer_id="b" * 56)
        buffer.beside.sent(connection, CancelTask(seq=7, force=False, recursive=True), 99)
        hold = SimpleNamespace(path="/dev/shm/x", size_bytes=5, when_freed=None)
        entry_in_file: Any = SimpleNamespace(object_id=b"o" * 28, pin=hold)
        buffer.beside.sealed(entry_in_file, WorkerID("w" * 56))
        buffer.flush()
        (told,) = self.sent
        assert told.messages == (("CancelTask", "b" * 56, "a" * 32 + f"{7:016x}", 99, 5.0),)
        (sealed,) = told.events
        assert isinstance(sealed, ObjectSealed)
        assert (sealed.size_bytes, sealed.on_disk) == (5, False)
        hold.when_freed()
        buffer.beside.look()
        self.poller.timers[-1]()
        assert self.sent[1].events == (ObjectsFreed(object_ids=((b"o" * 28).hex(),), at_s=5.0),)

    def test_too_many_messages_are_counted_and_the_first_told(self):
        buffer = self.make()
        connection: Any = SimpleNamespace(peer_id="b" * 56)
        for seq in range(MAX_ROWS + 3):
            buffer.beside.sent(connection, CancelTask(seq=seq, force=False, recursive=True), 99)
        buffer.flush()
        assert len(self.sent[0].messages) == MAX_ROWS
        assert self.sent[0].messages_dropped == 3

    def test_nothing_is_noted_where_the_head_does_not_want_to_know(self):
        buffer = self.make()
        buffer.beside.is_on = False
        connection: Any = SimpleNamespace(peer_id="b" * 56)
        buffer.beside.sent(connection, CancelTask(seq=1, force=False, recursive=True), 99)
        buffer.flush()
        assert not self.sent
