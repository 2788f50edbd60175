"""What ``raylite port`` writes really runs on Ray, and prints what the program printed on raylite.

Needs an interpreter that has Ray: ``make compat`` installs one, and
``.cache/compat/bin/python -m pytest tests/engines/test_port_on_ray.py`` runs these.
"""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from raylite.cli import main
from raylite.exercises import lesson_01, lesson_01_accounting, lesson_02, lesson_12

ROOT = Path(__file__).parent.parent.parent
WRITTEN_FOR_RAY = ROOT / "tests" / "programs" / "written_for_ray"

BEGINNING = "import random\n\nimport raylite as ray\n\nray.init(num_cpus=4)\n\n\n"

LESSONS = f"""{BEGINNING}{lesson_01_accounting.SOLUTION}

{lesson_01.SOLUTION}

{lesson_02.SOLUTION}
assert ray.get(counter.fraction.remote()) == 1
print(balance, fahrenheit, 3 < pi < 3.3)
"""

TO_RAY_ALONE = {
    # Whole programs, as courses print them.
    name: (WRITTEN_FOR_RAY / f"{name}.py").read_text(encoding="utf-8")
    for name in ("word_count", "pools_and_queues")
}


def exercise_program() -> str:
    """The program of lesson 12, as its exercise has it: a text in a cell."""
    made: dict[str, str] = {}
    exec(lesson_12.SOLUTION, made)
    return made["ported"]


FOR_RAY = {**TO_RAY_ALONE, "port_it": exercise_program()}

TILL = """class Till:
    def __init__(self, coins):
        self.coins = coins

    def total(self):
        return self.coins"""

needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is not installed here"
)


def printed(program: Path) -> str:
    """What a program prints, in a process of its own."""
    ended = subprocess.run(
        [sys.executable, str(program)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def there_and_back(ours: str, folder: Path) -> tuple[Path, Path]:
    """A program for raylite, and what the command makes of it for Ray."""
    here, there, again = (folder / f"{name}.py" for name in ("here", "there", "again"))
    here.write_text(ours, encoding="utf-8")
    assert main(["port", str(here), "-o", str(there)]) == 0
    assert main(["port", "--to-raylite", str(there), "-o", str(again)]) == 0
    assert again.read_text(encoding="utf-8") == ours
    assert "raylite" not in there.read_text(encoding="utf-8")
    return here, there


@pytest.mark.parametrize("name", sorted(path.stem for path in WRITTEN_FOR_RAY.glob("*.py")))
def test_a_program_for_ray_is_the_same_again_when_it_comes_back(name: str, tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    text = (WRITTEN_FOR_RAY / f"{name}.py").read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    main(["port", "--to-raylite", "--write", str(path)])
    assert "import raylite" in path.read_text(encoding="utf-8")
    main(["port", "--to-ray", "--write", str(path)])
    assert path.read_text(encoding="utf-8") == text


@needs_ray
@pytest.mark.slow
@pytest.mark.timeout(200)
def test_the_programs_of_the_first_lessons_run_on_ray(tmp_path: Path) -> None:
    here, there = there_and_back(LESSONS, tmp_path)
    assert printed(there) == printed(here) == "70 212.0 True\n"


@needs_ray
@pytest.mark.slow
@pytest.mark.timeout(200)
@pytest.mark.parametrize("name", sorted(FOR_RAY))
def test_a_program_prints_on_ray_what_it_prints_on_raylite(name: str, tmp_path: Path) -> None:
    on_ray, on_raylite = tmp_path / "on_ray.py", tmp_path / "on_raylite.py"
    on_ray.write_text(FOR_RAY[name], encoding="utf-8")
    assert main(["port", "--to-raylite", str(on_ray), "-o", str(on_raylite)]) == 0
    here, there = there_and_back(on_raylite.read_text(encoding="utf-8"), tmp_path)
    lines = printed(there).splitlines()
    assert sorted(lines) == sorted(printed(here).splitlines())
    assert lines


@needs_ray
@pytest.mark.slow
@pytest.mark.timeout(200)
def test_the_cells_of_a_notebook_with_magics_run_on_ray(tmp_path: Path) -> None:
    cells = [
        "import raylite as ray\n%load_ext raylite",
        "%raylite init --num-cpus 2",
        f"%%actor --start 10 --name till --num-cpus 0\n{TILL}",
        "%%task --run 4 --as refs\ndef square(x):\n    return x * x",
        "%actors\nprint(ray.get(till.total.remote()), ray.get(refs))",
        "%kill till\n%raylite shutdown",
    ]
    path = tmp_path / "lesson.ipynb"
    path.write_text(json.dumps({"cells": [{"cell_type": "code", "source": c} for c in cells]}))
    assert main(["port", "--write", str(path)]) == 0
    codes = [cell["source"] for cell in json.loads(path.read_text())["cells"]]
    program = tmp_path / "program.py"
    program.write_text("\n\n\n".join(codes))
    assert printed(program) == "10 16\n"
