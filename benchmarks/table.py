"""Turn samples into the Markdown table: medians, spreads, ratios, and how each goal was met."""

from dataclasses import dataclass
from statistics import median

from benchmarks.measures import MEASURES, SYSTEMS, Goal, Measure, Unit

TOO_WIDE = 2.0
"""A row whose largest sample is more than so many times its smallest says little."""


@dataclass(frozen=True, slots=True)
class Samples:
    """All that was measured: by system, then by measure."""

    by_system: dict[str, dict[str, list[float]]]

    def of(self, system: str, measure: Measure) -> list[float]:
        """The samples of one cell; empty where this system has no such measure."""
        return self.by_system.get(system, {}).get(measure.key, [])


def markdown(samples: Samples) -> str:
    """The whole table. A peer that measured nothing has no column."""
    peers = [system for system in SYSTEMS if system != "raylite" and samples.by_system.get(system)]
    head = ["measure", "raylite", "smallest to largest", "goal"]
    head += [f"{SYSTEMS[peer]} · ratio" for peer in peers]
    lines = [head, ["---", "---:", "---:", "---", *("---:" for _ in peers)]]
    lines += [_row(measure, samples, peers) for measure in MEASURES]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines if cells)


def _row(measure: Measure, samples: Samples, peers: list[str]) -> list[str]:
    ours = samples.of("raylite", measure)
    if not ours:
        return []
    verdicts = (_verdict(goal, measure, samples) for goal in measure.goals)
    cells = [measure.title, _figure(median(ours), measure.unit), _spread(ours, measure.unit)]
    cells.append("; ".join(verdicts))
    return cells + [_against(samples.of(peer, measure), ours, measure.unit) for peer in peers]


def _figure(value: float, unit: Unit) -> str:
    match unit:
        case Unit.RATE:
            return f"{value:,.0f}/s" if value >= 100 else f"{value:.1f}/s"  # noqa: PLR2004 - digits that matter
        case Unit.SECONDS:
            return f"{value:.3f} s"
        case Unit.MEGABYTES:
            return f"{value:.1f} MB"
        case Unit.PERCENT:
            return f"{value:.2f} %"


def _spread(values: list[float], unit: Unit) -> str:
    low, high = min(values), max(values)
    wide = " (unsteady)" if high > TOO_WIDE * low and unit is not Unit.PERCENT else ""
    return f"{_figure(low, unit)} to {_figure(high, unit)}{wide}"


def _against(theirs: list[float], ours: list[float], unit: Unit) -> str:
    if not theirs:
        return ""
    shown = _figure(median(theirs), unit)
    if not median(ours) or not median(theirs):
        return shown
    ratio = median(ours) / median(theirs)
    return f"{shown} · {_factor(ratio if unit.more_is_better else 1 / ratio)}"


def _factor(value: float) -> str:
    return f"{value:.1f}x" if value >= 1 else f"{value:.2f}x"


def _verdict(goal: Goal, measure: Measure, samples: Samples) -> str:
    target, words = _target(goal, measure, samples)
    if not target:
        return ""
    ours = median(samples.of("raylite", measure))
    ratio = ours / target if measure.unit.more_is_better else target / max(ours, 1e-9)
    if ratio >= 1:
        return f"{words}: met"
    return f"**{words}: missed, at {100 * ratio:.0f} % of it**"


def _target(goal: Goal, measure: Measure, samples: Samples) -> tuple[float, str]:
    sign = ">=" if measure.unit.more_is_better else "<="
    if not goal.peer:
        return goal.factor, f"{sign} {_figure(goal.factor, measure.unit)}"
    theirs = samples.of(goal.peer, measure)
    peer = SYSTEMS[goal.peer]
    if theirs:
        return goal.factor * median(theirs), f"{sign} {goal.factor:g}x {peer}"
    recorded = f"{sign} {goal.factor:g}x {peer} as recorded"
    return goal.factor * goal.recorded, recorded
