"""What progress says, without a clock, a browser or a process."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raylite.notebook.bars.model import (
    MAX_BARS,
    Bar,
    Pace,
    Phase,
    ProgressView,
    Reading,
    bars_of,
    duration,
    mean_fraction,
    read_progress,
    text_line,
)

FRACTIONS = st.floats(0, 1)
AMOUNTS = st.floats(0, 1e9)
SECONDS = st.floats(0, 1e6)


def readings(*fractions: float) -> list[Reading]:
    return read_progress({f"task {i}": fraction for i, fraction in enumerate(fractions)})


def view(**changes) -> ProgressView:
    return ProgressView(**{"title": "Sampling", "phase": Phase.RUNNING, "fraction": 0.5, **changes})


def test_a_number_between_0_and_1_is_a_fraction() -> None:
    (reading,) = read_progress(0.25)
    assert reading.fraction == 0.25
    assert reading.is_fraction


def test_a_pair_is_what_is_done_of_all() -> None:
    assert read_progress((3, 12))[0].fraction == 0.25


def test_a_number_of_things_needs_their_total() -> None:
    assert read_progress(3, total=12)[0].fraction == 0.25
    with pytest.raises(ValueError, match=r"more than 1.*total="):
        read_progress(3)


def test_a_dictionary_has_a_reading_for_each_task() -> None:
    found = read_progress({1: 0.5, "b": (1, 4)})
    assert [(one.label, one.fraction) for one in found] == [("1", 0.5), ("b", 0.25)]


def test_numbers_of_numpy_will_do() -> None:
    numpy = pytest.importorskip("numpy")
    assert read_progress(numpy.float32(0.5))[0].fraction == 0.5
    assert read_progress((numpy.int64(1), 2))[0].fraction == 0.5


@pytest.mark.parametrize("value", ["half", None, True, [1, 2, 3], {"a": "b"}, object()])
def test_what_is_no_progress_is_refused_with_what_to_return(value) -> None:
    with pytest.raises(TypeError, match=r"number between 0 and 1, a pair"):
        read_progress(value)


@pytest.mark.parametrize("value", [-0.1, float("nan"), (-1, 3), (1, float("nan"))])
def test_a_number_that_makes_no_sense_is_refused(value) -> None:
    with pytest.raises(ValueError, match="0 or more"):
        read_progress(value)


def test_where_nothing_is_to_be_done_all_of_it_is_done() -> None:
    assert read_progress((0, 0))[0].fraction == 1


def test_the_mean_goes_by_amount_where_amounts_are_told() -> None:
    assert mean_fraction(read_progress({"small": (1, 1), "large": (0, 99)})) == 0.01


def test_tasks_that_have_not_reported_have_done_nothing() -> None:
    assert mean_fraction(readings(1.0), expected=4) == 0.25
    assert mean_fraction([], expected=4) == 0


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS)), st.none() | st.integers(0, 50))
def test_the_mean_is_a_fraction_whatever_is_reported(pairs, expected) -> None:
    found = read_progress(dict(enumerate(pairs)))
    assert 0 <= mean_fraction(found, expected) <= 1


@given(st.lists(FRACTIONS, min_size=1))
def test_the_mean_is_between_the_least_and_the_most(fractions) -> None:
    mean = mean_fraction(readings(*fractions))
    assert min(fractions) - 1e-9 <= mean <= max(fractions) + 1e-9


def test_a_few_bars_are_all_shown_with_their_own_numbers() -> None:
    bars, more = bars_of(read_progress({"a": 0.999, "b": (2000, 4000)}))
    assert [(bar.label, bar.text) for bar in bars] == [("a", "99 %"), ("b", "2,000 of 4,000")]
    assert more == ""


def test_of_too_many_bars_those_that_are_not_full_are_shown() -> None:
    full, half = [1.0] * MAX_BARS, [0.5] * MAX_BARS
    bars, more = bars_of(readings(*full, *half))
    assert [bar.fraction for bar in bars] == half
    assert more == f"and {MAX_BARS} others, 100 % done"


def test_the_bars_that_are_left_keep_their_order() -> None:
    bars, _ = bars_of(readings(1.0, *[0.5] * MAX_BARS, 1.0))
    assert [bar.label for bar in bars] == [f"task {i}" for i in range(1, MAX_BARS + 1)]


def test_the_pace_so_far_tells_the_time_left() -> None:
    pace = Pace()
    assert pace.remaining_s(0.0, at_s=10.0) is None
    assert pace.remaining_s(0.25, at_s=15.0) == pytest.approx(15.0)


def test_between_two_steps_the_time_left_counts_down() -> None:
    pace = Pace()
    pace.remaining_s(0.0, at_s=0.0)
    pace.remaining_s(0.25, at_s=5.0)
    assert pace.remaining_s(0.25, at_s=7.0) == pytest.approx(13.0)


def test_once_a_step_is_overdue_no_time_is_told() -> None:
    pace = Pace()
    pace.remaining_s(0.0, at_s=0.0)
    pace.remaining_s(0.5, at_s=5.0)
    assert pace.remaining_s(0.5, at_s=11.0) is None


def test_work_that_had_begun_before_does_not_count_as_pace() -> None:
    pace = Pace()
    pace.remaining_s(0.5, at_s=0.0)
    assert pace.remaining_s(0.6, at_s=2.0) == pytest.approx(8.0)


def test_work_that_begins_anew_has_no_pace_yet() -> None:
    pace = Pace()
    pace.remaining_s(0.0, at_s=0.0)
    pace.remaining_s(0.5, at_s=5.0)
    assert pace.remaining_s(0.1, at_s=6.0) is None


@given(st.lists(st.tuples(FRACTIONS, st.floats(0, 100)), max_size=20))
def test_the_time_left_is_positive_or_not_told(steps) -> None:
    pace, at_s = Pace(), 0.0
    for fraction, later_s in steps:
        at_s += later_s
        left_s = pace.remaining_s(fraction, at_s)
        assert left_s is None or left_s > 0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *((0, "0.0 s"), (0.44, "0.4 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.4, "59 s")),
        *((59.6, "1 min 00 s"), (185, "3 min 05 s"), (3599.6, "1 h 00 min")),
        *((7620, "2 h 07 min"), (100 * 3600, "100 h 00 min")),
    ],
)
def test_a_duration_is_written_for_people(seconds, text) -> None:
    assert duration(seconds) == text


@given(FRACTIONS)
def test_100_percent_means_that_all_is_done(fraction) -> None:
    assert (view(fraction=fraction).percent == 100) == (fraction >= 1 - 1e-9 / 100)


def test_the_state_is_told_in_words_and_first() -> None:
    done = view(phase=Phase.DONE, fraction=1.0, counts="3 of 3 tasks", elapsed_s=2.0)
    assert done.facts == ("✓ done", "3 of 3 tasks", "2.0 s")
    failed = view(phase=Phase.FAILED, fraction=1.0, num_failed=2)
    assert failed.facts[0] == "✗ 2 failed"
    assert view(phase=Phase.STOPPED).facts[0] == "‖ stopped"


def test_failures_are_told_while_the_rest_still_runs() -> None:
    running = view(counts="3 of 9 tasks", num_failed=1, elapsed_s=12.0, remaining_s=24.0)
    assert running.facts == ("3 of 9 tasks", "✗ 1 failed", "12 s", "about 24 s left")


def test_what_is_sent_to_the_browser_is_plain_data() -> None:
    told = view(bars=(Bar(label="a", fraction=1 / 3, text="33 %"),)).to_dict()
    assert told["phase"] == "running"
    assert told["percent"] == 50
    assert told["bars"] == [{"label": "a", "fraction": 0.3333, "text": "33 %"}]


def test_a_line_has_the_title_a_bar_and_the_facts() -> None:
    line = text_line(view(elapsed_s=3.0), width=60, symbols="#-")
    assert line == f"Sampling  [{'#' * 17}{'-' * 17}]   50 %  3.0 s"


@given(FRACTIONS, st.integers(1, 200))
def test_a_line_never_breaks(fraction, width) -> None:
    line = text_line(view(fraction=fraction, counts="3 of 9 tasks"), width)
    assert len(line) <= width
    assert "\n" not in line
