"""Two notebooks in one JupyterLab share a runtime that was started in a terminal."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT, nothing_left

FIRST = """
%load_ext raylite
import raylite as ray

ray.init(namespace="shop")


@ray.remote
class Till:
    def __init__(self):
        self.sold = 0

    def sell(self):
        self.sold += 1
        return self.sold


till = Till.options(name="till", lifetime="detached", get_if_exists=True).remote()
print("sold", ray.get(till.sell.remote()))
"""
OTHER = """
%load_ext raylite
import raylite as ray

ray.init(namespace="shop")
print("sold", ray.get(ray.get_actor("till").sell.remote()))
"""


def terminal(command: str) -> str:
    """What ``raylite COMMAND`` prints."""
    argv = [sys.executable, "-m", "raylite", *command.split()]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


@pytest.fixture
def _runtime(mark: str) -> Iterator[None]:
    with nothing_left(mark):
        terminal("start --head --num-cpus 2")
        try:
            yield
        finally:
            terminal("stop")


@pytest.fixture
def books(_runtime, lab, open_notebook):
    """Opened when the runtime is there, closed before it ends."""
    return open_notebook(FIRST), open_notebook(OTHER, "%raylite status")


def kernel_of(lab, book) -> str:
    """The id of the kernel that runs the notebook."""
    (found,) = [row["kernel"]["id"] for row in lab.sessions() if row["path"] == book.name]
    return found


def test_a_detached_actor_is_used_from_both_and_survives_a_restart(lab, books) -> None:
    first, other = books
    first.run_all()
    assert first.output(0).inner_text().strip() == "sold 1"
    other.run_all()
    assert other.output(0).inner_text().strip() == "sold 2"
    assert "shared with 1 other" in other.output(1).inner_text()
    lab.request("POST", f"/api/kernels/{kernel_of(lab, first)}/restart")
    first.command("notebook:run-all-cells")
    first.output(0).filter(has_text="sold 3").wait_for(timeout=60_000)
    assert "ALIVE (detached)" in terminal("status")
    assert not first.errors()
    assert not other.errors()
