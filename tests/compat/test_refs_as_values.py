# mypy: disable-error-code="operator,attr-defined,arg-type,no-redef,call-arg,misc"
# These are mistakes: a type checker says so too.
"""A ref, a handle or a method, taken for the value that it leads to."""

import json
import math
import operator
from collections.abc import Callable
from typing import Any

import pytest

from tests.compat.cases import different, raises

Mistake = Callable[[Any], Any]

MISTAKES: dict[str, tuple[Mistake, str]] = {
    "add": (lambda ref: ref + 1, "unsupported operand"),
    "add to": (lambda ref: 1 + ref, "unsupported operand"),
    "add two": (lambda ref: ref + ref, "unsupported operand"),
    "sum": (lambda ref: sum([ref, ref]), "unsupported operand"),
    "power": (lambda ref: ref**2, "unsupported operand"),
    "divmod": (lambda ref: divmod(ref, 2), "unsupported operand"),
    "negative": (lambda ref: -ref, "unary -"),
    "abs": (abs, "abs()"),
    "int": (int, "int()"),
    "float": (float, "float()"),
    "square root": (math.sqrt, "real number"),
    "index": (lambda ref: [1, 2][ref], ""),
    "compare": (lambda ref: ref > 3, "not supported between instances"),
    "compare with": (lambda ref: 3 < ref, "not supported between instances"),  # noqa: SIM300
    "sort": (lambda ref: sorted([ref, ref]), "not supported between instances"),
    "item": (lambda ref: ref[0], "not subscriptable"),
    "set an item": (lambda ref: operator.setitem(ref, 0, 1), "item assignment"),
    "length": (len, "has no len()"),
    "go through": (list, "not iterable"),
    "unpack": (lambda ref: operator.itemgetter(0)([*ref]), ""),
    "contains": (lambda ref: 1 in ref, ""),
    "format": (lambda ref: f"{ref:.2f}", "unsupported format string"),
    "json": (json.dumps, "not JSON serializable"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_ref_is_not_its_value(ray, mistake):
    do, words = MISTAKES[mistake]
    with raises(TypeError, words=words):
        do(ray.put(3))


def test_a_ref_cannot_be_called(ray):
    with raises(TypeError, words="not callable"):
        ray.put(len)()


def test_a_ref_has_no_attributes_of_its_value(ray):
    with raises(AttributeError, words="has no attribute 'upper'"):
        ray.put("text").upper()


def test_a_ref_is_equal_to_no_value(ray):
    ref = ray.put(3)
    assert not (ref == 3)  # noqa: SIM201  # What is written is under test.
    assert ref != 3
    assert ref not in [3, 4]


class Money:
    """Knows how to deal with anything."""

    def __radd__(self, other: Any) -> str:
        return "added"

    def __gt__(self, other: object) -> bool:
        return True


def test_what_knows_how_to_deal_with_a_ref_does(ray):
    assert ray.put(1) + Money() == "added"
    assert ray.put(1) < Money()


def test_an_array_of_refs_is_one_of_objects(ray):
    numpy = pytest.importorskip("numpy")
    refs = [ray.put(1), ray.put(2)]
    assert numpy.array(refs).shape == (2,)
    assert numpy.array(refs[0]).shape == ()
    with raises(TypeError, words="unsupported operand"):
        numpy.array(refs) + 1


@different(
    ray="`str(ref)` is `repr(ref)`.",
    raylite="`str(ref)` says besides that it is a promise, and how to get the value.",
    why="Whoever prints a ref wanted its value.",
)
def test_a_printed_ref(ray, engine):
    ref = ray.put(1)
    assert (str(ref) == repr(ref)) == (engine == "ray")
    assert f"{ref}" == str(ref)


@different(
    ray="`isinstance(ref, Iterable)` is False.",
    raylite="It is True: `for x in ref` raises TypeError as in Ray, and explains it.",
    why="Only what a class defines can have words of its own.",
)
def test_a_ref_refuses_by_methods_of_its_own(ray, engine):
    assert not callable(ray.put(1))
    assert hasattr(ray.put(1), "__iter__") == (engine == "raylite")


@pytest.fixture
def till(ray):
    @ray.remote
    class Till:
        def total(self):
            return 3

        def __call__(self, n):
            return n + 1

    return Till.remote()


@pytest.mark.parametrize("mistake", ["add", "add to", "sum", "negative", "int", "compare with"])
def test_a_handle_and_a_method_are_no_values(ray, till, mistake):
    do, words = MISTAKES[mistake]
    for thing in (till, till.total):
        with raises(TypeError, words=words):
            do(thing)


def test_a_handle_cannot_be_called_but_the_method_of_that_name_can(ray, till):
    with raises(TypeError):
        till(1)
    assert ray.get(till.__call__.remote(1)) == 2
