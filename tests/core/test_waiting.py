"""``wait`` and ``get`` of many: what one wait leaves for the next, and what it must not leave.

The poller is replaced by one that runs a script while it waits, so nothing depends on the clock.
"""

import gc
import threading
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from raylite._core.common.object_ref import ObjectRef
from raylite._core.core_worker.entries import Entry, OwnedEntry
from raylite._core.core_worker.failure_watch import FailureWatch
from raylite._core.core_worker.task_submission.item_stream import NextItem
from raylite._core.core_worker.waiting import MANY, Waiting
from raylite._core.object_store.serialization import dumps_error
from raylite._core.rpc.at_rest import AtRest
from raylite._core.rpc.interrupt import InterruptGuard

HOME: Any = type("Home", (), {"object_prefix": bytes(16), "over": False})()
VALUE = b"N."
ERROR = dumps_error(ValueError("it failed"))
SIZE = MANY + 8


def pending(seq: int) -> ObjectRef[Any]:
    return ObjectRef(OwnedEntry(HOME, seq))


class Poller:
    """Runs what it was given, step by step, while somebody waits."""

    def __init__(self) -> None:
        self.script: list[Callable[[], None]] = []
        self.timers: list[Callable[[], None]] = []
        self.num_waits = 0
        me: Any = self
        self.at_rest = AtRest(me)
        self.at_rest.begin()

    def run_until(
        self, done: Callable[[], bool], _deadline_s: float | None = None, *, soon: bool = False
    ) -> bool:
        self.num_waits += 1
        while not done() and self.script:
            self.script.pop(0)()
        return done()

    def call_later(self, _delay_s: float, action: Callable[[], None]) -> None:
        self.timers.append(action)

    def a_while_passes(self) -> None:
        timers, self.timers = self.timers, []
        for action in timers:
            action()


class Story:
    def __init__(self) -> None:
        self.poller = Poller()
        poller: Any = self.poller
        guard = InterruptGuard(needed=False)
        self.waiting = Waiting(poller, lambda: False, lambda _: None, None, guard)
        self.refs = [pending(seq) for seq in range(SIZE)]
        self.entries: list[Any] = [ref._entry for ref in self.refs]

    def later(self, *places: int, payload: bytes = VALUE) -> None:
        for place in places:
            self.poller.script.append(partial(self.entries[place].resolve, payload))

    def num_callbacks(self) -> int:
        return sum(len(entry.waiters or ()) for entry in self.entries)


@pytest.fixture
def story() -> Story:
    return Story()


def test_a_wait_ends_with_the_value_it_waits_for(story):
    story.later(5)
    ready, rest = story.waiting.for_some(story.refs, 1, None)
    assert (ready, rest) == ([story.refs[5]], story.refs[:5] + story.refs[6:])


def test_the_wait_for_the_rest_goes_on_where_the_last_one_ended(story):
    story.later(5, 3)
    _, rest = story.waiting.for_some(story.refs, 1, None)
    watched = story.num_callbacks()
    assert story.waiting.is_rest(rest)
    ready, rest = story.waiting.for_some(rest, 1, None)
    assert (ready, story.num_callbacks()) == ([story.refs[3]], watched - 1)
    assert len(rest) == SIZE - 2


def test_refs_may_be_added_to_the_rest(story):
    story.later(5)
    _, rest = story.waiting.for_some(story.refs, 1, None)
    new = pending(SIZE)
    story.entries.append(new._entry)
    rest.append(new)
    assert story.waiting.is_rest(rest)
    assert not story.waiting.is_rest([*rest, new])
    story.later(SIZE)
    ready, left = story.waiting.for_some(rest, 1, None)
    assert (ready, left) == ([new], rest[:-1])
    assert story.num_callbacks() == SIZE - 1


def test_a_ref_that_nobody_will_fill_is_refused_behind_the_rest_too(story):
    story.later(5)
    _, rest = story.waiting.for_some(story.refs, 1, None)
    with pytest.raises(ValueError, match="was made from bytes"):
        story.waiting.for_some([*rest, ObjectRef(bytes(28))], 1, None)
    assert story.num_callbacks() == 0


