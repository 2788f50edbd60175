"""Which modules of ``raylite.util`` are there without an import of their own."""

import importlib
import subprocess
import sys

import pytest

BY_NAME = ["joblib", "metrics", "multiprocessing", "queue", "state"]


def of_a_fresh_process(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", f"import raylite as ray\n{code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_the_scheduling_strategies_are_there_as_soon_as_ray_is():
    code = "print(ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy.__name__)"
    assert of_a_fresh_process(code) == "NodeAffinitySchedulingStrategy\n"


def test_what_is_to_be_imported_by_name_says_so():
    code = (
        f"for name in {BY_NAME}:\n"
        "    try: getattr(ray.util, name)\n"
        "    except AttributeError as error: print(error)"
    )
    said = of_a_fresh_process(code).splitlines()
    assert [line.rpartition(" import ")[2] for line in said] == [f"{name}'." for name in BY_NAME]
    assert "raylite.util" in of_a_fresh_process(
        "from raylite.util import state\nprint(ray.util.state)"
    )


def test_any_other_name_is_unknown():
    with pytest.raises(AttributeError, match="has no attribute 'colective'"):
        _ = importlib.import_module("raylite.util").colective
