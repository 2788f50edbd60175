"""What a power cut leaves behind is removed by the next session, and nothing else is."""

import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

from raylite._core.node import session_folder
from tests.drivers import assert_end, driver
from tests.processes import wait_until

SESSION = """
ray.init(num_cpus=1)
busy = Counter.remote()
ray.get(busy.add.remote())
say("session", session())
wait_for_the_test()
say("count", ray.get(busy.add.remote()))
"""


@pytest.fixture
def folder():
    made = Path(tempfile.mkdtemp(prefix=session_folder.PREFIX))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.mark.slow
def test_the_next_session_sweeps_what_a_killed_one_left(tmp_path):
    # A worker that is busy in C code cannot see that the others are gone: the kernel ends it.
    busy = SESSION.replace("say(", "never = busy.be_busy_in_c.remote()\nsay(", 1)
    with driver(busy, tmp_path) as running:
        left = running.hear_session()
        wait_until(lambda: any("busy" in line for line in running.seen))
        everybody = (running.popen.pid, left.head.pid, left.fork_server.pid)
        # Stopped first, so that none can do anything about the others' end.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in everybody:
                os.kill(pid, number)
        assert_end(left.processes)
    assert all(folder.is_dir() for folder in left.folders)
    with driver("ray.init()", tmp_path) as running:
        assert running.wait() == 0
    assert not any(folder.exists() for folder in left.folders)


@pytest.mark.slow
def test_a_living_session_of_another_driver_is_not_swept(tmp_path):
    with driver(SESSION, tmp_path) as running:
        living = running.hear_session()
        with driver("ray.init()", tmp_path) as other:
            assert other.wait() == 0
        assert all(folder.is_dir() for folder in living.folders)
        running.tell()
        assert running.hear("count") == 2
        assert running.wait() == 0
    living.assert_gone()


def test_a_folder_with_a_free_lock_is_swept(folder):
    (folder / "lock").touch()
    session_folder.sweep()
    assert not folder.exists()


def test_a_folder_whose_lock_is_held_is_not_swept():
    session, locks = session_folder.make_session()
    try:
        session_folder.sweep()
        assert Path(session.folder).is_dir()
        assert Path(session.shm_folder).is_dir()
    finally:
        for fd in locks:
            os.close(fd)
        session_folder.remove_folders(session)


def test_a_folder_without_a_lock_is_swept_only_when_it_is_old(folder):
    session_folder.sweep()
    assert folder.is_dir()  # Its maker is about to make the lock.
    os.utime(folder, (0, 0))
    session_folder.sweep()
    assert not folder.exists()


def test_session_folders_are_closed_to_other_users():
    session, locks = session_folder.make_session()
    try:
        for folder in (session.folder, session.shm_folder):
            assert Path(folder).stat().st_mode & 0o077 == 0
    finally:
        for fd in locks:
            os.close(fd)
        session_folder.remove_folders(session)
