"""Progress bars on their way through the head."""

from types import SimpleNamespace
from typing import Any

from raylite._core.common.bars import BarState, BarsTold
from raylite._core.common.ids import WorkerID
from raylite._core.node.head_bars import BarRelay

DRIVER, WORKER = WorkerID("driver"), WorkerID("worker")
NEWS = BarsTold(worker_id=WORKER, pid=7, bars=(BarState(number=1),))


def relay(*, has_job: bool = True) -> tuple[BarRelay, list[tuple[WorkerID, BarsTold]]]:
    """A relay, and what it sends to whom."""
    sent: list[tuple[WorkerID, BarsTold]] = []
    job = SimpleNamespace(driver_id=DRIVER) if has_job else None
    head: Any = SimpleNamespace(
        members=SimpleNamespace(job_of=lambda _: job),
        send=lambda worker_id, message: sent.append((worker_id, message)),
    )
    return BarRelay(head), sent


def test_news_of_a_worker_go_to_the_driver_of_its_job() -> None:
    bars, sent = relay()
    bars.told(WORKER, NEWS)
    assert sent == [(DRIVER, NEWS)]


def test_the_end_of_a_worker_that_had_bars_is_told_once() -> None:
    bars, sent = relay()
    bars.told(WORKER, NEWS)
    bars.process_gone(WORKER, "killed")
    bars.process_gone(WORKER, "killed")
    assert sent[1:] == [(DRIVER, BarsTold(worker_id=WORKER, gone="killed"))]


def test_the_end_of_any_other_worker_is_not() -> None:
    bars, sent = relay()
    bars.process_gone(WORKER, "killed")
    assert sent == []


def test_news_of_a_worker_without_a_job_go_nowhere() -> None:
    bars, sent = relay(has_job=False)
    bars.told(WORKER, NEWS)
    bars.process_gone(WORKER, "killed")
    assert sent == []
