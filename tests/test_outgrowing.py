"""The page on leaving: what it tells to write is run, as far as that can be done here."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from raylite.cli import main
from tests.conftest import nothing_left

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "outgrowing.md").read_text(encoding="utf-8")
MARKED = dict(re.findall(r"<!-- (file: \S+|run: \S+) -->\n```\w+\n(.*?)```", PAGE, re.DOTALL))
PRINTED = "2262 primes\n"

needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is not installed here"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the program of the page."""
    (tmp_path / "primes.py").write_text(MARKED["file: primes.py"], encoding="utf-8")
    return tmp_path


def printed(command: str, folder: Path) -> str:
    """What a command of the page prints, which may begin with variables."""
    *variables, python, program = command.split()
    assert python == "python"
    ended = subprocess.run(
        [sys.executable, program],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **dict(v.split("=") for v in variables)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.slow
@pytest.mark.parametrize("where", ["processes", "inline"])
def test_the_program_runs_here_and_in_one_process(where: str, folder: Path, mark: str) -> None:
    with nothing_left(mark):
        assert printed(MARKED[f"run: {where}"], folder) == PRINTED


@needs_ray
@pytest.mark.slow
@pytest.mark.timeout(200)
def test_the_program_runs_on_ray_with_raylite_in_front_and_without(
    folder: Path, monkeypatch
) -> None:
    assert printed(MARKED["run: ray"], folder).endswith(PRINTED)
    monkeypatch.chdir(folder)
    main(["port", "primes.py", "--to-ray", "-o", "primes_ray.py"])
    assert printed(MARKED["run: ported"], folder).endswith(PRINTED)


def test_the_commands_that_port_it_do_what_they_say(folder: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(folder)
    listing, writing = (line.split()[1:] for line in MARKED["run: port"].splitlines())
    assert main(listing) == 1
    assert "import raylite as ray" in capsys.readouterr().out
    assert main(writing) == 0
    ours, theirs = ((folder / name).read_text() for name in ("primes.py", "primes_ray.py"))
    assert theirs == ours.replace("import raylite as ray", "import ray")
    assert main(["port", "--to-raylite", "--write", "primes_ray.py"]) == 0
    assert (folder / "primes_ray.py").read_text() == ours


def test_the_links_to_other_pages_lead_somewhere() -> None:
    for name in re.findall(r"\]\(([\w./]+\.md)\)", PAGE):
        assert (ROOT / "docs" / name).exists(), name


def test_what_was_not_tried_says_so() -> None:
    for title in ("On Kubernetes", "In a cloud"):
        assert f"### {title} (*not tried here*)" in PAGE
