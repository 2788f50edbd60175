"""A question that goes to all processes, and how long it waits for their answers."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from raylite._core.common.ids import NodeID, WorkerID
from raylite._core.common.metrics import GAUGE, MetricSpec, MetricUpdate
from raylite._core.node.head_reports import LONGEST_S, Reports
from raylite._core.rpc.peer_messages import Response
from raylite._core.rpc.report_messages import AskForReport, MetricsTold, Report

ONE, TWO = WorkerID("1" * 56), WorkerID("2" * 56)
HERE, THERE = NodeID("a" * 56), NodeID("b" * 56)


class Asker:
    """Who has asked; keeps what it is answered."""

    def __init__(self) -> None:
        self.answers: list[Any] = []

    def send_message(self, message: object) -> None:
        assert isinstance(message, Response)
        self.answers.append((message.number, message.value))


class FakeHead:
    """Notes what is sent, and has timers that are run by hand."""

    node_id = HERE

    def __init__(self) -> None:
        self.sent: list[tuple[WorkerID, Any]] = []
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.members = SimpleNamespace(everyone=lambda: [ONE, TWO])
        places = {TWO: SimpleNamespace(node_id=THERE)}
        self.pool = SimpleNamespace(place_of=places.get)
        self.poller = SimpleNamespace(
            call_later=lambda delay_s, action: self.timers.append((delay_s, action))
        )

    def send(self, worker_id: WorkerID, message: object) -> None:
        self.sent.append((worker_id, message))


@pytest.fixture
def head() -> FakeHead:
    return FakeHead()


@pytest.fixture
def reports(head: FakeHead) -> Reports:
    return Reports(head)


@pytest.fixture
def asker() -> Asker:
    return Asker()


def test_all_processes_are_asked_and_their_rows_are_put_together(
    head: FakeHead, reports: Reports, asker: Any
) -> None:
    reports.ask(asker, 7, "objects")
    assert dict(head.sent) == {
        ONE: AskForReport(number=1, what="objects"),
        TWO: AskForReport(number=1, what="objects"),
    }
    reports.arrived(TWO, Report(number=1, rows=[{"a": 2}]))
    assert asker.answers == []
    reports.arrived(ONE, Report(number=1, rows=[{"a": 1}]))
    rows = [
        {"a": 2, "worker_id": TWO, "node_id": THERE},
        {"a": 1, "worker_id": ONE, "node_id": HERE},
    ]
    assert asker.answers == [(7, (rows, 0))]


def test_who_ends_meanwhile_is_not_waited_for(reports: Reports, asker: Any) -> None:
    reports.ask(asker, 7, "calls")
    reports.arrived(ONE, Report(number=1, rows=[]))
    reports.process_gone(TWO)
    assert asker.answers == [(7, ([], 0))]


def test_who_does_not_answer_in_time_is_counted(
    head: FakeHead, reports: Reports, asker: Any
) -> None:
    reports.ask(asker, 7, "calls")
    reports.arrived(ONE, Report(number=1, rows=[{"a": 1}]))
    [(delay_s, time_is_up)] = head.timers
    assert delay_s == LONGEST_S
    time_is_up()
    [(number, (rows, missing))] = asker.answers
    assert (number, len(rows), missing) == (7, 1, 1)
    # What comes too late, or twice, changes nothing.
    reports.arrived(TWO, Report(number=1, rows=[{"a": 2}]))
    time_is_up()
    assert len(asker.answers) == 1


def test_a_second_answer_is_not_counted(reports: Reports, asker: Any) -> None:
    reports.ask(asker, 7, "calls")
    for _ in range(2):
        reports.arrived(ONE, Report(number=1, rows=[{"a": 1}]))
    reports.arrived(TWO, Report(number=1, rows=[]))
    assert [len(rows) for _, (rows, _) in asker.answers] == [1]


def test_a_question_without_anybody_to_ask_is_answered_at_once(
    head: FakeHead, reports: Reports, asker: Any
) -> None:
    head.members.everyone = list
    reports.ask(asker, 7, "objects")
    assert asker.answers == [(7, ([], 0))]


def test_metrics_are_answered_with_what_the_head_has_been_told(
    head: FakeHead, reports: Reports, asker: Any
) -> None:
    shown = MetricUpdate(spec=MetricSpec(kind=GAUGE, name="shown"), tags=(), amount=3.0)
    reports.told(ONE, MetricsTold(updates=[shown]))
    reports.ask(asker, 7, "metrics")
    for worker_id in (ONE, TWO):
        reports.arrived(worker_id, Report(number=1, rows=[]))
    [(_, (rows, missing))] = asker.answers
    assert ([row["amount"] for row in rows], missing) == ([3.0], 0)


def test_the_gauges_of_a_process_are_shown_for_a_while_after_its_end(
    head: FakeHead, reports: Reports
) -> None:
    shown = MetricUpdate(spec=MetricSpec(kind=GAUGE, name="shown"), tags=(), amount=3.0)
    reports.told(ONE, MetricsTold(updates=[shown]))
    reports.process_gone(ONE)
    assert len(reports.metrics.rows()) == 1
    [(_, later)] = head.timers
    later()
    assert reports.metrics.rows() == []
