"""Bars of tasks in a notebook: below the cell that has caused them, and HTML at its end."""

import pytest

from tests.notebook.conftest import Cells, RunNotebook

pytestmark = pytest.mark.slow

SETUP = """
import threading, time
import raylite as ray
from raylite.notebook.bars import bar_board
from raylite.util import tqdm
bar_board.QUIET_S = 0.0
ray.init(num_cpus=2)

@ray.remote
def work(steps):
    for _ in tqdm(range(steps), desc="<work>"):
        time.sleep(0.02)
    return steps

def shown():
    "Wait until the bars of this cell are to be seen."
    while not any(picture.shown for picture in bar_board.BOARD._pictures.values()):
        time.sleep(0.01)
"""


def pictures(cells: Cells, index: int) -> list[str]:
    """The texts of the pictures below a cell, all of which have become HTML."""
    found = [one for one in cells[index].outputs if one.output_type == "display_data"]
    assert all(set(one.data) == {"text/html", "text/plain"} for one in found)
    return [str(one.data["text/plain"]) for one in found]


def test_bars_of_a_cells_tasks_are_one_picture_that_stays(run_notebook: RunNotebook) -> None:
    cells = run_notebook(SETUP, "ray.get([work.remote(20), work.remote(30)])")
    (text,) = pictures(cells, 1)
    assert text.startswith("<work>")
    assert "100 %" in text
    assert "50 of 50" in text
    (picture,) = [one for one in cells[1].outputs if one.output_type == "display_data"]
    assert "&lt;work&gt;" in picture.data["text/html"]
    assert "<work>" not in picture.data["text/html"]


def test_each_cell_has_a_picture_of_its_own(run_notebook: RunNotebook) -> None:
    cells = run_notebook(
        SETUP,
        "ray.get(work.remote(10))",
        "for _ in tqdm(range(3), desc='driver'): time.sleep(0.1)",
    )
    assert [len(pictures(cells, index)) for index in (1, 2)] == [1, 1]
    assert pictures(cells, 2)[0].startswith("driver")


def test_a_bar_that_a_cell_leaves_running_is_html_there_too(run_notebook: RunNotebook) -> None:
    cells = run_notebook(SETUP, "ref = work.remote(100)\nshown()", "ray.get(ref)")
    (left,) = pictures(cells, 1)
    assert "100 of 100" not in left
    assert any("100 of 100" in text for text in pictures(cells, 2))


def test_what_is_over_at_once_shows_nothing(run_notebook: RunNotebook) -> None:
    cells = run_notebook(
        SETUP.replace("bar_board.QUIET_S = 0.0", ""),
        "ray.get(work.remote(2))\nray.get(work.remote(2))",
    )
    assert pictures(cells, 1) == []


def test_the_bar_of_an_actor_that_dies_says_so(run_notebook: RunNotebook) -> None:
    cells = run_notebook(
        SETUP,
        "@ray.remote\nclass Mortal:\n    def work(self):\n        bar = tqdm(total=9, desc='x')\n"
        "        bar.update(4)\n        self.bar = bar\n"
        "    def die(self):\n        import os; os._exit(1)\n"
        "mortal = Mortal.remote()\nray.get(mortal.work.remote())\nshown()\n"
        "try:\n    ray.get(mortal.die.remote())\nexcept ray.exceptions.ActorDiedError:\n    pass",
    )
    (text,) = pictures(cells, 1)
    assert "✗ 1 failed" in text
    assert "4 of 9" in text
