"""From what became of the cases to a table, and to the page for users.

``python -m tests.compat.report A.json B.json ...`` sets runs side by side, a column for each, and
fails unless every case passed, or is left out for a reason, wherever it was run.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path

ENGINES = ("raylite", "inline", "on_ray", "ray")
"""raylite's own, on processes, in one process and on Ray, and Ray itself."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One test, as the report needs it."""

    topic: str
    title: str
    name: str
    difference: dict[str, str] | None
    elsewhere: dict[str, str] = field(default_factory=dict)
    """On which engines it cannot hold, and why."""
    shows_ray: bool = False
    """Whether Ray's doing is what shows where raylite runs on Ray."""


@dataclass(kw_only=True)
class Outcome:
    """What became of a case on one engine; ``result`` is empty until it has run."""

    case: Case
    result: str = ""
    reason: str = ""
    """Why it was left out."""

    def note(self, outcome: str, when: str | None, reason: str = "") -> None:
        """Take in the report of one of the three phases of a test."""
        if outcome != "passed" or (when == "call" and not self.result):
            self.result = outcome
            self.reason = reason


Run = Mapping[str, Outcome]


def save(path: Path, engine: str, run: Run) -> None:
    """Keep what became of each case on an engine."""
    rows = {nodeid: asdict(outcome) for nodeid, outcome in run.items()}
    path.write_text(json.dumps({"engine": engine, "cases": rows}, indent=1), encoding="utf-8")


def read(path: Path) -> tuple[str, dict[str, Outcome]]:
    """The engine, and what :func:`save` has kept of it."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    rows = kept["cases"].items()
    outcomes = {nodeid: Outcome(**{**row, "case": Case(**row["case"])}) for nodeid, row in rows}
    return str(kept["engine"]), outcomes


def failures(runs: Mapping[str, Run]) -> list[tuple[str, str, str]]:
    """Each case that neither passed nor was left out, on which engine, and what became of it."""
    nodeids = sorted({nodeid for run in runs.values() for nodeid in run})
    return [
        (nodeid, engine, run[nodeid].result if nodeid in run else "did not run")
        for nodeid in nodeids
        for engine, run in runs.items()
        if nodeid not in run or run[nodeid].result not in {"passed", "skipped"}
    ]


def reasons(run: Run) -> dict[str, int]:
    """Why cases were left out, and how many for each reason, the most frequent first."""
    counted: dict[str, int] = {}
    for outcome in run.values():
        if outcome.result == "skipped":
            counted[outcome.reason] = counted.get(outcome.reason, 0) + 1
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def table(runs: Mapping[str, Run]) -> str:
    """Topic, cases, and for each run how many passed, were left out, and failed.

    What is zero is left blank, but for the sums in the last line.
    """
    cases = {nodeid: outcome.case for run in runs.values() for nodeid, outcome in run.items()}
    failed = {(nodeid, engine) for nodeid, engine, _result in failures(runs)}
    rows: list[tuple[object, ...]] = []
    for topic in sorted({case.topic for case in cases.values()}):
        ids = [nodeid for nodeid, case in cases.items() if case.topic == topic]
        counts = [number for engine in runs for number in _counts(ids, engine, runs, failed)]
        rows.append((topic, len(ids), *counts))
    sums = [sum(int(str(row[column])) for row in rows) for column in range(1, 2 + 3 * len(runs))]
    shown = [tuple(cell or "" for cell in row) for row in rows]
    engines = [cell for engine in runs for cell in ("", engine, "")]
    head = [cell for _ in runs for cell in ("passed", "left out", "failed")]
    return _columns([("", "", *engines), ("topic", "cases", *head), *shown, ("all", *sums)])


def _counts(
    ids: list[str], engine: str, runs: Mapping[str, Run], failed: set[tuple[str, str]]
) -> tuple[int, int, int]:
    results = [runs[engine][nodeid].result for nodeid in ids if nodeid in runs[engine]]
    bad = sum((nodeid, engine) in failed for nodeid in ids)
    return results.count("passed"), results.count("skipped"), bad


def _columns(rows: Iterable[tuple[object, ...]]) -> str:
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in texts) for column in range(len(texts[0]))]
    lines = [
        row[0].ljust(widths[0])
        + "".join(f"  {cell.rjust(width)}" for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in texts
    ]
    return "\n".join(lines)


INTRODUCTION = """\
# Where raylite differs from Ray

Written by `make differences` from the cases in `tests/compat`, which run on Ray 2.60 and on
raylite: each difference below is a test that asserts what either does. {as_ray} of {all} cases
hold on both alike; {different} differ on purpose, for the reason given. Of messages the words are
compared that people search for; the sentences are raylite's own.

They run on raylite's other engines as well: in one process, and on Ray. What cannot hold there
stands under *The engines*.

One difference is a matter of luck, and so no case: an actor gathers its answers for 2 ms at most.
What it has answered in the last 2 ms before a signal kills it may count as not answered.

