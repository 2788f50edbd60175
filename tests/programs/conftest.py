"""Programs in a process of their own, run by Python and by ``python -m raylite``."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import nothing_left

ROOT = Path(__file__).parent.parent.parent
Ended = subprocess.CompletedProcess[str]
Run = Callable[..., Ended]


@pytest.fixture
def run(tmp_path: Path, mark: str) -> Iterator[Run]:
    """``run(*arguments)`` runs Python in a folder of its own, without a ``ray`` to be found."""

    def run_python(*arguments: str, **more: str) -> Ended:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )

    with nothing_left(mark):
        yield run_python


@pytest.fixture
def as_ray(run: Run) -> Run:
    """``as_ray(*arguments)`` runs ``python -m raylite`` with the arguments."""
    return lambda *arguments, **more: run("-m", "raylite", *arguments, **more)
