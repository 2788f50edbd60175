"""Who goes where memory runs out."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

SCORE = Path("/proc/self/oom_score_adj")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such a score")
def test_a_worker_goes_before_the_driver_and_takes_what_it_has_started_along(
    ray: ModuleType,
) -> None:
    @ray.remote
    def scores() -> tuple[str, str]:
        import subprocess

        return SCORE.read_text(), subprocess.check_output(["cat", str(SCORE)], text=True)

    before = SCORE.read_text()
    assert ray.get(scores.remote()) == ("1000\n", "1000\n")
    assert SCORE.read_text() == before
