"""Lesson 12: a plain Python program becomes one for Ray, and runs as a program of its own."""

import ast
from collections.abc import Mapping
from typing import Any, Final

from raylite.exercises.exercise import Check, Exercise
from raylite.exercises.findings import require_value
from raylite.exercises.program_trial import Run, ran
from raylite.exercises.trial import NotYet, shown

__all__ = ["port_it"]

STUB = '''\
ported = """\\
class Tally:
    def __init__(self):
        self.primes = 0

    def add(self, found):
        self.primes += found

    def read(self):
        return self.primes


def count(start, stop, tally):
    numbers = range(max(start, 2), stop)
    tally.add(sum(all(n % d for d in range(2, int(n**0.5) + 1)) for n in numbers))


tally = Tally()
for start in range(0, 40_000, 10_000):
    count(start, start + 10_000, tally)
print(tally.read(), "primes")
"""
'''

SOLUTION = '''\
ported = """\\
import ray


@ray.remote
class Tally:
    def __init__(self):
        self.primes = 0

    def add(self, found):
        self.primes += found

    def read(self):
        return self.primes


@ray.remote
def count(start, stop, tally):
    numbers = range(max(start, 2), stop)
    found = sum(all(n % d for d in range(2, int(n**0.5) + 1)) for n in numbers)
    ray.get(tally.add.remote(found))


ray.init()
tally = Tally.remote()
ray.get([count.remote(start, start + 10_000, tally) for start in range(0, 40_000, 10_000)])
print(ray.get(tally.read.remote()), "primes")
"""
'''

HINTS = (
    (
        "`import ray` comes first, and `@ray.remote` stands above the class and above the "
        "function: an actor that keeps the tally, and a task for each piece."
    ),
    (
        "Each call then has its `.remote`: `Tally.remote()`, `count.remote(...)`, "
        "`tally.add.remote(...)` and `tally.read.remote()`."
    ),
    (
        "Wait where it matters: for the four tasks before the tally is read, in the task for "
        "`add`, and for the answer of `read` before it is printed."
    ),
)

_PRINTED: Final = "4203 primes"
_PIECES: Final = 4


class _Runs:
    """Runs a program once for each :meth:`Exercise.check`, however many checks look at it."""

    def __init__(self) -> None:
        self._last: tuple[Mapping[str, Any], Run] | None = None

    def of(self, things: Mapping[str, Any], limit_s: float) -> Run:
        """What comes of it.

        Raises:
            NotYet: if it takes too long.
        """
        if self._last is None or self._last[0] is not things:
            self._last = (things, ran(things["ported"], limit_s))
        return self._last[1]


_runs = _Runs()


def _is_a_program(things: Mapping[str, Any], limit_s: float) -> None:
    del limit_s
    source = things["ported"]
    require_value(source, "a text with the program", "tally.read.remote()")
    if not isinstance(source, str):
        advice = "A text is wanted, between three quotes: the program as it would be in a file."
        raise NotYet(came=shown(source), advice=advice, is_final=True)
    try:
        ast.parse(source)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        came = f"{type(error).__name__} in line {line}: {getattr(error, 'msg', error)}"
        advice = "Look at that line of the program, and at the one before it: a colon, a bracket?"
        raise NotYet(came=came, advice=advice, is_final=True) from None


def _imports_ray(things: Mapping[str, Any], limit_s: float) -> None:
    del limit_s
    imported = _imported(things["ported"])
    if "raylite" in imported:
        advice = "On the cluster there is no raylite. Write `import ray`, and nothing else changes."
        raise NotYet(came="the program imports raylite", advice=advice, is_final=True)
    if "ray" not in imported:
        advice = "It is plain Python still. Its first line is to be `import ray`."
        raise NotYet(came="the program does not import ray", advice=advice, is_final=True)


def _imported(source: str) -> set[str]:
    """The packages that a program imports anywhere."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def _prints_the_same(things: Mapping[str, Any], limit_s: float) -> None:
    run = _runs.of(things, limit_s)
    if run.code:
        ended = f"an error: {run.complaint}" if run.complaint else f"code {run.code}"
        advice = _advice_on_error(run.complaint)
        raise NotYet(came=f"it ended with {ended}", advice=advice, is_final=True)
    last = (run.printed.splitlines() or [""])[-1]
    if last == _PRINTED:
        return
    if "ObjectRef(" in last:
        advice = "A ref was printed: the promise of a number. `ray.get(tally.read.remote())`."
    elif not last:
        advice = "Nothing was printed. The last line is to print the tally, as it did."
    elif run.num_actors and run.num_tasks:
        advice = (
            "The tally was read before all pieces were counted. Keep the refs of the tasks, and "
            "`ray.get` them first."
        )
    elif run.num_tasks:
        advice = (
            "Each task was handed a copy of the tally, and has added to that. What several tasks "
            "are to change has to be an actor: `@ray.remote` above the class."
        )
    else:
        advice = "The last line is to be what the plain program prints."
    raise NotYet(came=f"its last line is {shown(last)}", advice=advice)


def _advice_on_error(complaint: str) -> str:
    if not complaint:
        return "It ended by itself, before its last line: is there an `exit` in it, or a crash?"
    if "MemoryError" in complaint:
        return "It asks for more memory than there is. Counting primes needs next to none."
    if "EOFError" in complaint:
        return "Nobody can type here: the program is to ask for nothing with `input`."
    if "ObjectRef" in complaint:
        return "A ref is the promise of a value. `ray.get(...)` waits for the value itself."
    if "remote" in complaint:
        return "Actors, their methods and tasks are called with `.remote(...)`, all of them."
    return "Read the message: it is the program that raised it."


def _is_shared_out(things: Mapping[str, Any], limit_s: float) -> None:
    run = _runs.of(things, limit_s)
    came = f"{run.num_actors} actors and {run.num_tasks} tasks"
    if not run.num_actors and not run.num_tasks:
        advice = "Ray is imported, but nothing is remote. `@ray.remote`, above class and function."
    elif not run.num_actors:
        advice = "The tally is to be an actor: `@ray.remote` above its class."
    elif run.num_tasks < _PIECES:
        advice = (
            "The pieces were counted by the program itself, one after the other. Each is to be a "
            "task: `@ray.remote` above `count`, and `count.remote(...)`."
        )
    else:
        return
    raise NotYet(came=came, advice=advice)


port_it = Exercise(
    name="port_it",
    title="Port it",
    task=(
        "`ported` is the text of a plain program, which counts primes. Make it a program for Ray: "
        "the tally an actor, each of the four pieces a task. It is run as `python -m raylite` runs "
        "it, and has to print the same."
    ),
    lesson="12_leaving_the_laptop",
    minutes=15,
    asks_for={"ported": "the text of your program"},
    stub=STUB,
    hints=HINTS,
    solution=SOLUTION,
    time_limit_s=20.0,
    checks=(
        Check(
            name="`ported` is the text of a program",
            expected="a text without a syntax error",
            run=_is_a_program,
        ),
        Check(
            name="it is a program for Ray",
            expected="`import ray`, and nothing of raylite",
            run=_imports_ray,
        ),
        Check(
            name="it prints what the plain program prints",
            expected=f"`{_PRINTED}` on the last line, and no error",
            run=_prints_the_same,
        ),
        Check(
            name="the tally is an actor, and the pieces are tasks",
            expected=f"an actor, and {_PIECES} tasks or more",
            run=_is_shared_out,
        ),
    ),
)
