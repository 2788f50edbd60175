"""Which free segment is used again, and which are given up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raylite._core.object_store import segment_pool
from raylite._core.object_store.segment import Segment
from raylite._core.object_store.segment_pool import (
    LINGER_S,
    MOST_BYTES,
    MOST_SEGMENTS,
    Free,
    SegmentPool,
    fitting,
    surplus,
)

sizes = st.integers(1, 10_000)
lists_of_free = st.lists(st.builds(Free, sizes, st.booleans(), st.just(0.0)), max_size=12)


def in_order_of_arrival(free: list[Free]) -> list[Free]:
    return sorted(free, key=lambda one: one.since_s)


aged = st.lists(
    st.builds(Free, st.integers(1, MOST_BYTES), st.booleans(), st.floats(0, 3)), max_size=90
).map(in_order_of_arrival)


class Fake(Segment):
    """A segment without a file."""

    def __init__(self, capacity: int, *, is_mapped: bool = False) -> None:
        super().__init__("", capacity, is_memory=True)
        self.says_mapped = is_mapped
        self.is_discarded = False

    @property
    def is_mapped(self) -> bool:
        return self.says_mapped

    def discard(self) -> None:
        self.is_discarded = True


def pool_of(*fakes: Fake) -> SegmentPool:
    pool = SegmentPool()
    for at, fake in enumerate(fakes):
        pool.add(fake, at / 1000)
    return pool


@given(lists_of_free, sizes)
def test_what_fits_is_large_enough_and_two_thirds_full(free, size):
    for at in fitting(free, size):
        assert size <= free[at].capacity <= size * 3 // 2


@given(lists_of_free, sizes)
def test_the_smallest_that_fits_comes_first(free, size):
    suitable = [one.capacity for one in free if size <= one.capacity <= size * 3 // 2]
    found = [free[at].capacity for at in fitting(free, size)]
    assert found == sorted(suitable)[: len(found)]
    assert bool(found) == bool(suitable)


def test_of_equal_ones_a_mapped_one_comes_first_and_then_the_newest():
    free = [Free(10, False, 0), Free(10, True, 0), Free(10, True, 0), Free(10, False, 0)]
    assert fitting(free, 10) == [2, 1, 3, 0]


@given(aged, st.floats(0, 4))
def test_what_is_kept_is_the_newest_and_within_bounds(free, now_s):
    kept = free[surplus(free, now_s) :]
    assert len(kept) <= MOST_SEGMENTS
    assert len(kept) <= 1 or sum(one.capacity for one in kept) <= MOST_BYTES
    assert all(now_s < one.since_s + LINGER_S for one in kept)


@given(aged, st.floats(0, 4))
def test_the_newest_is_kept_for_its_time_however_large(free, now_s):
    if free and now_s < free[-1].since_s + LINGER_S:
        assert surplus(free, now_s) < len(free)


def test_one_that_is_used_again_leaves_the_pool():
    pool = pool_of(one := Fake(10))
    assert pool.reuse(10, lambda _: True) is one
    assert len(pool) == 0


def test_one_that_a_reader_uses_stays_and_the_next_is_tried():
    pool = pool_of(older := Fake(10), newer := Fake(10))
    assert pool.reuse(10, lambda segment: segment is older) is older
    assert pool.reuse(10, lambda _: False) is None
    assert pool.reuse(10, lambda _: True) is newer


def test_one_that_was_tried_in_vain_is_as_old_as_before():
    pool = pool_of(Fake(10), Fake(11))
    pool.reuse(11, lambda _: False)
    assert pool.next_trim_s() == pytest.approx(LINGER_S)
    pool.trim(LINGER_S)
    assert pool.next_trim_s() == pytest.approx(LINGER_S + 0.001)


def test_one_that_could_not_be_written_is_removed():
    pool = pool_of(one := Fake(10))

    def fail(_segment: object) -> bool:
        msg = "no room"
        raise OSError(msg)

    with pytest.raises(OSError, match="no room"):
        pool.reuse(10, fail)
    assert one.is_discarded
    assert len(pool) == 0


def test_one_that_another_thread_has_taken_is_passed_over(monkeypatch):
    pool = pool_of(Fake(10), Fake(10))
    monkeypatch.setattr(segment_pool, "fitting", lambda free, _: [*range(len(free)), 0])
    taken = []

    def take_in_vain(segment: Segment) -> bool:
        taken.append(segment)
        return False

    pool.reuse(10, take_in_vain)
    pool._take(Fake(10))
    assert len(taken) == 3
    assert len(pool) == 2


def test_what_lingers_is_removed_in_time():
    pool = pool_of(first := Fake(10), second := Fake(10))
    pool.trim(LINGER_S)
    assert (first.is_discarded, second.is_discarded) == (True, False)
    assert pool.clear()
    assert second.is_discarded
    assert not pool.clear()
    assert pool.next_trim_s() is None
