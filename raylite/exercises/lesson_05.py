"""Lesson 5: three little programs. What does the journal say? Predict it, then run them."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any, Final

import raylite as ray
from raylite.exceptions import GetTimeoutError
from raylite.exercises.exercise import Check, Exercise
from raylite.exercises.findings import require_value
from raylite.exercises.trial import NotYet, shown

__all__ = ["predict_the_order"]

STUB = """\
predictions = {
    "early": ...,  # a list of lines, such as ["a", "b"]
    "held": ...,
    "overtaken": ...,
}
"""

SOLUTION = """\
predictions = {
    "early": ["a"],
    "held": ["a", "slow", "b"],
    "overtaken": ["a", "b", "slow", "c"],
}
"""

HINTS = (
    (
        "A call asks for what is *then* in the journal: when its turn comes. `get` only waits for "
        "an answer, and changes nothing about the turns."
    ),
    (
        "Your calls stand in a queue, in the order in which you have sent them. One whose argument "
        "is not there yet keeps its place, and all that stand behind it wait, too."
    ),
    (
        "A task is another caller, with a queue of its own. In the third program its line does not "
        "stand behind `slow`; your own `c` does."
    ),
)

# The three programs read as the lesson has them; a test sees to it that it does.
PREFACE: Final = """\
@ray.remote
class Journal:
    def __init__(self):
        self.lines = []

    def write(self, line):
        self.lines.append(line)

    def read(self):
        return self.lines


@ray.remote(num_cpus=0)  # it only waits
def slow(line):
    time.sleep(0.3)
    return line


@ray.remote
def send_for_me(journal, line):
    ray.get(journal.write.remote(line))
"""
PROGRAMS: Final = {
    "early": """\
journal = Journal.remote()
journal.write.remote("a")
lines = journal.read.remote()
journal.write.remote("b")
print(ray.get(lines))
""",
    "held": """\
journal = Journal.remote()
journal.write.remote("a")
journal.write.remote(slow.remote("slow"))
journal.write.remote("b")
print(ray.get(journal.read.remote()))
""",
    "overtaken": """\
