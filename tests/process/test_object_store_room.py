"""Small file systems: a container with 64 MB of shared memory, and a disk that is full.

The programs run in a mount namespace of their own, in which ``/dev/shm`` is as small as a test
wants it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mounts import own_mounts

ROOT = Path(__file__).parent.parent.parent

PRELUDE = """
import os, numpy as np
import raylite as ray

def files(which):
    return [n for n in os.listdir(ray_info[which]) if len(n.split("-")[0]) == 12]

@ray.remote
def ones(number):
    return np.ones(number)

@ray.remote
def total(values):
    return values.sum()
"""


@pytest.fixture
def disk() -> Iterator[str]:
    """A folder for what goes to disk, with a name that is short enough for sockets."""
    folder = tempfile.mkdtemp(prefix="rl-", dir="/tmp")
    yield folder
    shutil.rmtree(folder)


def run(tmp_path: Path, disk: str, script: str, mounts: dict[str, int]) -> str:
    """What a program prints for which some folders are small, in megabytes."""
    if not own_mounts():
        pytest.skip("needs unshare (util-linux), and the right to mount: root, or user namespaces")
    program = tmp_path / "program.py"
    program.write_text(PRELUDE + script)
    small = [f"mount -t tmpfs -o size={size}m tmpfs {at}" for at, size in mounts.items()]
    command = " && ".join([*small, f"exec {sys.executable} {program}"])
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": disk}
    done = subprocess.run(
        [*own_mounts(), "sh", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
        env=environment,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_values_that_find_no_room_in_memory_go_to_disk_with_one_word(tmp_path, disk):
    script = """
ray_info = ray.init(num_cpus=2).address_info
kept = [ray.put(np.full(100_000, n)) for n in range(12)]
assert [ray.get(ref)[-1] for ref in kept] == list(range(12))
assert ray.get(ones.remote(1_000_000)).sum() == 1_000_000
assert ray.get(total.remote(np.ones(1_000_000))) == 1_000_000
assert files("object_store_address") and len(files("session_dir")) > 4
ray.shutdown()
print("left", os.listdir("/dev/shm"))
"""
    said = run(tmp_path, disk, script, {"/dev/shm": 4})
    assert "left []" in said
    assert said.count("finds no room in /dev/shm/raylite-") == 1
    assert "a value of 800." in said
    assert f"so it goes to {disk}/raylite-" in said


def test_a_worker_that_is_first_to_find_no_room_says_so(tmp_path, disk):
    script = """
ray.init(num_cpus=2)
assert ray.get(ones.remote(1_000_000)).sum() == 1_000_000
ray.get([ones.remote(1_000_000) for _ in range(4)])
ray.put(np.ones(1_000_000))
ray.shutdown()
"""
    assert run(tmp_path, disk, script, {"/dev/shm": 4}).count("finds no room in") == 1


def test_a_full_disk_is_an_error_of_the_call_concerned_and_the_session_goes_on(tmp_path, disk):
    script = """
ray_info = ray.init(num_cpus=2, logging_level="error").address_info
errors = []
for call in (
    lambda: ray.put(np.ones(4_000_000)),
    lambda: total.remote(np.ones(4_000_000)),
    lambda: ray.get(ones.remote(4_000_000)),
):
    try:
        call()
    except ray.exceptions.OutOfDiskError as error:
        errors.append(str(error))
assert len(errors) == 3, errors
assert all("finds no room" in error and "32.0 MB" in error for error in errors), errors
kept = []
try:
    while len(kept) < 100:
        kept.append(ray.put(np.full(50_000, len(kept))))
except ray.exceptions.OutOfDiskError:
    print("full after", len(kept))
assert [ray.get(ref)[0] for ref in kept] == list(range(len(kept)))
assert ray.get(total.remote(np.ones(10))) == 10
kept.clear()
assert ray.get(ray.put(np.ones(200_000))).sum() == 200_000
ray.shutdown()
print("left", os.listdir("/dev/shm"), os.listdir(os.environ["TMPDIR"]))
"""
    said = run(tmp_path, disk, script, {"/dev/shm": 4, disk: 16})
    assert "full after" in said
    assert "left [] []" in said


def test_folders_that_the_user_names_are_used_and_left_empty(tmp_path, disk):
    (tmp_path / "memory").mkdir()
    script = """
ray_info = ray.init(
    num_cpus=1, _plasma_directory="memory", object_spilling_directory="disk/new"
).address_info
kept = [ray.put(np.ones(100_000)) for _ in range(12)]
[folder] = os.listdir("memory")
assert ray_info["object_store_address"] == os.path.abspath(f"memory/{folder}")
assert 0 < len(files("object_store_address")) < 12
[spilled] = os.listdir("disk/new")
assert len(os.listdir(f"disk/new/{spilled}")) + len(files("object_store_address")) == 13
assert not files("session_dir")
ray.shutdown()
print("left", os.listdir("memory"), os.listdir("disk/new"))
"""
    said = run(tmp_path, disk, script, {str(tmp_path / "memory"): 4})
    assert "left [] []" in said
    assert "so it goes to" in said
