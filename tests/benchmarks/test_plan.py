"""Which program runs when, with which interpreter, and what is made of the command line."""

import sys
from collections import Counter

import pytest

from benchmarks import compare
from benchmarks.interpreters import NoSuchInterpreterError, find, versions
from benchmarks.measures import BY_KEY, MEASURES, PROGRAMS
from benchmarks.plan import Plan
from benchmarks.systems import RAYLITE, SYSTEMS


def plan(systems=("raylite", "ray", "bare"), **changes) -> Plan:
    options = {
        "rounds": 3,
        "window_s": 0.1,
        "windows": 1,
        "idle_s": 0.1,
        "cores": 2,
        "pythons": {system: f"python-of-{system}" for system in systems},
        "rows": frozenset(BY_KEY),
        "large_bytes": 400,
        "one_cpu": True,
    }
    return Plan(**{**options, **changes})


def test_every_row_of_a_system_is_measured_once_a_round():
    rows = Counter(
        row for turn in plan().of_round(0) if turn.system == "raylite" for row in turn.rows
    )
    assert rows == dict.fromkeys(BY_KEY, 1)


def test_systems_take_turns_program_by_program():
    turns = list(plan().of_round(0))
    assert [turn.program for turn in turns] == sorted(
        (turn.program for turn in turns), key=list(PROGRAMS).index
    )


def test_another_system_begins_in_each_round():
    begins = [next(plan().of_round(number)).system for number in range(3)]
    assert begins == ["raylite", "ray", "bare"]


def test_peers_that_no_goal_compares_with_have_fewer_rounds():
    systems = [
        {turn.system for turn in plan(("raylite", "ray", "dask"), rounds=5).of_round(n)}
        for n in (2, 3)
    ]
    assert systems == [{"raylite", "ray", "dask"}, {"raylite", "ray"}]


def test_what_a_system_has_not_is_not_asked_of_it():
    turns = list(plan(systems=["bare"]).of_round(0))
    assert "pi" not in {turn.program for turn in turns}
    assert "pool_map" not in {row for turn in turns for row in turn.rows}


def test_only_the_rows_that_are_wanted_are_measured():
    (turn,) = plan(systems=["ray"], rows=frozenset({"wait_1000"})).of_round(0)
    assert (turn.program, turn.rows) == ("tasks", ("wait_1000",))
    assert turn.command[:5] == ("python-of-ray", "-m", "benchmarks.program", "ray", "tasks")


def test_where_there_is_no_room_large_objects_are_left_out():
    rows = {row for turn in plan(large_bytes=0).of_round(0) for row in turn.rows}
    assert rows == {measure.key for measure in MEASURES if not measure.large}


def test_where_processes_cannot_be_pinned_these_rows_are_left_out():
    assert "one_cpu" not in {turn.program for turn in plan(one_cpu=False).of_round(0)}


def test_rows_are_named_by_key_by_pattern_and_by_part():
    assert compare.rows_named(["wait_1000"]) == {"wait_1000"}
    assert compare.rows_named(["*_400_mb"]) == {"put_400_mb", "get_400_mb", "pass_400_mb"}
    assert compare.rows_named(["pi", "start"]) == {"pi", "import", "cold_start", "shutdown"}
    assert compare.rows_named(["*"]) == set(BY_KEY)


def test_a_row_that_there_is_not_is_refused_with_those_there_are(capsys):
    with pytest.raises(ValueError, match=r"No row is called 'wait'.*wait_1000"):
        compare.rows_named(["wait"])
    assert compare.main(["--only", "wait"]) == 2
    assert "No row is called 'wait'" in capsys.readouterr().err


def test_a_part_of_a_measurement_is_not_written_into_the_pages(capsys):
    assert compare.main(["--write", "--quick"]) == 2
    assert "whole measurement" in capsys.readouterr().out


@pytest.mark.parametrize("told", ["ray", "ray=", "rya=/usr/bin/python3"])
def test_a_peers_interpreter_has_to_be_named_in_full(told, capsys):
    assert compare.main(["--peer-python", told]) == 2
    assert "write NAME=PATH" in capsys.readouterr().err


def test_an_interpreter_tells_the_versions_of_what_it_has():
    found = versions(sys.executable, ["psutil", "no-such-package"])
    assert list(found) == ["psutil"]


def test_an_interpreter_that_is_none_is_told():
    with pytest.raises(NoSuchInterpreterError, match=r"/dev/null cannot be run"):
        versions("/dev/null", ["ray"])


def test_what_needs_no_peer_is_measured_with_this_interpreter():
    pythons, _versions = find([RAYLITE, SYSTEMS["bare"], SYSTEMS["loky"]], {}, "")
    assert pythons == dict.fromkeys(["raylite", "bare", "loky"], sys.executable)


def test_a_peer_may_be_left_out():
    pythons, _versions = find([SYSTEMS["bare"], SYSTEMS["loky"]], {"bare": "none"}, "")
    assert list(pythons) == ["loky"]


def test_a_named_interpreter_without_its_peer_is_refused(tmp_path):
    bare = tmp_path / "python"
    bare.write_text("#!/bin/sh\necho '{}'\n")
    bare.chmod(0o755)
    with pytest.raises(NoSuchInterpreterError, match="has no ray"):
        find([SYSTEMS["ray"]], {"ray": str(bare)}, "")
