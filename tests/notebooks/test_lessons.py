"""The lessons, run top to bottom: as a student gets them, solved, and with cells run twice."""

import math
import re
from pathlib import Path

import nbformat
import pytest

from raylite.exercises import accounting, linear_model, pi_with_progress
from tests.notebooks.lesson import LESSONS, Lesson

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

SECONDS = 2
"""Less than the lesson takes, and enough for progress to be shown at all."""
QUICK = {"parameters": f"SECONDS = {SECONDS}\nTASKS_PER_CPU = 2\nREPORTS = 10"}
SOLVED = {
    "accounting-stub": accounting.solution_source,
    "linear-model": linear_model.solution_source,
}
PATHS = sorted(LESSONS.glob("*.ipynb"))


@pytest.fixture(scope="module")
def first_actor() -> Lesson:
    lesson = Lesson("01_first_actor")
    lesson.run()
    return lesson


@pytest.fixture(scope="module")
def solved() -> Lesson:
    again = ("init", "accounting", "create", "load-ext", "magic", "magic-use", "exercise-check")
    lesson = Lesson("01_first_actor", SOLVED, again)
    lesson.run()
    return lesson


@pytest.fixture(scope="module")
def pi() -> Lesson:
    lesson = Lesson("02_pi_with_progress", QUICK, again=("init", "actor", "task", "run", "plot"))
    lesson.run()
    return lesson


@pytest.fixture(params=["first_actor", "solved", "pi"])
def lesson(request: pytest.FixtureRequest) -> Lesson:
    run: Lesson = request.getfixturevalue(request.param)
    return run


def test_no_cell_raises_or_writes_to_stderr(lesson: Lesson) -> None:
    assert not lesson.complaints()


def test_an_account_keeps_its_balance(first_actor: Lesson) -> None:
    assert first_actor.text("create").startswith("● Accounting, alive")
    assert "<img alt=" in first_actor.html("create"), "its life is drawn, and stays in the notebook"
    assert re.match(r"[^\w\s] ObjectRef \w+…", first_actor.text("call"))
    assert first_actor.text("get") == "0"
    assert first_actor.text("change") == "90"


def test_the_notebook_and_its_actors_are_different_processes(first_actor: Lesson) -> None:
    pids = re.findall(r"pid (\d+)", first_actor.text("where"))
    assert len(pids) == len(set(pids)) == 3


def test_what_arrives_in_an_actor_is_a_copy(first_actor: Lesson) -> None:
    theirs, mine = first_actor.text("copy").splitlines()
    assert theirs.endswith("['mine', 'changed by the actor']")
    assert mine.endswith("['mine']")


def test_calls_do_not_wait_for_one_another(first_actor: Lesson) -> None:
    asked_ms, answered_ms = first_actor.numbers("no-waiting")[:2]
    assert asked_ms < answered_ms
    assert "['page 1', 'page 2', 'page 3']" in first_actor.text("no-waiting")


def test_each_slip_is_answered_with_the_right_call(first_actor: Lesson) -> None:
    direct, without_remote, misspelt = first_actor.text("slips").strip().split("\n\n")
    assert "Accounting.remote(" in direct
    assert "add.remote(" in without_remote
    assert "Did you mean 'total'" in misspelt


def test_the_magic_starts_an_actor(first_actor: Lesson) -> None:
    assert "Till" in first_actor.text("magic")
    assert first_actor.text("magic-use") == "25"


def test_the_cell_with_the_magic_replaces_the_actor_and_says_so(solved: Lesson) -> None:
    assert "replace" in solved.text("magic-again")
    assert solved.text("magic-use-again") == "25", "a new actor begins with its own __init__"


def test_the_stub_is_told_what_to_do_first(first_actor: Lesson) -> None:
    assert "0 of 5 checks passed" in first_actor.text("exercise-check")
    assert "@ray.remote" in first_actor.text("exercise-check")
    assert "<table" in first_actor.html("exercise-check")


def test_the_solution_passes_in_the_lesson_and_passes_again(solved: Lesson) -> None:
    for cell in ("accounting-check", "exercise-check", "exercise-check-again"):
        assert "5 of 5 checks passed" in solved.text(cell)


def test_the_lesson_holds_the_exercise_s_own_stub(first_actor: Lesson) -> None:
    assert first_actor.cells["linear-model"].source.strip() == linear_model.stub_source.strip()


def test_the_account_is_an_exercise_too(first_actor: Lesson) -> None:
    stub = first_actor.cells["accounting-stub"].source.strip()
    assert stub == accounting.stub_source.strip()
    assert "0 of 5 checks passed" in first_actor.text("accounting-check")
    solution = Lesson("solutions/01_first_actor").cells["accounting-stub"].source
    assert accounting.solution_source.strip() in solution


def test_a_hint_is_given_and_who_wants_the_solution_is_asked_back(first_actor: Lesson) -> None:
    assert "Hint 1 of 3" in first_actor.text("exercise-hint")
    assert "You have checked once." in first_actor.text("exercise-solution")
    assert "class LinearModel" not in first_actor.html("exercise-solution")


def test_who_has_passed_sees_the_solution_folded_up(solved: Lesson) -> None:
    assert "<details>" in solved.html("exercise-solution")


def test_the_estimate_of_pi_is_as_good_as_its_darts_allow(pi: Lesson) -> None:
    found = re.search(r"π ≈ ([\d.]+) from ([\d,]+) darts", pi.text("run"))
    assert found is not None
    estimate, darts = float(found[1]), int(found[2].replace(",", ""))
    assert abs(estimate - math.pi) < 6 * math.sqrt(math.pi * (4 - math.pi) / darts)


def test_the_number_of_darts_follows_from_the_machine_s_speed(pi: Lesson) -> None:
    (speed_in_millions,) = pi.numbers("speed")
    (cpus,) = pi.numbers("init")
    num_tasks, per_task, total = pi.numbers("plan")
    assert num_tasks == 2 * cpus
    assert total == num_tasks * per_task
    # The speed is shown in tenths of a million.
    shown = 1e6 * SECONDS * cpus
    assert (speed_in_millions - 0.06) * shown <= total <= (speed_in_millions + 0.06) * shown


def test_progress_ends_as_plain_html_in_the_saved_notebook(pi: Lesson) -> None:
    for cell in ("run", "run-again"):
        assert "100 %" in pi.text(cell)
        assert "done" in pi.html(cell)
        assert "application/vnd.jupyter.widget-view+json" not in pi.kinds(cell)


def test_serial_and_parallel_speed_are_compared(pi: Lesson) -> None:
    one_loop, all_tasks, speedup, _ = pi.numbers("speedup")[:4]
    # Each is shown in tenths.
    low, high = (all_tasks - 0.06) / (one_loop + 0.06), (all_tasks + 0.06) / (one_loop - 0.06)
    assert low - 0.01 <= speedup <= high + 0.01


def test_the_second_lesson_has_its_exercise_and_the_stub_is_told_what_to_do_first(
    pi: Lesson,
) -> None:
    stub = pi.cells["pi-with-progress"].source.strip()
    assert stub == pi_with_progress.stub_source.strip()
    assert "1 of 5 checks passed" in pi.text("exercise-check")
    assert "`return`" in pi.text("exercise-check")


@pytest.mark.parametrize("cell", ["darts", "plot", "plot-again"])
def test_the_pictures_are_drawn(pi: Lesson, cell: str) -> None:
    assert "data:image/png" in pi.html(cell)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_lesson_is_kept_without_outputs(path: Path) -> None:
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    for cell in book.cells:
        if cell.cell_type == "code":
            assert not cell.outputs
            assert cell.execution_count is None
