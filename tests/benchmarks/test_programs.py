"""The measuring programs: raylite's are all run, for no time at all; and how they are ended."""

import os
import signal
import sys

import psutil
import pytest

from benchmarks.machine import LoadWatch
from benchmarks.measures import BY_KEY, PROGRAMS
from benchmarks.plan import Plan, Turn
from benchmarks.rounds import Measurement, run

HANGING = """
import os, signal, subprocess, sys
print("something of its own")
print('figures {"import": [1.5]}', flush=True)
child = subprocess.Popen(
    [sys.executable, "-S", "-c", "import signal; signal.pause()"], start_new_session=True
)
print('figures {"shutdown": [%d]}' % child.pid, flush=True)
"""
"""Tells two rows, of which the second is the number of a process that has left its group."""


class Watch(LoadWatch):
    """A watch over the load that does not look."""

    def glance(self) -> None:
        pass


def turn_of(code: str, *rows: str) -> Turn:
    command = (sys.executable, "-S", "-c", code)
    return Turn(system="raylite", program="start", rows=rows, command=command)


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS)
def test_each_row_of_raylite_can_be_measured(program):
    plan = Plan(
        rounds=1,
        window_s=0.005,
        windows=1,
        idle_s=0.02,
        cores=2,
        pythons={"raylite": sys.executable},
        rows=frozenset(BY_KEY),
        large_bytes=4_000_000,
        one_cpu=True,
    )
    (turn,) = (turn for turn in plan.of_round(0) if turn.program == program)
    told = run(turn)
    assert told.failure == ""
    assert set(told.figures) == set(turn.rows)
    assert all(told.figures.values())


@pytest.mark.slow
def test_a_program_that_hangs_is_ended_with_what_it_started_and_its_rows_are_kept():
    turn = turn_of(HANGING + "signal.pause()", "import", "shutdown", "cold_start")
    told = run(turn, limit_s=2.0)
    assert told.failure.startswith("It did not end within 2 s")
    assert told.figures["import"] == [1.5]
    assert not psutil.pid_exists(int(told.figures["shutdown"][0]))


@pytest.mark.slow
def test_ctrl_c_ends_the_program_and_what_it_started(tmp_path, monkeypatch):
    # The program interrupts us as soon as it has a child: the interrupt reaches the wait for it.
    place = tmp_path / "child"
    monkeypatch.setenv("PLACE", str(place))
    code = HANGING + (
        "open(os.environ['PLACE'], 'w').write(str(child.pid))\n"
        f"os.kill({os.getpid()}, signal.SIGINT)\n"
        "signal.pause()"
    )
    with pytest.raises(KeyboardInterrupt):
        run(turn_of(code))
    assert not psutil.pid_exists(int(place.read_text()))


def test_a_failure_tells_the_last_words():
    told = run(turn_of("import sys; sys.exit('no such thing')", "import"))
    assert told.failure == "It ended with exit code 1.\nno such thing"


def test_a_program_that_leaves_out_a_row_has_failed():
    told = run(turn_of("print('nothing')", "import"))
    assert told.failure == "It told nothing of import."


def test_what_a_signal_ended_is_told_so():
    told = run(turn_of(f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})"))
    assert "exit code -9" in told.failure


def test_a_program_that_failed_is_not_run_again(capsys):
    class Twice(Plan):
        def of_round(self, _number):
            yield turn_of("import sys; sys.exit('no such thing')", "import")

    plan = Twice(
        rounds=2,
        window_s=0.1,
        windows=1,
        idle_s=0.1,
        cores=2,
        pythons={},
        rows=frozenset(),
        large_bytes=0,
        one_cpu=True,
    )
    measurement = Measurement(plan)
    measurement.run(Watch())
    assert list(measurement.failures) == ["start of raylite"]
    assert capsys.readouterr().err.count("\n") == 1
