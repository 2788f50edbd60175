"""Packed rows of calls: what goes in comes out, in order, bounded, and counted."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from raylite._core.common.event_batch import CallRows
from raylite._core.common.events import TaskEnded
from raylite._core.common.ids import ActorID, WorkerID
from raylite._core.common.states import TaskState
from raylite._core.common.task_rows import (
    MAX_LABELS,
    ROW_BYTES,
    TaskRowBlock,
    TaskRows,
    packed_row,
    packed_size,
    row_events,
    row_spans,
)
from raylite._core.node.task_log import TaskLog
from raylite._core.rpc.peer_messages import TaskEvents

BEGAN_S = 100.0
OWNERS = st.sampled_from([WorkerID(letter * 56) for letter in "abc"])
SECONDS = st.floats(0, 1e6, allow_nan=False, width=32)
SIZES = st.integers(0, 1 << 40)
SHARES = st.floats(0, 1)
ROWS = st.tuples(
    st.integers(0, 2**48 - 1),
    st.sampled_from(["work", "Ærø", ""]),
    st.sampled_from([None, "1" * 32, "2" * 32]),
    st.sampled_from([None, "TASK_EXECUTION_EXCEPTION"]),
    st.sampled_from(["", "d" * 56]),
    st.floats(BEGAN_S, 1e9),
    *(SECONDS, SECONDS, SECONDS),
    *(SIZES, SIZES),
    *(SHARES, SHARES),
)
BATCHES = st.lists(st.tuples(OWNERS, st.lists(ROWS, min_size=1, max_size=7)), max_size=12)


def row(seq=1, name="work"):
    return (seq, name, None, None, "d" * 56, 101.0, 1.0, 1.0, 1.0, 5, 2, 0.0, 0.0)


def pack(rows):
    """What a process makes of rows; its labels have numbers from before."""
    labels: dict[Any, int] = {}
    packed = []
    for seq, name, actor_id, failure, worker_id, submitted_s, *rest in rows:
        waited_s, ran_s, back_s, args, result, sent, fetched = rest
        label = name, actor_id, failure, worker_id
        number = labels.setdefault(label, 7 + len(labels))
        sizes = packed_size(args), packed_size(result)
        started_s = submitted_s + waited_s
        times_s = submitted_s, started_s, started_s + ran_s, started_s + ran_s + back_s
        before_s = sent * waited_s, fetched * waited_s
        packed.append(packed_row(times_s, sizes, seq, before_s, number))
    return TaskRows(
        labels={number: label for label, number in labels.items()}, rows=b"".join(packed)
    )


def batch(owner_id, rows):
    return TaskEvents(owner_id=owner_id, rows=pack(rows))


def event(owner_id, values):
    """What a row means, by itself."""
    return next(iter(row_events(owner_id, pack([values]), BEGAN_S)))


def in_log(found):
    """What is in the log, by owner: among several, only the order of each is kept."""
    return by_owner([event for rows in found for event in rows.events()])


def by_owner(events):
    found: dict[object, list[object]] = {}
    for one in events:
        found.setdefault(one.owner_id, []).append(one)
    return found


def events_of(block):
    return [
        event for owner_id, rows in block.rows() for event in row_events(owner_id, rows, BEGAN_S)
    ]


def test_a_row_says_all_that_is_known_of_a_call():
    values = (2**40 + 1, "work", "1" * 32, None, "d" * 56, 101.0, 2.0, 3.0, 4.0, 5, 6, 0.5, 0.25)
    found = event(WorkerID("a" * 56), values)
    assert abs(found.sent_s - 2.0) < 1e-4
    assert abs(found.fetched_s - 0.5) < 1e-4
    assert found.replaced(sent_s=0.0, fetched_s=0.0) == TaskEnded(
        task_id="a" * 32 + f"{2**40 + 1:016x}",
        name="work",
        actor_id=ActorID("1" * 32),
        owner_id=WorkerID("a" * 56),
        state=TaskState.FINISHED,
        submitted_s=1.0,
        started_s=3.0,
        ended_s=6.0,
        at_s=10.0,
        worker_id=WorkerID("d" * 56),
        args_bytes=5,
        result_bytes=6,
    )


@given(values=ROWS)
def test_no_time_of_a_call_comes_to_lie_before_an_earlier_one(values):
    found = event(WorkerID("a" * 56), values)
    times_s = [found.submitted_s, found.sent_s, found.started_s, found.ended_s, found.at_s]
    assert times_s == sorted(times_s)
    assert 0 <= found.fetched_s <= values[6]


@given(
    values=ROWS,
    waited_s=st.floats(0, 0.125, width=32),
    ran_s=st.floats(0, 2**-8, width=32),
    back_s=st.floats(0, 0.004),
    before_reply_s=st.floats(1e-6, 0.01),
)
def test_a_call_may_say_how_long_before_its_reply_it_was_sent(
    values, waited_s, ran_s, back_s, before_reply_s
):
    submitted_s, owner_id, label = values[5], WorkerID("a" * 56), ("work", None, None, "")
    started_s = submitted_s + waited_s
    at_s = started_s + ran_s + back_s
    times_s = submitted_s, started_s, started_s + ran_s, at_s
    packed = packed_row(times_s, (1, 1), 1, (-before_reply_s, 0.0), 7)
    rows = TaskRows(labels={7: label}, rows=packed)
    (found,) = row_events(owner_id, rows, BEGAN_S)
    sent_s = min(max(at_s - before_reply_s, submitted_s), started_s)
    assert abs(found.sent_s + BEGAN_S - sent_s) < 1e-5
    assert found.submitted_s <= found.sent_s <= found.started_s
    assert [one[2] for one in row_spans(rows, BEGAN_S)] == [found.sent_s]


@given(values=ROWS, back_s=st.floats(0, 4000))
def test_it_is_known_when_a_reply_was_there_that_nobody_read_for_an_hour(values, back_s):
    found = event(WorkerID("a" * 56), (*values[:6], 10.0, 10.0, back_s, *values[9:]))
    assert abs(found.at_s - found.ended_s - back_s) < 1e-4


@given(values=ROWS, late_s=st.floats(0, 0.5))
def test_a_reply_that_came_between_the_clock_and_the_read_is_no_earlier_than_its_end(
    values, late_s
):
    found = event(WorkerID("a" * 56), (*values[:8], -late_s, *values[9:]))
    assert found.at_s == found.ended_s


@given(size=st.integers(0, (1 << 41) - 1))
@example(size=(1 << 31) - 1)
@example(size=1 << 31)
def test_a_size_is_exact_up_to_two_gigabytes_and_then_in_kilobytes(size):
    found = event(WorkerID("a" * 56), (*row()[:9], size, 0, 0.0, 0.0)).args_bytes
    assert found == (size if size < 1 << 31 else size >> 10 << 10)


@given(size=st.integers(1 << 41, 1 << 60))
def test_a_size_beyond_all_measure_is_the_largest(size):
    assert packed_size(size) == 0xFFFFFFFF


@given(rows=st.lists(ROWS, max_size=30), newest=st.integers(0, 40))
def test_calls_are_counted_by_what_they_have_in_common_and_unpacked_from_the_end(rows, newest):
    calls = CallRows(owner_id=WorkerID("a" * 56), rows=pack(rows), began_s=BEGAN_S)
    counts = calls.counts()
    assert sum(counts.values()) == len(calls) == len(rows)
    told = [event(calls.owner_id, values) for values in rows]
    assert list(calls.events(newest)) == told[max(0, len(told) - newest) :]


@given(batches=BATCHES, capacity=st.integers(1, 20), block_rows=st.integers(1, 8))
def test_the_newest_rows_come_out_as_they_went_in_and_the_others_are_counted(
    batches, capacity, block_rows
):
    log = TaskLog(BEGAN_S, capacity, block_rows)
    told = []
    for owner_id, rows in batches:
        log.add(batch(owner_id, rows))
        told += [event(owner_id, values) for values in rows]
    assert in_log(log.rows()) == by_owner(told[-capacity:])
    assert log.total == len(told)
    assert log.kept == min(len(told), capacity)
    assert log.dropped == len(told) - log.kept


@given(batches=BATCHES, capacity=st.integers(1, 20), data=st.data())
def test_a_reader_gets_what_came_after_its_cursor_as_far_as_it_is_kept(batches, capacity, data):
    log = TaskLog(BEGAN_S, capacity, block_rows=4)
    told = []
    cursor = seen = 0
    for owner_id, rows in batches:
        log.add(batch(owner_id, rows))
        told += [event(owner_id, values) for values in rows]
        if data.draw(st.booleans()):
            missed = max(len(told) - capacity, cursor)
            found, cursor = log.since(cursor)
            assert in_log(found) == by_owner(told[missed:])
            seen += sum(map(len, found))
    found, cursor = log.since(cursor)
    assert log.since(cursor) == ((), len(told))
    assert seen + sum(map(len, found)) <= len(told)


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


def test_a_row_takes_40_bytes():
    assert len(pack([row()]).rows) == ROW_BYTES == 40


def test_a_block_may_hold_as_many_kinds_as_rows():
    rows = [row(seq, name=f"task {seq}") for seq in range(20_000)]
    block = TaskRowBlock(20_000)
    assert block.add(WorkerID("a" * 56), pack(rows)) == 20_000
    assert [found.name for found in events_of(block)] == [one[1] for one in rows]


def test_a_block_takes_what_there_is_room_for():
    block = TaskRowBlock(3)
    rows = pack([row(seq) for seq in range(5)])
    assert block.add(WorkerID("a" * 56), rows, 1) == 3
    assert block.add(WorkerID("a" * 56), rows, 4) == 0
    assert [found.task_id[-1] for found in events_of(block)] == ["1", "2", "3"]
    block.clear()
    assert block.rows() == []
    assert block.add(WorkerID("a" * 56), rows, 4) == 1


def test_a_block_takes_no_more_kinds_than_it_can_number():
    block = TaskRowBlock(2 * MAX_LABELS)
    for start in range(0, MAX_LABELS, 16_384):
        rows = pack([row(name=f"task {start + number}") for number in range(16_384)])
        assert block.add(WorkerID("a" * 56), rows) == 16_384
    assert block.add(WorkerID("a" * 56), pack([row()])) == 0
    assert len(block) == MAX_LABELS
