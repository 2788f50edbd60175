"""One JupyterLab, one Jupyter Notebook and one browser for all the tests here.

Evidence is kept when a test fails; and any test fails whose notebook made the browser complain.
"""

import re
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Browser

from tests.browser.chromium import find_chromium, is_required
from tests.browser.labdriver import LabServer, Notebook, chromium_browser

ROOT = Path(__file__).parent.parent.parent
ARTIFACTS = ROOT / "artifacts"
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here opens a browser, and takes its time to."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.timeout(180))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


# Not longer than this folder's tests: Playwright leaves an event loop running in the main thread,
# and others want to start theirs.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    path = find_chromium()
    if path is None:
        why = "there is no Chromium on the PATH, and the variable CHROMIUM names none"
        if is_required():
            pytest.fail(f"{why}, but CI is set")
        pytest.skip(why)
    with chromium_browser(path) as browser:
        yield browser


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    # The kernels' raylite is the one under test, wherever their folder is.
    with LabServer(tmp_path_factory.mktemp("lab"), env={"PYTHONPATH": str(ROOT)}) as server:
        yield server


@pytest.fixture(scope="package")
def notebook7(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    root = tmp_path_factory.mktemp("notebook7")
    with LabServer(root, env={"PYTHONPATH": str(ROOT)}, app="notebook") as server:
        yield server


OpenNotebook = Callable[..., Notebook]


@pytest.fixture
def open_notebook(
    chromium: Browser, lab: LabServer, request: pytest.FixtureRequest
) -> Iterator[OpenNotebook]:
    """``open_notebook(cell, ...)`` makes a notebook of these code cells and opens it.

    ``open_notebook(path=...)`` opens a copy of a notebook there is, which Jupyter trusts if it has
    saved one of the same content; with ``trusted=False`` it comes as if from somebody else.
    ``server=...`` names another server than JupyterLab's.
    """
    opened: list[Notebook] = []
    test = re.sub(r"\W+", "_", request.node.name).strip("_")

    def open_it(
        *cells: str, path: Path | None = None, server: LabServer = lab, trusted: bool = True
    ) -> Notebook:
        name = f"{test}_{len(opened)}.ipynb"
        book = notebook_of(cells, path)
        if not trusted:
            book.metadata["from"] = "somebody else"
        nbformat.write(book, server.root / name)
        opened.append(Notebook(server, chromium, name))
        return opened[-1]

    yield open_it
    close_all(opened, failed=request.node.stash.get(FAILED, False))


def notebook_of(cells: Iterable[str], path: Path | None = None) -> nbformat.NotebookNode:
    """A notebook of these code cells, or the one at ``path``."""
    if path is not None:
        return nbformat.read(path, as_version=4)
    book = new_notebook(cells=[new_code_cell(cell.strip()) for cell in cells])
    book.metadata.kernelspec = KERNEL
    return book


def close_all(opened: list[Notebook], *, failed: bool) -> None:
    """Close them, keep evidence of a failure, and fail if a browser's console had an error."""
    complaints = {book.name: errors for book in opened if (errors := book.errors())}
    for notebook in opened:
        if failed or complaints:
            notebook.keep_evidence(ARTIFACTS / Path(notebook.name).stem)
        notebook.close()
    assert not complaints, f"the browser's console reported errors: {complaints}"
