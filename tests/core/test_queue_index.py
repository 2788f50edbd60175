"""Finding calls that wait in an actor's queue, by their numbers."""

from collections import deque
from random import Random
from typing import Any

import pytest

from raylite._core.core_worker.task_execution import queue_index
from raylite._core.core_worker.task_execution.queue_index import QueueIndex
from raylite._core.rpc.codec import CALL, HEADER_BYTES, pack_call, unpack_call_head

ME: Any = "me"
OTHER: Any = "other"


class Story:
    def __init__(self) -> None:
        self.queue: deque[Any] = deque()
        self.timers: list[Any] = []
        self.index = QueueIndex(self.queue, lambda _, action: self.timers.append(action))

    def call(self, seq: int, sender: Any = ME) -> None:
        frame = pack_call(CALL, seq, b"payload", 0, 0.0)
        self.queue.append((sender, CALL, frame[HEADER_BYTES:]))

    def waiting(self) -> list[Any]:
        return [(job[0], unpack_call_head(job[2])[0]) for job in self.queue if job[0] is not None]


@pytest.fixture
def story() -> Story:
    return Story()


def test_a_call_is_taken_and_the_others_stay_in_order(story):
    for seq in range(5):
        story.call(seq)
    assert story.index.take(ME, 2)
    assert story.waiting() == [(ME, 0), (ME, 1), (ME, 3), (ME, 4)]
    assert not story.index.take(ME, 2)


def test_callers_have_numbers_of_their_own(story):
    story.call(1)
    story.call(1, OTHER)
    assert story.index.take(OTHER, 1)
    assert story.waiting() == [(ME, 1)]


def test_what_nobody_has_sent_is_left_alone(story):
    story.queue.append((None, 0, "an order"))
    story.call(1)
    assert not story.index.take(ME, 7)
    assert story.index.take(ME, 1)
    assert list(story.queue) == [(None, 0, "an order")]


def test_a_call_that_was_begun_is_not_there_any_more(story):
    story.call(1)
    story.call(2)
    assert story.index.take(ME, 2)
    story.queue.popleft()
    assert not story.index.take(ME, 1)


def test_calls_that_came_later_are_found_as_well(story):
    story.call(1)
    story.call(2)
    assert story.index.take(ME, 1)
    story.call(3)
    assert story.index.take(ME, 3)
    assert story.waiting() == [(ME, 2)]


def test_a_call_that_was_put_back_to_the_front_is_found(story):
    story.call(1)
    story.call(2)
    begun = story.queue.popleft()
    assert story.index.take(ME, 2)
    story.queue.appendleft(begun)
    assert story.index.take(ME, 1)


@pytest.mark.parametrize("order", ["first to last", "last to first", "any"])
def test_each_number_is_read_once_however_many_are_cancelled(story, monkeypatch, order):
    reads = 0

    def counted(body: Any) -> Any:
        nonlocal reads
        reads += 1
        return unpack_call_head(body)

    monkeypatch.setattr(queue_index, "unpack_call_head", counted)
    seqs = list(range(200))
    for seq in seqs:
        story.call(seq)
    if order == "any":
        Random(0).shuffle(seqs)
    elif order == "last to first":
        seqs.reverse()
    assert all(story.index.take(ME, seq) for seq in seqs)
    assert reads == len(seqs)


def test_numbers_are_forgotten_after_a_moment_and_read_again_when_needed(story):
    story.call(1)
    story.call(2)
    assert story.index.take(ME, 1)
    (forget,) = story.timers
    forget()
    assert story.index.take(ME, 2)
    assert len(story.timers) == 2
