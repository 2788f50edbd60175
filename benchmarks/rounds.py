"""Run the programs in turn, each in a process of its own, and gather what they print.

The systems alternate in every round: a machine that slows down, or is shared, slows all of them.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
LIMIT_S = 240
"""Seconds after which a program is taken for hanging."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One process to start: which system it measures, and its command line."""

    system: str
    command: tuple[str, ...]


class ProgramFailedError(Exception):
    """A measuring process ended badly or took too long. It shows what the process wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long and how often to measure."""

    rounds: int
    ray_rounds: int
    starts: int
    """Fresh processes for each round's cold start."""
    window_s: float
    idle_s: float
    ray_python: str
    """The interpreter that has Ray; empty without one."""
    programs: frozenset[str]
    """Which of cold_start, workloads, one_cpu, footprint to run."""

    def of_round(self, number: int) -> Iterator[Program]:
        """The programs of round ``number`` (from 0), the systems taking turns."""
        systems = {"raylite": sys.executable}
        if self.ray_python and number < self.ray_rounds:
            systems["ray"] = self.ray_python
        if "cold_start" in self.programs:
            for repeat in range(self.starts):
                for system, python in systems.items():
                    if system == "raylite" or repeat == 0:
                        yield _program(system, python, "cold_start", system)
        if "workloads" in self.programs:
            yield from self._workloads(systems)
        if "one_cpu" in self.programs and hasattr(os, "sched_setaffinity"):
            yield from self._on_one_cpu(systems)
        if "footprint" in self.programs:
            for system, python in systems.items():
                yield _program(system, python, "footprint", system, str(self.idle_s))

    def _workloads(self, systems: dict[str, str]) -> Iterator[Program]:
        window = str(self.window_s)
        yield _program("bare", sys.executable, "peers.bare_connection", window)
        for system, python in systems.items():
            yield _program(system, python, "workloads", system, window)
        yield _program("loky", sys.executable, "peers.loky_submit", window)

    def _on_one_cpu(self, systems: dict[str, str]) -> Iterator[Program]:
        window = (str(self.window_s), "--one-cpu")
        yield _program("bare", sys.executable, "peers.bare_connection", *window)
        for system, python in systems.items():
            yield _program(system, python, "workloads", system, *window)


def _program(system: str, python: str, module: str, *arguments: str) -> Program:
    return Program(system=system, command=(python, "-m", f"benchmarks.{module}", *arguments))


def run(program: Program) -> dict[str, list[float]]:
    """Run one program to its end; returns its samples by measure.

    Raises:
        ProgramFailedError: It ended with an error, printed no figures, or hung.
    """
    process = subprocess.Popen(
        program.command,
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
        os.killpg(process.pid, signal.SIGKILL)
        output, errors = process.communicate()
        if sys.exc_info()[0] is not subprocess.TimeoutExpired:
            raise
    if process.returncode or not output.strip():
        tail = "\n".join(errors.splitlines()[-15:])
        command = " ".join(program.command)
        message = f"`{command}` gave no figures (exit code {process.returncode}).\n{tail}"
        raise ProgramFailedError(message)
    figures: dict[str, list[float]] = json.loads(output.strip().splitlines()[-1])
    return figures
