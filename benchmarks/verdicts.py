"""What samples say: medians, how far they can be trusted, ratios, and whether a goal is met.

The figure of a *round* is the median of its samples. What is compared is compared within a round,
where the systems took turns: of the rounds' ratios the median is told. It lies between two of them
with a probability that needs no assumption about how they scatter: with five rounds, between the
smallest and the largest in 15 of 16 cases. A verdict is given only where all of this interval
lies on one side of the goal, and only from five rounds on: fewer may all have met the same mood of
the machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from math import comb
from statistics import median

from benchmarks.measures import Goal, Measure
from benchmarks.units import Unit

SURE = 0.9
"""How probable it has to be that the interval holds the median."""
ENOUGH_ROUNDS = 5
"""With fewer, no interval is sure enough."""
TOO_WIDE = 2.0
"""An interval whose upper end is more than so many times its lower one says little."""
TINY = 1e-9


@dataclass(slots=True)
class Samples:
    """All that was measured: by system, by row, by round."""

    by_system: dict[str, dict[str, dict[int, list[float]]]]

    def add(self, system: str, key: str, number: int, values: list[float]) -> None:
        """Take down what a round gave for a cell."""
        rounds = self.by_system.setdefault(system, {}).setdefault(key, {})
        rounds.setdefault(number, []).extend(values)

    def of(self, system: str, measure: Measure) -> dict[int, float]:
        """The figure of each round; empty where there is none."""
        rounds = self.by_system.get(system, {}).get(measure.key, {})
        return {number: median(values) for number, values in rounds.items() if values}


@dataclass(frozen=True, slots=True)
class Estimate:
    """A median, and the interval in which it lies."""

    middle: float
    low: float
    high: float
    rounds: int

    @property
    def unsteady(self) -> bool:
        """Whether the interval is too wide for the figure to mean much."""
        return self.high > TOO_WIDE * max(self.low, TINY)


class Verdict(Enum):
    """Whether a goal is met."""

    MET = "met"
    MISSED = "missed"
    UNDECIDED = "undecided"
    TOO_FEW_ROUNDS = "too few rounds"


@dataclass(frozen=True, slots=True)
class Attainment:
    """How much of a goal was reached: 1 is all of it."""

    share: Estimate

    @property
    def verdict(self) -> Verdict:
        """What the whole interval says; undecided where its ends disagree."""
        if self.share.rounds < ENOUGH_ROUNDS:
            return Verdict.TOO_FEW_ROUNDS
        if self.share.low >= 1:
            return Verdict.MET
        return Verdict.MISSED if self.share.high < 1 else Verdict.UNDECIDED


def estimate(figures: list[float]) -> Estimate:
    """The median of the rounds' figures with its interval.

    Raises:
        statistics.StatisticsError: for no figures.
    """
    ordered = sorted(figures)
    skipped = _skipped(len(ordered))
    return Estimate(median(ordered), ordered[skipped], ordered[-1 - skipped], len(ordered))


def _skipped(number: int) -> int:
    """How many figures at either end the interval leaves out, and still is sure enough."""
    outside = 0.0
    for skipped in range(number // 2):
        outside += comb(number, skipped) / 2**number
        if 2 * outside > 1 - SURE:
            return max(skipped - 1, 0)
    return max(number // 2 - 1, 0)


def better(ours: float, theirs: float, unit: Unit) -> float:
    """How many times better the first figure is: below 1, it is worse."""
    ours, theirs = max(ours, TINY), max(theirs, TINY)
    return ours / theirs if unit.more_is_better else theirs / ours


def compared(ours: Mapping[int, float], theirs: Mapping[int, float], unit: Unit) -> Estimate | None:
    """How many times better we were, round by round; None where there is nothing to compare."""
    common = [number for number in ours if number in theirs]
    if not common or median(theirs[number] for number in common) <= unit.negligible:
        return None
    if median(ours[number] for number in common) <= unit.negligible and unit.negligible:
        return None
    return estimate([better(ours[number], theirs[number], unit) for number in common])


def attained(goal: Goal, measure: Measure, samples: Samples) -> Attainment | None:
    """How much of a goal raylite reached; None where there is nothing to tell it from."""
    ours = samples.of("raylite", measure)
    if not ours:
        return None
    theirs = samples.of(goal.peer, measure) if goal.peer else {}
    if goal.peer and not theirs and not goal.recorded:
        return None
    fixed = goal.factor * (goal.recorded if goal.peer else 1.0)
    shares = [
        better(figure, goal.factor * theirs[number] if theirs else fixed, measure.unit)
        for number, figure in ours.items()
        if number in theirs or not theirs
    ]
    return Attainment(estimate(shares)) if shares else None
