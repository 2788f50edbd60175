"""Replies that were read together: each call keeps what is its own."""

import contextlib

import pytest

from raylite._core.common.ids import ActorID, WorkerID
from raylite._core.common.states import TaskState
from raylite._core.core_worker.task_events import FLUSH_S
from raylite._core.object_store.serialization import dumps_error
from tests.core.buffer_story import BufferStory, answered, read_together

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
