"""From what became of the cases to a table, and to the page for users.

``python -m tests.compat.report RAYLITE.json RAY.json`` sets the two runs side by side, and fails
unless every case passed on both.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
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


@dataclass(kw_only=True)
class Outcome:
    """What became of a case on one engine; ``result`` is empty until it has run."""

    case: Case
    result: str = ""

    def note(self, outcome: str, when: str | None) -> None:
        """Take in the report of one of the three phases of a test."""
        if outcome != "passed" or (when == "call" and not self.result):
            self.result = outcome


Run = Mapping[str, Outcome]


def save(path: Path, run: Run) -> None:
    """Keep what became of each case."""
    rows = {nodeid: asdict(outcome) for nodeid, outcome in run.items()}
    path.write_text(json.dumps(rows, indent=1), encoding="utf-8")


def read(path: Path) -> dict[str, Outcome]:
    """What :func:`save` has kept."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    return {
        nodeid: Outcome(case=Case(**row["case"]), result=row["result"])
        for nodeid, row in rows.items()
    }


def failures(runs: Mapping[str, Run]) -> list[tuple[str, str, str]]:
    """Each case that did not pass everywhere, on which engine, and what became of it there."""
    nodeids = sorted({nodeid for run in runs.values() for nodeid in run})
    return [
        (nodeid, engine, run[nodeid].result if nodeid in run else "did not run")
        for nodeid in nodeids
        for engine, run in runs.items()
        if nodeid not in run or run[nodeid].result != "passed"
    ]


def table(runs: Mapping[str, Run]) -> str:
    """Topic, cases, as Ray, different on purpose, failed: as lines of equal width.

    A case counts as done where it passed in every run: with both runs given, *as Ray* means that
    the same assertions held on both engines.
    """
    cases = {nodeid: outcome.case for run in runs.values() for nodeid, outcome in run.items()}
    failed = {nodeid for nodeid, _engine, _result in failures(runs)}
    rows = []
    for topic in sorted({case.topic for case in cases.values()}):
        ids = [nodeid for nodeid, case in cases.items() if case.topic == topic]
        good = [nodeid for nodeid in ids if nodeid not in failed]
        purpose = sum(cases[nodeid].difference is not None for nodeid in good)
        rows.append((topic, len(ids), len(good) - purpose, purpose, len(ids) - len(good)))
    sums = (sum(row[column] for row in rows) for column in range(1, 5))
    head = ("topic", "cases", "as Ray", "different on purpose", "failed")
    return _columns([head, *rows, ("all", *sums)])


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
    """Print the table of two runs, and what did not pass on both."""
    both = zip(("raylite", "ray"), paths, strict=True)
    runs = {engine: read(Path(path)) for engine, path in both}
    print(table(runs))
    failed = failures(runs)
    for nodeid, engine, result in failed:
        print(f"{result} on {engine}: {nodeid}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
