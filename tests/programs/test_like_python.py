"""``python -m raylite`` beside ``python``: the same arguments, paths, exit codes and last words."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, nothing_left

FACTS = """
import json, os, sys
main = sys.modules["__main__"]
print(json.dumps({
    "argv": sys.argv,
    "path": sys.path[0],
    "name": __name__,
    "file": globals().get("__file__"),
    "is main": main.__dict__ is globals(),
    "package": __package__,
    "doc": __doc__,
    "loader": type(__loader__).__name__,
}))
"""
FAILING = '''"""Fails three calls down."""
import sys

def outer(number):
    return inner(number)

def inner(number):
    return 1 // number

outer(0)
'''
WAYS = {
    "a file": ["program.py", "one", "--two"],
    "a file in another folder": ["folder/inner.py"],
    "a link to a file": ["link.py"],
    "a module": ["-m", "program", "-x"],
    "a package": ["-m", "package", "1"],
    "a folder": ["folder", "-m"],
    "code": ["-c", FACTS, "a", "-c"],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "program.py").write_text(FACTS)
    (tmp_path / "failing.py").write_text(FAILING)
    for name in ("folder", "package"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__main__.py").write_text(FACTS)
    (tmp_path / "package/__init__.py").touch()
    (tmp_path / "folder/inner.py").write_text(FACTS)
    (tmp_path / "link.py").symlink_to(tmp_path / "folder/inner.py")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_a_program_finds_itself_as_under_python(run, as_ray, folder: Path, way: str) -> None:
    plain, ended = run(*WAYS[way]), as_ray(*WAYS[way])
    assert json.loads(ended.stdout) == json.loads(plain.stdout)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize(
    "code",
    [
        *("import sys; sys.exit(3)", "import sys; sys.exit('so long')", "raise SystemExit"),
        *("import os; os._exit(4)", "1/0", "exit()", "raise ValueError('x') from KeyError('y')"),
        *("def f(:", "import threading; threading.Thread(target=lambda: 1/0).start()"),
        "import sys; sys.excepthook = lambda *what: print(what[0], file=sys.stderr); 1/0",
        "import atexit; atexit.register(print, 'at the end')",
    ],
)
def test_code_ends_as_under_python(run, as_ray, code: str) -> None:
    plain, ended = run("-c", code), as_ray("-c", code)
    assert (ended.returncode, ended.stdout) == (plain.returncode, plain.stdout)
    assert without_addresses(ended.stderr) == without_addresses(plain.stderr)


def without_addresses(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if "Exception in thread" not in line)


@pytest.mark.slow
def test_a_traceback_has_the_lines_of_the_program_alone(run, as_ray, folder: Path) -> None:
    plain, ended = run("failing.py"), as_ray("failing.py")
    assert ended.stderr == plain.stderr
    assert ended.returncode == 1


@pytest.mark.slow
def test_an_error_from_a_task_ends_the_traceback_at_the_programs_own_line(
    as_ray, folder: Path
) -> None:
    (folder / "remote.py").write_text(
        "import ray\n"
        "@ray.remote\n"
        "def f():\n    raise ValueError('in a task')\n"
        "ray.get(f.remote())\n"
    )
    ended = as_ray("remote.py")
    assert ended.returncode == 1
    assert "raylite/" not in ended.stderr
    assert 'remote.py", line 5' in ended.stderr
    assert 'remote.py", line 4, in f' in ended.stderr
    assert ended.stderr.endswith("ValueError: in a task\n")


@pytest.mark.slow
def test_what_is_not_there_is_said_in_a_line(as_ray, folder: Path) -> None:
    ended = as_ray("nowhere.py")
    assert ended.returncode == 2
    assert "can't open file" in ended.stderr
    assert "nowhere.py" in ended.stderr
    assert "Traceback" not in ended.stderr
    ended = as_ray("-m", "nowhere")
    assert ended.returncode == 1
    assert "No module named nowhere" in ended.stderr


@pytest.mark.slow
def test_a_program_can_come_from_standard_input(folder: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "raylite", "-", "one"],
        input="import sys, ray; print(sys.argv, __name__, ray.__name__)",
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == "['-', 'one'] __main__ raylite\n"


@pytest.mark.slow
def test_ctrl_c_ends_the_program_as_it_ends_pythons(folder: Path, mark: str) -> None:
    (folder / "waiting.py").write_text(
        "import ray, time\n"
        "@ray.remote\n"
        "def f():\n    time.sleep(600)\n"
        "ref = f.remote()\n"
        "print('waits', flush=True)\n"
        "ray.get(ref)\n"
    )
    with (
        nothing_left(mark),
        subprocess.Popen(
            [sys.executable, "-m", "raylite", "waiting.py"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as program,
    ):
        try:
            assert program.stdout is not None
            assert program.stdout.readline() == "waits\n"
            program.send_signal(signal.SIGINT)
            _, said = program.communicate(timeout=20)
        finally:
            program.kill()
    assert program.returncode == -signal.SIGINT
    assert said.splitlines()[-1] == "KeyboardInterrupt"
    assert "raylite/" not in said


@pytest.mark.parametrize("arguments", [(), ("-m",), ("-c",), ("--bogus",)])
@pytest.mark.slow
def test_a_command_line_that_says_nothing_is_told_what_to_write(as_ray, arguments) -> None:
    ended = as_ray(*arguments)
    assert ended.returncode == 2
    assert "python -m raylite PROGRAM.py" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.slow
def test_help_and_version_are_answers(as_ray) -> None:
    import raylite

    assert as_ray("--help").stdout.startswith("usage: python -m raylite")
    assert as_ray("course", "--help").stdout.startswith("usage: raylite course")
    assert as_ray("port", "--help").stdout.startswith("usage: raylite port")
    assert as_ray("--version").stdout == f"raylite {raylite.__version__}\n"
