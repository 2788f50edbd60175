"""Exercises that check themselves: ``from raylite.exercises import linear_model``.

Reading order: :mod:`~raylite.exercises.report` (what a student sees),
:mod:`~raylite.exercises.trial` (how a student's class is run),
:mod:`~raylite.exercises.exercise` (hints, solution, check), then one module a lesson.
"""

from raylite.exercises.exercise import Exercise, load
from raylite.exercises.lesson_01 import linear_model

__all__ = ["Exercise", "linear_model", "load"]