def test_a_set_with_a_generator_is_not_kept_since_its_item_may_be_taken(story):
    story.later(5)
    _, rest = story.waiting.for_some(story.refs, 1, None)
    generator: Any = ObjectRef(NextItem(HOME, 99))
    story.later(6)
    _, rest = story.waiting.for_some([*rest, generator], 1, None)
    assert not story.waiting.is_rest(rest)
    assert story.num_callbacks() == 0


def test_a_rest_that_was_changed_is_a_list_like_any_other(story):
    story.later(5)
    _, rest = story.waiting.for_some(story.refs, 1, None)
    removed = rest.pop(0)
    assert not story.waiting.is_rest(rest)
    story.later(0, 7)
    ready, left = story.waiting.for_some(rest, 1, None)
    assert (ready, removed in left) == ([story.refs[7]], False)
    assert story.num_callbacks() == len(left)


def test_a_wait_for_other_refs_leaves_nothing_at_the_former(story):
    story.later(5)
    story.waiting.for_some(story.refs, 1, None)
    other = pending(99)
    story.waiting.for_some([other], 1, 0.001)
    assert story.num_callbacks() == 0


def test_a_rest_that_nobody_waits_for_is_soon_forgotten(story):
    story.later(5)
    _, rest = story.waiting.for_some(story.refs, 1, None)
    gone = weakref.ref(story.refs[0])
    del rest
    story.refs.clear()
    assert story.num_callbacks() == SIZE - 1
    for _ in range(2):
        story.poller.a_while_passes()
    gc.collect()
    assert (story.num_callbacks(), gone()) == (0, None)
    assert not story.poller.timers


def test_a_rest_that_is_waited_for_is_not_forgotten(story):
    story.later(*range(8))
    rest = story.refs
    for _ in range(8):
        _, rest = story.waiting.for_some(rest, 1, None)
        story.poller.a_while_passes()
        assert story.num_callbacks() == len(rest)


def test_it_is_not_forgotten_while_somebody_waits_for_it_for_long(story):
    story.later(5)
    _, rest = story.waiting.for_some(story.refs, 1, None)
    story.poller.script += [story.poller.a_while_passes] * 4
    story.later(6)
    assert story.waiting.for_some(rest, 1, None)[0] == [story.refs[6]]


def test_a_wait_in_vain_leaves_nothing_once_it_is_forgotten(story):
    assert story.waiting.for_some(story.refs, 1, 0.001) == ([], story.refs)
    story.waiting.forget_sets()
    assert story.num_callbacks() == 0


def test_a_few_refs_are_let_go_at_once(story):
    few = story.refs[:3]
    story.later(1)
    story.waiting.for_some(few, 1, None)
    assert (story.num_callbacks(), story.poller.timers) == (0, [])


def test_who_does_not_wait_asks_nobody_to_call_back(story):
    story.later(2)
    story.poller.script[0]()
    assert story.waiting.for_some(story.refs, 5, 0)[0] == [story.refs[2]]
    assert story.num_callbacks() == 0


def test_who_does_not_wait_reads_what_has_arrived(story):
    story.waiting.for_some(story.refs, 1, 0)
    assert story.poller.num_waits == 1


def test_an_interrupted_wait_leaves_nothing(story):
    def interrupt() -> None:
        raise KeyboardInterrupt

    story.poller.script.append(interrupt)
    with pytest.raises(KeyboardInterrupt):
        story.waiting.for_some(story.refs, 1, None)
    assert story.num_callbacks() == 0
    assert not story.waiting.is_rest(story.refs)


def test_threads_do_not_share_what_they_have_left(story):
    story.later(5)
    _, rest = story.waiting.for_some(story.refs, 1, None)
    seen: list[Any] = []

    def other() -> None:
        seen.append(story.waiting.is_rest(rest))
        story.entries[7].resolve(VALUE)
        seen.append(story.waiting.for_some(rest, 1, None)[0])

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert seen == [False, [story.refs[7]]]
    assert story.waiting.for_some(rest, 1, None)[0] == [story.refs[7]]


def test_all_values_are_waited_for(story):
    story.later(*reversed(range(SIZE)))
    assert story.waiting.for_all(story.entries, None)


def test_values_that_are_there_need_no_wait(story):
    for entry in story.entries:
        entry.resolve(VALUE)
    assert story.waiting.for_all(story.entries, None)
    assert story.poller.num_waits == 0


