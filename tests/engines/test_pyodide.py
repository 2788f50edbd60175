"""In a browser's Python: the wheel in Pyodide, under Node, where no process can be started."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import cloudpickle
import pytest

ROOT = Path(__file__).parent.parent.parent
INSTALLED = ROOT / ".cache" / "pyodide"
VERSION = "0.29.5"
INSTALL_S = 50

PROGRAM = """
import json
import random
import sys

import raylite as ray

heavy = {"IPython", "anywidget", "ipywidgets", "loky", "matplotlib", "numpy", "psutil", "traitlets"}


@ray.remote
class Accounting:
    def __init__(self):
        self.total = 0

    def add(self, amount):
        if amount < 0:
            raise ValueError("only what is earned")
        self.total += amount
        return self.total


@ray.remote
class LinearModel:
    def __init__(self):
        self.slope = self.shift = 0.0

    def step(self, points, rate):
        errors = [(self.slope * x + self.shift - y, x) for x, y in points]
        self.slope -= rate * sum(e * x for e, x in errors) / len(points)
        self.shift -= rate * sum(e for e, _ in errors) / len(points)

    def parameters(self):
        return [round(self.slope, 6), round(self.shift, 6)]


@ray.remote
def inside(seed, number):
    dice = random.Random(seed)
    return sum(dice.random() ** 2 + dice.random() ** 2 < 1 for _ in range(number))


@ray.remote
class Meeting:
    def __init__(self):
        import asyncio

        self.event = asyncio.Event()

    async def wait(self, name):
        await self.event.wait()
        return name

    async def open(self):
        self.event.set()


@ray.remote
def squares(number):
    for i in range(number):
        yield i * i


def results():
    ray.init(num_cpus=2)
    account = Accounting.remote()
    found = {"accounting": ray.get([account.add.remote(amount) for amount in (5, 7, 30)])}
    try:
        ray.get(account.add.remote(-1))
    except ValueError as error:
        found["error"] = [type(error).__name__, str(error).splitlines()[-1]]
    model = LinearModel.remote()
    points = ray.put([(x / 10, 3 * x / 10 - 1) for x in range(10)])
    for _ in range(50):
        model.step.remote(points, 0.5)
    found["model"] = ray.get(model.parameters.remote())
    found["pi"] = 4 * sum(ray.get([inside.remote(seed, 500) for seed in range(4)])) / 2000
    meeting = Meeting.remote()
    waiting = [meeting.wait.remote(name) for name in "ab"]
    meeting.open.remote()
    found["meeting"] = ray.get(waiting)
    found["squares"] = [ray.get(ref) for ref in squares.remote(4)]
    found["left"] = ray.available_resources()["CPU"]
    ray.shutdown()
    return found


print("RESULT", json.dumps([results(), sorted(heavy & set(sys.modules))]))
"""

SCRIPT = """
import { loadPyodide } from "pyodide";
const python = await loadPyodide();
python.FS.mkdirTree("/site");
python.FS.mount(python.FS.filesystems.NODEFS, { root: process.argv[2] }, "/site");
try {
  python.runPython("import sys; sys.path.insert(0, '/site')");
  python.runPython(python.FS.readFile("/site/program.py", { encoding: "utf8" }));
} catch (error) {
  console.log(String(error.message).slice(-2000));
}
"""


@pytest.fixture(scope="module")
def pyodide() -> Path:
    """The folder in which Node finds Pyodide."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node and npm are not installed.")
    INSTALLED.mkdir(parents=True, exist_ok=True)
    (INSTALLED / "run.mjs").write_text(SCRIPT, encoding="utf-8")
    if not (INSTALLED / "node_modules" / "pyodide" / "python_stdlib.zip").exists():
        command = [npm, "install", "--no-audit", "--no-fund", f"pyodide@{VERSION}"]
        try:
            subprocess.run(
                command, cwd=INSTALLED, capture_output=True, check=True, timeout=INSTALL_S
            )
        except (subprocess.SubprocessError, OSError) as error:
            pytest.skip(f"The npm package pyodide cannot be had: {error}")
    return INSTALLED


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """What is installed there: the wheel of the project, and cloudpickle."""
    pytest.importorskip("hatchling", reason="Nothing here builds a wheel.")
    folder = tmp_path_factory.mktemp("site")
    built = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", built],
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=50,
    )
    (wheel,) = built.glob("raylite-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    shutil.copytree(Path(cloudpickle.__file__).parent, folder / "cloudpickle")
    (folder / "program.py").write_text(PROGRAM, encoding="utf-8")
    return folder


def result_of(output: str) -> list:
    told = [line for line in output.splitlines() if line.startswith("RESULT ")]
    assert told, output
    found: list = json.loads(told[0].removeprefix("RESULT "))
    return found


def test_the_first_programs_of_the_course_give_the_same_in_a_browser(pyodide, site):
    ran = subprocess.run(
        ["node", "run.mjs", site],
        cwd=pyodide,
        capture_output=True,
        text=True,
        check=True,
        timeout=50,
    )
    here = subprocess.run(
        [sys.executable, site / "program.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=50,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )
    in_browser, heavy = result_of(ran.stdout)
    on_processes, _ = result_of(here.stdout)
    assert in_browser == on_processes
    assert in_browser["accounting"] == [5, 12, 42]
    assert not heavy, "a browser has none of these"
