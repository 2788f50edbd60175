"""A machine as small as Binder's: what a program sees there, and how many CPUs raylite counts."""

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import loky
import nbformat
import pytest

from raylite._core.rpc.cpus import cpu_count
from tests.mounts import own_mounts
from tests.small_machine import CPUS, MEMORY_BYTES, SHARED_MB, SmallMachine, small_machine

ROOT = Path(__file__).parent.parent
LOOK = """
import json, os
import loky
import raylite as ray
from raylite._core.rpc.cpus import cpu_count

ray.init()
shared = os.statvfs("/dev/shm")
print(json.dumps({
    "raylite": cpu_count(),
    "loky": loky.cpu_count(),
    "session": ray.cluster_resources()["CPU"],
    "machine": os.cpu_count(),
    "shared": shared.f_blocks * shared.f_frsize,
    "memory": ray.cluster_resources()["memory"],
}))
"""
MAY_COUNT = {"raylite/_core/rpc/cpus.py", "raylite/engines/local_checkup.py"}
"""The one that counts, and the one that tells how many the machine has."""


@pytest.fixture(scope="module")
def machine() -> Iterator[SmallMachine]:
    with small_machine() as found:
        yield found


@pytest.fixture(scope="module")
def seen(machine: SmallMachine) -> dict[str, float]:
    return look_on(machine)


def look_on(machine: SmallMachine) -> dict[str, float]:
    """What a program with a session sees there."""
    ran = subprocess.run(
        [*machine.prefix, sys.executable, "-c", LOOK],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=50,
    )
    found: dict[str, float] = json.loads(ran.stdout)
    return found


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="CPUs cannot be limited here")
def test_raylite_counts_the_cpus_it_may_use_as_loky_does(seen: dict[str, float]) -> None:
    assert seen["raylite"] == seen["loky"] == seen["session"] == CPUS


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("taskset") is None, reason="needs taskset (util-linux)")
def test_where_nobody_may_make_control_groups_there_is_one_cpu_to_be_seen() -> None:
    seen = look_on(SmallMachine())
    assert seen["raylite"] == seen["loky"] == seen["session"] == CPUS


@pytest.mark.slow
def test_a_quota_leaves_all_cpus_to_be_seen(seen: dict[str, float], machine: SmallMachine) -> None:
    if not machine.groups:
        pytest.skip("needs the right to make control groups")
    assert seen["machine"] == os.cpu_count()


@pytest.mark.slow
def test_the_session_has_the_memory_of_the_container(
    seen: dict[str, float], machine: SmallMachine
) -> None:
    if not machine.groups:
        pytest.skip("needs the right to make control groups")
    assert 0 < seen["memory"] <= MEMORY_BYTES


@pytest.mark.slow
@pytest.mark.skipif(not own_mounts(), reason="needs the right to mount")
def test_there_is_as_little_shared_memory_as_in_a_container(seen: dict[str, float]) -> None:
    assert seen["shared"] == SHARED_MB * 1024 * 1024


@pytest.mark.parametrize("limit", ["1", "3", "1000"])
def test_a_limit_set_for_loky_holds_for_raylite(
    limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", limit)
    assert cpu_count() == loky.cpu_count()


def test_nothing_but_the_count_itself_asks_how_many_cpus_the_machine_has() -> None:
    asking = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "raylite").rglob("*.py")
        if asks_the_machine(path.read_text(encoding="utf-8"))
    }
    assert asking == MAY_COUNT


def test_no_lesson_asks_how_many_cpus_the_machine_has() -> None:
    books = [nbformat.read(path, as_version=4) for path in (ROOT / "notebooks").glob("*.ipynb")]
    cells = [cell.source for book in books for cell in book.cells if cell.cell_type == "code"]
    assert len(books) > 1
    assert not [source for source in cells if "os.cpu_count" in source]


def asks_the_machine(source: str) -> bool:
    """Whether some line of code, and not just a text, has ``os.cpu_count``."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == "cpu_count"
        and isinstance(node.value, ast.Name)
        and node.value.id in {"os", "multiprocessing"}
        for node in ast.walk(ast.parse(source))
    )
