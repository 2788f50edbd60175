"""Lessons as they are really used: cells run too early, cells run twice, and ■ in the middle.

Each lesson, solved, is run in a kernel of its own. First every cell but those that begin a session,
which is too early; then all in their order, where ■ is pressed while the one that waits longest
waits, and that one is run again. What takes no time is run twice.
"""

import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from time import monotonic

import nbformat
import psutil
import pytest

from tests.kernels import LiveCell, LiveKernel, live_kernel
from tests.notebooks.lesson import LESSONS, ROOT, SHORTER, WARNINGS
from tests.processes import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

WAITS_LONGEST = {
    "00_start": "processes",
    "01_first_actor": "no-waiting",
    "02_pi_with_progress": "run",
    "03_telemetry": "exercise-check",
    "04_resources_and_placement": "zero-held",
    "05_submission_and_order": "exercise-check",
    "06_failure": "ten",
    "07_keeping_state": "immortal",
    "08_concurrency": "one",
    "09_pools_and_queues": "exercise-check",
    "10_three_actor_models": "scaling",
    "11_trees_and_supervision": "tree",
    "12_leaving_the_laptop": "objects",
}
"""By lesson, the cell that is interrupted."""
AWAITS = {"10_three_actor_models"}
"""Where that cell has an ``await``: Jupyter then ends it by cancelling what it awaits."""
LATE_WORDS = {"10_three_actor_models": "Task was destroyed but it is pending"}
"""What asyncio says, at any time later, of a coroutine whose last owner a second run replaced."""
ENOUGH_S = 0.2
"""Seconds; what took longer is not run a second time."""
SHORT_LINES = 20
"""A cell's own lines, the mark at one of them, and what was raised."""
PRESS_IN_THE_MIDDLE = """
def press_in_the_middle(looks=5):
    import os, re, signal, sys, threading

    cell = re.compile(r"ipykernel_[0-9]")
    main = threading.main_thread().ident
    this = sys._getframe().f_code.co_filename, sys._getframe(1).f_code.co_filename

    def press():
        pause, seen = threading.Event(), 0
        while seen < looks:
            pause.wait(0.001)
            frame, files = sys._current_frames()[main], []
            while frame:
                files.append(frame.f_code.co_filename)
                frame = frame.f_back
            in_cell = any(cell.search(file) for file in files) and not set(this) & set(files)
            seen += in_cell and any(PLACE in file for file in files)
        os.killpg(0, signal.SIGINT)  # what Jupyter's button does

    threading.Thread(target=press, daemon=True).start()
"""
"""Looks at what the main thread does a thousand times a second, and presses at the fifth sight."""


@dataclass
class Handled:
    """What came of one lesson, by cell."""

    name: str
    too_early: dict[str, LiveCell] = field(default_factory=dict)
    in_order: dict[str, LiveCell] = field(default_factory=dict)
    twice: dict[str, LiveCell] = field(default_factory=dict)
    interrupted: LiveCell | None = None
    is_alone: bool = False
    """Whether the kernel has no process left at the end."""


@pytest.fixture(params=sorted(WAITS_LONGEST), scope="module")
def handled(request: pytest.FixtureRequest) -> Iterator[Handled]:
    # A second run of a cell makes a second folder; the name is short enough for sockets.
    with (
        pytest.MonkeyPatch.context() as patch,
        TemporaryDirectory(prefix="rl-", dir="/tmp", ignore_cleanup_errors=True) as folder,
    ):
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", None)  # Else the first who asks keeps this one.
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.chdir(LESSONS)
        with live_kernel() as kernel:
            yield handle(request.param, kernel)


def handle(name: str, kernel: LiveKernel) -> Handled:
    cells = sources(name)
    found = Handled(name)
    for cell, source in cells.items():
        if "ray.init(" not in source:
            found.too_early[cell] = kernel.attempt(source)
    for cell, source in cells.items():
        if cell == WAITS_LONGEST[name]:
            found.interrupted = interrupt(kernel, source, "" if name in AWAITS else "/raylite/")
        began = monotonic()
        found.in_order[cell] = kernel.attempt(source)
        if monotonic() - began < ENOUGH_S:
            found.twice[cell] = kernel.attempt(source)
    pid = int(kernel.run("import os; print(os.getpid())").text())
    wait_until(lambda: not psutil.Process(pid).children(), timeout_s=40)
    found.is_alone = True
    return found


def sources(name: str) -> dict[str, str]:
    """The cells with code, by id."""
    book = nbformat.read(LESSONS / "solutions" / f"{name}.ipynb", as_version=4)
    written = SHORTER.get(name, {})
    return {
        cell["id"]: written.get(cell["id"], cell.source)
        for cell in book.cells
        if cell.cell_type == "code"
    }


def interrupt(kernel: LiveKernel, source: str, place: str) -> LiveCell:
    """Run a cell, and press ■ while it is at a place: in a file with such a path."""
    kernel.run(PRESS_IN_THE_MIDDLE.replace("PLACE", repr(place)))
    kernel.run("press_in_the_middle()")
    return kernel.attempt(source)


def is_a_word_to_the_user(shown: str) -> bool:
    """Whether no line of the framework's own stands in what was shown of an error."""
    return f"File {ROOT / 'raylite'}{os.sep}" not in shown


def test_a_cell_that_is_run_too_early_says_so_without_a_line_of_the_framework(
    handled: Handled,
) -> None:
    errors = {cell: found.error() for cell, found in handled.too_early.items()}
    assert {error[0] for error in errors.values() if error} == {"NameError"}
    assert all(is_a_word_to_the_user(error[1]) for error in errors.values() if error)


def test_an_interrupt_is_a_short_word_and_shows_the_line_of_the_cell(handled: Handled) -> None:
    assert handled.interrupted is not None
    error = handled.interrupted.error()
    assert error is not None, "nothing was interrupted"
    name, shown = error
    assert name == ("CancelledError" if handled.name in AWAITS else "KeyboardInterrupt")
    assert is_a_word_to_the_user(shown)
    assert len(shown.splitlines()) <= SHORT_LINES
    assert "During handling" not in shown


def test_after_that_the_whole_lesson_runs_through(handled: Handled) -> None:
    expected = WARNINGS.get(handled.name, ())
    errors = {cell: error for cell, found in handled.in_order.items() if (error := found.error())}
    assert errors == {}
    complaints = {
        cell: text
        for cell, found in handled.in_order.items()
        if cell not in expected and (text := found.text("stderr"))
    }
    late = LATE_WORDS.get(handled.name)
    assert all(late and late in text for text in complaints.values()), complaints
    counts = re.findall(r"(\d+) of (\d+)", shown_text(handled.in_order["exercise-check"]))
    passed, of_all = (int(n) for n in counts[0])
    assert passed == of_all > 0


def test_a_cell_that_is_run_twice_works_or_says_why_not(handled: Handled) -> None:
    errors = {cell: error for cell, found in handled.twice.items() if (error := found.error())}
    assert all(is_a_word_to_the_user(shown) for _, shown in errors.values()), errors
    assert all(len(shown.splitlines()) <= SHORT_LINES for _, shown in errors.values()), errors


def test_at_the_end_no_process_is_left_of_it_all(handled: Handled) -> None:
    assert handled.is_alone


def shown_text(cell: LiveCell) -> str:
    """What a cell has given as its result, as text."""
    return "".join(
        message["content"]["data"].get("text/plain", "")
        for message in cell.messages
        if message["msg_type"] in {"execute_result", "display_data"}
    )
