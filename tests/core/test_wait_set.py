"""Refs that are waited for again and again: what is looked at, what is kept, what is let go."""

import weakref
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from raylite._core.common.object_ref import ObjectRef
from raylite._core.core_worker.entries import BorrowedEntry, OwnedEntry
from raylite._core.core_worker.ref_pages import PAGE
from raylite._core.core_worker.rest_of_wait import RestOfWait
from raylite._core.core_worker.wait_set import WaitSet

HOME: Any = type("Home", (), {"object_prefix": bytes(16)})()
VALUE = b"N."


def entry_of(ref: ObjectRef[Any]) -> Any:
    return ref._entry


def pending(number: int) -> list[ObjectRef[Any]]:
    return [ObjectRef(OwnedEntry(HOME, seq)) for seq in range(number)]


def resolve(*refs: ObjectRef[Any]) -> None:
    for ref in refs:
        entry_of(ref).resolve(VALUE)


def callbacks(refs: list[ObjectRef[Any]]) -> int:
    return sum(len(entry_of(ref).waiters or ()) for ref in refs)


def wait_set(refs: list[ObjectRef[Any]], page_size: int = PAGE) -> WaitSet:
    return WaitSet(refs, lambda _entry: None, page_size)


def test_what_is_there_is_taken_in_the_order_given():
    refs = pending(5)
    resolve(refs[3], refs[1], refs[4])
    waits = wait_set(refs)
    assert waits.take(2) == ([refs[1], refs[3]], [refs[0], refs[2], refs[4]])
    assert waits.take(2) == ([refs[4]], [refs[0], refs[2]])
    assert waits.take(2) == ([], [refs[0], refs[2]])


def test_nothing_is_watched_before_somebody_has_to_wait():
    refs = pending(3)
    waits = wait_set(refs)
    assert callbacks(refs) == waits.num_watched == 0
    waits.watch()
    assert callbacks(refs) == waits.num_watched == 3


def test_what_comes_is_noted_without_another_look():
    refs = pending(4)
    waits = wait_set(refs)
    waits.watch()
    resolve(refs[2], refs[0])
    assert waits.num_ready() == 2
    assert waits.take(4) == ([refs[0], refs[2]], [refs[1], refs[3]])
    resolve(refs[3])
    assert waits.take(4) == ([refs[3]], [refs[1]])


def test_what_came_before_it_was_watched_is_found():
    refs = pending(3)
    waits = wait_set(refs)
    resolve(refs[1])
    assert waits.num_ready() == 0
    waits.watch()
    assert waits.take(3) == ([refs[1]], [refs[0], refs[2]])


def test_who_does_not_watch_may_look_again():
    refs = pending(3)
    waits = wait_set(refs)
    resolve(refs[1])
    waits.look_again()
    assert waits.take(3) == ([refs[1]], [refs[0], refs[2]])
    assert callbacks(refs) == 0


def test_each_object_is_asked_once_however_often_is_waited(monkeypatch):
    asked: list[OwnedEntry] = []
    when_done = OwnedEntry.when_done

    def noted(entry: OwnedEntry, callback: Any) -> None:
        asked.append(entry)
        when_done(entry, callback)

    monkeypatch.setattr(OwnedEntry, "when_done", noted)
    refs = pending(100)
    waits = wait_set(refs)
    for ref in refs:
        waits.watch()
        resolve(ref)
        assert waits.take(1)[0] == [ref]
    assert asked == [entry_of(ref) for ref in refs]


def test_further_refs_come_behind_the_others():
    refs = pending(6)
    resolve(refs[4])
    waits = wait_set(refs[:3])
    waits.add(refs[3:5])
    assert waits.take(2) == ([refs[4]], refs[:4])
    waits.watch()
    waits.add(refs[5:])
    resolve(refs[5], refs[2])
    assert waits.take(2) == ([refs[2], refs[5]], [refs[0], refs[1], refs[3]])


