"""Measure raylite beside its peers: ``python -m benchmarks.compare --help``.

Prints a table, and with ``--write`` puts it, the README's shorter one and the plot in their places.
"""

import argparse
import fnmatch
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from benchmarks.interpreters import NoSuchInterpreterError, find
from benchmarks.machine import LoadWatch, available_bytes, available_shm_bytes, machine_line
from benchmarks.measures import MEASURES, PROGRAMS
from benchmarks.pages import MarkerMissingError, fill
from benchmarks.pi import cores
from benchmarks.plan import Plan
from benchmarks.plot import picture
from benchmarks.results import Results, load, save
from benchmarks.rounds import ROOT, Measurement
from benchmarks.systems import PEERS, RAYLITE, SYSTEMS
from benchmarks.table import full_table, headline_table

LARGE_BYTES = 400_000_000
ROOM_MEMORY = 6_000_000_000
"""Bytes of memory without which objects of 400 MB are left out: peers copy them several times."""
ROOM_SHM = 2_000_000_000
"""Bytes of room in /dev/shm without which they are left out."""
PLOT = ROOT / "docs" / "benchmark.svg"
EPILOGUE = "ROWS are keys as in measures.py, patterns of them ('*_400_mb'), or parts of the table: "


def _count(told: str) -> int:
    """A number of rounds, from 1 on."""
    if not told.isdecimal() or int(told) < 1:
        message = f"{told} is no number of rounds: write 1 or more."
        raise argparse.ArgumentTypeError(message)
    return int(told)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.compare",
        description=(__doc__ or "").splitlines()[0],
        epilog=EPILOGUE + ", ".join(PROGRAMS),
    )
    parser.add_argument("--quick", action="store_true", help="one short round: a rough picture")
    parser.add_argument("--rounds", type=_count, help="default 5; quick: 1")
    parser.add_argument("--only", nargs="+", default=["*"], metavar="ROWS", help="only these rows")
    parser.add_argument(
        "--systems",
        nargs="+",
        choices=[peer.key for peer in PEERS],
        metavar="NAME",
        help=f"peers to measure: {', '.join(peer.key for peer in PEERS)} (default: all there are)",
    )
    parser.add_argument(
        "--peer-python",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME=PATH",
        help="the interpreter that has this peer; NAME=none leaves it out",
    )
    parser.add_argument("--peers-python", default="", metavar="PATH", help="one for all others")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample there")
    parser.add_argument(
        "--load", type=Path, metavar="FILE", help="measure nothing: show what --json wrote there"
    )
    parser.add_argument(
        "--write", action="store_true", help="put tables and plot into README.md and docs"
    )
    return parser.parse_args(arguments)


def rows_named(patterns: list[str]) -> frozenset[str]:
    """The rows that keys, patterns of keys, and parts of the table name.

    Raises:
        ValueError: One names none.
    """
    found: set[str] = set()
    for pattern in patterns:
        rows = {
            measure.key
            for measure in MEASURES
            if pattern == measure.program or fnmatch.fnmatchcase(measure.key, pattern)
        }
        if not rows:
            message = f"No row is called {pattern!r}. There are: "
            raise ValueError(message + ", ".join(measure.key for measure in MEASURES))
        found |= rows
    return frozenset(found)


def _named_pythons(told: list[str]) -> dict[str, str]:
    found = {}
    for word in told:
        name, _, path = word.partition("=")
        if name not in SYSTEMS or not path:
            message = f"--peer-python {word}: write NAME=PATH, with one of {', '.join(SYSTEMS)}."
            raise ValueError(message)
        found[name] = path
    return found


def _room() -> tuple[int, str]:
    """The size of large objects, and a note for a machine where they do not fit."""
    memory, shm = available_bytes(), available_shm_bytes()
    if memory >= ROOM_MEMORY and shm >= ROOM_SHM:
        return LARGE_BYTES, ""
    there = f"{memory / 1e9:.1f} GB of memory and {shm / 1e9:.1f} GB in /dev/shm"
    needed = f"{ROOM_MEMORY / 1e9:.0f} and {ROOM_SHM / 1e9:.0f}"
    return 0, f"No rows with large objects: there are {there}, and {needed} are needed."


def _plan(options: argparse.Namespace) -> tuple[Plan, list[str]]:
    """The plan, and what a reader of the table has to know of it."""
    systems = [RAYLITE, *(SYSTEMS[key] for key in options.systems or [p.key for p in PEERS])]
    pythons, versions = find(systems, _named_pythons(options.peer_python), options.peers_python)
    large_bytes, note = _room()
    quick = options.quick
    plan = Plan(
        rounds=options.rounds or (1 if quick else 5),
        window_s=0.15 if quick else 0.4,
        windows=1 if quick else 2,
        idle_s=1.0 if quick else 2.0,
        cores=cores(),
        pythons=pythons,
        rows=rows_named(options.only),
        large_bytes=large_bytes,
        one_cpu=hasattr(os, "sched_setaffinity"),
    )
    told = ", ".join(f"{package} {version}" for package, version in sorted(versions.items()))
    notes = [f"Peers: {told}."] if told else []
    missing = [system.title for system in systems if system.key not in pythons]
    notes += [f"Not there: {', '.join(missing)}."] if missing else []
    return plan, [*notes, note] if note else notes


def _measured(options: argparse.Namespace) -> tuple[Results, bool]:
    """Measure; also says whether it came to its end."""
    plan, notes = _plan(options)
    measurement, watch = Measurement(plan), LoadWatch()
    whole, began = True, time.perf_counter()
    try:
        measurement.run(watch)
    except KeyboardInterrupt:
        whole = False
        notes.append("**Interrupted: what there was until then.**")
    minutes = (time.perf_counter() - began) / 60
    head = f"{machine_line()}. Medians of {plan.rounds} round(s), measured in {minutes:.0f} min."
    notes = [head, watch.note(), *notes]
    return Results(samples=measurement.samples, notes=notes, failures=measurement.failures), whole


def write(results: Results) -> None:
    """Put tables and plot into their places.

    Raises:
        MarkerMissingError: A page has no such place.
    """
    notes = "\n".join(results.notes)
    table = full_table(results.samples, results.failures)
    fill(ROOT / "docs" / "performance.md", {"machine": notes, "table": table})
    fill(ROOT / "README.md", {"table": headline_table(results.samples)})
    PLOT.write_text(picture(results.samples), encoding="utf-8")


def _terminated(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and say with the exit code whether every program gave its figures."""
    options = _options(arguments)
    if options.write and (options.quick or options.systems or options.only != ["*"]):
        print("--write wants a whole measurement: without --quick, --only, --systems.")
        return 2
    signal.signal(signal.SIGTERM, _terminated)
    try:
        results, whole = (load(options.load), True) if options.load else _measured(options)
    except (NoSuchInterpreterError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(results.notes), end="\n\n")
    print(full_table(results.samples, results.failures))
    for name, failure in results.failures.items():
        print(f"\n{name}: {failure}")
    if options.json:
        save(results, options.json)
    if options.write and whole:
        try:
            write(results)
        except MarkerMissingError as error:
            print(error, file=sys.stderr)
            return 1
    if not whole:
        return 130
    return 1 if results.failures else 0


if __name__ == "__main__":
    sys.exit(main())
