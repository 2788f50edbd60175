"""Bars of a worker that has died end, whichever is heard of first: its bars, or that it died."""

import threading
from collections.abc import Callable

import pytest

pytest.importorskip("ray", reason="Ray is not installed here: see `make engines`")

from raylite._core.common.bars import BarState, BarsTold
from raylite._core.common.event_batch import EventBatch
from raylite._core.common.events import Event, WorkerStateChanged
from raylite._core.common.ids import NodeID, WorkerID
from raylite._core.common.states import WorkerState
from raylite.engines.ray import bars_watch

WORKER = WorkerID("ab" * 28)
MOVING = BarsTold(worker_id=WORKER, pid=7, bars=(BarState(number=1, total=9, done=2),))
ENDED = BarsTold(worker_id=WORKER, pid=7, bars=(BarState(number=1, total=9, done=9, ended=True),))
DEATH = WorkerStateChanged(
    worker_id=WORKER,
    node_id=NodeID("cd" * 28),
    pid=7,
    old=WorkerState.ACTOR,
    new=WorkerState.DEAD,
    at_s=1.0,
    why="It was killed.",
)


class Log:
    """An event log with its subscribers, as the sampler has it."""

    def __init__(self) -> None:
        self.known: list[Event] = []
        self.subscribers: list[Callable[[EventBatch], None]] = []
        self.changed = threading.Condition()

    def subscribe(self, callback: Callable[[EventBatch], None]) -> Callable[[], None]:
        callback(EventBatch(events=tuple(self.known)))
        with self.changed:
            self.subscribers.append(callback)
            self.changed.notify_all()

        def leave() -> None:
            with self.changed:
                self.subscribers.remove(callback)
                self.changed.notify_all()

        return leave

    def tell(self, event: Event) -> None:
        self.known.append(event)
        for callback in list(self.subscribers):
            callback(EventBatch(events=(event,)))

    def wait_for(self, number: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.subscribers) == number, 30)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[BarsTold]:
    """What would be drawn."""
    told: list[BarsTold] = []
    monkeypatch.setattr(bars_watch, "show_bars", told.append)
    return told


def test_bars_end_with_their_worker_and_nobody_watches_any_more(shown: list[BarsTold]) -> None:
    log = Log()
    watch = bars_watch.BarsWatch(log.subscribe)
    watch.take(MOVING)
    log.wait_for(1)
    log.tell(DEATH)
    log.wait_for(0)
    assert [one.gone for one in shown] == ["", "It was killed"]


def test_bars_that_come_after_the_death_of_their_worker_end_too(shown: list[BarsTold]) -> None:
    log = Log()
    watch = bars_watch.BarsWatch(log.subscribe)
    other = MOVING.replaced(worker_id=WorkerID("ef" * 28))
    watch.take(other)
    log.wait_for(1)
    log.tell(DEATH)
    watch.take(MOVING)
    assert [one.gone for one in shown] == ["", "", "It was killed"]
    watch.take(ENDED.replaced(worker_id=other.worker_id))
    log.wait_for(0)


def test_a_death_that_was_told_before_anybody_watched_ends_bars(shown: list[BarsTold]) -> None:
    log = Log()
    log.tell(DEATH)
    watch = bars_watch.BarsWatch(log.subscribe)
    watch.take(MOVING)
    for thread in threading.enumerate():
        if thread.name == "raylite-bars-watch":
            thread.join(30)
    assert [one.gone for one in shown] == ["", "It was killed"]
    assert not log.subscribers


def test_bars_that_end_by_themselves_are_watched_no_more(shown: list[BarsTold]) -> None:
    log = Log()
    watch = bars_watch.BarsWatch(log.subscribe)
    watch.take(MOVING)
    log.wait_for(1)
    watch.take(ENDED)
    log.wait_for(0)
    log.tell(DEATH)
    assert [one.gone for one in shown] == ["", ""]
