"""Calls whose arguments have no value yet: when they are looked at again."""

from typing import Any

from raylite._core.core_worker.entries import OwnedEntry
from raylite._core.core_worker.task_submission.calls import PendingCall, when_ready

HOME: Any = None
VALUE = b"N."


def call_with(deps: list[OwnedEntry]) -> PendingCall:
    call = PendingCall(1, "f", b"", HOME, (), None, 0.0)
    call.deps = list(deps)
    return call


def test_a_call_is_looked_at_once_when_its_last_argument_comes():
    deps = [OwnedEntry(HOME, seq) for seq in range(100)]
    deps[7].resolve(VALUE)
    looks = []
    assert not when_ready(call_with(deps), lambda: looks.append(len(looks)))
    for entry in deps[:-1]:
        entry.resolve(VALUE)
    assert looks == []
    deps[-1].resolve(VALUE)
    assert looks == [0]


def test_an_argument_that_occurs_twice_counts_twice():
    entry = OwnedEntry(HOME, 1)
    looks = []
    assert not when_ready(call_with([entry, entry]), lambda: looks.append(1))
    entry.resolve(VALUE)
    assert looks == [1]


def test_a_call_whose_arguments_are_there_is_not_called_back():
    entry = OwnedEntry(HOME, 1)
    entry.resolve(VALUE)
    looks = []
    assert when_ready(call_with([entry]), lambda: looks.append(1))
    assert when_ready(call_with([]), lambda: looks.append(1))
    assert looks == []