def test_refs_that_come_when_all_others_were_taken_are_told_apart():
    refs = pending(4)
    resolve(*refs[:2])
    waits = wait_set(refs[:2])
    waits.watch()
    assert waits.take(2) == (refs[:2], [])
    waits.add(refs[2:])
    resolve(refs[3])
    assert waits.take(2) == ([refs[3]], [refs[2]])


def test_a_set_knows_its_refs_and_lists_that_begin_with_them():
    refs = pending(4)
    waits = wait_set(refs[:3])
    assert waits.recognizes(refs[:3])
    assert waits.recognizes(refs)
    assert not waits.recognizes(refs[:2])
    assert not waits.recognizes([refs[0], refs[2], refs[1]])
    assert not waits.recognizes(refs[::-1])


def test_a_list_with_a_ref_that_occurs_twice_is_not_recognized():
    refs = pending(4)
    waits = wait_set(refs[:3])
    assert not waits.recognizes([*refs[:3], refs[1]])
    assert not waits.recognizes([*refs, refs[3]])
    assert not waits.recognizes([*refs, "no ref"])  # type: ignore[list-item]


def test_a_ref_that_was_taken_may_come_again():
    refs = pending(4)
    waits = wait_set(refs[:3])
    assert waits.recognizes(refs)
    waits.add(refs[3:])
    resolve(refs[1])
    waits.look_again()
    (taken,), rest = waits.take(1)
    assert waits.recognizes([*rest, taken])
    assert not waits.recognizes([*rest, rest[-1]])


def test_a_list_that_was_recognized_is_compared_once():
    refs = pending(3)
    waits = wait_set(refs)
    assert waits.recognizes(refs)
    refs.pop()
    assert waits.continues(refs)
    assert not waits.continues(refs)
    assert not waits.recognizes(refs)


def test_of_many_refs_the_list_of_the_rest_is_made_when_somebody_looks():
    refs = pending(9)
    resolve(*refs[2:])
    waits = wait_set(refs, page_size=3)
    _, rest = waits.take(1)
    assert type(rest) is RestOfWait
    assert waits.recognizes(rest)
    _, later = waits.take(1)
    assert type(rest) is type(later) is RestOfWait
    assert waits.recognizes(later)
    assert not waits.recognizes(rest)
    assert (rest, later) == ([*refs[:2], *refs[3:]], [*refs[:2], *refs[4:]])
    assert type(waits.take(4)[1]) is list


def test_a_rest_that_was_looked_at_or_changed_is_compared_as_any_list_is():
    refs = pending(9)
    resolve(*refs)
    waits = wait_set(refs, page_size=2)
    _, rest = waits.take(1)
    assert rest[0] is refs[1]
    assert waits.recognizes(rest)
    rest.reverse()
    assert not waits.recognizes(rest)
    _, rest = waits.take(1)
    rest += pending(1)
    assert waits.recognizes(rest)
    assert len(waits.behind(rest)) == 1
    assert type(rest) is RestOfWait
    assert not waits.recognizes(rest[1:])
    assert waits.recognizes(rest)
    assert not waits.recognizes([*rest, rest[0]])


def test_the_rest_of_another_set_is_not_recognized():
    refs = pending(9)
    resolve(refs[0])
    waits, other = wait_set(refs, page_size=2), wait_set(refs[1:], page_size=2)
    _, rest = waits.take(1)
    assert other.recognizes(rest)
    assert not wait_set(refs, page_size=2).recognizes(rest)


def test_a_rest_is_not_recognized_once_further_refs_have_come():
    refs = pending(9)
    resolve(refs[0])
    waits = wait_set(refs[:7], page_size=2)
    _, rest = waits.take(1)
    waits.add(refs[7:])
    assert not waits.recognizes(rest)
    assert waits.recognizes(refs[1:])


def test_the_list_that_was_given_may_be_changed_afterwards():
    refs = pending(3)
    given = list(refs)
    waits = wait_set(given)
    given.clear()
    _, rest = waits.take(1)
    rest.clear()
    assert waits.take(1) == ([], refs)


def test_a_closed_set_leaves_no_callback_behind():
    refs = pending(5)
    waits = wait_set(refs)
    waits.watch()
    resolve(refs[0])
    waits.take(1)
    waits.close()
    assert callbacks(refs) == 0
    resolve(*refs)


