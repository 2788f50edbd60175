"""The solved lessons, run top to bottom on as small a machine as Binder gives for nothing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.notebooks.lesson import LESSONS, SHORTER, WARNINGS, Lesson
from tests.notebooks.reading import blind_pictures, long_outputs, moving_only
from tests.notebooks.test_further_lessons import SHOWN
from tests.small_machine import SmallMachine, small_machine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

SOLVED = sorted(path.stem for path in (LESSONS / "solutions").glob("*.ipynb"))
MOST_MEMORY_BYTES = 450_000_000
"""What Binder guarantees a session."""
TOLD = Path("/proc/self/smaps_rollup").exists()
"""Whether this system tells what the pages of a process are."""


@dataclass
class Solved:
    """A solved lesson that was run."""

    name: str
    lesson: Lesson
    peak_bytes: int


@pytest.fixture(scope="module")
def machine() -> Iterator[SmallMachine]:
    with small_machine() as found:
        yield found


@pytest.fixture(params=SOLVED, scope="module")
def solved(request: pytest.FixtureRequest, machine: SmallMachine) -> Solved:
    lesson = Lesson(f"solutions/{request.param}", SHORTER.get(request.param))
    return Solved(request.param, lesson, lesson.run_on(machine))


def test_it_passes_every_check(solved: Solved) -> None:
    counts = re.findall(r"(\d+) of (\d+)", solved.lesson.text("exercise-check"))
    passed, of_all = (int(n) for n in counts[0])
    assert passed == of_all > 0


def test_its_cells_show_what_they_teach_with_one_cpu_too(solved: Solved) -> None:
    wrong = {
        cell: solved.lesson.text(cell)
        for cell, holds in SHOWN.get(solved.name, {}).items()
        if cell != "exercise-check" and not holds(solved.lesson.text(cell))
    }
    assert not wrong


def test_nothing_complains_for_want_of_room(solved: Solved) -> None:
    expected = WARNINGS.get(solved.name, ("no cell",))
    assert [text for text in solved.lesson.complaints() if not text.startswith(expected)] == []


def test_it_is_complete_without_a_kernel_and_nothing_in_it_is_a_wall(solved: Solved) -> None:
    book = solved.lesson.book
    assert list(moving_only(book)) == []
    assert list(long_outputs(book)) == []
    assert blind_pictures(book) == []


@pytest.mark.skipif(not TOLD, reason="this system does not tell what the pages of a process are")
def test_kernel_and_session_stay_within_what_binder_guarantees(solved: Solved) -> None:
    assert 0 < solved.peak_bytes <= MOST_MEMORY_BYTES
