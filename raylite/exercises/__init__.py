"""Exercises that check themselves: ``from raylite.exercises import linear_model``.

Reading order: :mod:`~raylite.exercises.report` (what a student sees),
:mod:`~raylite.exercises.trial` (how a student's class is run),
:mod:`~raylite.exercises.exercise` (hints, solution, check),
:mod:`~raylite.exercises.findings` (what several of them look for), then one module a lesson.
:mod:`~raylite.exercises.course` hands the notebooks out.
"""

from raylite.exercises.exercise import Exercise, load, names
from raylite.exercises.lesson_00 import find_pids
from raylite.exercises.lesson_01 import linear_model
from raylite.exercises.lesson_01_accounting import accounting
from raylite.exercises.lesson_02 import pi_with_progress
from raylite.exercises.lesson_03 import method_tracking
from raylite.exercises.lesson_04 import model_servers
from raylite.exercises.lesson_05 import predict_the_order
from raylite.exercises.lesson_06 import tired_counter
from raylite.exercises.lesson_07 import immortal_actor
from raylite.exercises.lesson_08 import health_check
from raylite.exercises.lesson_09 import thousand_jobs
from raylite.exercises.lesson_10 import which_model
from raylite.exercises.lesson_11 import grow_a_tree
from raylite.exercises.lesson_12 import port_it
from raylite.exercises.progress_view import progress

__all__ = [
    "Exercise",
    "accounting",
    "find_pids",
    "grow_a_tree",
    "health_check",
    "immortal_actor",
    "linear_model",
    "load",
    "method_tracking",
    "model_servers",
    "names",
    "pi_with_progress",
    "port_it",
    "predict_the_order",
    "progress",
    "thousand_jobs",
    "tired_counter",
    "which_model",
]
