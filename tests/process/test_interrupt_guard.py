"""Ctrl-C between any two steps of the main thread, and the sections that hold it back."""

import signal

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


def test_an_interrupt_in_a_finalizer_is_not_lost(guard):
    class Finalized:
        def __del__(self):
            signal.raise_signal(signal.SIGINT)

    guard.enter()
    guard.leave()
    value = Finalized()
    del value
    with pytest.raises(KeyboardInterrupt):
        wait_until(lambda: False)


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