def test_what_was_taken_is_not_kept():
    refs = pending(3)
    waits = wait_set(refs)
    waits.watch()
    resolve(refs[1])
    taken, _ = waits.take(1)
    gone = weakref.ref(taken.pop()), weakref.ref(entry_of(refs.pop(1)))
    assert [one() for one in gone] == [None, None]


def test_owners_are_asked_for_what_is_pending_alone():
    asked: list[Any] = []
    entries = [BorrowedEntry(HOME, bytes(28), "o", "a") for _ in range(3)]  # type: ignore[arg-type]
    HOME.release_borrowed = lambda *_: None
    entries[1].resolve(VALUE)
    waits = WaitSet([ObjectRef(entry) for entry in entries], asked.append)
    assert asked == []
    waits.watch()
    assert asked == [entries[0], entries[2]]


def test_a_ref_made_from_bytes_is_refused_since_nobody_will_fill_it():
    with pytest.raises(ValueError, match="was made from bytes"):
        wait_set([*pending(1), ObjectRef(bytes(28))])


class AnyOrder(RuleBasedStateMachine):
    """A set, and a plain list that says what it should hold."""

    @initialize(
        number=st.integers(0, 12), done=st.integers(0, 12), page_size=st.sampled_from([1, 2, 5, 99])
    )
    def begin(self, number, done, page_size):
        self.refs = pending(number)
        self.all = list(self.refs)
        resolve(*self.refs[:done])
        self.waits = wait_set(self.refs, page_size)
        self.is_watching = self.is_as_left = False
        self.given: list[tuple[list[ObjectRef[Any]], list[ObjectRef[Any]]]] = []

    @rule(place=st.integers(0, 20))
    def a_value_comes(self, place):
        if place < len(self.all):
            resolve(self.all[place])

    @rule(number=st.integers(1, 4), again=st.booleans())
    def further_refs(self, number, again):
        new = [ObjectRef[Any](OwnedEntry(HOME, len(self.all) + seq)) for seq in range(number)]
        left = [ref for ref in self.all if not any(ref is one for one in self.refs)]
        new += left[:1] if again else []
        rest = self.given[-1][0] if self.given and self.is_as_left else self.refs
        more = rest + new
        assert self.waits.recognizes(more)
        assert self.waits.behind(more) == new
        assert not self.waits.recognizes([*self.refs, new[0], new[0]])
        self.refs = self.refs + new
        self.all += new[:number]
        self.waits.add(self.waits.behind(more))
        self.is_as_left = False

    @rule()
    def somebody_has_to_wait(self):
        self.waits.watch()
        self.is_watching = True
        assert self.waits.num_ready() == len(self.done())

    @rule(number=st.integers(1, 6))
    def take(self, number):
        taken, rest = self.waits.take(number)
        assert len(taken) <= number
        if self.is_watching:
            assert len(taken) == min(number, len(self.done()))
        assert all(entry_of(ref).payload for ref in taken)
        places = [at for at, one in enumerate(self.refs) if any(one is ref for ref in taken)]
        assert [self.refs[at] for at in places] == taken
        self.refs = [one for one in self.refs if not any(one is ref for ref in taken)]
        assert self.waits.recognizes(rest)
        self.given.append((rest, self.refs))
        self.is_as_left = True

    @rule(place=st.integers(0, 30))
    def somebody_looks_at_a_rest_of_before(self, place):
        if place < len(self.given):
            rest, wanted = self.given[place]
            assert rest == wanted

    def done(self):
        return [ref for ref in self.refs if entry_of(ref).payload]

    @invariant()
    def only_what_is_pending_calls_back(self):
        if self.is_watching:
            assert callbacks(self.all) == len(self.refs) - len(self.done())
        assert self.waits.recognizes(self.refs)

    def teardown(self):
        assert all(rest == wanted for rest, wanted in self.given)
        self.waits.close()
        assert callbacks(self.all) == 0


TestAnyOrder = AnyOrder.TestCase