def test_one_failure_ends_a_wait_for_all(story):
    story.later(0, 1)
    story.later(9, payload=ERROR)
    story.later(*range(10, SIZE))
    assert not story.waiting.for_all(story.entries, None)
    assert story.entries[10].payload is None


def test_a_failure_that_was_there_before_ends_it_too(story):
    story.entries[9].resolve(ERROR)
    assert not story.waiting.for_all(story.entries, None)
    assert Entry.failure_watchers == ()


def test_failures_of_others_do_not_end_it(story):
    others = [OwnedEntry(HOME, 1_000 + seq) for seq in range(5)]
    for place in range(SIZE):
        if place < len(others):
            story.poller.script.append(partial(others[place].resolve, ERROR))
        story.later(place)
    assert story.waiting.for_all(story.entries, None)


def test_nobody_hears_of_failures_after_the_wait(story):
    def interrupt() -> None:
        raise KeyboardInterrupt

    story.poller.script.append(interrupt)
    with pytest.raises(KeyboardInterrupt):
        story.waiting.for_all(story.entries, None)
    assert Entry.failure_watchers == ()


def test_a_failure_is_looked_up_and_not_searched_for(story):
    looks = 0

    class Looked(OwnedEntry):
        __slots__ = ()

        def __hash__(self) -> int:
            nonlocal looks
            looks += 1
            return id(self)

    mine = [Looked(HOME, seq) for seq in range(100)]
    others = [Looked(HOME, 100 + seq) for seq in range(50)]
    with FailureWatch(mine) as watch:
        for other in others:
            other.resolve(ERROR)
            assert not watch.has_come()
        mine[3].resolve(ERROR)
        assert watch.has_come()
    assert looks == len(mine) + len(others) + 1


class Holder:
    """A process with a CPU; of the calls with these numbers it knows that they were sent."""

    def __init__(self, *sent: int) -> None:
        self.sent = sent
        self.said: list[str] = []

    def on_long_wait(self) -> None:
        self.said.append("long")

    def is_under_way(self, entry: OwnedEntry) -> bool:
        return entry.seq in self.sent

    def on_blocked(self, blocked: bool) -> None:  # As in what it stands for.
        self.said.append("lent" if blocked else "had back")


class SlowPoller(Poller):
    """Each wait ends at its limit, but the last of so many, which sees the value come."""

    def __init__(self, entry: Entry, number: int) -> None:
        super().__init__()
        self.entry, self.number = entry, number

    def run_until(
        self, done: Callable[[], bool], deadline_s: float | None = None, *, soon: bool = False
    ) -> bool:
        self.num_waits += 1
        if self.num_waits == self.number:
            self.entry.resolve(VALUE)
        assert done() or deadline_s is not None
        return done()


def holder_after(number: int, holder: Holder, timeout_s: float | None = None) -> tuple[bool, Any]:
    entry: Any = pending(7)._entry
    poller: Any = SlowPoller(entry, number)
    guard = InterruptGuard(needed=False)
    waiting = Waiting(poller, lambda: False, lambda _: None, holder, guard)
    return waiting.for_one(entry, timeout_s), poller.num_waits


def test_who_waits_for_a_moment_keeps_the_cpu():
    holder = Holder()
    assert holder_after(1, holder) == (True, 1)
    assert holder.said == []


def test_who_waits_for_longer_lends_the_cpu_to_what_has_not_begun():
    holder = Holder()
    assert holder_after(2, holder) == (True, 2)
    assert holder.said == ["long", "lent", "had back"]


def test_what_is_under_way_needs_no_cpu_for_a_while():
    holder = Holder(7)
    assert holder_after(2, holder) == (True, 2)
    assert holder.said == ["long"]


def test_what_is_under_way_for_very_long_may_need_the_cpu_after_all():
    holder = Holder(7)
    assert holder_after(3, holder) == (True, 3)
    assert holder.said == ["long", "lent", "had back"]


def test_a_limit_ends_the_wait_for_what_is_under_way():
    holder = Holder(7)
    assert holder_after(9, holder, timeout_s=0.01) == (False, 2)
    assert holder.said == ["long"]
