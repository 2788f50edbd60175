"""What samples may be taken to say, and what not."""

import pytest

from benchmarks.measures import BY_KEY, Goal
from benchmarks.units import Unit, figure, times
from benchmarks.verdicts import Samples, Verdict, attained, better, compared, estimate

CALLS = BY_KEY["actor_calls_one_by_one"]
START = BY_KEY["cold_start"]
IDLE = BY_KEY["idle_cpu"]
TEN_TIMES_RAY, _ = CALLS.goals


def rounds_of(key: str, **figures: list[float]) -> Samples:
    """Samples with one figure a round for each system."""
    samples = Samples({})
    for system, rounds in figures.items():
        for number, value in enumerate(rounds):
            samples.add(system, key, number, [value])
    return samples


def test_the_figure_of_a_round_is_the_median_of_its_samples():
    samples = Samples({})
    samples.add("raylite", CALLS.key, 0, [1.0, 9.0, 3.0])
    assert samples.of("raylite", CALLS) == {0: 3.0}


def test_what_was_not_measured_has_no_figure():
    assert Samples({}).of("raylite", CALLS) == {}


@pytest.mark.parametrize(
    ("number", "ends"),
    [(1, (0, 0)), (2, (0, 1)), (5, (0, 4)), (7, (0, 6)), (8, (1, 6)), (11, (2, 8)), (20, (5, 14))],
)
def test_the_median_lies_between_those_rounds_in_nine_of_ten_cases(number, ends):
    found = estimate([float(value) for value in range(number)])
    assert (found.low, found.high) == ends


def test_a_wide_interval_is_unsteady():
    assert estimate([1.0, 1.5, 1.9]).unsteady is False
    assert estimate([1.0, 1.5, 2.1]).unsteady is True


def test_better_means_more_calls_but_fewer_seconds():
    assert better(10, 5, Unit.RATE) == 2
    assert better(10, 5, Unit.SECONDS) == 0.5


def test_systems_are_compared_within_a_round():
    # The machine was twice as fast in the second round, for both: the ratio is the same.
    samples = rounds_of(CALLS.key, raylite=[100, 200], ray=[10, 20])
    found = compared(samples.of("raylite", CALLS), samples.of("ray", CALLS), Unit.RATE)
    assert found is not None
    assert (found.low, found.middle, found.high) == (10, 10, 10)


def test_rounds_that_only_one_of_them_had_are_not_compared():
    found = compared({0: 100.0, 1: 200.0}, {1: 20.0, 2: 1.0}, Unit.RATE)
    assert found is not None
    assert (found.middle, found.rounds) == (10, 1)
    assert compared({0: 100.0}, {1: 20.0}, Unit.RATE) is None


def test_next_to_nothing_has_no_ratio():
    assert compared({0: 0.0}, {0: 7.0}, IDLE.unit) is None
    assert compared({0: 7.0}, {0: 0.0}, IDLE.unit) is None


def test_a_goal_is_met_when_every_round_says_so():
    samples = rounds_of(CALLS.key, raylite=[110, 120, 130, 140, 150], ray=[10] * 5)
    found = attained(TEN_TIMES_RAY, CALLS, samples)
    assert found is not None
    assert found.verdict is Verdict.MET
    assert found.share.middle == pytest.approx(1.3)


def test_a_goal_is_missed_when_every_round_says_so():
    samples = rounds_of(CALLS.key, raylite=[50, 60, 70, 80, 90], ray=[10] * 5)
    found = attained(TEN_TIMES_RAY, CALLS, samples)
    assert found is not None
    assert found.verdict is Verdict.MISSED


def test_rounds_that_disagree_leave_it_undecided():
    samples = rounds_of(CALLS.key, raylite=[90, 110, 110, 110, 110], ray=[10] * 5)
    found = attained(TEN_TIMES_RAY, CALLS, samples)
    assert found is not None
    assert found.verdict is Verdict.UNDECIDED


@pytest.mark.parametrize("rounds", [1, 4])
def test_few_rounds_carry_no_verdict(rounds):
    samples = rounds_of(CALLS.key, raylite=[1_000] * rounds, ray=[10] * rounds)
    found = attained(TEN_TIMES_RAY, CALLS, samples)
    assert found is not None
    assert found.verdict is Verdict.TOO_FEW_ROUNDS


def test_without_the_peer_its_recorded_figure_is_the_measure():
    found = attained(TEN_TIMES_RAY, CALLS, rounds_of(CALLS.key, raylite=[14_300] * 5))
    assert found is not None
    assert found.share.middle == pytest.approx(1.0)


def test_without_the_peer_and_a_record_there_is_no_verdict():
    goal = Goal(factor=0.6, peer="bare")
    assert attained(goal, CALLS, rounds_of(CALLS.key, raylite=[1.0])) is None
    assert attained(goal, CALLS, rounds_of(CALLS.key, bare=[1.0])) is None


def test_fewer_seconds_than_an_absolute_goal_meet_it():
    (goal,) = START.goals
    found = attained(goal, START, rounds_of(START.key, raylite=[goal.factor / 2] * 5))
    assert found is not None
    assert found.verdict is Verdict.MET
    assert found.share.middle == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (17_214.4, Unit.RATE, "17,214/s"),
        (1.6543, Unit.RATE, "1.65/s"),
        (0.3271, Unit.SECONDS, "0.327 s"),
        (0.3, Unit.GIGABYTES_PER_S, "0.30 GB/s"),
        (51.34, Unit.MEGABYTES, "51.3 MB"),
        (0.33, Unit.PERCENT, "0.33 %"),
        (0.948, Unit.RATIO, "0.95"),
    ],
)
def test_figures_have_a_unit_and_the_digits_that_matter(value, unit, told):
    assert figure(value, unit) == told


@pytest.mark.parametrize(
    ("ratio", "told"), [(0.431, "0.43x"), (8.44, "8.4x"), (221.7, "220x"), (2_345, "2,300x")]
)
def test_ratios_have_the_digits_that_matter(ratio, told):
    assert times(ratio) == told
