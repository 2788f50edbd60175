"""The long list that a wait has left: nobody who uses it can tell it from a list."""

import copy
import operator
import pickle
import random
import threading
from collections.abc import Callable
from typing import Any

import pytest
from IPython.lib.pretty import pretty

from raylite._core.core_worker.ref_pages import PAGE
from raylite._core.core_worker.rest_of_wait import FilledRest, RestOfWait

ITEMS = list(range(10))
"""They stand for refs, so that they can be sorted, too."""


def rest(items: list[Any] | None = None) -> Any:
    items = ITEMS if items is None else items
    more: Any = items[len(items) - 2 :]
    pages: Any = [items[:3], [], items[3:-2]]
    return RestOfWait(pages, len(items) - 2, more)


def matched(values: Any) -> Any:
    match values:
        case [first, *_, last]:
            return first, last


def unpacked(values: Any) -> Any:
    first, *others, last = values
    return first, others, last


def spread(*values: Any) -> Any:
    return values


LOOKS: dict[str, Callable[[Any], Any]] = {
    "len": len,
    "bool": bool,
    "repr": repr,
    "first": lambda values: values[0],
    "slice": lambda values: values[2:7:2],
    "iterated": lambda values: [one + 1 for one in values],
    "iter": lambda values: next(iter(values)),
    "list": list,
    "tuple": tuple,
    "set": set,
    "sorted": sorted,
    "sum": sum,
    "spread": lambda values: spread(*values),
    "spread in a list": lambda values: [0, *values],
    "unpacked": unpacked,
    "matched": matched,
    "zip": lambda values: list(zip(values, "abc", strict=False)),
    "reversed": lambda values: list(reversed(values)),
    "in": lambda values: 4 in values,
    "not in": lambda values: 40 not in values,
    "index": lambda values: values.index(4),
    "count": lambda values: values.count(4),
    "copy": lambda values: values.copy(),
    "copy.copy": copy.copy,
    "copy.deepcopy": copy.deepcopy,
    "pickle": lambda values: pickle.loads(pickle.dumps(values)),
    "equal": lambda values: values == ITEMS,
    "equal, on the right": lambda values: operator.eq(ITEMS, values),
    "unequal": lambda values: values != ITEMS,
    "less": lambda values: values < [0, 2],
    "greater, on the right": lambda values: operator.gt([0, 2], values),
    "added": lambda values: [*values, 1],
    "plus": lambda values: values + [1],  # noqa: RUF005  # What is tested.
    "plus, on the right": lambda values: [1] + values,  # noqa: RUF005  # What is tested.
    "times": lambda values: values * 2,
    "times, on the right": lambda values: 2 * values,
    "extended by it": lambda values: extended([1], values),
    "assigned as a slice": lambda values: sliced([1, 2], values),
    "isinstance": lambda values: isinstance(values, list),
    "sample": lambda values: random.Random(1).sample(values, 3),
    "formatted": lambda values: f"{values} {values!r}",
}
"""What leaves it as it is."""

CHANGES: dict[str, Callable[[Any], Any]] = {
    "append": lambda values: values.append(1),
    "extend": lambda values: values.extend([1, 2]),
    "insert": lambda values: values.insert(3, 1),
    "pop": lambda values: values.pop(),
    "pop at": lambda values: values.pop(0),
    "remove": lambda values: values.remove(4),
    "reverse": lambda values: values.reverse(),
    "sort": lambda values: values.sort(key=lambda one: -one),
    "clear": lambda values: values.clear(),
    "set": lambda values: values.__setitem__(1, 5),
    "set a slice": lambda values: values.__setitem__(slice(2, 4), [5]),
    "del": lambda values: values.__delitem__(1),
    "shuffle": lambda values: random.Random(1).shuffle(values),
    "+=": lambda values: values.__iadd__([1]),
    "*=": lambda values: values.__imul__(2),
}


def extended(first: list[Any], more: Any) -> Any:
    same = first
    first += more
    assert same is first
    return first


def sliced(first: list[Any], more: Any) -> Any:
    first[1:1] = more
    return first


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_whoever_looks_at_it_finds_what_a_list_would_have(look):
    values = rest()
    assert look(values) == look(ITEMS.copy())
    assert values == ITEMS


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whoever_changes_it_changes_it_as_he_would_a_list(change):
    values, wanted = rest(), ITEMS.copy()
    assert change(values) == change(wanted)
    assert list(values) == wanted
    assert len(values) == len(wanted)


BOTH = (operator.add, operator.iadd, operator.eq, operator.ne, operator.lt, operator.ge)


@pytest.mark.parametrize("operation", BOTH)
@pytest.mark.parametrize("other", [[9, 8, 7, 6, 5], ITEMS, [*ITEMS, 3]])
def test_two_that_nobody_has_looked_at_are_as_two_lists(operation, other):
    assert operation(rest(), rest(other)) == operation(ITEMS.copy(), other)
    filled = rest(other)
    assert filled[0] == other[0]
    assert operation(rest(), filled) == operation(ITEMS.copy(), other)
    assert operation(filled, rest()) == operation(other.copy(), ITEMS)


def test_there_is_no_method_of_lists_that_does_not_fill_it():
    as_is = {"__new__", "__init__", "__getattribute__", "__class_getitem__", "__len__"}
    of_list = {name for name, value in vars(list).items() if callable(value)} - as_is
    assert of_list <= vars(RestOfWait).keys() | vars(FilledRest).keys()


def test_to_ask_how_long_it_is_does_not_fill_it():
    values = rest()
    assert len(values) == len(ITEMS)
    assert values
    assert type(values) is RestOfWait


def test_to_put_more_behind_does_not_fill_it_nor_what_it_was_added_to():
    values: Any = rest()
    values.append(10)
    values.extend(iter([11, 12]))
    same = values
    values += (13,)
    added = values + [14]  # noqa: RUF005  # What is tested.
    assert same is values
    assert {type(values), type(added)} == {RestOfWait}
    assert (len(values), len(added)) == (14, 15)
    assert added == list(range(15))
    assert values == list(range(14))
    values.append(14)
    assert values == added


def test_what_is_added_to_it_has_to_be_a_list():
    values = rest()
    with pytest.raises(TypeError, match="can only concatenate list"):
        values + (1,)  # noqa: RUF005  # As above.
    with pytest.raises(TypeError, match="not iterable"):
        values += 1
    assert values == ITEMS


def test_what_is_filled_has_a_lists_own_methods():
    values = rest()
    assert values[0] == 0
    assert isinstance(values, FilledRest)
    assert type(values).__getitem__ is list.__getitem__
    assert values.pages == []


def test_copies_are_plain_lists():
    for made in (copy.copy(rest()), pickle.loads(pickle.dumps(rest())), rest().copy(), rest()[:]):
        assert type(made) is list


def test_a_notebook_shows_as_much_of_it_as_of_a_list():
    items = list(range(3000))
    assert pretty(rest(items)) == pretty(items)
    assert pretty(rest(items)).endswith("...]")


def test_it_cannot_be_a_key():
    with pytest.raises(TypeError, match="unhashable"):
        hash(rest())


def test_many_threads_that_look_at_once_put_its_items_in_once():
    for _ in range(20):
        values, barrier = rest(list(range(5 * PAGE))), threading.Barrier(4)

        def change(values: Any = values, barrier: Any = barrier) -> None:
            barrier.wait()
            values.append(0)

        threads = [threading.Thread(target=change) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(values) == 5 * PAGE + 4
