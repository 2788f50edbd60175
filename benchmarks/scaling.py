"""Measure time against size, to see that nothing grows faster than what is asked for.

``python -m benchmarks.scaling --help``. Prints a Markdown table; ``--write`` puts it into
docs/scaling.md, with the figure beside it.
"""

import argparse
import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from os import killpg
from pathlib import Path
from statistics import median

from benchmarks.machine import LoadWatch, available_bytes, machine_line
from benchmarks.pages import fill
from benchmarks.scaling_rows import WORKLOADS, Workload
from benchmarks.scaling_table import Row, markdown

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "scaling.md"
FIGURE = ROOT / "docs" / "scaling.svg"
LIMIT_S = 240
"""Seconds after which a program is taken for hanging."""
_RESERVE_BYTES = 500_000_000

Figures = dict[int, list[list[float]]]
"""For each size what each repeat has told, as :mod:`benchmarks.scaling_program` tells it."""


class ProgramFailedError(Exception):
    """A measuring program ended badly or took too long. It shows what the program wrote."""


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="once, without the largest size")
    parser.add_argument("--repeats", type=int, help="times each size (default 3; quick: 1)")
    keys = [workload.key for workload in WORKLOADS]
    parser.add_argument("--only", nargs="+", choices=keys, default=keys, help="some of the rows")
    parser.add_argument("--figure", type=Path, metavar="FILE", help="draw it, as PNG or SVG")
    parser.add_argument("--write", action="store_true", help="write docs/scaling.md and its figure")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample there too")
    return parser.parse_args(arguments)


def sizes_of(workload: Workload, *, quick: bool) -> list[int]:
    """The sizes to measure: those that the machine has the memory for."""
    sizes = workload.sizes[:-1] if quick else workload.sizes
    room = available_bytes() - _RESERVE_BYTES
    return [size for size in sizes if size * workload.bytes_each <= room]


def _measure(workload: Workload, sizes: Sequence[int]) -> dict[str, list[float]]:
    """Run a workload in all sizes, once each, in a process of its own.

    Raises:
        ProgramFailedError: if it ended with an error, or hung.
    """
    words = [workload.key, *map(str, sizes)]
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.scaling_program", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(timeout=LIMIT_S)
    except BaseException:
        # The whole group, since whatever it started would disturb the next program's figures.
        killpg(process.pid, signal.SIGKILL)
        output, errors = process.communicate()
        if sys.exc_info()[0] is not subprocess.TimeoutExpired:
            raise
    if process.returncode or not output.strip():
        tail = "\n".join(errors.splitlines()[-15:])
        message = f"`{' '.join(words)}` gave no figures (exit code {process.returncode}).\n{tail}"
        raise ProgramFailedError(message)
    figures: dict[str, list[float]] = json.loads(output.strip().splitlines()[-1])
    return figures


def row_of(workload: Workload, figures: Figures) -> Row:
    """Medians, and the slope of the logarithms."""
    middle = {
        size: tuple(median(values) for values in zip(*repeats, strict=True))
        for size, repeats in figures.items()
    }
    return Row(
        workload=workload,
        seconds={size: values[0] for size, values in middle.items()},
        cpu_seconds={size: values[1] for size, values in middle.items()},
        driver_mb={size: values[2] for size, values in middle.items()},
        session_mb={size: values[3] for size, values in middle.items()},
    )


def _measure_all(
    chosen: Sequence[Workload], load: LoadWatch, repeats: int, *, quick: bool
) -> tuple[dict[str, Figures], list[str]]:
    """The figures of each workload, and what went wrong."""
    figures: dict[str, Figures] = {workload.key: {} for workload in chosen}
    failures: list[str] = []
    for number in range(repeats):
        load.glance()
        for workload in chosen:
            print(f"{number + 1} of {repeats}: {workload.title}", file=sys.stderr, flush=True)
            try:
                told = _measure(workload, sizes_of(workload, quick=quick))
            except ProgramFailedError as error:
                failures.append(str(error))
                continue
            for size, values in told.items():
                figures[workload.key].setdefault(int(size), []).append(values)
    return figures, failures


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, draw; the exit code says whether every program gave its figures."""
    options = _options(arguments)
    chosen = [workload for workload in WORKLOADS if workload.key in options.only]
    load = LoadWatch()
    repeats = options.repeats or (1 if options.quick else 3)
    figures, failures = _measure_all(chosen, load, repeats, quick=options.quick)
    rows = [row_of(each, figures[each.key]) for each in chosen if len(figures[each.key]) > 1]
    about = f"{machine_line()}. Medians of {repeats}. {load.note()}"
    table = f"{about}\n\n{markdown(rows)}"
    print("\n\n".join([table, *failures]))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    if options.write:
        fill(PAGE, {"scaling": table})
    figure = options.figure or (FIGURE if options.write else None)
    if rows and figure:
        from benchmarks.scaling_figure import draw  # The table needs no matplotlib.

        draw(rows, about, figure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
