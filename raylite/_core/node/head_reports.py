"""Questions that only all processes together can answer: which objects and calls there are.

In Ray: ``python/ray/dashboard/state_aggregator.py``, which asks every node.

A process answers from the thread that reads its sockets, also while it computes. One that is kept
from Python for longer than :data:`LONGEST_S` is not waited for: the answer says that it is missing.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from raylite._core.common.ids import WorkerID
from raylite._core.common.metrics import MetricsTable
from raylite._core.rpc.connection import Connection
from raylite._core.rpc.peer_messages import Response
from raylite._core.rpc.report_messages import AskForReport, MetricsTold, Report

__all__ = ["LONGEST_S", "Reports"]

LONGEST_S: Final = 4.0
_GAUGES_LAST_S: Final = 15.0
"""How long the gauges of a process that has ended are still shown."""


@dataclass(slots=True, eq=False)
class _Asked:
    """A question that is on its way round."""

    connection: Connection
    number: int
    what: str
    waiting: set[WorkerID]
    rows: list[dict[str, Any]] = field(default_factory=list)


class Reports:
    """Asks all processes and gathers what they say.

    Args:
        head: whose processes are asked.
    """

    def __init__(self, head: Any) -> None:
        self._head = head
        self._asked: dict[int, _Asked] = {}
        self._number = 0
        self.metrics = MetricsTable()

    def ask(self, connection: Connection, number: int, what: str) -> None:
        """Have the question answered by all processes.

        The answer, rows and the number of processes that have not given any, goes to the
        connection.

        Args:
            connection: who asks.
            number: of the request.
            what: ``objects``, ``calls`` or ``metrics``.
        """
        self._number += 1
        asked = _Asked(connection, number, what, set(self._head.members.everyone()))
        self._asked[self._number] = asked
        for worker_id in list(asked.waiting):
            self._head.send(worker_id, AskForReport(number=self._number, what=what))
        report_number = self._number
        self._head.poller.call_later(LONGEST_S, lambda: self._finish(report_number))
        self._finish_if_complete(report_number)

    def arrived(self, worker_id: WorkerID, report: Report) -> None:
        """A process has answered."""
        asked = self._asked.get(report.number)
        if asked is not None and worker_id in asked.waiting:
            place = self._head.pool.place_of(worker_id)
            node_id = place.node_id if place else self._head.node_id
            asked.rows += [
                {**row, "worker_id": worker_id, "node_id": node_id} for row in report.rows
            ]
            asked.waiting.discard(worker_id)
            self._finish_if_complete(report.number)

    def told(self, worker_id: WorkerID, news: MetricsTold) -> None:
        """A process has counted and measured."""
        self.metrics.add(worker_id, news.updates)

    def process_gone(self, worker_id: WorkerID) -> None:
        """A process will answer nothing any more."""
        for number, asked in list(self._asked.items()):
            asked.waiting.discard(worker_id)
            self._finish_if_complete(number)
        self._head.poller.call_later(_GAUGES_LAST_S, lambda: self.metrics.forget(worker_id))

    def _finish_if_complete(self, number: int) -> None:
        asked = self._asked.get(number)
        if asked is not None and not asked.waiting:
            self._finish(number)

    def _finish(self, number: int) -> None:
        asked = self._asked.pop(number, None)
        if asked is None:
            return
        rows = self.metrics.rows() if asked.what == "metrics" else asked.rows
        value = rows, len(asked.waiting)
        asked.connection.send_message(Response(number=asked.number, value=value))
