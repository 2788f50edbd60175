"""Run measuring programs, each in a process of its own, and gather what they tell.

Whatever a program has started ends with it, in whichever session or process group: all of it
carries a mark in its environment. A program that hangs is ended, and what it told until then kept.
"""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

from benchmarks.machine import LoadWatch
from benchmarks.plan import Plan, Turn
from benchmarks.telling import MARK
from benchmarks.verdicts import Samples

ROOT = Path(__file__).parent.parent
LIMIT_S = 240.0
"""Seconds after which a program is taken for hanging."""
LONG_S = 60.0
"""A program that takes longer has two rounds, and no more: it would hold up all others."""
LINGER_S = 3.0
"""Seconds for what a program started to end by itself after it."""
VARIABLE = "RAYLITE_BENCHMARK_TURN"
ERROR_LINES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of one turn."""

    figures: dict[str, list[float]]
    failure: str = ""
    """Why it did not end well; empty if it did."""


@dataclass(slots=True)
class Measurement:
    """Several rounds, as far as they have come."""

    plan: Plan
    samples: Samples = field(default_factory=lambda: Samples({}))
    failures: dict[str, str] = field(default_factory=dict)
    """By the turn's name, why it failed. It is not tried again."""
    _seconds: dict[tuple[str, str], float] = field(default_factory=dict)

    def run(self, watch: LoadWatch) -> None:
        """Run all rounds; progress goes to standard error."""
        for number in range(self.plan.rounds):
            watch.glance()
            for turn in self.plan.of_round(number):
                if turn.name not in self.failures and not self._is_long(turn, number):
                    self._take(turn, number)

    def _is_long(self, turn: Turn, number: int) -> bool:
        return number > 1 and self._seconds.get((turn.system, turn.program), 0.0) > LONG_S

    def _take(self, turn: Turn, number: int) -> None:
        text = f"round {number + 1} of {self.plan.rounds}: {turn.name}"
        print(text, end="", file=sys.stderr, flush=True)
        start = time.perf_counter()
        try:
            told = run(turn)
        except BaseException:
            print(file=sys.stderr, flush=True)
            raise
        took = time.perf_counter() - start
        self._seconds[turn.system, turn.program] = took
        if told.failure:
            self.failures[turn.name] = told.failure
        for key, values in told.figures.items():
            if key in turn.rows:
                self.samples.add(turn.system, key, number, values)
        word = "failed" if told.failure else "done"
        print(f": {word} in {took:.1f} s", file=sys.stderr, flush=True)


def run(turn: Turn, limit_s: float = LIMIT_S) -> Told:
    """Run one program to its end, or to its limit.

    Args:
        turn: what to run.
        limit_s: seconds after which it is taken for hanging.
    """
    mark = secrets.token_hex(8)
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        # Files and no pipes: a daemon that outlives the program would keep a pipe open.
        process = subprocess.Popen(
            turn.command,
            cwd=ROOT,
            env=_environment(mark),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
        failure = ""
        try:
            if process.wait(limit_s):
                failure = f"It ended with exit code {process.returncode}."
        except subprocess.TimeoutExpired:
            failure = f"It did not end within {limit_s:.0f} s, and was ended."
            _end_group(process)
        except BaseException:
            _end_group(process)
            _end_marked(mark, linger_s=0.0)
            raise
        _end_marked(mark, linger_s=0.0 if failure else LINGER_S)
        figures = _figures(_read(output))
        if missing := [key for key in turn.rows if key not in figures]:
            failure = failure or f"It told nothing of {', '.join(missing)}."
        if failure:
            tail = "\n".join(_read(errors).splitlines()[-ERROR_LINES:])
            failure = f"{failure}\n{tail}".rstrip()
    return Told(figures=figures, failure=failure)


def _environment(mark: str) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    # Workers of all systems find the classes of the programs there.
    return kept | {VARIABLE: mark, "PYTHONPATH": str(ROOT)}


def _read(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


def _figures(output: str) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for line in output.splitlines():
        _before, mark, figures = line.partition(MARK)
        if mark:
            found.update(json.loads(figures))
    return found


def _end_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _end_marked(mark: str, linger_s: float) -> None:
    """End what a program has left behind, when it had time to end by itself."""
    end = time.perf_counter() + linger_s
    while (left := _marked(mark)) and time.perf_counter() < end:
        time.sleep(0.05)
    for process in left:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(left, timeout=LINGER_S)


def _marked(mark: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(VARIABLE) == mark:
                found.append(process)
    return found
