"""Why something cannot be pickled."""

import functools
import io
import threading

import pytest

from raylite.util import inspect_serializability

lock = threading.Lock()


def uses_the_lock():
    return lock


# What a notebook defines is pickled with all it uses; what a module defines, by its name alone.
uses_the_lock.__module__ = "__main__"


class Holder:
    def __init__(self, held):
        self.number = 1
        self.held = held
        self.itself = self

    def hold(self):
        return self.held


def class_with_a_lock():
    inner = lock

    class WithLock:
        def method(self):
            return inner

        @staticmethod
        def helper():
            return inner

    return WithLock


def found_in(value, **options):
    report = io.StringIO()
    fine, failures = inspect_serializability(value, print_file=report, **options)
    assert fine is not bool(failures)
    return {failure.path for failure in failures}, report.getvalue()


@pytest.mark.parametrize("value", [3, [1, "a"], uses_the_lock.__name__, Holder([1])])
def test_what_can_be_pickled_is_fine(value):
    assert inspect_serializability(value, print_file=io.StringIO()) == (True, set())


def closure():
    inner = lock
    return lambda: inner


def reads_an_attribute(holder):
    return holder.lock


reads_an_attribute.__module__ = "__main__"


def uses_the_lock_inside():
    return [lambda: lock]


uses_the_lock_inside.__module__ = "__main__"


@pytest.mark.parametrize(
    ("value", "path"),
    [
        pytest.param(uses_the_lock, "lock", id="global"),
        pytest.param(uses_the_lock_inside, "lock", id="global-of-an-inner-function"),
        pytest.param(closure(), "inner", id="closure"),
        pytest.param(lambda here=lock: here, "here", id="default"),
        pytest.param(Holder(lock), "held", id="attribute"),
        pytest.param(Holder({"a": [1, lock]}), "held -> ['a'] -> [1]", id="nested"),
        pytest.param(Holder(lock).hold, "__self__ -> held", id="bound-method"),
    ],
)
def test_the_innermost_part_is_blamed(value, path):
    paths, report = found_in(value)
    assert paths == {path}
    assert f"To blame: {path} = " in report


def test_a_part_is_blamed_once():
    paths, _ = found_in(class_with_a_lock())
    assert paths == {"method -> inner"}


def test_the_report_is_a_tree_of_what_was_tried():
    _, report = found_in(Holder({"a": lock}), name="holder")
    assert "FAIL  holder = " in report
    assert "\n    ok    number = 1\n" in report
    assert "\n        FAIL  ['a'] = " in report


def test_a_failure_names_the_thing_and_where_it_was():
    holder = Holder(lock)
    _, failures = inspect_serializability(holder, name="holder", print_file=io.StringIO())
    (failure,) = failures
    assert (failure.obj, failure.name, failure.parent) == (lock, "held", holder)
    assert repr(failure).startswith("FailTuple(held [path=holder -> held, obj=")


def test_an_attribute_is_not_taken_for_a_global_of_its_name():
    assert found_in(reads_an_attribute)[0] == set()


def test_a_decorated_function_is_looked_into():
    @functools.wraps(uses_the_lock)
    def wrapper():
        return None

    assert found_in(wrapper)[0] == {"__wrapped__ -> lock"}


def test_depth_limits_the_search():
    assert found_in(Holder({"a": lock}), depth=1)[0] == {"held"}
    assert found_in(Holder({"a": lock}), name="holder", depth=0)[0] == {"holder"}


def test_without_a_file_it_prints(capsys):
    inspect_serializability(lock, name="lock")
    assert "To blame: lock" in capsys.readouterr().out
