"""Measure raylite beside its peers, and print the table: ``python -m benchmarks.run --help``."""

import argparse
import importlib.util
import json
import os
import platform
import sys
from pathlib import Path

from benchmarks.rounds import Plan, ProgramFailedError, run
from benchmarks.table import Samples, markdown

PROGRAMS = ("cold_start", "workloads", "one_cpu", "footprint")


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round: a rough picture")
    parser.add_argument("--rounds", type=int, help="rounds of all but Ray (default 5; quick: 1)")
    parser.add_argument("--ray-rounds", type=int, help="rounds of Ray (default 2; quick: 1)")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=PROGRAMS,
        default=PROGRAMS,
        help="run some of the programs",
    )
    parser.add_argument(
        "--ray-python",
        default=os.environ.get("RAYLITE_BENCH_RAY_PYTHON", ""),
        metavar="PATH",
        help="an interpreter that has Ray (default: this one, where it has; 'none' for no Ray; "
        "also the environment variable RAYLITE_BENCH_RAY_PYTHON)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample there too")
    return parser.parse_args(arguments)


def _ray_python(wanted: str) -> str:
    if wanted == "none":
        return ""
    if wanted:
        return str(Path(wanted).absolute())
    return sys.executable if importlib.util.find_spec("ray") else ""


def _plan(options: argparse.Namespace) -> Plan:
    quick = options.quick
    return Plan(
        rounds=options.rounds or (1 if quick else 5),
        ray_rounds=options.ray_rounds or (1 if quick else 2),
        starts=3 if quick else 2,
        window_s=0.2 if quick else 0.5,
        idle_s=1.5 if quick else 3.0,
        ray_python=_ray_python(options.ray_python),
        programs=frozenset(options.only),
    )


def _measure(plan: Plan) -> tuple[Samples, list[str]]:
    samples: dict[str, dict[str, list[float]]] = {}
    failures: dict[str, None] = {}
    for number in range(plan.rounds):
        for program in plan.of_round(number):
            name = " ".join(program.command[2:])
            print(f"round {number + 1} of {plan.rounds}: {name}", file=sys.stderr, flush=True)
            try:
                figures = run(program)
            except ProgramFailedError as error:
                failures[str(error)] = None
                continue
            measures = samples.setdefault(program.system, {})
            for key, values in figures.items():
                measures.setdefault(key, []).extend(values)
    return Samples(samples), list(failures)


def _machine() -> str:
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, "
        f"{platform.system()} {platform.release()}"
    )


def _load_note(before: tuple[float, float, float], after: tuple[float, float, float]) -> str:
    told = " before, ".join(" ".join(f"{value:.1f}" for value in load) for load in (before, after))
    note = f"Load {told} after."
    # Before we began, the load was not ours.
    if before[0] > 0.5:  # noqa: PLR2004 - half a core is enough to disturb two processes that talk
        note += " **The machine had other work: only the ratios count.**"
    return note


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and say with the exit code whether every program gave its figures."""
    options = _options(arguments)
    plan = _plan(options)
    before = os.getloadavg()
    samples, failures = _measure(plan)
    print(f"{_machine()}. Medians of {plan.rounds} round(s).")
    print(f"{_load_note(before, os.getloadavg())}\n")
    print(markdown(samples))
    for failure in failures:
        print(f"\n{failure}")
    if options.json:
        options.json.write_text(json.dumps(samples.by_system, indent=1))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
