# mypy: disable-error-code="attr-defined"
"""Pictures that nobody sees cost nothing, and those that were seen leave nothing behind."""

import subprocess
import sys

import pytest
from ipywidgets import VBox
from ipywidgets.widgets.widget import _instances

from raylite.notebook.flow import flow as flow_module
from raylite.notebook.flow.flow import CreationFlow
from raylite.notebook.live.pump import MOST_VIEWS
from raylite.notebook.world.world import World

PROGRAM = """
import raylite as ray
ray.init(num_cpus=1)
seen = [ray.dashboard(), ray.show_timeline(), ray.watch()]
print(len(repr(seen)) > 100)
if ends_it:
    ray.shutdown()
"""

ROUNDS = """
import gc, threading
from ipywidgets.widgets.widget import _instances
import raylite as ray
from raylite.notebook.live import closing
closing.LOADS_S = 0.0  # There is no browser that would have to load a script.

@ray.remote
class Counter:
    def add(self):
        return 1

def round():
    ray.init(num_cpus=1)
    counter = Counter.remote()
    ref = counter.add.remote()
    display(counter, ref, ray.creation_flow(counter), ray.submission_flow(ref))
    ray.dashboard(), ray.show_timeline(), ray.watch(counter)
    ray.get(ref)
    ray.shutdown()
"""

COUNT = """
for _ in range(2):
    round()
before = len(_instances), threading.active_count()
for _ in range(3):
    round()
# The flows can be played when all is over; each is a widget and its layout. The thread that draws
# ends a little after its session.
print(len(_instances) - before[0] <= 3 * 2 * 2, threading.active_count() <= before[1] + 1)
"""


class Place:
    """Stands for the output of a cell."""

    def __init__(self) -> None:
        self.shown: list[dict[str, str]] = []

    def update(self, bundle: dict[str, str], *, raw: bool) -> None:
        assert raw
        self.shown.append(bundle)


@pytest.mark.parametrize("ends_it", [True, False])
def test_a_program_that_has_looked_at_its_session_ends(ends_it: bool) -> None:
    program = PROGRAM.replace("ends_it", str(ends_it))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")


def test_a_picture_that_is_only_printed_has_no_widget() -> None:
    before = len(_instances)
    flow = CreationFlow("a" * 32, "Counter", World(), is_saved=True)
    assert "Counter" in repr(flow)
    assert flow.comm is None
    assert len(_instances) == before


def test_a_picture_in_a_box_has_a_widget() -> None:
    flow = CreationFlow("a" * 32, "Counter", World(), is_saved=True)
    box = VBox([flow])
    assert flow.comm is not None
    assert f"IPY_MODEL_{flow.model_id}" in box.get_state("children")["children"]
    flow.close()
    box.close()


def test_a_widget_takes_its_layout_along() -> None:
    before = set(_instances)
    flow = CreationFlow("a" * 32, "Counter", World(), is_saved=True)
    assert flow.model_id in _instances
    assert len(_instances) == len(before) + 2
    flow._close_now()
    assert set(_instances) == before


def test_of_many_flows_that_are_over_the_newest_can_be_played() -> None:
    flow_module._playable.clear()
    made = [(CreationFlow("a" * 32, "Counter", World()), Place()) for _ in range(MOST_VIEWS + 2)]
    for flow, place in made:
        flow._places.append(place)
        flow.freeze()
    are_played = ["data-raylite-slot" in place.shown[-1]["text/html"] for _, place in made]
    assert are_played == [False] * 2 + [True] * MOST_VIEWS
    assert all("How Counter was created" in place.shown[-1]["text/html"] for _, place in made)
    flow_module._playable.clear()


def test_sessions_in_one_kernel_leave_no_widgets_and_no_threads(run_notebook) -> None:
    cells = run_notebook(ROUNDS, COUNT)
    said = [one for one in cells[1].outputs if one.output_type in {"stream", "error"}]
    assert [one.get("text") for one in said] == ["True True\n"], said
