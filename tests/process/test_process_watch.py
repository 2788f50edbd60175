"""The watch over a process that may end without a word."""

import os
import subprocess
from typing import Any

import pytest

from raylite._core.node.process_watch import watch_process


class FakePoller:
    """Notes who waits for what."""

    def __init__(self) -> None:
        self.handlers: dict[int, Any] = {}
        self.later: list[Any] = []

    def add(self, fd, handler):
        self.handlers[fd] = handler

    def remove(self, fd):
        self.handlers.pop(fd, None)

    def call_later(self, delay_s, action):
        self.later.append(action)


@pytest.fixture(params=["pidfd", "no pidfd"])
def poller(request, monkeypatch) -> Any:
    if request.param == "no pidfd":
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    elif not hasattr(os, "pidfd_open"):
        pytest.skip("this system has none")
    return FakePoller()


def look(poller: FakePoller) -> None:
    for handler in list(poller.handlers.values()):
        handler.on_readable()
    later, poller.later = poller.later, []
    for action in later:
        action()


def test_an_end_is_told_once_and_nothing_stays_open(poller):
    gone = []
    with subprocess.Popen(["sleep", "600"]) as process:
        watch_process(poller, process.pid, lambda: gone.append(process.pid))
        look(poller)  # As if it were meant for another descriptor of the same number.
        assert gone == []
        process.kill()
    look(poller)
    look(poller)
    assert gone == [process.pid]
    assert not poller.handlers


def test_a_process_that_has_ended_already_is_told_of_soon(poller):
    gone = []
    with subprocess.Popen(["true"]) as process:
        pass
    watch_process(poller, process.pid, lambda: gone.append(process.pid))
    look(poller)
    assert gone == [process.pid]


def test_a_watch_can_be_ended(poller):
    gone = []
    with subprocess.Popen(["sleep", "600"]) as process:
        stop = watch_process(poller, process.pid, lambda: gone.append(process.pid))
        stop()
        stop()
        process.kill()
    look(poller)
    assert gone == []
    assert not poller.handlers
