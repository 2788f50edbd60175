"""The page that tells users where raylite differs from Ray says what the cases assert."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs/differences_from_ray.md"


def test_the_page_is_what_the_cases_say(tmp_path):
    fresh = tmp_path / "page.md"
    command = ["pytest", "-q", "tests/compat", "--collect-only", "--write-differences", str(fresh)]
    done = subprocess.run(
        [sys.executable, "-m", *command, "-p", "no:cacheprovider"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert fresh.read_text() == PAGE.read_text(), "Run 'make differences'."
