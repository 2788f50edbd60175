"""What is asserted of Ray and of processes holds in one process too: tests/compat once more."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
LAST_CHARACTERS = 5000


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_every_case_that_can_hold_in_one_process_does():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    ended = subprocess.run(
        [*command, "tests/compat", "--engine", "inline"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-LAST_CHARACTERS:] + ended.stderr
