"""Time against size: how steep it is, and what is said of it."""

from itertools import pairwise

import pytest

from benchmarks import scaling
from benchmarks.scaling_figure import draw
from benchmarks.scaling_rows import WORKLOADS
from benchmarks.scaling_table import Row, markdown

PLAIN = WORKLOADS[0]


def row(power, cpu_power=None, session_mb=0.0):
    sizes = [10, 20, 40]
    return Row(
        workload=PLAIN,
        seconds={size: float(size**power) for size in sizes},
        cpu_seconds={size: float(size ** (cpu_power or power)) for size in sizes},
        driver_mb=dict.fromkeys(sizes, 0.0),
        session_mb={size: size * session_mb for size in sizes},
    )


@pytest.mark.parametrize("power", [1, 1.5, 2])
def test_the_slope_is_the_power_of_the_size(power):
    assert row(power).slope == pytest.approx(power)


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        (row(1), "| met |"),
        (row(2), "| **missed** |"),
        (row(2, cpu_power=1), "met by CPU time"),
    ],
)
def test_the_table_says_how_the_goal_was_met(told, verdict):
    assert verdict in markdown([told])


def test_memory_is_told_where_it_is_much():
    assert "40 take 200 MB" in markdown([row(1, session_mb=5)])
    assert "5.0 MB each" in markdown([row(1, session_mb=5)])
    assert "MB" not in markdown([row(1)]).replace(PLAIN.title, "")


def test_medians_are_told():
    told = scaling.row_of(PLAIN, {10: [[1, 1, 0, 0], [5, 1, 0, 0], [2, 1, 0, 0]]})
    assert told.seconds == {10: 2}


def test_sizes_that_do_not_fit_into_memory_are_left_out(monkeypatch):
    heavy = max(WORKLOADS, key=lambda workload: workload.bytes_each)
    monkeypatch.setattr(scaling, "available_bytes", lambda: 0)
    assert scaling.sizes_of(heavy, quick=False) == []
    monkeypatch.setattr(scaling, "available_bytes", lambda: 1 << 50)
    assert scaling.sizes_of(heavy, quick=False) == list(heavy.sizes)
    assert scaling.sizes_of(heavy, quick=True) == list(heavy.sizes[:-1])


def test_each_row_has_a_name_and_sizes_that_grow():
    assert len({workload.key for workload in WORKLOADS}) == len(WORKLOADS)
    for workload in WORKLOADS:
        steps = [late / early for early, late in pairwise(workload.sizes)]
        assert len(steps) > 1
        assert all(2 <= step <= 5 for step in steps)


def test_the_figure_is_small_and_its_words_can_be_searched_for(tmp_path):
    path = tmp_path / "figure.svg"
    draw([row(1), row(2)], "A machine", path)
    text = path.read_text(encoding="utf-8")
    assert PLAIN.title in text
    assert "A machine" in text
    assert len(text) < 100_000
