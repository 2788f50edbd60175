"""Whether the course fits a free Binder machine: each lesson's time, computing and memory there.

``python -m benchmarks.binder`` takes some two minutes. It runs the solved lessons in the limits
of ``tests/small_machine.py``, prints a table, and writes it into docs/binder.md. The exit code is
1 if a limit is passed. ``--only 04 12`` runs these lessons, and writes nothing.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import nbformat
from nbclient import NotebookClient

from benchmarks.machine import machine_line
from benchmarks.pages import fill
from tests.browser.labdriver import LabServer
from tests.memory_watch import MemoryWatch
from tests.notebooks.lesson import LESSONS, ROOT, Lesson
from tests.small_machine import CPUS, MEMORY_BYTES, SHARED_MB, SmallMachine, small_machine

__all__ = ["Run", "main", "table"]

PAGE: Final = ROOT / "docs" / "binder.md"
MOST_CPU_S: Final = 90.0
MOST_MEMORY_MB: Final = 450.0
MOST_FIRST_ACTOR_S: Final = 1.0
STARTS: Final = 5
FIRST_ACTOR: Final = """
import time

began = time.perf_counter()

import raylite as ray


@ray.remote
class Account:
    def total(self):
        return 0


ray.init()
ray.get(Account.remote().total.remote())
print(time.perf_counter() - began)
"""
_MEGABYTE: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one lesson took."""

    name: str
    seconds: float
    """From the start of its kernel to its end."""
    cpu_s: float
    """Of its kernel, head and workers together."""
    peak_mb: float
    """The most that these held at a time."""

    @property
    def fits(self) -> bool:
        """Whether it stays within both limits."""
        return self.cpu_s <= MOST_CPU_S and self.peak_mb <= MOST_MEMORY_MB


class SmallLab(LabServer):
    """A JupyterLab within the limits."""

    def __init__(self, root: Path, prefix: Sequence[str]) -> None:
        super().__init__(root)
        self._prefix = prefix

    def _command(self, port: int) -> list[str]:
        return [*self._prefix, *super()._command(port)]

    @property
    def pid(self) -> int:
        """Of the server."""
        return self._process.pid


def main() -> int:
    """Measure, print and write; 1 if a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], help="the numbers of lessons")
    only = tuple(parser.parse_args().only)
    names = sorted(path.stem for path in (LESSONS / "solutions").glob("*.ipynb"))
    wanted = [name for name in names if not only or name.startswith(only)]
    os.environ["PYTHONPATH"] = str(ROOT)
    with small_machine() as machine:
        if machine.cpu_s() is None:
            sys.stderr.write("This needs the right to make control groups, as root has.\n")
            return 2
        first_actor_s = [first_actor(machine) for _ in range(STARTS)]
        lab_mb = jupyterlab_mb(machine)
        runs = [lesson(name, machine) for name in wanted]
    shown = "\n".join([*facts(machine, first_actor_s, lab_mb), "", *table(runs)])
    print(shown)
    if not only:
        fill(PAGE, {"binder": shown})
    starts_in_time = median(first_actor_s) <= MOST_FIRST_ACTOR_S
    return int(not (starts_in_time and all(run.fits for run in runs)))


def lesson(name: str, machine: SmallMachine) -> Run:
    """Run one, solved, top to bottom.

    Raises:
        CellExecutionError: for a cell that raises.
    """
    solved = Lesson(f"solutions/{name}")
    began, cpu_s = time.perf_counter(), machine.cpu_s() or 0.0
    peak_bytes = solved.run_on(machine)
    seconds = time.perf_counter() - began
    sys.stderr.write(f"{name}: {seconds:.1f} s\n")
    return Run(
        name=name,
        seconds=seconds,
        cpu_s=(machine.cpu_s() or 0.0) - cpu_s,
        peak_mb=peak_bytes / _MEGABYTE,
    )


def first_actor(machine: SmallMachine) -> float:
    """Seconds from ``import raylite`` to the first answer of an actor, in a new kernel."""
    v4: Any = nbformat.v4
    book = v4.new_notebook(cells=[v4.new_code_cell(FIRST_ACTOR)])
    NotebookClient(book, timeout=60, kernel_manager_class=machine.kernels()).execute()
    return float(book.cells[0].outputs[0].text)


def jupyterlab_mb(machine: SmallMachine) -> float:
    """What JupyterLab's own server holds, which shares the machine with the lesson."""
    with (
        tempfile.TemporaryDirectory() as folder,
        SmallLab(Path(folder), machine.prefix) as server,
        MemoryWatch(server.pid) as watch,
    ):
        server.request("GET", "/lab/api/settings")
        server.request("GET", "/api/contents")
    return watch.peak_bytes / _MEGABYTE


def facts(machine: SmallMachine, first_actor_s: Sequence[float], lab_mb: float) -> list[str]:
    """What the table rests on, and what is not of one lesson."""
    limits = (
        f"{CPUS} CPU {'by a quota, as on Binder' if machine.groups else 'by affinity'}, "
        f"{MEMORY_BYTES / 1e9:.0f} GB of memory, {SHARED_MB} MB in /dev/shm"
    )
    begins = (
        f"From `import raylite` to the first actor's answer, in a new kernel: "
        f"{median(first_actor_s):.2f} s (the longest of {len(first_actor_s)}: "
        f"{max(first_actor_s):.2f} s)."
    )
    return [
        f"Limits: {limits}. On {machine_line()}.",
        "",
        f"- {begins}",
        f"- JupyterLab's server, beside the lesson: {lab_mb:.0f} MB.",
    ]


def table(runs: Sequence[Run]) -> list[str]:
    """The runs as a table of Markdown."""
    head = "| lesson | seconds | CPU seconds | MB at most | fits |"
    rows = [
        f"| {run.name} | {run.seconds:.1f} | {run.cpu_s:.1f} | {run.peak_mb:.0f} | "
        f"{'yes' if run.fits else '**no**'} |"
        for run in runs
    ]
    return [head, "| --- | ---: | ---: | ---: | --- |", *rows]


if __name__ == "__main__":
    sys.exit(main())