journal = Journal.remote()
ray.get(journal.write.remote("a"))
journal.write.remote(slow.remote("slow"))
ray.get(send_for_me.remote(journal, "b"))
journal.write.remote("c")
print(ray.get(journal.read.remote()))
""",
}

_ALWAYS: Final = {
    "early": ("a",),
    "held": ("a", "slow", "b"),
    "overtaken": ("a", "b", "slow", "c"),
}
"""What they print, but on a computer so busy that `slow` is done before the task begins."""
_RUNS: Final = 3

_TOO_FEW: Final = "Calls are never lost: each line that was sent before `read` is in the journal."
_BY_DURATION: Final = (
    "You have put them in the order in which their arguments are ready. But a call keeps its place "
    "in its caller's queue, and those behind it wait for it."
)
_NOT_OVERTAKEN: Final = (
    "The task is another caller, with a queue of its own: its line does not wait behind your "
    "`slow`. And `ray.get` has waited until the line was written."
)
_ALL_OVERTAKE: Final = (
    "Only the *task's* line overtakes. `c` was sent by you, so it stands behind `slow` in your own "
    "queue."
)
_MISUNDERSTANDINGS: Final[dict[str, dict[tuple[str, ...], str]]] = {
    "early": {
        ("a", "b"): (
            "`ray.get` stands at the end, but `read` was sent before the second line, and it is "
            "answered when its turn comes. `get` only waits for the answer."
        ),
        (): (
            "Nobody need wait for `write`: `read` stands behind it in the same queue, so the line "
            "is there."
        ),
        ("b",): _TOO_FEW,
    },
    "held": {
        ("a", "b", "slow"): _BY_DURATION,
        ("b", "a", "slow"): _BY_DURATION,
        ("a", "b"): (
            "`read` was sent last, and it waits like everything behind `slow`: all three lines are "
            "there."
        ),
        ("a",): "`read` waits behind the others, and sees all three lines.",
    },
    "overtaken": {
        ("a", "slow", "b", "c"): _NOT_OVERTAKEN,
        ("a", "slow", "c", "b"): _NOT_OVERTAKEN,
        ("a", "b", "c", "slow"): _ALL_OVERTAKE,
        ("b", "a", "slow", "c"): "`ray.get` has waited for `a` before anything else was sent.",
        ("a", "b", "c"): "`read` was sent by you: it waits behind `slow`, and sees all four lines.",
        ("a", "b"): "`read` was sent by you: it waits behind `slow`, and sees all four lines.",
    },
}


def lines_of(name: str, limit_s: float) -> tuple[str, ...]:
    """Run a program, and what it has printed.

    Args:
        name: one of the three.
        limit_s: seconds it may take.

    Raises:
        NotYet: if it takes longer, or comes out otherwise each time: other programs take too much
            of this computer.
    """
    for _ in range(_RUNS):
        printed = _run(name, limit_s)
        if printed == _ALWAYS[name]:
            return printed
    came = f"the program printed {shown(list(printed))} here"
    raise NotYet(came=came, advice="This computer is very busy. Wait a moment, and check again.")


def _run(name: str, limit_s: float) -> tuple[str, ...]:
    printed: list[list[str]] = []
    own: dict[str, Any] = {"__name__": "__main__", "ray": ray, "time": time}
    exec(PREFACE, own)  # noqa: S102  # The programs above, and nothing of a student's.
    # The program's own `ray` waits for nothing for ever: the session may be full.
    limited = SimpleNamespace(get=partial(ray.get, timeout=limit_s))
    try:
        exec(PROGRAMS[name], {**own, "ray": limited, "print": printed.append})  # noqa: S102  # As above.
    except GetTimeoutError:
        came = f"the program was not done within {limit_s:g} s"
        advice = "Is the session busy with other actors and tasks? Wait for them, and check again."
        raise NotYet(came=came, advice=advice) from None
    return tuple(printed[0])


def _is_a_dictionary(things: Mapping[str, Any], limit_s: float) -> None:
    del limit_s
    found = things["predictions"]
    require_value(found, "a dictionary with your predictions", "journal.read.remote()")
    if not isinstance(found, Mapping):
        advice = "A dictionary is wanted, with a list for each name: look at the stub again."
        raise NotYet(came=shown(found), advice=advice, is_final=True)
    missing = [name for name in PROGRAMS if name not in found]
    if missing:
        came = f"there is nothing for `{missing[0]}`"
        advice = "The names are " + ", ".join(f"`{name}`" for name in PROGRAMS) + ", spelt so."
        raise NotYet(came=came, advice=advice, is_final=True)


def _predicts(name: str) -> Callable[[Mapping[str, Any], float], None]:
    """A check that runs one program, and compares what it says with the prediction."""

    def run(things: Mapping[str, Any], limit_s: float) -> None:
        prediction = _as_lines(things["predictions"][name])
        # Run before anything is said: it is the program that is right, not this file.
        lines = lines_of(name, limit_s)
        if prediction != lines:
            came = f"you predicted {shown(list(prediction))}"
            raise NotYet(came=came, advice=_advice_on(name, prediction, lines))

    return run


def _as_lines(prediction: Any) -> tuple[str, ...]:
    """A prediction in one form.

    Raises:
        NotYet: if it has none that says an order.
    """
    if prediction is ...:
        raise NotYet(came="nothing yet", advice="Replace the dots by a list of lines.")
    if isinstance(prediction, set | frozenset):
        advice = "A set has no order. Write a list, in square brackets."
        raise NotYet(came=f"you predicted {shown(prediction)}", advice=advice)
    if not isinstance(prediction, list | tuple) or any(
        not isinstance(line, str) for line in prediction
    ):
        advice = 'Write a list of texts, in quotes: `["a", "b"]`.'
        raise NotYet(came=f"you predicted {shown(prediction)}", advice=advice)
    return tuple(prediction)


def _advice_on(name: str, prediction: Sequence[str], lines: Sequence[str]) -> str:
    strange = [line for line in prediction if line not in PROGRAMS[name]]
    if strange:
        return f"No line of this program is {shown(strange[0])}. Copy the lines as they are."
    if len(set(prediction)) < len(prediction):
        return "Each line is written once, and stands in the journal once."
    known = _MISUNDERSTANDINGS[name].get(tuple(prediction))
    if known:
        return known
    if len(prediction) < len(lines):
        return _TOO_FEW
    return "Say for each line whose queue it stands in, and what stands before it there."


predict_the_order = Exercise(
    name="predict_the_order",
    title="Predict the order",
    task=(
        "Read the three programs, and write into `predictions` what each of them prints: a list of "
        "lines. Then they are run, and compared with what you say."
    ),
    lesson="05_submission_and_order",
    minutes=10,
    asks_for={"predictions": "a dictionary: for the name of each program a list of lines"},
    stub=STUB,
    hints=HINTS,
    solution=SOLUTION,
    checks=(
        Check(
            name="`predictions` has a prediction for each program",
            expected="a dictionary with `early`, `held` and `overtaken`",
            run=_is_a_dictionary,
        ),
        Check(
            name="`early`: a question before the last line",
            expected="what the program prints, when it is run",
            run=_predicts("early"),
        ),
        Check(
            name="`held`: a line that is not there yet",
            expected="what the program prints, when it is run",
            run=_predicts("held"),
        ),
        Check(
            name="`overtaken`: a task sends a line as well",
            expected="what the program prints, when it is run",
            run=_predicts("overtaken"),
        ),
    ),
)
