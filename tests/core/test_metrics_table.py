"""Sums of observations, in a process and in the head."""

import pytest

from raylite._core.common.ids import WorkerID
from raylite._core.common.metrics import (
    COUNTER,
    GAUGE,
    HISTOGRAM,
    MetricSpec,
    MetricsTable,
    MetricUpdate,
)
from raylite._core.core_worker.metrics_buffer import MetricsBuffer, Observations
from raylite._core.rpc.report_messages import MetricsTold

ONE, TWO = WorkerID("1" * 56), WorkerID("2" * 56)
COUNTS = MetricSpec(kind=COUNTER, name="counts")
SHOWS = MetricSpec(kind=GAUGE, name="shows")
SORTS = MetricSpec(kind=HISTOGRAM, name="sorts", boundaries=(1.0, 10.0))
TAGS = (("a", "1"),)


def test_observations_are_summed_up_until_they_are_taken() -> None:
    found = Observations()
    assert found.observe(COUNTS, TAGS, 1.0)
    assert not found.observe(COUNTS, TAGS, 2.0)
    found.observe(COUNTS, (), 5.0)
    assert found.take() == [
        MetricUpdate(spec=COUNTS, tags=TAGS, amount=3.0),
        MetricUpdate(spec=COUNTS, tags=(), amount=5.0),
    ]
    assert found.take() == []
    assert found.observe(COUNTS, TAGS, 1.0)


def test_of_a_gauge_the_last_value_counts() -> None:
    found = Observations()
    found.observe(SHOWS, (), 1.0)
    found.observe(SHOWS, (), 0.5)
    assert [update.amount for update in found.take()] == [0.5]


@pytest.mark.parametrize(
    ("value", "counts"),
    [
        pytest.param(-3.0, (1, 0, 0), id="below all"),
        pytest.param(1.0, (1, 0, 0), id="on a boundary"),
        pytest.param(1.1, (0, 1, 0), id="between"),
        pytest.param(11.0, (0, 0, 1), id="above all"),
    ],
)
def test_a_value_falls_into_one_bucket(value: float, counts: tuple[int, ...]) -> None:
    found = Observations()
    found.observe(SORTS, (), value)
    assert [update.counts for update in found.take()] == [counts]


def test_the_table_adds_what_processes_tell() -> None:
    table = MetricsTable()
    for worker_id in (ONE, TWO):
        table.add(worker_id, [MetricUpdate(spec=COUNTS, tags=TAGS, amount=2.0)])
        table.add(worker_id, [MetricUpdate(spec=SORTS, tags=(), amount=3.0, counts=(1, 0, 2))])
    counts, sorts = table.rows()
    assert (counts["name"], counts["amount"], counts["tags"]) == ("counts", 4.0, {"a": "1"})
    assert (sorts["amount"], sorts["counts"]) == (6.0, (2, 0, 4))


def test_gauges_are_kept_apart_and_end_with_their_process() -> None:
    table = MetricsTable()
    table.add(ONE, [MetricUpdate(spec=SHOWS, tags=(), amount=1.0)])
    table.add(TWO, [MetricUpdate(spec=SHOWS, tags=(), amount=2.0)])
    table.add(ONE, [MetricUpdate(spec=SHOWS, tags=(), amount=3.0)])
    table.add(ONE, [MetricUpdate(spec=COUNTS, tags=(), amount=1.0)])
    assert [(row["worker_id"], row["amount"]) for row in table.rows()] == [
        (None, 1.0),
        (ONE, 3.0),
        (TWO, 2.0),
    ]
    table.forget(ONE)
    assert [row["worker_id"] for row in table.rows()] == [None, TWO]


def test_a_description_that_comes_later_is_kept() -> None:
    table = MetricsTable()
    for text in ("", "late", ""):
        spec = MetricSpec(kind=COUNTER, name="counts", description=text)
        table.add(ONE, [MetricUpdate(spec=spec, tags=(), amount=1.0)])
    assert [row["description"] for row in table.rows()] == ["late"]


def test_the_table_has_an_end() -> None:
    table = MetricsTable(max_series=2)
    for number in range(4):
        tags = (("n", str(number)),)
        table.add(ONE, [MetricUpdate(spec=COUNTS, tags=tags, amount=1.0)])
    assert (len(table.rows()), table.num_dropped) == (2, 2)
    table.add(ONE, [MetricUpdate(spec=COUNTS, tags=(("n", "0"),), amount=1.0)])
    assert table.rows()[0]["amount"] == 2.0


def test_what_is_observed_is_told_together_a_moment_later() -> None:
    sent: list[object] = []
    later: list[object] = []
    buffer = MetricsBuffer(sent.append, lambda _delay_s, action: later.append(action))
    buffer.observe(COUNTS, TAGS, 1.0)
    buffer.observe(COUNTS, TAGS, 1.0)
    assert (later, sent) == ([buffer.flush], [])
    for _ in range(2):
        buffer.flush()
    assert sent == [MetricsTold(updates=[MetricUpdate(spec=COUNTS, tags=TAGS, amount=2.0)])]
    buffer.observe(COUNTS, TAGS, 1.0)
    assert len(later) == 2


def test_many_values_are_summed_up_as_they_come() -> None:
    found = Observations()
    for _ in range(2_500):
        found.observe(COUNTS, (), 1.0)
    assert len(found._new) < 1_000
    assert [update.amount for update in found.take()] == [2_500.0]
    assert found.is_empty()


def test_what_is_observed_while_another_thread_sums_up_is_told_the_next_time() -> None:
    sent: list[object] = []
    later: list[object] = []
    buffer = MetricsBuffer(sent.append, lambda _delay_s, action: later.append(action))
    buffer.observe(COUNTS, (), 1.0)
    with buffer._observations._lock:
        buffer.observe(COUNTS, (), 1.0)
        buffer.flush()
    assert sent == []
    assert len(later) == 2
    buffer.flush()
    assert sent == [MetricsTold(updates=[MetricUpdate(spec=COUNTS, tags=(), amount=2.0)])]
