"""What a student has written in a cell, and the report on it."""

from typing import Any

import raylite
from raylite.exercises import Exercise
from raylite.exercises.report import Report, Verdict

__all__ = ["advice_of", "not_yet", "written"]

BEFORE = "import asyncio, json, os, sys, threading, time\nfrom pathlib import Path\n"


def written(exercise: Exercise, source: str, before: str = "") -> Report:
    """Run a cell as a notebook would, and check what it has made.

    Args:
        exercise: the one it is for.
        source: the cell.
        before: what earlier cells have made.
    """
    names: dict[str, Any] = {"ray": raylite, "__name__": "__main__"}
    exec(BEFORE + before + source, names)
    return exercise.check(*(names[name] for name in exercise.asks_for))


def not_yet(report: Report) -> list[int]:
    """Which checks have found something else than they expected."""
    return [i for i, one in enumerate(report.results) if one.verdict is Verdict.NOT_YET]


def advice_of(report: Report) -> str:
    """What the student reads first."""
    return next(one.advice for one in report.results if one.verdict is Verdict.NOT_YET)
