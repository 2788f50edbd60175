"""What processes count and measure, on its way to the head, and there.

In Ray: ``src/ray/stats/metric.h`` and ``src/ray/observability/open_telemetry_metric_recorder.h``.
Left out here: other exporters than a text in the format of Prometheus.

A process sums up what it observes and tells the sums; the head adds them to what it knows
(:class:`MetricsTable`). A counter or histogram is one row for all processes, since
sums can be added; a gauge is one row for each process that has set it.
"""

from typing import Any, Final

from raylite._core.common.ids import WorkerID
from raylite._core.common.record import Record

__all__ = [
    "COUNTER",
    "GAUGE",
    "HISTOGRAM",
    "MAX_SERIES",
    "MetricSpec",
    "MetricUpdate",
    "MetricsTable",
    "Tags",
]

COUNTER: Final = "counter"
GAUGE: Final = "gauge"
HISTOGRAM: Final = "histogram"

MAX_SERIES: Final = 10_000
"""Rows that are kept; a program that puts something new into a tag each time makes no more."""

Tags = tuple[tuple[str, str], ...]
"""Keys and values, sorted by key."""


class MetricSpec(Record):
    """A metric as it was made."""

    kind: str
    """COUNTER, GAUGE or HISTOGRAM."""
    name: str
    description: str = ""
    boundaries: tuple[float, ...] = ()
    """Of a histogram: where one bucket ends and the next begins, ascending."""


class MetricUpdate(Record):
    """What was observed of one metric with one set of tags."""

    spec: MetricSpec
    tags: Tags
    amount: float
    """What to add; of a gauge, what it shows now."""
    counts: tuple[int, ...] = ()
    """Of a histogram: how many observations fell into each bucket; the last is above all."""


_Key = tuple[str, str, tuple[float, ...], Tags]


class MetricsTable:
    """All that the processes of a session have told.

    Args:
        max_series: how many rows are kept; what would need a further one is counted and dropped.
    """

    def __init__(self, max_series: int = MAX_SERIES) -> None:
        self._max_series = max_series
        self._rows: dict[tuple[_Key, WorkerID | None], MetricUpdate] = {}
        self.num_dropped = 0

    def add(self, worker_id: WorkerID, updates: list[MetricUpdate]) -> None:
        """Take in what a process has told."""
        for update in updates:
            spec = update.spec
            key = (spec.kind, spec.name, spec.boundaries, update.tags)
            place = (key, worker_id if spec.kind == GAUGE else None)
            known = self._rows.get(place)
            if known is not None:
                self._rows[place] = _joined(known, update)
            elif len(self._rows) < self._max_series:
                self._rows[place] = update
            else:
                self.num_dropped += 1

    def forget(self, worker_id: WorkerID) -> None:
        """A process has ended: what its gauges showed is no longer so. What it counted remains."""
        for place in [place for place in self._rows if place[1] == worker_id]:
            del self._rows[place]

    def rows(self) -> list[dict[str, Any]]:
        """One row a metric and set of tags, by name; of a gauge, one a process as well."""
        return [
            {
                "name": update.spec.name,
                "type": update.spec.kind,
                "description": update.spec.description,
                "tags": dict(update.tags),
                "worker_id": worker_id,
                "amount": update.amount,
                "boundaries": update.spec.boundaries,
                "counts": update.counts,
            }
            for (_, worker_id), update in sorted(self._rows.items(), key=_order)
        ]


def _joined(known: MetricUpdate, news: MetricUpdate) -> MetricUpdate:
    spec = known.spec if known.spec.description else news.spec
    if spec.kind == GAUGE:
        return news.replaced(spec=spec)
    counts = tuple(a + b for a, b in zip(known.counts, news.counts, strict=True))
    return known.replaced(spec=spec, amount=known.amount + news.amount, counts=counts)


def _order(item: tuple[tuple[_Key, WorkerID | None], MetricUpdate]) -> Any:
    (kind, name, boundaries, tags), worker_id = item[0]
    return name, kind, tags, boundaries, worker_id or ""
