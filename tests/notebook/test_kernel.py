"""In a real kernel: what errors and progress look like in a saved notebook."""

import re

import pytest

pytestmark = pytest.mark.slow

COLOURS = re.compile(r"\x1b\[[0-9;]*m")

IMPORTS = "%load_ext raylite\nimport raylite as ray"
HELPER = "def divide(n):\n    return n / 0"
MAGIC = """
%%actor --start
class Wallet:
    def spend(self):
        return divide(1)
"""
DECORATED = """
@ray.remote
class Purse:
    def spend(self):
        try:
            return divide(2)
        except ZeroDivisionError as error:
            raise LookupError("empty") from error
purse = Purse.remote()
"""


def traceback_of(cell) -> str:
    (error,) = [output for output in cell.outputs if output.output_type == "error"]
    return COLOURS.sub("", "\n".join(error.traceback))


def assert_only_cells(shown: str) -> None:
    assert "Cell In[" in shown
    for stranger in ("raylite/", "IPython/", "ipykernel", "cloudpickle", 'File "'):
        assert stranger not in shown


def test_an_error_names_cells_and_lines_and_no_frames_of_the_runtime(run_notebook) -> None:
    cells = run_notebook(
        *(IMPORTS, HELPER, MAGIC, DECORATED),
        *("def ask():\n    return ray.get(wallet.spend.remote())\nask()",),
        *("ray.get(purse.spend.remote())",),
        "@ray.remote\ndef task():\n    return divide(3)\nray.get(task.remote())",
    )
    by_magic, by_decorator, by_task = (traceback_of(cell) for cell in cells[-3:])
    for shown in (by_magic, by_decorator, by_task):
        assert_only_cells(shown)
        assert "Cell In[2], line 2, in divide\n    return n / 0" in shown
    assert "Cell In[3], line 4, in spend\n    return divide(1)" in by_magic
    assert "Cell In[5], line 2, in ask" in by_magic
    assert "Cell In[5], line 3, in <module>" in by_magic
    assert "Cell In[4], line 7, in spend" in by_decorator
    assert "direct cause of the following exception" in by_decorator
    assert by_decorator.endswith("LookupError: empty")
    assert by_task.endswith("ZeroDivisionError: division by zero")
    assert cells[-1].outputs[0].ename == "RayTaskError(ZeroDivisionError)"


def test_the_death_of_an_actor_is_shown_without_frames_of_the_runtime(run_notebook) -> None:
    bad = (
        "@ray.remote\nclass Bad:\n    def __init__(self):\n        divide(1)\n    def f(self): pass"
    )
    cells = run_notebook(
        *(IMPORTS, HELPER, DECORATED, "ray.kill(purse)\nray.get(purse.spend.remote())", bad),
        "ray.get(Bad.remote().f.remote())",
    )
    killed, broken = traceback_of(cells[3]), traceback_of(cells[5])
    assert_only_cells(killed)
    assert killed.startswith("ActorDiedError: ")
    assert "Cell In[4], line 2, in <module>" in killed
    assert_only_cells(broken)
    assert "Cell In[5], line 4, in __init__" in broken
    assert "Cell In[2], line 2, in divide" in broken


PROGRESS = """
@ray.remote
class Board:
    asked = 0
    def by_task(self):
        self.asked += 1
        return {"a": min(self.asked / 20, 1), "b": (min(self.asked, 10), 10)}
ray.progress(Board.remote().by_task, desc="Sampling")
"""


def test_without_a_browser_progress_ends_as_html_all_the_same(run_notebook) -> None:
    cells = run_notebook(IMPORTS, PROGRESS, "1 + 1")
    (shown,) = cells[1].outputs
    assert set(shown.data) == {"text/html", "text/plain"}
    assert "✓ done" in shown.data["text/html"]
    assert shown.data["text/plain"].startswith("Sampling  [")
    assert cells[2].outputs[0].data["text/plain"] == "2"


def test_the_status_is_html_and_text(run_notebook) -> None:
    (output,) = run_notebook(IMPORTS, "%raylite status")[1].outputs
    assert "no session" in output.data["text/html"]
    assert "no session" in output.data["text/plain"]


def test_a_refused_cell_stops_a_notebook_that_runs_from_top_to_bottom(run_notebook) -> None:
    cells = run_notebook(IMPORTS, "%%actor\nx = 1", "%%actor\nclass A:\n    def f(self) return 1")
    assert cells[1].outputs[0].text.startswith("UsageError: %%actor needs a class")
    assert "Cell In[3], line 3" in traceback_of(cells[2])
