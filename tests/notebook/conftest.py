"""A real IPython shell in this process, and notebooks run in a real kernel without a browser."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from traitlets.config import Config

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def bare_shell(monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """IPython as it starts, without raylite."""
    # IPython puts a __main__ of its own in the place of pytest's.
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell = InteractiveShell.instance(config=config)
    yield shell
    InteractiveShell.clear_instance()


@pytest.fixture
def shell(bare_shell: InteractiveShell) -> InteractiveShell:
    """IPython after ``%load_ext raylite``."""
    bare_shell.run_cell("%load_ext raylite", store_history=True).raise_error()
    return bare_shell


@pytest.fixture
def ray_shell(ray: ModuleType, shell: InteractiveShell) -> Iterator[InteractiveShell]:
    """The same, with a session of two CPUs and the name ``ray``."""
    shell.user_ns["ray"] = ray
    yield shell
    shell.reset(new_session=False)


Cells = list[nbformat.NotebookNode]
RunNotebook = Callable[..., Cells]


@pytest.fixture
def run_notebook(monkeypatch: pytest.MonkeyPatch) -> RunNotebook:
    """``run_notebook(cell, ...)`` runs the cells in a kernel, errors and all, and gives them."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    # The kernel warns of connections without encryption.
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")

    def run(*sources: str) -> Cells:
        book = new_notebook(cells=[new_code_cell(source.strip("\n")) for source in sources])
        book.metadata.kernelspec = {"name": "python3", "display_name": "", "language": "python"}
        NotebookClient(book, timeout=60, allow_errors=True).execute()
        return book.cells

    return run
