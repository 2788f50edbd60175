"""A program, from its start to its end: what it prints, and what is left."""

import os
import re
import subprocess
import sys

import pytest

from tests.compat.cases import elsewhere

PROGRAM = """
import os
import sys
import {engine} as ray

ray.init(num_cpus=2, include_dashboard=False, runtime_env={{"env_vars": {{"JOB_WIDE": "yes"}}}})

class Main:
    pass

@ray.remote
def task():
    print("from a task")
    return os.environ["JOB_WIDE"], Main.__module__

@ray.remote
class Plain:
    def speak(self):
        print("from an actor")

@ray.remote
class Named:
    def __repr__(self):
        return "my name"

    def speak(self):
        print("from a named one")

print("task gave", ray.get(task.remote()))
plain, named = Plain.remote(), Named.remote()
ray.get([plain.speak.remote(), named.speak.remote()])
import time
time.sleep(1.5)
print("the end", file=sys.stderr)
sys.exit(3)
"""


@pytest.fixture(scope="module")
def run(runs_on, sessions, tmp_path_factory):
    """The program's exit code and what it printed, without colours."""
    sessions.none()  # But the environment says which engine it is.
    program = tmp_path_factory.mktemp("program") / "program.py"
    program.write_text(PROGRAM.format(engine="ray" if runs_on == "ray" else "raylite"))
    done = subprocess.run(
        [sys.executable, program],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
        env=os.environ | {"RAY_DEDUP_LOGS": "0"},
    )
    return done.returncode, re.sub(r"\x1b\[\d+m", "", done.stdout + done.stderr)


def test_the_exit_code_is_the_programs(run):
    assert run[0] == 3
    assert "the end" in run[1]


def test_values_and_variables_of_the_job(run):
    assert "task gave ('yes', '__main__')" in run[1]


@elsewhere(inline="What calls print goes straight to where the program prints.")
@pytest.mark.parametrize(
    ("who", "words"),
    [("task", "from a task"), ("Plain", "from an actor"), ("my name", "from a named one")],
)
def test_what_workers_print_says_who_printed_it(run, who, words):
    assert re.search(rf"^\({who} pid=\d+\) {words}$", run[1], re.MULTILINE), run[1]
