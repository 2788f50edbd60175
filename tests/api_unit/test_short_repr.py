"""Values in a few characters, whatever they are."""

import dataclasses
from collections import OrderedDict, deque, namedtuple
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raylite._core.common.short_repr import short_call, short_repr

Point = namedtuple("Point", "x y")  # noqa: PYI024  # Both kinds look the same.


@dataclasses.dataclass
class Order:
    number: int
    items: Any


class Plain:
    pass


class Raising:
    def __repr__(self) -> str:
        raise ValueError


class Leaving:
    def __repr__(self) -> str:
        raise SystemExit(3)


class Markup:
    def __repr__(self) -> str:
        return "<b>bold</b>\n\x1b[31m" + "x" * 1000


class NeverAsked(list[int]):
    """A list that must not be asked for its text as a whole."""

    def __iter__(self) -> Any:
        yield from range(5)
        raise AssertionError

    def __len__(self) -> int:
        return 10**9


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (None, "None"),
        ("abc", "'abc'"),
        ([], "[]"),
        (set(), "set()"),
        ((1,), "(1,)"),
        ({1}, "{1}"),
        ({"a": [1, {"b": [2]}]}, "{'a': [1, {…}]}"),
        (Point(1, 2), "Point(x=1, y=2)"),
        (Order(1, "x"), "Order(number=1, items='x')"),
        (OrderedDict(a=1), "OrderedDict({'a': 1})"),
        (deque([1]), "deque([1])"),
        (Plain(), "<Plain>"),
        (list(range(1000)), "[0, 1, 2, 3, 4, … 1,000 in all]"),
        (10**1000, "<int of 3322 bits>"),
    ],
)
def test_a_value_reads_as_python_writes_it(value, text):
    assert short_repr(value) == text


def test_a_long_text_says_how_long_it_is():
    assert short_repr("a" * 10**7).endswith("… 10,000,000 characters")
    assert short_repr(b"a" * 10**7).endswith("… 10,000,000 bytes")
    assert len(short_repr("a" * 10**7, 12)) <= 12


def test_a_container_is_asked_for_its_first_items_only():
    assert short_repr(NeverAsked()) == "NeverAsked([0, 1, 2, 3, 4, … 1,000,000,000 in all])"


def test_a_text_of_the_users_is_one_line_of_what_can_be_printed():
    text = short_repr(Markup())
    assert len(text) == 60
    assert text.isprintable()


def test_a_repr_that_raises_is_named_and_the_rest_is_shown():
    assert short_repr([1, Raising()]) == "[1, <Raising, whose __repr__ raised ValueError>]"


def test_a_circle_has_an_end():
    circle: list[Any] = []
    circle.append(circle)
    assert short_repr(circle) == "[[[…]]]"


def test_an_array_is_its_shape():
    numpy = pytest.importorskip("numpy")
    assert short_repr(numpy.zeros((1000, 30))) == "<ndarray of float64, 1000 x 30>"
    assert short_repr(numpy.arange(3)) == "array([0, 1, 2])"


def test_a_call_reads_as_it_was_written():
    assert short_call("pay", (1, "x"), {"note": None}) == "pay(1, 'x', note=None)"
    assert short_call("pay", (), {}) == "pay()"


def test_many_arguments_are_counted():
    assert short_call("pay", range(100), {}) == "pay(0, 1, 2, 3, 4, 5, 6, … 100 in all)"


def test_long_arguments_share_the_room():
    text = short_call("pay", ("a" * 1000, "b" * 1000), {"c": "c" * 1000})
    assert len(text) < 110
    assert all(f"{letter * 5}" in text for letter in "abc")


@given(st.recursive(st.text() | st.integers() | st.binary(), st.lists))
def test_anything_is_short_and_in_one_line(value):
    text = short_repr(value)
    assert len(text) <= 60
    assert text.isprintable()
