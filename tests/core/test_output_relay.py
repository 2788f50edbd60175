"""What workers print goes to their driver, as fast as it takes it."""

from types import SimpleNamespace
from typing import Any

import pytest

from raylite._core.common.ids import WorkerID
from raylite._core.common.worker_output import OutputLines, Picture
from raylite._core.node.output_relay import MOST_BYTES, OutputRelay

WORKER = WorkerID("w")


class Driver:
    closed = False

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.waiting = 0

    def num_pushed(self) -> int:
        return self.waiting

    def send_message(self, message: object) -> None:
        self.sent.append(message)


@pytest.fixture
def driver() -> Driver:
    return Driver()


@pytest.fixture
def relay(driver: Driver) -> OutputRelay:
    members = SimpleNamespace(
        job_of=lambda worker_id: SimpleNamespace(driver_id="d") if worker_id == WORKER else None,
        connection_of=lambda _driver_id: driver,
    )
    return OutputRelay(SimpleNamespace(members=members))


@pytest.fixture
def slow(relay: OutputRelay, driver: Driver) -> Driver:
    """The driver has not taken what it was sent."""
    driver.waiting = 1
    relay.take(printed("x" * (MOST_BYTES + 1)))
    driver.sent.clear()
    return driver


def printed(*lines: str, worker_id: WorkerID = WORKER) -> OutputLines:
    return OutputLines(worker_id=worker_id, pid=1, stream="stdout", lines=list(lines))


def told(driver: Driver) -> list[tuple[list[str], int]]:
    return [(message.lines, message.left_out) for message in driver.sent]


def test_lines_go_to_the_driver(relay, driver) -> None:
    relay.take(printed("one", "two"))
    assert driver.sent == [printed("one", "two")]


def test_lines_of_nobodys_worker_go_nowhere(relay, driver) -> None:
    relay.take(printed("one", worker_id=WorkerID("stranger")))
    assert driver.sent == []


def test_a_driver_that_does_not_keep_up_gets_a_number(relay, slow) -> None:
    relay.take(printed("one", "two"))
    relay.take(printed("three"))
    assert told(slow) == []
    slow.waiting = 0
    relay.take(printed("four"))
    relay.take(printed("five"))
    assert told(slow) == [(["four"], 3), (["five"], 0)]


def test_the_number_is_told_without_further_lines_if_somebody_asks(relay, slow) -> None:
    relay.take(printed("one", "two"))
    relay.tell_left_out()
    assert told(slow) == []
    slow.waiting = 0
    relay.tell_left_out()
    relay.tell_left_out()
    assert told(slow) == [([], 2)]


def test_it_gets_no_pictures_meanwhile(relay, slow) -> None:
    picture = Picture(worker_id=WORKER, pid=1, bundle="{}")
    relay.take(picture)
    slow.waiting = 0
    relay.take(picture)
    assert slow.sent == [picture]


def test_the_number_is_told_when_the_worker_has_ended(relay, slow) -> None:
    relay.take(printed("one"))
    slow.waiting = 0
    relay.process_gone(WORKER)
    relay.take(printed("of the next one"))
    assert told(slow) == [([], 1), (["of the next one"], 0)]


def test_nothing_is_kept_of_a_driver_that_is_gone(relay, slow) -> None:
    slow.closed = True
    relay.process_gone(WORKER)
    assert relay._sent == {}
