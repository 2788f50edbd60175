"""What every test may ask for, and the watch over processes and files that outlive a test."""

import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

from tests import processes

# No test asserts a time; on a busy machine Hypothesis would.
settings.register_profile("without a clock", deadline=None)
settings.load_profile("without a clock")

ROOT = Path(__file__).parent.parent
GRACE_S = 2.0
"""Two seconds after its end, no process of a session is alive and no file of it is left."""


@pytest.fixture(scope="session")
def mark() -> str:
    return uuid.uuid4().hex


@pytest.fixture(scope="session", autouse=True)
def _a_world_of_its_own(mark: str) -> Iterator[None]:
    """Nothing is read from, or written to, the user's own settings; nothing stays behind."""
    with tempfile.TemporaryDirectory(prefix="rl-") as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        patch.setenv(processes.MARK, mark)
        patch.setenv("RAYLITE_COURSE_FILE", "")
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        patch.setenv("JUPYTER_CONFIG_DIR", str(folder / "config"))
        patch.setenv("JUPYTER_DATA_DIR", str(folder / "data"))
        patch.setenv("JUPYTER_RUNTIME_DIR", str(folder / "runtime"))
        # Kept from run to run: to list the fonts takes seconds.
        patch.setenv(
            "MPLCONFIGDIR", os.environ.get("MPLCONFIGDIR", str(ROOT / ".cache/matplotlib"))
        )
        # Other runs on this machine have sessions too: only this run's are looked for.
        (folder / "tmp").mkdir()
        patch.setenv("TMPDIR", str(folder / "tmp"))
        patch.setattr(tempfile, "tempdir", None)
        yield
        left = _left_after_grace(lambda: processes.marked(mark))
        for process in left:
            process.kill()
        assert not left, f"alive at the end of the run:\n{processes.describe(left)}"


@contextmanager
def nothing_left(mark: str) -> Iterator[None]:
    """Fail if the body leaves a process or a session's file behind that was not there before."""
    processes_before, files_before = processes.marked(mark), processes.session_files()
    yield
    left = _left_after_grace(lambda: processes.marked(mark) - processes_before)
    assert not left, f"still alive after shutdown:\n{processes.describe(left)}"
    files = _left_after_grace(lambda: processes.session_files() - files_before)
    assert not files, f"still there after shutdown: {sorted(map(str, files))}"


@pytest.fixture
def ray(mark: str) -> Iterator[ModuleType]:
    """raylite, initialised with two CPUs; ended, and looked after, when the test is over."""
    import raylite

    with nothing_left(mark):
        raylite.init(num_cpus=2)
        try:
            yield raylite
        finally:
            raylite.shutdown()


def _left_after_grace(look: Callable[[], set]) -> set:
    try:
        processes.wait_until(lambda: not look(), GRACE_S)
    except TimeoutError:
        return look()
    return set()
