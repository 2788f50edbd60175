"""Measure raylite beside Ray for the page on leaving: ``python -m benchmarks.outgrowing --write``.

Some rows of :mod:`benchmarks.compare`, those that somebody who moves to Ray will feel, as a table
with what becomes of each. What other systems do is a matter of docs/performance.md.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks import compare
from benchmarks.measures import BY_KEY, Measure
from benchmarks.pages import fill
from benchmarks.results import Results, load
from benchmarks.rounds import ROOT
from benchmarks.units import figure, times
from benchmarks.verdicts import compared

PAGE = ROOT / "docs" / "outgrowing.md"
ROWS = {
    "cold_start": "a program's first answer, from its `import` on",
    "actor_calls_one_by_one": "calls of an actor, each awaited",
    "actor_calls_pipelined": "calls of an actor, sent ahead",
    "tasks_pipelined": "tasks, sent ahead",
    "actors_one_by_one": "new actors, each answered before the next",
    "restart": "an actor killed, to the next answer of the one in its place",
    "put_400_mb": "`put` of 400 MB",
    "memory_one_actor": "memory of a session with one idle actor, driver included",
    "idle_cpu": "CPU of that session while nothing happens, of one core",
}


def table(results: Results) -> str:
    """The rows that were measured on both, with how many times as much Ray takes or gives."""
    lines = ["| | raylite | Ray | raylite is better |", "| --- | ---: | ---: | ---: |"]
    for key, title in ROWS.items():
        row = _row(BY_KEY[key], title, results)
        lines += [row] if row else []
    return "\n".join(["\n".join(results.notes), "", *lines])


def _row(measure: Measure, title: str, results: Results) -> str:
    ours = results.samples.of("raylite", measure)
    theirs = results.samples.of("ray", measure)
    if not (ours and theirs):
        return ""
    found = compared(ours, theirs, measure.unit)
    ratio = f"{'~' if found.unsteady else ''}{times(found.middle)}" if found else ""
    figures = [figure(median(one.values()), measure.unit) for one in (ours, theirs)]
    return f"| {title} | {figures[0]} | {figures[1]} | {ratio} |"


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table, and with ``--write`` put it into its place.

    Returns:
        The exit code: that of the measurement.
    """
    parser = argparse.ArgumentParser(
        "python -m benchmarks.outgrowing",
        description=(__doc__ or "").splitlines()[0],
        epilog="Other options are those of python -m benchmarks.compare.",
    )
    parser.add_argument("--write", action="store_true", help="put the table into its page")
    parser.add_argument("--load", type=Path, metavar="FILE", help="what compare --json wrote there")
    told, more = parser.parse_known_args(arguments)
    code = 0
    with tempfile.TemporaryDirectory() as folder:
        samples = told.load or Path(folder) / "samples.json"
        if told.load is None:
            wanted = ["--systems", "ray", "--only", *ROWS, "--json", str(samples)]
            code = compare.main([*wanted, *more])
        text = table(load(samples))
    sys.stdout.write(f"{text}\n")
    if told.write:
        fill(PAGE, {"outgrowing": text})
    return code


if __name__ == "__main__":
    sys.exit(main())
