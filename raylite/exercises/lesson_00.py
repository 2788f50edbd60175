"""Lesson 0: who is who. Two actors are asked for the numbers of their processes."""

import os
from collections.abc import Mapping
from typing import Any

import raylite as ray
from raylite.exercises.exercise import Check, Exercise
from raylite.exercises.findings import require_value
from raylite.exercises.trial import NotYet, shown
from raylite.util.state import list_workers

__all__ = ["find_pids"]

STUB = "pids = ...\n"

SOLUTION = """\
guests = [Guest.remote(), Guest.remote()]
pids = ray.get([one.pid.remote() for one in guests])
"""

HINTS = (
    "One line makes an actor: `first = Guest.remote()`. You need two of them.",
    "`first.pid.remote()` asks, and gives a ref. `ray.get` takes a ref, or a list of refs.",
    "`pids = ray.get([first.pid.remote(), second.pid.remote()])`.",
)
_HOW = "guest.pid.remote()"
_TWO = 2


def _is_a_list_of_two(things: Mapping[str, Any], limit_s: float) -> None:
    del limit_s
    pids = things["pids"]
    require_value(pids, "a list with two numbers", _HOW)
    if not isinstance(pids, list | tuple):
        came = shown(pids)
        advice = "Two numbers are wanted, in a list: `pids = [one, another]`."
        raise NotYet(came=came, advice=advice, is_final=True)
    for pid in pids:
        require_value(pid, "a list with two numbers", _HOW)
    wrong = [pid for pid in pids if not isinstance(pid, int) or isinstance(pid, bool)]
    if wrong:
        advice = "A pid is a whole number, as `Guest.pid` answers it."
        raise NotYet(came=f"{shown(wrong[0])} in the list", advice=advice, is_final=True)
    if len(pids) != _TWO:
        advice = "One number for each of two actors."
        raise NotYet(came=f"{len(pids)} numbers", advice=advice, is_final=True)


def _is_elsewhere(things: Mapping[str, Any], limit_s: float) -> None:
    del limit_s
    if os.getpid() in things["pids"]:
        advice = (
            "That is the notebook's own process. `os.getpid()` says where *it* runs; in a method "
            "of an actor, called with `.remote()`, it runs in the actor's process."
        )
        raise NotYet(came=f"{os.getpid()}, which is the notebook", advice=advice)


def _are_two(things: Mapping[str, Any], limit_s: float) -> None:
    del limit_s
    first, second = things["pids"]
    if first == second:
        advice = (
            "One actor, asked twice, answers the same twice. Make two: `Guest.remote()`, and "
            "again `Guest.remote()`."
        )
        raise NotYet(came=f"{first} twice", advice=advice)


def _are_workers(things: Mapping[str, Any], limit_s: float) -> None:
    del limit_s
    if not ray.is_initialized():
        came = "no session is running"
        raise NotYet(came=came, advice="Run the cell with `ray.init` and your own cell again.")
    known = {worker.pid for worker in list_workers(detail=True, limit=10_000)}
    strange = [pid for pid in things["pids"] if pid not in known]
    if strange:
        advice = (
            "No worker of this session has, or had, that number. Ask the actors, do not type it; "
            "and after a restart of the session ask again."
        )
        raise NotYet(came=f"{strange[0]}, which is no worker", advice=advice)


find_pids = Exercise(
    name="find_pids",
    title="Find the pids",
    task=(
        "Make two actors of the class `Guest`, ask both for their pids, and keep the two numbers "
        "in a list called `pids`, the first actor's first."
    ),
    lesson="00_start",
    minutes=5,
    asks_for={"pids": "the list of two pids"},
    stub=STUB,
    hints=HINTS,
    solution=SOLUTION,
    checks=(
        Check(
            name="`pids` is a list of two numbers",
            expected="two whole numbers in a list",
            run=_is_a_list_of_two,
        ),
        Check(
            name="both are processes other than the notebook's",
            expected="numbers other than this notebook's",
            run=_is_elsewhere,
        ),
        Check(
            name="they are the numbers of two processes",
            expected="two different numbers",
            run=_are_two,
        ),
        Check(
            name="both are workers of this session",
            expected="numbers of processes that run your actors",
            run=_are_workers,
        ),
    ),
)
