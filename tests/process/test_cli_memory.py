"""``raylite memory``, with real processes."""

import os
import re
import subprocess
import sys

import pytest

from raylite import cli
from tests.conftest import nothing_left
from tests.drivers import ROOT, driver

pytestmark = pytest.mark.slow

PROGRAM = """
import numpy as np
import raylite as ray
ray.init()

@ray.remote
class Keeper:
    def keep(self, things):
        self.things = things

def main():
    keeper = Keeper.remote()
    large = ray.put(np.ones(1_000_000))
    ray.get(keeper.keep.remote([large]))
    small = ray.put("small")
    say("ready")
    input()

main()
"""


@pytest.fixture(autouse=True)
def _all_is_gone_afterwards(mark):
    with nothing_left(mark):
        yield
        cli.main(["stop", "--force"])


def test_without_a_runtime_it_says_what_to_do(capsys):
    assert cli.main(["memory"]) == 1
    said = capsys.readouterr().out
    assert "No raylite runtime is running. To start one: raylite start --head." in said
    assert "from raylite.util.state import list_objects; list_objects(detail=True)" in said


def test_it_shows_what_programs_keep_and_where_it_was_made(capsys, tmp_path):
    assert cli.main(["start", "--head", "--num-cpus", "1"]) == 0
    with driver(PROGRAM, tmp_path) as running:
        running.hear("ready")
        capsys.readouterr()
        assert cli.main(["memory"]) == 0
        said = capsys.readouterr()
        assert said.err == ""
        first, *_ = said.out.splitlines()
        assert re.fullmatch(
            r"3 objects, 8\.0 MB \(8\.0 MB (in memory|on disk), \d+ B inline\), "
            r"known to driver \d+ and 1 worker",
            first,
        )
        (large,) = [line for line in said.out.splitlines() if line.startswith("  8.0 MB")]
        assert re.search(r"LOCAL_REFERENCE +\d+ +\d+ +in memory +put object +\S+, line \d+", large)
        assert "in main" in large
        assert "ACTOR_HANDLE" in said.out
        assert cli.main(["memory", "--stats-only", "--units", "KB"]) == 0
        assert "8,000.2 KB" in capsys.readouterr().out
        assert cli.main(["memory", "--group-by", "STACK_TRACE", "--sort-by", "PID", "-n", "1"]) == 0
        assert "put object at " in capsys.readouterr().out
        running.tell()
        assert running.wait() == 0


def test_a_wrong_option_is_told(capsys):
    with pytest.raises(SystemExit):
        cli.main(["memory", "--units", "PB"])
    assert "invalid choice: 'PB'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("number", "said"), [("2GB", "write 2_000_000_000 or 2e9"), ("10", "memory=10: "), ("nan", "")]
)
def test_a_wrong_limit_of_the_store_is_told(capsys, number, said):
    with pytest.raises(SystemExit):
        cli.main(["start", "--head", "--object-store-memory", number])
    assert said in capsys.readouterr().err


def test_an_unknown_option_names_the_commands_help(capsys):
    with pytest.raises(SystemExit):
        cli.main(["memory", "--bogus"])
    assert "--bogus is not known: see raylite memory --help" in capsys.readouterr().err


def test_python_m_raylite_memory_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "raylite", "memory"],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stdout.startswith("No raylite runtime is running")
