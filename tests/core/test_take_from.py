"""Taking a call out of a queue, by its number."""

from collections import deque
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from raylite._core.core_worker.task_submission.calls import PendingCall, take_from


def call_of(seq: int) -> PendingCall:
    submitter: Any = None
    return PendingCall(seq, "f", b"", submitter, (), None, 0.0)


@given(st.lists(st.integers(0, 50), unique=True), st.integers(0, 50))
def test_the_one_is_taken_and_the_others_stay_in_order(seqs: list[int], wanted: int) -> None:
    queue = deque(call_of(seq) for seq in seqs)
    taken = take_from(queue, wanted)
    assert (taken.seq if taken else None) == (wanted if wanted in seqs else None)
    assert [call.seq for call in queue] == [seq for seq in seqs if seq != wanted]
