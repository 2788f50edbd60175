"""Exercises that check themselves: ``from raylite.exercises import linear_model``.

Reading order: :mod:`~raylite.exercises.report` (what a student sees),
:mod:`~raylite.exercises.trial` (how a student's class is run),
:mod:`~raylite.exercises.exercise` (hints, solution, check),
:mod:`~raylite.exercises.findings` (what several of them look for), then one module a lesson.
:mod:`~raylite.exercises.course` hands the notebooks out.
"""

from raylite.exercises.exercise import Exercise, load
from raylite.exercises.lesson_00 import find_pids
from raylite.exercises.lesson_01 import linear_model
from raylite.exercises.lesson_06 import tired_counter
from raylite.exercises.lesson_07 import immortal_actor
from raylite.exercises.lesson_08 import health_check
from raylite.exercises.lesson_09 import thousand_jobs

__all__ = [
    "Exercise",
    "find_pids",
    "health_check",
    "immortal_actor",
    "linear_model",
    "load",
    "thousand_jobs",
    "tired_counter",
]