| Topic | Cases | As Ray | Different on purpose |
| --- | ---: | ---: | ---: |
"""

DRIVERS = """\

## Several drivers, and several nodes

No cases: all cases are calls of one driver, in one session of one node.

- `raylite stop` ends the runtime that `raylite start --head` has started, and leaves alone what a
  program has started for itself. `ray stop` ends every process of Ray's that it finds.
- Where no runtime runs, or one runs already, the commands and `init(address="auto")` say so in a
  sentence that names the command to use.
- `RAY_ADDRESS=host:port` in the environment is noted and not used: there is no cluster to join.
- Virtual nodes, `raylite.cluster`, are raylite's own: the tests in `tests/core` assert how work is
  spread over them.
"""


ENGINES_TEXT = """\

## The engines

A program says `init()`, `init(engine="inline")` or `init(engine="ray")`, and is the same
otherwise. The same cases run on each of them; one that cannot hold there is left out, with its
reason.

| Engine | Holds | Left out |
| --- | ---: | ---: |
| processes | {all} |  |
| inline: one process | {inline} | {no_inline} |
| Ray, by way of raylite | {on_ray} | {no_on_ray} |
"""


def engines_section(cases: list[Case]) -> str:
    """What cannot hold on which of raylite's engines, and why."""
    without = {
        engine: [case for case in cases if case.elsewhere.get(engine)]
        for engine in ("inline", "on_ray")
    }
    numbers = {engine: len(found) for engine, found in without.items()}
    text = ENGINES_TEXT.format(
        all=len(cases),
        inline=len(cases) - numbers["inline"],
        no_inline=numbers["inline"] or "",
        on_ray=len(cases) - numbers["on_ray"],
        no_on_ray=numbers["on_ray"] or "",
    )
    text += _why_left_out("In one process", "inline", without["inline"])
    text += _why_left_out("On Ray, by way of raylite", "on_ray", without["on_ray"])
    return text + _ray_shows(cases)


def _why_left_out(title: str, engine: str, cases: list[Case]) -> str:
    if not cases:
        return ""
    by_reason: dict[str, list[Case]] = {}
    for case in cases:
        by_reason.setdefault(case.elsewhere[engine], []).append(case)
    rows = [
        f"| {reason} | {len(found)} | {', '.join(dict.fromkeys(one.title for one in found))} |\n"
        for reason, found in sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0]))
    ]
    return f"\n### {title}\n\n| Why | Cases | Topics |\n| --- | ---: | --- |\n{''.join(rows)}"


def _ray_shows(cases: list[Case]) -> str:
    """The differences of the page that are not there on Ray, since it is Ray that acts."""
    seen = dict.fromkeys(case.title for case in cases if case.difference and case.shows_ray)
    number = sum(case.difference is not None and case.shows_ray for case in cases)
    if not number:
        return ""
    return (
        f"\nOf the differences above, {number} are none where raylite runs on Ray: what happens "
        f"there is Ray's doing. They are among: {'; '.join(seen)}.\n"
    )


def page(cases: Iterable[Case]) -> str:
    """``docs/differences_from_ray.md``, for these cases, each passed on both engines."""
    # Ray's own environment may lack what raylite needs.
    from tests.compat.leftout import left_out

    ordered = sorted(cases, key=lambda case: case.topic)
    topics = [list(group) for _, group in groupby(ordered, key=lambda case: case.topic)]
    different = sum(case.difference is not None for case in ordered)
    parts = [
        INTRODUCTION.format(all=len(ordered), as_ray=len(ordered) - different, different=different),
        *[_row(group) for group in topics],
        *[_section(group) for group in topics if any(case.difference for case in group)],
        engines_section(ordered),
        DRIVERS,
        left_out(),
    ]
    return "".join(parts)


def _row(cases: list[Case]) -> str:
    different = sum(case.difference is not None for case in cases)
    numbers = f"{len(cases)} | {len(cases) - different} | {different or ''}"
    return f"| {cases[0].title} | {numbers} |\n"


def _section(cases: list[Case]) -> str:
    head = "\n| Ray | raylite | Why |\n| --- | --- | --- |\n"
    texts = [f"\n## {cases[0].title}\n", head]
    seen: list[dict[str, str]] = []
    for case in cases:
        told = case.difference
        # The same difference may have several cases.
        if told is None or told in seen:
            continue
        seen.append(told)
        texts.append(f"| {told['ray']} | {told['raylite']} | {told['why']} |\n")
    return "".join(texts)


def main(paths: list[str]) -> int:
    """Print the table of some runs, why cases were left out, and what did not pass."""
    runs = dict(read(Path(path)) for path in paths)
    print(table(runs))
    for engine, run in runs.items():
        why = reasons(run)
        print(f"\nLeft out on {engine}:" if why else "", end="\n" if why else "")
        for reason, number in why.items():
            print(f"  {number:4}  {reason}")
    failed = failures(runs)
    for nodeid, engine, result in failed:
        print(f"{result} on {engine}: {nodeid}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
