"""The tables, as Markdown: all rows for the page on performance, some for the README."""

from collections.abc import Iterable
from statistics import median

from benchmarks.measures import MEASURES, PROGRAMS, Goal, Measure
from benchmarks.systems import RAYLITE, SYSTEMS, System
from benchmarks.units import Unit, figure, times
from benchmarks.verdicts import (
    Attainment,
    Estimate,
    Samples,
    Verdict,
    attained,
    compared,
    estimate,
)


class _Notes:
    """Footnotes, numbered as they come."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def mark(self, text: str) -> str:
        """The mark of a note with this text."""
        return f"<sup>{self._numbers.setdefault(text, len(self._numbers) + 1)}</sup>"

    def lines(self) -> Iterable[str]:
        """All notes, as a list."""
        return (f"{number}. {text[0].upper()}{text[1:]}." for text, number in self._numbers.items())


def full_table(samples: Samples, failures: Iterable[str] = ()) -> str:
    """Every row, with the spread, the goals and each peer's figure; below it, the footnotes.

    Args:
        samples: what was measured. A system that measured nothing has no column.
        failures: names of the programs that failed, which are told below the table.
    """
    peers, notes = _peers(samples), _Notes()
    lines = [_line(["measure", "raylite", "median lies in", "goal", *(p.title for p in peers)])]
    lines.append(_line(["---", "---:", "---:", "---", *("---:" for _ in peers)]))
    for program, title in PROGRAMS.items():
        rows = [m for m in MEASURES if m.program == program and samples.of("raylite", m)]
        if rows:
            lines.append(_line([f"**{title}**", *("" for _ in range(3 + len(peers)))]))
        lines += [_row(measure, samples, peers, notes) for measure in rows]
    lines += ["", *notes.lines()] if peers else []
    failed = [f"No figures, since it failed: {name}." for name in failures]
    return "\n".join([*lines, "", *failed] if failed else lines)


def headline_table(samples: Samples) -> str:
    """The rows that the README shows: raylite's figure, and how many times better it is."""
    peers = _peers(samples)
    lines = [_line(["", "raylite", *(peer.title for peer in peers)])]
    lines.append(_line(["---", "---:", *("---:" for _ in peers)]))
    for measure in MEASURES:
        ours = samples.of("raylite", measure)
        if measure.headline and ours:
            cells = [measure.headline, figure(median(ours.values()), measure.unit)]
            lines.append(_line(cells + [_ratio(samples, peer, measure) for peer in peers]))
    return "\n".join(lines)


def _peers(samples: Samples) -> list[System]:
    return [s for s in SYSTEMS.values() if s is not RAYLITE and samples.by_system.get(s.key)]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _row(measure: Measure, samples: Samples, peers: list[System], notes: _Notes) -> str:
    ours = estimate(list(samples.of("raylite", measure).values()))
    spread = _spread(ours, measure.unit)
    goals = "<br>".join(filter(None, (_goal(goal, measure, samples) for goal in measure.goals)))
    cells = [measure.title, figure(ours.middle, measure.unit), spread, goals]
    return _line(cells + [_cell(samples, peer, measure, notes) for peer in peers])


def _spread(ours: Estimate, unit: Unit) -> str:
    if ours.rounds == 1:
        return "one round"
    told = f"{figure(ours.low, unit)} to {figure(ours.high, unit)}"
    unsteady = ours.unsteady and ours.high > unit.negligible
    return f"{told} (unsteady)" if unsteady else told


def _cell(samples: Samples, peer: System, measure: Measure, notes: _Notes) -> str:
    theirs = samples.of(peer.key, measure)
    if not theirs:
        reason = peer.empty.get(measure.key, "")
        return notes.mark(reason) if reason else ""
    told = " · ".join(
        filter(
            None,
            (figure(median(theirs.values()), measure.unit), _ratio(samples, peer, measure)),
        )
    )
    remark = peer.remarks.get(measure.key, "")
    return told + (notes.mark(remark) if remark else "")


def _ratio(samples: Samples, peer: System, measure: Measure) -> str:
    """``8.4x``; ``~8.4x`` where the rounds differ too much for the figure to mean much."""
    found = compared(samples.of("raylite", measure), samples.of(peer.key, measure), measure.unit)
    if not found:
        return ""
    return f"~{times(found.middle)}" if found.unsteady else times(found.middle)


def _goal(goal: Goal, measure: Measure, samples: Samples) -> str:
    found = attained(goal, measure, samples)
    return f"{_wanted(goal, measure, samples)}: {_verdict(found)}" if found else ""


def _verdict(found: Attainment) -> str:
    share = found.share
    match found.verdict:
        case Verdict.MET:
            return f"met, {_percent(share.middle)}"
        case Verdict.MISSED:
            return f"**missed, {_percent(share.middle)}**"
        case Verdict.UNDECIDED:
            return f"undecided, {_percent(share.low)} to {_percent(share.high)}"
        case Verdict.TOO_FEW_ROUNDS:
            return f"{_percent(share.middle)}, too few rounds for a verdict"


def _percent(share: float) -> str:
    if share >= 10:  # noqa: PLR2004 - how far beyond the goal is no longer the point
        return "more than 1,000 %"
    return f"{100 * share:.0f} %"


def _wanted(goal: Goal, measure: Measure, samples: Samples) -> str:
    sign = ">=" if measure.unit.more_is_better else "<="
    if not goal.peer:
        return f"{sign} {figure(goal.factor, measure.unit)}"
    title = SYSTEMS[goal.peer].title
    if goal.peer == "bare" and measure.unit is Unit.GIGABYTES_PER_S:
        title = "memcpy"
    recorded = "" if samples.of(goal.peer, measure) else " as recorded"
    return f"{sign} {goal.factor:g}x {title}{recorded}"
