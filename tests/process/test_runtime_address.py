"""The address of a shared runtime: one at a time, and what a killed one left is not believed."""

import fcntl
import os
from pathlib import Path

import pytest

from raylite._core.common.session import SessionAddress
from raylite._core.node import session_folder
from raylite._core.node.runtime_address import (
    claim,
    find,
    is_claimed,
    listens,
    publish,
    withdraw,
    withdraw_own,
)

SESSION = SessionAddress(
    session_id="s",
    folder="/f",
    shm_folder="/s",
    spill_folder="/f",
    head_address="/f/h",
    key=b"k\x00",
    began_s=1.5,
)


@pytest.fixture
def folder(tmp_path, monkeypatch) -> str:
    monkeypatch.setattr("raylite._core.node.runtime_address._PATIENCE_S", 0.05)
    return str(tmp_path / "raylite-1")


def claimed(folder: str) -> int:
    fd = claim(folder)
    assert fd is not None
    return fd


def test_what_was_published_is_found(folder):
    fd = claimed(folder)
    publish(folder, SESSION)
    found = find(folder)
    assert found is not None
    assert (found.session, found.pid, found.folder) == (SESSION, os.getpid(), folder)
    assert not listens(found)
    os.close(fd)


def test_it_can_be_claimed_once_at_a_time(folder):
    assert not is_claimed(folder)
    fd = claimed(folder)
    assert is_claimed(folder)
    assert claim(folder) is None
    os.close(fd)
    assert not is_claimed(folder)
    os.close(claimed(folder))


def test_whoever_claims_it_removes_what_was_left_behind(folder):
    fd = claimed(folder)
    publish(folder, SESSION)
    os.close(fd)  # As the kernel does when the head is killed.
    os.close(claimed(folder))
    assert find(folder) is None


def test_a_claim_on_a_folder_that_is_just_removed_is_made_anew(folder, monkeypatch):
    lock = fcntl.flock
    os.close(claimed(folder))

    def remove_first(fd, how):
        monkeypatch.setattr(fcntl, "flock", lock)
        withdraw_own(folder)
        lock(fd, how)

    monkeypatch.setattr(fcntl, "flock", remove_first)
    fd = claimed(folder)
    assert os.path.samestat(os.fstat(fd), (Path(folder) / "lock").stat())
    os.close(fd)


def test_only_what_nobody_holds_is_withdrawn(folder):
    withdraw(folder)
    fd = claimed(folder)
    publish(folder, SESSION)
    withdraw(folder)
    assert find(folder) is not None
    os.close(fd)
    withdraw(folder, "another session")
    assert find(folder) is not None
    withdraw(folder, "s")
    assert not Path(folder).exists()


def test_a_sweep_takes_what_is_left_and_leaves_what_is_held(folder, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(Path(folder).parent))
    monkeypatch.setattr(session_folder, "_LONGEST_SOCKET_FOLDER", 1000)
    fd = claimed(folder)
    session_folder.sweep()
    assert is_claimed(folder)
    os.close(fd)
    session_folder.sweep()
    assert not Path(folder).exists()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"session": 1}', '{"session": {"key": "x"}}'])
def test_an_address_that_makes_no_sense_is_none(text, folder):
    os.close(claimed(folder))
    (Path(folder) / "address").write_text(text)
    assert find(folder) is None


def test_a_folder_that_others_may_enter_is_not_believed(folder):
    fd = claimed(folder)
    publish(folder, SESSION)
    os.close(fd)
    Path(folder).chmod(0o755)
    assert find(folder) is None
    with pytest.raises(PermissionError, match="not a folder of yours alone"):
        claim(folder)
