"""The lessons in a real JupyterLab: run top to bottom, worked on, interrupted and run again."""

import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Locator

from raylite.exercises import linear_model
from tests.browser.labdriver import LabServer, Notebook

ROOT = Path(__file__).parent.parent.parent
LESSONS = ROOT / "notebooks"
QUICK = "SECONDS = 3\nTASKS_PER_CPU = 4\nREPORTS = 20"

OpenNotebook = Callable[..., Notebook]


class OpenLesson:
    """One lesson in the browser, with its code cells found by their ids."""

    def __init__(self, book: Notebook, source: Path) -> None:
        self.book = book
        code = [c for c in nbformat.read(source, as_version=4).cells if c.cell_type == "code"]
        self._index = {cell["id"]: index for index, cell in enumerate(code)}
        self.sources = {cell["id"]: cell.source for cell in code}
        """What stands in each code cell, from top to bottom."""

    def output(self, cell_id: str) -> Locator:
        return self.book.output(self._index[cell_id])

    def text(self, cell_id: str) -> str:
        return "\n".join(self.output(cell_id).all_inner_texts())

    def prompt(self, cell_id: str) -> str:
        return self.book.prompts()[self._index[cell_id]]

    def write(self, cell_id: str, source: str) -> None:
        """Put another source into a cell, as typing would."""
        self.book.page.evaluate(
            """([index, source]) => {
                const cells = jupyterapp.shell.currentWidget.content.widgets;
                const code = cells.filter(cell => cell.model.type === "code");
                code[index].model.sharedModel.setSource(source);
            }""",
            [self._index[cell_id], source],
        )

    def run(self, cell_id: str) -> None:
        """Begin to run one cell."""
        self.book.run(self._index[cell_id])

    def run_and_wait(self, cell_id: str) -> None:
        before = self.prompt(cell_id)
        self.run(cell_id)
        self.book._wait(lambda: self.prompt(cell_id) not in {before, "[*]:"}, 60)

    def click_through(self, first: str, last: str) -> None:
        """Run each cell from one to another, as somebody does who reads: one at a time."""
        names = list(self.sources)
        for cell_id in names[names.index(first) : names.index(last) + 1]:
            self.run_and_wait(cell_id)

    def interrupt(self, cell_id: str) -> None:
        """Stop the cell that runs, and wait until it has stopped."""
        self.book.command("notebook:interrupt-kernel")
        self.book._wait(lambda: self.prompt(cell_id) not in {"[ ]:", "[*]:"}, 30)
        assert any("KeyboardInterrupt" in text for text in self.book.raised())


@pytest.fixture
def open_lesson(open_notebook: OpenNotebook, lab: LabServer) -> Callable[[str], OpenLesson]:
    """Open a copy of a lesson, with its pictures beside it."""

    def open_it(name: str) -> OpenLesson:
        shutil.copytree(LESSONS / "images", lab.root / "images", dirs_exist_ok=True)
        path = LESSONS / f"{name}.ipynb"
        return OpenLesson(open_notebook(path=path), path)

    return open_it


def pictures_shown(lesson: OpenLesson) -> list[int]:
    """The width of every picture in the texts, in pixels; 0 where it could not be loaded."""
    widths: list[int] = lesson.book.page.evaluate(
        """() => [...document.querySelectorAll(".jp-MarkdownOutput img")]
            .map(image => image.naturalWidth)"""
    )
    return widths


def test_the_first_lesson_runs_top_to_bottom_and_the_exercise_is_solved(open_lesson) -> None:
    lesson = open_lesson("01_first_actor")
    lesson.book.run_all()
    assert not lesson.book.raised()
    assert lesson.text("change") == "90"
    assert "0 of 5 checks passed" in lesson.text("exercise-check")
    lesson.run_and_wait("init")
    lesson.write("linear-model", linear_model.solution_source)
    lesson.run_and_wait("linear-model")
    lesson.run_and_wait("exercise-check")
    assert "5 of 5 checks passed" in lesson.text("exercise-check")
    assert lesson.output("exercise-check").locator("table caption").is_visible()
    assert all(pictures_shown(lesson))
    assert not lesson.book.errors()


def test_the_first_lesson_is_clicked_through_with_an_interrupt_in_the_middle(open_lesson) -> None:
    lesson = open_lesson("01_first_actor")
    lesson.click_through("init", "where")
    assert lesson.output("create").locator(".raylite-card").is_visible()
    for flow in ("creation", "submission"):
        assert lesson.output(flow).locator(".raylite-flow").is_visible()
    patient = lesson.sources["no-waiting"].replace("time.sleep(0.5)", "time.sleep(60)")
    lesson.write("no-waiting", patient)
    lesson.run("no-waiting")
    lesson.book._wait(lambda: lesson.prompt("no-waiting") == "[*]:", 30)
    lesson.interrupt("no-waiting")
    lesson.run_and_wait("change")
    assert lesson.text("change") == "180", "the actor is there, and has kept its balance"
    lesson.write("no-waiting", lesson.sources["no-waiting"])
    lesson.click_through("no-waiting", "end")
    assert "page 3" in lesson.text("no-waiting")
    assert "3 calls on" in lesson.text("no-waiting-timeline")
    assert not lesson.book.raised()
    assert not lesson.book.errors()


def test_the_solution_is_seen_when_asked_for_twice_and_after_a_click(open_lesson) -> None:
    lesson = open_lesson("01_first_actor")
    lesson.run_and_wait("exercise-card")
    lesson.run_and_wait("exercise-solution")
    assert "once more" in lesson.text("exercise-solution")
    lesson.run_and_wait("exercise-solution")
    source = lesson.output("exercise-solution").locator("pre")
    assert not source.is_visible()
    lesson.output("exercise-solution").locator("summary").click()
    assert source.is_visible()


def test_the_second_lesson_shows_progress_while_it_runs(open_lesson) -> None:
    lesson = open_lesson("02_pi_with_progress")
    lesson.write("parameters", QUICK)
    lesson.book.command("notebook:run-all-cells")
    lesson.book._wait(lambda: "%" in lesson.text("run"), 60)
    assert lesson.prompt("run") == "[*]:"
    lesson.book.wait_done()
    assert not lesson.book.raised()
    assert "π ≈ 3.1" in lesson.text("run")
    assert lesson.output("plot").locator("img").is_visible()
    assert all(pictures_shown(lesson))
    assert not lesson.book.errors()


def test_the_second_lesson_can_be_interrupted_and_run_again(open_lesson) -> None:
    lesson = open_lesson("02_pi_with_progress")
    lesson.write("parameters", QUICK)
    lesson.click_through("darts", "task")
    lesson.run("run")
    lesson.book._wait(lambda: "%" in lesson.text("run"), 60)
    lesson.interrupt("run")
    lesson.click_through("run", "end")
    assert "π ≈ 3.1" in lesson.text("run")
    assert "calls on" in lesson.text("timeline")
    assert lesson.output("plot").locator("img").get_attribute("alt")
    assert not lesson.book.raised()
    assert not lesson.book.errors()
