"""Debuggers in one process: they land in the code of an actor, and in the frames of an error."""

import subprocess
import sys
from pathlib import Path

import pytest
from jupyter_client.manager import start_new_kernel

ROOT = Path(__file__).parent.parent.parent

ACCOUNT = """
import raylite as ray

ray.init(engine="inline", num_cpus=2)


@ray.remote
class Account:
    def __init__(self):
        self.total = 10

    def withdraw(self, amount):
        missing = amount - self.total
        {stop}
        return self.total


account = Account.remote()
"""


def run_with_input(tmp_path, program, typed):
    path = tmp_path / "program.py"
    path.write_text(program)
    done = subprocess.run(
        [sys.executable, path],
        input=typed,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
    )
    return done.stdout + done.stderr


def test_breakpoint_stops_in_the_actors_method(tmp_path):
    program = ACCOUNT.format(stop="breakpoint()") + "print(ray.get(account.withdraw.remote(25)))"
    said = run_with_input(tmp_path, program, "p missing, self.total\nself.total = 77\nwhere\nc\n")
    assert "(15, 10)" in said
    assert "withdraw" in said
    assert "77" in said.splitlines()[-1]


def test_post_mortem_lands_in_the_frame_that_has_raised(tmp_path):
    program = ACCOUNT.format(stop="raise ValueError(missing)") + (
        "import pdb, sys\n"
        "try:\n"
        "    ray.get(account.withdraw.remote(25))\n"
        "except ValueError as error:\n"
        "    pdb.post_mortem(error.__traceback__)\n"
    )
    said = run_with_input(tmp_path, program, "p missing, self.total\nq\n")
    assert "(15, 10)" in said


def test_debug_in_a_kernel_lands_there_too(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    manager, client = start_new_kernel()
    typed = iter(["p missing, self.total", "q"])
    said = []

    def show(message):
        if message["msg_type"] == "stream":
            said.append(message["content"]["text"])

    try:
        cell = ACCOUNT.format(stop="raise ValueError(missing)")
        for code in (cell, "ray.get(account.withdraw.remote(25))", "%debug"):
            client.execute_interactive(
                code,
                timeout=40,
                output_hook=show,
                stdin_hook=lambda _: client.input(next(typed)),
                allow_stdin=True,
            )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert "(15, 10)" in "".join(said)


@pytest.mark.parametrize("engine", ["inline"])
def test_an_error_shows_the_users_frames_as_real_ones(engine):
    import raylite as ray

    ray.init(engine=engine, num_cpus=1)

    @ray.remote
    def divide(x):
        return 1 / x

    try:
        with pytest.raises(ZeroDivisionError) as caught:
            ray.get(divide.remote(0))
        innermost = caught.traceback[-1]
        assert innermost.name == "divide"
        assert innermost.frame.f_locals == {"x": 0}
    finally:
        ray.shutdown()
