"""The further lessons, run top to bottom as a student gets them: what their cells have to show."""

import re
from collections.abc import Callable

import pytest

from raylite.exercises import load
from tests.notebooks.lesson import LESSONS, WARNINGS, Lesson

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

NAMES = sorted(
    path.stem for path in LESSONS.glob("*.ipynb") if not path.stem.startswith(("01", "02"))
)


def contains(*texts: str) -> Callable[[str], bool]:
    return lambda shown: all(text in shown for text in texts)


def is_like(pattern: str) -> Callable[[str], bool]:
    return lambda shown: re.search(pattern, shown, re.DOTALL) is not None


def three_lines_of_a_few_microseconds(shown: str) -> bool:
    return len(re.findall(r"[\d.]+ µs", shown)) == 3


SHOWN: dict[str, dict[str, Callable[[str], bool]]] = {
    "00_start": {
        "processes": is_like(r"driver  pid (\d+)\nworker  pid (?!\1)\d+"),
        "status": contains("no actors"),
        "status-again": contains("1 actor alive", "Guest"),
        "print": is_like(r"\(greet pid=\d+\) hello, you"),
        "error": contains("return a / b", "ZeroDivisionError"),
        "exercise-check": contains("0 of 4 checks passed", "Replace the dots"),
    },
    "03_telemetry": {
        "repr": is_like(r"\(mailer pid=\d+\) sending 5 characters to ada"),
        "compare": is_like(r"mine:.*store of books:.*mailer:"),
        "callers": contains("a called save 5", "b called save 6", "c called save 7"),
        "recorded": is_like(r"Log.note +18\n.*customer +3"),
        "metrics-show": contains("books_sold", "novel", "atlas"),
        "exercise-check": contains("1 of 5 checks passed", "`return` the value"),
    },
    "04_resources_and_placement": {
        "hold": contains("CPU 2, GPU 1.5, licence 1", "('small', [2])"),
        "fractions": contains("[[0], [0], [0]]", "GPU 3.01"),
        "zero": contains("8 ordinary actors answer", "CPU 4, GPU 4"),
        "zero-held": contains("4 answer, 4 wait for a CPU"),
        "custom": contains("one after the other: True"),
        "impossible": contains("can never be placed", "0 answered, 1 waiting"),
        "nodes": contains("fast_disk          ['node 2']", "this very node     ['node 3']"),
        "groups": contains("['node 1', 'node 2', 'node 3']"),
        "groups-too-many": contains("four bundles on three nodes: waits"),
        "locality": contains("goes to the data   ['node 3']"),
        "exercise-check": contains("1 of 4 checks passed", "Replace the dots"),
    },
    "05_submission_and_order": {
        "fifo": contains("1000 lines, in order: True"),
        "two": is_like(r"me 0.*me 1.*me 2.*me 3.*me 4"),
        "held": contains("['the slow line', 'the quick line']"),
        "overtake": contains("meanwhile:  ['the quick line']", "['the quick line', 'the slow"),
        "early": contains("in order: True"),
        "once": contains("1000"),
        "exercise-check": contains("1 of 4 checks passed", "Replace the dots"),
    },
    "06_failure": {
        "error": contains("ZeroDivisionError", "divisions so far: 1"),
        "death": contains("died unexpectedly", "Calculator", "exited with code 1"),
        "after-death": contains("ActorDiedError"),
        "restart": contains("[1, 2]", "ActorUnavailableError"),
        "back": contains("after:  1", "another process: True"),
        "ten": contains(*(f"life {n}: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]" for n in range(1, 6))),
        "ten-over": contains("10 of ten calls were refused"),
        "twice": contains("['paid 100', 'paid 100', 'paid 100']"),
        "kill": contains("came back with 1", "gone for good"),
        "tasks": contains("raised: try 1 failed", "try 3 worked"),
        "exercise-check": contains("0 of 5 checks passed", "@ray.remote"),
    },
    "07_keeping_state": {
        "immortal": is_like(r"20 keys after \d+ lives"),
        "trap": is_like(r"balance: \d+"),
        "names": contains("blue"),
        "names-again": contains("already taken", "the same one: blue"),
        "namespaces": contains("blue green"),
        "scope": contains("Failed to look up actor with name 'registry'"),
        "detached": contains("a task that is over"),
        "detached-handles": contains("a task that is over"),
        "kill": contains("ActorDiedError"),
        "exercise-check": contains("1 of 5 checks passed", "return"),
    },
    "08_concurrency": {
        "one": is_like(r"[1-4] threads took turns"),
        "race": is_like(r"without a lock: \d+\nwith a lock: +64"),
        "async": contains("at once: 200", "at once: 50"),
        "await": contains("285"),
        "groups": contains("in its own group", "among the jobs"),
        "exercise-check": contains("1 of 4 checks passed", "healthy"),
    },
    "09_pools_and_queues": {
        "map": contains("in order: True"),
        "unordered": contains("all done after"),
        "submit": contains("[0, 1, 4, 9, 16, 25]"),
        "pressure": contains("1000 jobs done, at most 8 under way"),
        "queue": contains("all there, none twice: True"),
        "no-wait": contains("nothing in it"),
        "exercise-check": contains("0 of 3 checks passed", "Replace the dots"),
    },
    "10_three_actor_models": {
        "asyncio": contains("[1, 2]"),
        "pykka": contains("[1, 2]"),
        "process": contains("[1, 2]"),
        "latency": three_lines_of_a_few_microseconds,
        "isolation": contains("['coroutine', 'thread']"),
        "exercise-check": contains("1 of 7 checks passed", "Replace the dots"),
    },
    "11_trees_and_supervision": {
        "tree": contains("180 words", "team.0", "team.2"),
        "ends": contains("before: 3 workers", "after:  0 workers"),
        "grow": contains("a chain of 5 actors"),
        "supervisor": contains("50 pieces of work done"),
        "restart-group": contains("always together: True"),
        "exercise-check": contains("1 of 5 checks passed", "`return`"),
    },
    "12_leaving_the_laptop": {
        "read-only": contains("read-only"),
        "habit-two": contains("all the same: True"),
        "memory": contains("12.0 MB", "16.0 MB"),
        "memory-gone": contains("No objects"),
        "program-here": contains("the most common word: to"),
        "port": contains("pauses, defined in In [", "cannot run there", "ray.timeline"),
        "exercise-check": contains("1 of 4 checks passed", "plain Python still"),
    },
}


@pytest.fixture(params=NAMES, scope="module")
def lesson(request: pytest.FixtureRequest) -> tuple[str, Lesson]:
    name = request.param
    found = Lesson(name)
    found.run()
    return name, found


def test_its_cells_show_what_they_teach(lesson: tuple[str, Lesson]) -> None:
    name, found = lesson
    assert SHOWN[name]
    wrong = {
        cell: found.text(cell) for cell, holds in SHOWN[name].items() if not holds(found.text(cell))
    }
    assert not wrong


def test_nothing_raises_or_complains_but_what_is_asked_for(lesson: tuple[str, Lesson]) -> None:
    name, found = lesson
    assert [
        text for text in found.complaints() if not text.startswith(WARNINGS.get(name, ("no cell",)))
    ] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_stub_in_a_lesson_is_the_exercises_own(name: str) -> None:
    cells = Lesson(name).cells
    if "exercise-card" not in cells:
        return
    exercise = load(cells["exercise-card"].source.split()[-1])
    assert cells[exercise.name.replace("_", "-")].source.strip() == exercise.stub_source.strip()
