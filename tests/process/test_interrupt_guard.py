"""Ctrl-C between any two steps of the main thread, and the sections that hold it back."""

import signal
import sys
import weakref

import pytest

from raylite._core.rpc.interrupt import InterruptGuard
from tests.processes import wait_until


@pytest.fixture
def guard():
    made = InterruptGuard()
    before = signal.getsignal(signal.SIGINT)
    yield made
    made.uninstall()
    assert signal.getsignal(signal.SIGINT) is before


def test_an_interrupt_inside_is_raised_on_leaving(guard):
    assert guard.enter()
    signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        guard.leave()


def test_sections_do_not_nest(guard):
    assert guard.enter()
    assert not guard.enter()
    guard.leave()


def test_an_interrupt_after_the_section_is_raised_at_once(guard):
    guard.enter()
    guard.leave()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_an_interrupt_in_a_window_is_raised_at_once_and_shuts_it(guard):
    guard.enter()
    guard.open_window()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGINT)  # The section goes on: this one is held back.
    with pytest.raises(KeyboardInterrupt):
        guard.leave()


def test_a_window_does_not_open_on_an_interrupt_that_was_held_back(guard):
    guard.enter()
    signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        guard.open_window()
    guard.leave()


def test_an_interrupt_after_a_window_is_held_back(guard):
    guard.enter()
    guard.open_window()
    guard.shut_window()
    signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        guard.leave()


def test_a_handler_of_the_users_own_is_called_wherever_the_interrupt_comes(monkeypatch):
    called = []
    before = signal.signal(signal.SIGINT, lambda number, frame: called.append(number))
    guard = InterruptGuard()
    try:
        guard.enter()
        signal.raise_signal(signal.SIGINT)
        assert called == []
        guard.open_window()
        guard.shut_window()
        guard.leave()
        signal.raise_signal(signal.SIGINT)
        assert called == [signal.SIGINT, signal.SIGINT]
    finally:
        guard.uninstall()
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("depth", [0, 1, 8])
def test_an_interrupt_in_a_finalizer_is_not_lost(guard, depth):
    def interrupted(depth):
        if depth:
            interrupted(depth - 1)
        else:
            signal.raise_signal(signal.SIGINT)

    class Finalized:
        def __del__(self):
            interrupted(depth)

    guard.enter()
    guard.leave()
    value = Finalized()
    del value
    with pytest.raises(KeyboardInterrupt):
        wait_until(lambda: False)


@pytest.mark.parametrize("table", [weakref.WeakValueDictionary, weakref.WeakSet])
def test_an_interrupt_while_a_weak_table_loses_an_object_is_not_lost(guard, table):
    class Lost:
        pass

    value, weak = Lost(), table()
    guard.enter()
    guard.leave()
    if table is weakref.WeakSet:
        weak.add(value)
    else:
        weak["name"] = value
    waits = []

    def at_call(frame, event, _argument):
        if event == "call" and frame.f_code.co_name in {"remove", "_remove"}:
            sys.setprofile(None)
            waits.append(frame)
            # As if it had come in that very moment.
            handler = signal.getsignal(signal.SIGINT)
            assert callable(handler)
            handler(signal.SIGINT, frame)

    with pytest.raises(KeyboardInterrupt):  # noqa: PT012  # In whichever of them it comes.
        sys.setprofile(at_call)
        del value
        wait_until(lambda: False)
    assert waits


def test_a_process_that_ignores_interrupts_goes_on_ignoring_them():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        guard = InterruptGuard()
        guard.enter()
        guard.leave()
        signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
