# mypy: disable-error-code="attr-defined, misc, operator, union-attr"
# A type checker does not follow a decorator that makes something else of a class.
"""``%raylite metrics``: the program's own numbers as a table."""

import os

import pytest

import raylite
from raylite.notebook.tables.metrics_view import MetricsStatus, metrics
from raylite.util.metrics import Counter, Gauge, Histogram


def test_without_a_session_it_says_so_and_starts_none(shell) -> None:
    found = shell.run_cell("%raylite metrics").result
    assert isinstance(found, MetricsStatus)
    assert repr(found) == "raylite: no session, so nothing is counted yet."
    assert found._repr_html_() == f"<p>{found!r}</p>"
    assert not raylite.is_initialized()


def test_without_metrics_it_says_how_to_make_one() -> None:
    assert "raylite.util.metrics.Counter" in repr(MetricsStatus())


@pytest.mark.slow
def test_each_metric_is_a_row_in_words(ray) -> None:
    Counter("requests", "how many were answered", ("model",)).inc(3, {"model": "small"})
    Gauge("queue").set(2.5)
    sizes = Histogram("sizes", boundaries=[1, 10])
    for value in (0.5, 5, 5, 100):
        sizes.observe(value)
    Histogram("times", boundaries=[1]).observe(2)
    found = metrics()
    assert found.rows == (
        ("queue", "gauge", "", f"2.5 (pid {os.getpid()})"),
        ("requests", "counter", "model=small", "3"),
        ("sizes", "histogram", "", "4 values, mean 27.625; up to 1: 1, up to 10: 2, above: 1"),
        ("times", "histogram", "", "1 value, mean 2; above: 1"),
    )
    assert found.descriptions[1] == "how many were answered"
    lines = repr(found).splitlines()
    assert lines[0].split() == ["Metric", "Kind", "Tags", "Value"]
    assert lines[2].split() == ["requests", "counter", "model=small", "3"]


def test_the_table_names_rows_and_columns_and_escapes_text() -> None:
    found = MetricsStatus(
        rows=(("requests", "counter", "model=<b>", "3"),), descriptions=("a & b",)
    )
    shown = found._repr_html_()
    assert shown.count('<th scope="col"') == 4
    assert shown.count('<th scope="row"') == 1
    assert "<caption" in shown
    assert "model=&lt;b&gt;" in shown
    assert "<small>a &amp; b</small>" in shown
    assert "<b>" not in shown
    # Colours are the theme's own.
    assert "#" not in shown
