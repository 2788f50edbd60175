# mypy: disable-error-code="attr-defined"
"""Waiting with progress: what is waited for, what is shown, and what is given back."""

import io
import signal
import threading

import pytest

import raylite
from raylite.exceptions import RayActorError, RaySystemError
from raylite.notebook.bars import waiting as watch
from raylite.notebook.bars.model import Phase, ProgressView
from raylite.notebook.bars.terminal import TerminalDisplay
from tests import processes

pytestmark = pytest.mark.slow


class Screen:
    """Remembers what was drawn."""

    def __init__(self) -> None:
        self.views: list[ProgressView] = []
        self.last: ProgressView | None = None
        self.on_show = lambda: None

    def show(self, view: ProgressView) -> None:
        self.views.append(view)
        self.on_show()

    def finish(self, view: ProgressView) -> None:
        self.last = view


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Draws from the beginning, so that no test has to take half a second."""
    screen = Screen()
    monkeypatch.setattr(watch, "display_for_here", lambda: screen)
    monkeypatch.setattr(watch, "QUIET_S", 0.0)
    return screen


@raylite.remote
class Gate:
    """Lets calls through when it is told to; each question moves its own work on by a step."""

    def __init__(self, steps=5):
        self.steps = steps
        self.asked = 0

    def get_progress(self):
        self.asked += 1
        return min(self.asked, self.steps), self.steps

    def by_task(self):
        done, steps = self.get_progress()
        return {"a": done / steps, "b": (done, steps)}

    def fail(self):
        raise ValueError("no idea")


@raylite.remote
def answer(number):
    if number < 0:
        raise ValueError(number)
    return number


@raylite.remote
def never():
    threading.Event().wait()


def test_it_waits_for_all(ray, screen) -> None:
    refs = [answer.remote(i) for i in range(8)]
    ray.progress(refs)
    assert ray.wait(refs, num_returns=8, timeout=0)[1] == []
    assert screen.last.fraction == 1
    assert screen.last.phase is Phase.DONE
    assert screen.last.counts == "8 of 8 tasks"


def test_one_ref_will_do(ray, screen) -> None:
    ray.progress(answer.remote(3))
    assert screen.last.counts == "1 of 1 task"


def test_nothing_to_wait_for_shows_nothing(screen) -> None:
    raylite.progress([])
    assert screen.last is None


def test_tasks_that_raise_are_counted_and_raise_in_get(ray, screen) -> None:
    refs = [answer.remote(i) for i in (1, -2, 3, -4)]
    ray.progress(refs)
    assert screen.last.phase is Phase.FAILED
    assert screen.last.num_failed == 2
    assert screen.last.failed_fraction == 0.5
    with pytest.raises(ValueError, match="-2"):
        ray.get(refs)


def test_a_method_of_an_actor_is_asked_until_all_is_done(ray, screen) -> None:
    gate = Gate.remote()
    ray.progress(gate.get_progress, desc="Steps")
    fractions = [view.fraction for view in screen.views]
    assert fractions == sorted(fractions)
    assert screen.views[0].title == "Steps"
    assert screen.last.counts == "5 of 5"


def test_a_function_will_do_as_well(screen) -> None:
    steps = iter([0.2, 0.6, 1.0])
    raylite.progress(lambda: next(steps))
    assert [view.percent for view in screen.views] == [20, 60]


def test_a_dictionary_gets_a_bar_for_each_task(ray, screen) -> None:
    ray.progress(Gate.remote().by_task)
    assert [bar.label for bar in screen.last.bars] == ["a", "b"]
    assert [bar.text for bar in screen.last.bars] == ["100 %", "5 of 5"]


def test_with_both_it_waits_for_the_tasks_and_shows_what_the_actor_says(ray, screen) -> None:
    gate = Gate.remote(steps=1000)
    ray.get(gate.get_progress.remote())
    refs = [gate.get_progress.remote() for _ in range(4)]
    ray.progress(refs, by=gate.by_task)
    assert screen.last.counts == "4 of 4 tasks"
    assert screen.last.percent == 100
    assert screen.last.bars


def test_the_last_view_shows_what_the_last_tasks_have_reported(ray, screen) -> None:
    @ray.remote
    class Board:
        def __init__(self):
            self.done = [0.0] * 4

        def report(self, task, fraction):
            self.done[task] = fraction

        def by_task(self):
            return {f"task {task}": fraction for task, fraction in enumerate(self.done)}

    @ray.remote
    def work(task, board):
        for step in range(1, 21):
            last = board.report.remote(task, step / 20)
        ray.get(last)

    board = Board.remote()
    ray.progress([work.remote(task, board) for task in range(4)], by=board.by_task)
    assert [bar.text for bar in screen.last.bars] == ["100 %"] * 4


def test_total_says_how_many_tasks_will_report(screen) -> None:
    told = iter([{"a": 1.0}, {"a": 1.0, "b": 1.0}])
    raylite.progress(lambda: next(told), total=2)
    assert [view.fraction for view in screen.views] == [0.5]


def test_if_nobody_reports_any_more_the_tasks_are_still_waited_for(ray, screen) -> None:
    refs = [answer.remote(i) for i in range(3)]
    ray.progress(refs, by=Gate.remote().fail)
    assert screen.last.fraction == 1
    assert screen.last.note == "No report any more: RayTaskError(ValueError)."


def test_without_tasks_a_dead_reporter_is_an_error(ray, screen) -> None:
    gate = Gate.remote(steps=10**6)
    screen.on_show = lambda: ray.kill(gate)
    with pytest.raises(RayActorError):
        ray.progress(gate.get_progress)
    assert screen.last.phase is Phase.STOPPED


def test_an_interrupt_ends_the_watching_and_not_the_work(ray, screen) -> None:
    gate = Gate.remote(steps=10**6)
    screen.on_show = lambda: signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        ray.progress(gate.get_progress)
    assert screen.last.phase is Phase.STOPPED
    assert "the work goes on" in screen.last.note
    assert ray.get(gate.get_progress.remote())[1] == 10**6


def test_the_end_of_the_session_ends_the_waiting(ray, screen) -> None:
    screen.on_show = ray.shutdown
    with pytest.raises(RaySystemError, match="has ended"):
        ray.progress([never.remote()])
    assert not ray.is_initialized()


def test_the_loss_of_the_head_ends_the_waiting(ray, screen, mark) -> None:
    head = next(
        one for one in processes.marked(mark) if "raylite._core.node.head" in str(one.cmdline())
    )
    screen.on_show = head.kill
    ray.progress([never.remote()])
    assert screen.last.num_failed == 1


def test_a_report_that_makes_no_sense_is_an_error(screen) -> None:
    with pytest.raises(TypeError, match="between 0 and 1"):
        raylite.progress(lambda: "half")


@pytest.mark.parametrize("wrong", [5, {"a": 1}, ["ref"], None, Gate, answer])
def test_what_cannot_be_watched_is_refused(wrong) -> None:
    with pytest.raises(TypeError, match=r"progress\(\) takes what .remote\(\) returned"):
        raylite.progress(wrong)


def test_a_reporter_is_named_without_brackets(ray) -> None:
    with pytest.raises(TypeError, match=r"by=actor.get_progress"):
        ray.progress([answer.remote(1)], by=0.5)


def view(phase: Phase = Phase.RUNNING, fraction: float = 0.5) -> ProgressView:
    return ProgressView(title="Sampling π", phase=phase, fraction=fraction)


class Terminal(io.TextIOWrapper):
    def __init__(self, encoding: str, *, is_terminal: bool = True) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, newline="")
        self.is_terminal = is_terminal

    def isatty(self) -> bool:
        return self.is_terminal

    def text(self) -> str:
        self.flush()
        return self.buffer.getvalue().decode(self.encoding)


def test_a_terminal_has_one_line_that_is_written_over(monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    terminal = Terminal("utf-8")
    shown = TerminalDisplay(terminal)
    shown.show(view())
    shown.finish(view(Phase.DONE, 1.0))
    first, second = terminal.text().split("\r")[1:]
    assert "█" in first
    assert "\n" not in first
    assert second.endswith("\n")
    assert "100 %  ✓ done" in second


def test_a_terminal_that_knows_few_characters_gets_those() -> None:
    terminal = Terminal("ascii")
    TerminalDisplay(terminal).show(view())
    assert "#" in terminal.text()
    assert "Sampling ?" in terminal.text()


def test_a_file_gets_one_line_at_the_end() -> None:
    file = Terminal("utf-8", is_terminal=False)
    shown = TerminalDisplay(file)
    shown.show(view())
    assert file.text() == ""
    shown.finish(view(Phase.DONE, 1.0))
    assert file.text().count("\n") == 1


def test_what_was_never_shown_has_no_end() -> None:
    terminal = Terminal("utf-8")
    TerminalDisplay(terminal).finish(view(Phase.DONE, 1.0))
    assert terminal.text() == ""


def test_what_is_over_at_once_is_not_shown(ray, monkeypatch) -> None:
    screen = Screen()
    monkeypatch.setattr(watch, "display_for_here", lambda: screen)
    monkeypatch.setattr(watch, "QUIET_S", 3600.0)
    ray.progress(Gate.remote().get_progress)
    assert not screen.views
