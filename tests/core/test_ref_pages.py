"""A long list of refs of which copies share what they have in common."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from raylite._core.common.object_ref import ObjectRef
from raylite._core.core_worker.ref_pages import RefPages, joined

HOME: Any = type("Home", (), {"object_prefix": bytes(16)})()


def refs(first: int, number: int) -> list[ObjectRef[Any]]:
    return [ObjectRef(bytes(24) + seq.to_bytes(4)) for seq in range(first, first + number)]


def pages_of(given: list[ObjectRef[Any]], page_size: int) -> RefPages:
    pages = RefPages(page_size)
    pages.add(given)
    return pages


def test_a_copy_shares_all_pages_and_of_what_changes_later_a_new_one_is_made():
    given = refs(0, 9)
    pages = pages_of(given, page_size=3)
    before = pages.shared()
    assert pages.take([4]) == [given[4]]
    after = pages.shared()
    assert [one is other for one, other in zip(before, after, strict=True)] == [True, False, True]
    assert joined(before) == given
    assert joined(after) == given[:4] + given[5:]


def test_a_page_is_copied_once_until_it_is_shared_again():
    pages = pages_of(refs(0, 8), page_size=4)
    pages.shared()
    pages.take([1])
    copied = pages.shared()[0]
    pages.take([2])
    again = pages._pages[0]
    assert again is not copied
    pages.take([3])
    assert pages._pages[0] is again


def test_the_list_that_was_given_may_be_changed_afterwards():
    given = refs(0, 5)
    pages = pages_of(given, page_size=2)
    wanted = given.copy()
    given.clear()
    pages.listed().clear()
    assert pages.listed() == wanted


class AnyOrder(RuleBasedStateMachine):
    """Pages, a dictionary that says what they should hold, and copies with what they held."""

    @initialize(number=st.integers(0, 20), page_size=st.integers(1, 7))
    def begin(self, number, page_size):
        given = refs(0, number)
        self.pages = pages_of(given, page_size)
        self.wanted = dict(enumerate(given))
        self.size = number
        self.copies: list[tuple[Any, list[Any]]] = []

    @rule(number=st.integers(0, 9))
    def more(self, number):
        given = refs(self.size, number)
        self.pages.add(given)
        self.wanted.update(enumerate(given, self.size))
        self.size += number

    @rule(data=st.data())
    def some_leave(self, data):
        numbers = sorted(data.draw(st.sets(st.sampled_from(sorted(self.wanted) or [0]))))
        numbers = [number for number in numbers if number in self.wanted]
        assert self.pages.take(numbers) == [self.wanted.pop(number) for number in numbers]

    @rule()
    def a_copy(self):
        self.copies.append((self.pages.shared(), list(self.wanted.values())))

    @invariant()
    def all_hold_what_they_should(self):
        left = list(self.wanted.values())
        assert self.pages.listed() == left
        assert self.pages.length == len(left)
        assert self.pages.size == self.size
        assert self.pages.begins(left)
        assert self.pages.begins([*left, *refs(0, 1)])
        assert not left or not self.pages.begins(left[1:])
        for pages, wanted in self.copies:
            assert joined(pages) == wanted


TestAnyOrder = AnyOrder.TestCase
