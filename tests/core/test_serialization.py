"""Values to bytes and back: which packer takes what, and that nothing is changed by it."""

import marshal
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raylite._core.core_worker.glance import glance_at
from raylite._core.object_store import serialization
from raylite._core.object_store.serialization import (
    ERROR,
    FIRST_OF_A_PICKLE,
    FIRST_OF_A_VALUE,
    NONE,
    PLAIN,
    dumps,
    dumps_error,
    dumps_plain,
    join_call,
    loads_call,
    loads_inline,
)

texts = st.text(st.characters(exclude_categories=()))  # Halves of pairs too, as in file names.
plain = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.binary(), texts)


class Entry:
    contained = None

    def __init__(self, payload: bytes) -> None:
        self.payload = payload


def same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return type(one) is type(other) and one == other and repr(one) == repr(other)


@given(plain)
def test_a_plain_value_comes_back_as_it_was_and_says_what_it_is(value):
    payload = dumps_plain(value)
    assert FIRST_OF_A_VALUE <= payload[0] < FIRST_OF_A_PICKLE
    assert same(loads_inline(payload), value)
    assert glance_at(Entry(payload)).kind == ("None" if value is None else type(value).__name__)


@given(st.text(), st.tuples(plain, plain))
def test_a_call_with_plain_arguments_comes_back_as_it_was(name, args):
    key, found, kwargs = loads_call(memoryview(dumps_plain((name, args, {}))))
    assert (key, kwargs) == (name, {})
    assert all(map(same, found, args))


@pytest.mark.parametrize("number", [2**31, -(2**31) - 1, 2**64, -(10**4000)])
def test_numbers_of_any_size_are_plain(number):
    assert loads_inline(dumps_plain(number)) == number


def test_nothing_but_itself_is_in_a_plain_value():
    class Wide(int):
        pass

    assert type(Wide(3)) not in PLAIN
    assert type([3]) not in PLAIN
    assert loads_inline(NONE) is None


def test_what_is_too_large_for_marshal_is_pickled(monkeypatch):
    def refuse(_value: object, _version: int) -> bytes:
        raise ValueError("unmarshallable object")

    monkeypatch.setattr(marshal, "dumps", refuse)
    payload = dumps_plain("text")
    assert payload[0] == FIRST_OF_A_PICKLE
    assert loads_inline(payload) == "text"


def test_other_values_and_errors_are_pickled():
    data, buffers, refs = dumps({"a": [1, 2]})
    assert (data[0], buffers, refs) == (FIRST_OF_A_PICKLE, [], [])
    assert loads_inline(data) == {"a": [1, 2]}
    failed = dumps_error(ValueError("no"))
    assert failed[0] == ERROR
    assert repr(loads_inline(failed)) == "ValueError('no')"


def test_plain_values_can_stand_for_refs_in_a_call():
    call, _, _ = dumps(("add", (serialization.SlotRef(0), serialization.SlotRef(1)), {}))
    packed = join_call(call, [dumps_plain(2), dumps_plain("two")])
    assert loads_call(memoryview(packed)) == ("add", (2, "two"), {})
