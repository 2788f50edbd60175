"""Packed rows of calls: what goes in comes out, in order, bounded, and counted."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raylite._core.common.events import TaskEnded
from raylite._core.common.ids import ActorID, WorkerID
from raylite._core.common.states import TaskState
from raylite._core.common.task_rows import (
    MAX_LABELS,
    ROW,
    ROW_BYTES,
    TaskRowBlock,
    TaskRows,
)
from raylite._core.core_worker import task_events
from raylite._core.core_worker.task_events import FLUSH_S, TaskEventBuffer
from raylite._core.core_worker.task_submission.calls import PendingCall
from raylite._core.node.task_log import TaskLog
from raylite._core.object_store.serialization import dumps_error
from raylite._core.rpc.peer_messages import TaskEvents

BEGAN_S = 100.0
OWNERS = st.sampled_from([WorkerID(letter * 56) for letter in "abc"])
SECONDS = st.floats(BEGAN_S, 1e9, allow_nan=False)
ROWS = st.tuples(
    st.integers(0, 2**64 - 1),
    st.sampled_from(["work", "Ærø", ""]),
    st.sampled_from([None, "1" * 32, "2" * 32]),
    st.sampled_from([None, "TASK_EXECUTION_EXCEPTION"]),
    st.sampled_from(["", "d" * 56]),
    SECONDS,
    SECONDS,
    SECONDS,
    SECONDS,
)
BATCHES = st.lists(st.tuples(OWNERS, st.lists(ROWS, min_size=1, max_size=7)), max_size=12)


def row(seq=1, name="work"):
    return (seq, name, None, None, "d" * 56, 101.0, 102.0, 103.0, 104.0)


def pack(rows):
    """What a process makes of rows; its labels have numbers from before."""
    parts = [((*row[1:5], row[0] >> 32), row[5:], row[0] & 0xFFFFFFFF) for row in rows]
    labels = {label: 7 + number for number, (label, *_) in enumerate(parts)}
    return TaskRows(
        labels={number: label for label, number in labels.items()},
        rows=b"".join(ROW.pack(*times_s, low, labels[label]) for label, times_s, low in parts),
    )


def batch(owner_id, rows):
    return TaskEvents(owner_id=owner_id, rows=pack(rows))


def event(owner_id, values):
    """What a row means, written down once more."""
    seq, name, actor_id, failure, worker_id, submitted, started, ended, replied = values
    return TaskEnded(
        task_id=owner_id[:32] + f"{seq:016x}",
        name=name,
        actor_id=actor_id,
        owner_id=owner_id,
        state=TaskState.FAILED if failure else TaskState.FINISHED,
        submitted_s=submitted - BEGAN_S,
        started_s=started - BEGAN_S,
        ended_s=ended - BEGAN_S,
        at_s=replied - BEGAN_S,
        worker_id=worker_id or None,
        error_type=failure,
    )


@given(batches=BATCHES, capacity=st.integers(1, 20), block_rows=st.integers(1, 8))
def test_the_newest_rows_come_out_as_they_went_in_and_the_others_are_counted(
    batches, capacity, block_rows
):
    log = TaskLog(BEGAN_S, capacity, block_rows)
    told = []
    for owner_id, rows in batches:
        log.add(batch(owner_id, rows))
        told += [event(owner_id, values) for values in rows]
    assert list(log.events()) == told[-capacity:]
    assert log.total == len(told)
    assert log.kept == min(len(told), capacity)
    assert log.dropped == len(told) - log.kept


@given(batches=BATCHES, capacity=st.integers(1, 20), data=st.data())
def test_a_reader_gets_what_came_after_its_cursor_as_far_as_it_is_kept(batches, capacity, data):
    log = TaskLog(BEGAN_S, capacity, block_rows=4)
    told = []
    cursor, seen = 0, []
    for owner_id, rows in batches:
        log.add(batch(owner_id, rows))
        told += [event(owner_id, values) for values in rows]
        if data.draw(st.booleans()):
            missed = max(len(told) - capacity, cursor)
            found, cursor = log.since(cursor)
            assert found == told[missed:]
            seen += found
    found, cursor = log.since(cursor)
    assert log.since(cursor) == ([], len(told))
    assert len(seen) + len(found) <= len(told)


@given(batches=BATCHES, block_rows=st.integers(1, 8))
def test_never_more_rows_have_room_in_memory_than_the_log_and_two_blocks(batches, block_rows):
    log = TaskLog(BEGAN_S, 5, block_rows)
    for owner_id, rows in batches:
        log.add(batch(owner_id, rows))
        assert sum(len(block._rows) for block in log._blocks) < (5 + 2 * block_rows) * ROW_BYTES


def test_a_full_log_uses_its_memory_again():
    log = TaskLog(BEGAN_S, capacity=10, block_rows=4)
    for seq in range(20):
        log.add(batch("a" * 56, [row(seq)]))
    blocks = {id(block) for block in log._blocks}
    for seq in range(20, 60):
        log.add(batch("a" * 56, [row(seq)]))
    assert {id(block) for block in log._blocks} == blocks


def test_a_row_takes_38_bytes():
    assert len(pack([row()]).rows) == ROW_BYTES == 38


def test_a_block_may_hold_as_many_kinds_as_rows():
    rows = [row(seq, name=f"task {seq}") for seq in range(20_000)]
    block = TaskRowBlock(20_000)
    assert block.add(WorkerID("a" * 56), pack(rows)) == 20_000
    assert [found.name for found in block.events(BEGAN_S)] == [one[1] for one in rows]


def test_a_block_takes_what_there_is_room_for():
    block = TaskRowBlock(3)
    rows = pack([row(seq) for seq in range(5)])
    assert block.add(WorkerID("a" * 56), rows, 1) == 3
    assert block.add(WorkerID("a" * 56), rows, 4) == 0
    assert [found.task_id[-1] for found in block.events(BEGAN_S)] == ["1", "2", "3"]
    block.clear()
    assert list(block.events(BEGAN_S)) == []
    assert block.add(WorkerID("a" * 56), rows, 4) == 1


def test_a_block_takes_no_more_kinds_than_it_can_number():
    block = TaskRowBlock(2 * MAX_LABELS)
    for start in range(0, MAX_LABELS, 16_384):
        rows = pack([row(name=f"task {start + number}") for number in range(16_384)])
        assert block.add(WorkerID("a" * 56), rows) == 16_384
    assert block.add(WorkerID("a" * 56), pack([row()])) == 0
    assert len(block) == MAX_LABELS


class TestTaskEventBuffer:
    @pytest.fixture(autouse=True)
    def clock(self, monkeypatch):
        self.now_s = 105.0
        monkeypatch.setattr(task_events, "monotonic", lambda: self.now_s)

    def make(self):
        self.sent: list[TaskEvents] = []
        self.timers: list[Callable[[], None]] = []
        return TaskEventBuffer(WorkerID("a" * 56), self.send, self.call_at_rest)

    def send(self, message: object) -> None:
        assert isinstance(message, TaskEvents)
        self.sent.append(message)

    def call_at_rest(self, _delay_s: float, action: Callable[[], None]) -> None:
        self.timers.append(action)

    def events(self, number=0):
        log = TaskLog(BEGAN_S)
        log.add(self.sent[number])
        return list(log.events())

    def call(self, seq, name="work"):
        nobody: Any = None
        call = PendingCall(seq, name, b"", nobody, (), None, 101.0)
        call.started_s, call.ended_s, call.worker_id = 102.0, 103.0, "d" * 56
        return call

    def test_rows_go_out_together_when_their_time_has_come(self):
        buffer = self.make()
        buffer.add(self.call(1), b"N.", None)
        buffer.add(self.call(2), b"N.", None)
        assert not self.sent
        assert len(self.timers) == 1
        self.timers[0]()
        assert [found.task_id[32:] for found in self.events()] == [f"{1:016x}", f"{2:016x}"]

    def test_a_row_after_a_flush_sets_a_new_timer(self):
        buffer = self.make()
        buffer.add(self.call(1), b"N.", None)
        buffer.flush()
        buffer.add(self.call(2), b"N.", None)
        assert len(self.timers) == 2
        self.timers[1]()
        assert len(self.sent) == 2

    def test_while_call_follows_call_rows_go_out_without_a_timer(self):
        buffer = self.make()
        buffer.add(self.call(1), b"N.", None)
        self.now_s += FLUSH_S
        buffer.add(self.call(2), b"N.", None)
        assert len(self.events()) == 2
        self.timers[0]()
        assert len(self.sent) == 1

    def test_rows_go_out_in_the_order_in_which_they_came(self):
        buffer = self.make()
        for seq in range(300):
            buffer.add(self.call(seq), b"N.", None)
        buffer.flush()
        assert [found.task_id for found in self.events()] == [
            f"{'a' * 32}{seq:016x}" for seq in range(300)
        ]

    def test_what_calls_have_in_common_is_told_once_in_a_batch(self):
        buffer = self.make()
        for seq in range(300):
            buffer.add(self.call(seq, f"call {seq % 3}"), b"N.", None)
        buffer.flush()
        assert len(self.sent[0].rows.labels) == 3
        buffer.add(self.call(300, "call 1"), b"N.", None)
        buffer.flush()
        assert [label[0] for label in self.sent[1].rows.labels.values()] == ["call 1"]

    def test_calls_of_very_many_kinds_leave_few_behind(self):
        buffer = self.make()
        names = []
        for seq in range(70_000):
            buffer.add(self.call(seq, f"call {seq}"), b"N.", None)
            if seq % 700 == 699:
                buffer.flush()
                names += [found.name for found in self.events(-1)]
                assert len(buffer._labels) == len(buffer._numbers) < 2_000
        assert names == [f"call {seq}" for seq in range(70_000)]

    def test_a_row_says_all_that_is_known_of_a_call(self):
        buffer = self.make()
        buffer.add(self.call(2), b"N.", "1" * 32)
        buffer.flush()
        (found,) = self.events()
        assert found == event("a" * 56, row(2)).replaced(actor_id="1" * 32, at_s=105.0 - BEGAN_S)

    @pytest.mark.parametrize("seq", [2**32 - 1, 2**32, 2**40 + 1])
    def test_a_call_after_four_thousand_million_others_keeps_its_number(self, seq):
        buffer = self.make()
        buffer.add(self.call(seq), b"N.", None)
        buffer.flush()
        assert self.events()[0].task_id == f"{'a' * 32}{seq:016x}"

    def test_a_row_of_a_call_that_failed_says_so(self):
        buffer = self.make()
        buffer.add(self.call(1), dumps_error(ValueError("no such number")), None)
        buffer.flush()
        assert self.events()[0].state is TaskState.FAILED

    def test_what_went_wrong_with_a_call_is_not_said_of_its_neighbours(self):
        buffer = self.make()
        failed = dumps_error(ValueError("no such number"))
        for seq, payload in enumerate([b"N.", failed, b"N.", b"N.", failed]):
            buffer.add(self.call(seq), payload, None)
        buffer.flush()
        found = [one.state is TaskState.FAILED for one in self.events()]
        assert found == [False, True, False, False, True]

    def test_calls_of_two_actors_in_turns_keep_their_actors(self):
        buffer = self.make()
        actor_ids = [ActorID("1" * 32), ActorID("2" * 32)]
        for seq in range(6):
            buffer.add(self.call(seq), b"N.", actor_ids[seq % 2])
        buffer.flush()
        assert [one.actor_id for one in self.events()] == actor_ids * 3
        assert len(self.sent[0].rows.labels) == 2

    def test_nothing_gathered_is_nothing_told(self):
        buffer = self.make()
        buffer.flush()
        assert not self.sent

    def test_too_many_rows_for_a_batch_are_counted_and_the_newest_told(self):
        buffer = self.make()
        for seq in range(25_000):
            buffer.add(self.call(seq), b"N.", None)
        buffer.flush()
        assert self.sent[0].dropped == 5_000
        assert self.events()[0].task_id.endswith(f"{5_000:016x}")
        assert self.events()[-1].task_id.endswith(f"{24_999:016x}")
