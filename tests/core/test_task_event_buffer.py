"""What a process tells the head of its calls, messages and objects: together, and not too often."""

import pickle
from types import SimpleNamespace
from typing import Any

import pytest

from raylite._core.common.call_options import MethodOptions
from raylite._core.common.events import ObjectSealed, ObjectsFreed, TaskEnded
from raylite._core.common.ids import ActorID, WorkerID
from raylite._core.common.states import TaskState
from raylite._core.core_worker.message_log import MAX_ROWS
from raylite._core.core_worker.task_events import EASED_S, FLUSH_S, WATCHED_S
from raylite._core.core_worker.task_submission.calls import tune
from raylite._core.object_store.serialization import dumps_error, join_call
from raylite._core.rpc.codec import HEADER_BYTES, NO_ANSWER, pack_duration, pack_reply
from raylite._core.rpc.connection import READ_BYTES
from raylite._core.rpc.peer_messages import CancelTask
from tests.core.buffer_story import BufferStory, answered, entry, in_file


class TestTaskEventBuffer(BufferStory):
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
        found = [one.task_id for number in range(len(self.sent)) for one in self.events(number)]
        assert found == [f"{'a' * 32}{seq:016x}" for seq in range(5_000, 65_000)]

    def test_many_rows_are_told_in_messages_that_one_read_takes(self):
        buffer = self.make()
        for seq in range(5_000):
            self.poller.read_s += 0.00001
            answered(buffer, self.call(seq, f"call {seq % 3}"), b"N.", None)
        buffer.flush()
        assert len(self.sent) == 4
        assert all(len(pickle.dumps(one)) < READ_BYTES for one in self.sent)
        found = [one for number in range(4) for one in self.events(number)]
        assert [int(one.task_id[32:], 16) for one in found] == list(range(5_000))
        assert [one.name for one in found] == [f"call {seq % 3}" for seq in range(5_000)]

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

    @pytest.mark.parametrize("is_usual", [True, False])
    def test_no_call_was_sent_before_it_was_submitted(self, is_usual):
        buffer = self.make()
        call = self.call(1)
        call.sent_late(100.9)
        if not is_usual:
            call.look_closer()
        answered(buffer, call, b"N.", None)
        buffer.flush()
        (found,) = self.events()
        assert found.sent_s == found.submitted_s

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

    def test_a_name_that_was_given_to_a_call_does_not_hide_what_else_it_has(self):
        buffer = self.make()
        call = self.call(1)
        call.deps = [entry(b"\x80" * 1000)]
        call.look_closer()
        tune(call, MethodOptions(name="mine"))
        answered(buffer, call, b"N.", None)
        buffer.flush()
        (found,) = self.events()
        assert (found.name, found.args_bytes) == ("mine", 9 + 1000)

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
