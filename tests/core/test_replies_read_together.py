"""Replies that were read together: each call keeps what is its own."""

import contextlib

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from raylite._core.common.ids import ActorID, WorkerID
from raylite._core.common.states import TaskState
from raylite._core.core_worker.task_events import FLUSH_S
from raylite._core.object_store.serialization import dumps_error
from tests.core.buffer_story import BufferStory, answered, read_together, replied

NAMES = [f"call {number}" for number in range(4)]
WORKERS = [WorkerID(letter * 56) for letter in "de"]
ACTORS = [ActorID(letter * 32) for letter in "12"]


class TestRepliesReadTogether(BufferStory):
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

    def test_calls_that_were_sent_at_one_moment_are_noted_together_with_that_moment(self):
        buffer = self.make()
        like = None
        with read_together(buffer):
            for seq in range(40):
                sent_s = [104.992, 104.997][seq // 20]
                call = self.call(seq, NAMES[seq // 10 % 2])
                like = call.sent_late(sent_s, like)
                call.submitted_s, call.answer = 104.9, replied(seq, 104.9, 104.998, 104.999)
                answered(buffer, call, b"N.", None)
        buffer.flush()
        found = self.events()
        assert [one.name for one in found] == [NAMES[seq // 10 % 2] for seq in range(40)]
        assert [round(one.sent_s, 5) for one in found] == [4.992] * 20 + [4.997] * 20

    @pytest.mark.parametrize("sent_s", [105.0, 105.1, 104.9999999])
    def test_a_call_that_was_sent_when_its_reply_was_read_is_none_that_was_sent_at_once(
        self, sent_s
    ):
        buffer = self.make()
        with read_together(buffer):
            call = self.call(1)
            call.sent_late(sent_s)
            answered(buffer, call, b"N.", None)
        buffer.flush()
        (found,) = self.events()
        assert found.sent_s == found.started_s

    @given(
        st.lists(
            st.tuples(st.sampled_from("AAABCDE"), st.integers(1, 6), st.booleans()), max_size=40
        )
    )
    @example([("A", 1, False)] * 7 + [("B", 1, False)] + [("A", 1, False)] * 7)
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_whatever_follows_what_each_call_keeps_its_own_and_its_place(self, runs):
        buffer = self.make()
        expected = []
        for kind, length, reads_several in runs:
            together = read_together(buffer) if reads_several else contextlib.nullcontext()
            with together:
                expected += [self.one_of(buffer, kind, 100 + seq) for seq in range(length)]
            self.poller.read_s += 0.001
        buffer.flush()
        assert [
            (one.name, one.worker_id, one.actor_id, round(one.at_s, 5), round(one.sent_s, 3))
            for number in range(len(self.sent))
            for one in self.events(number)
        ] == expected

    def one_of(self, buffer, kind, seq):
        """A call: B has another name than A, C another worker, D another actor, E was sent late."""
        call = self.call(seq, NAMES[kind == "B"])
        call.worker_id = WORKERS[kind == "C"]
        actor_id = ACTORS[kind == "D"]
        if kind == "E":
            call.sent_late(101.5)
        answered(buffer, call, b"N.", actor_id)
        return call.name, call.worker_id, actor_id, self.now(), 1.5 if kind == "E" else 1.0

    def test_calls_that_come_alone_and_together_in_turn_are_told_in_their_order(self):
        buffer = self.make()
        for seq in range(0, 400, 4):
            self.poller.read_s += 0.002
            for alone in range(2):
                answered(buffer, self.call(seq + alone), b"N.", None)
            if seq % 12 == 0:
                with read_together(buffer):
                    for together in range(2, 4):
                        answered(buffer, self.call(seq + together), b"N.", None)
        buffer.flush()
        found = [one for number in range(len(self.sent)) for one in self.events(number)]
        numbers = [int(one.task_id[32:], 16) for one in found]
        assert numbers == sorted(numbers)
        assert len(numbers) == 200 + 2 * 34

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
