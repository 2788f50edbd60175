"""The store of one process when there is little room, or none, or no folder at all."""

import os
from pathlib import Path

import pytest

from raylite._core.object_store.ledger import make_ledger
from raylite._core.object_store.names import LEDGER
from raylite._core.object_store.plasma import load
from raylite.exceptions import (
    ObjectLostError,
    ObjectStoreFullError,
    OutOfDiskError,
    RaySystemError,
)
from tests.core.store_story import ANN, BOB, MB, Place, numbers, put


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


class TestAFullMemory:
    @pytest.fixture
    def store(self, place, monkeypatch):
        store = place.store(ANN)
        monkeypatch.setattr(store._new_files._memory, "has_room", lambda _: False)
        return store

    def test_values_go_to_disk_and_that_is_said_once_in_a_session(self, place, store, caplog):
        holds = [put(store, numbers()) for _ in range(3)]
        other = place.store(BOB)
        other._new_files._memory = store._new_files._memory
        holds.append(put(other, numbers()))
        assert all((load(payload) == numbers()).all() for payload, _ in holds)
        assert (place.files(), len(place.on_disk())) == ([], 4)
        assert store.statistics().num_on_disk == 3
        [note] = caplog.messages
        assert "1.0 MB" in note
        assert place.session.shm_folder in note
        assert f"goes to {place.session.spill_folder}" in note

    def test_that_a_value_goes_to_disk_is_not_said_of_one_that_fits_nowhere(
        self, store, monkeypatch, caplog
    ):
        room = "raylite._core.object_store.new_files.free_bytes"
        monkeypatch.setattr(room, lambda _: 0)
        with pytest.raises(OutOfDiskError):
            put(store, numbers())
        assert caplog.messages == []

    def test_a_full_disk_is_an_error_of_the_value_concerned(self, place, store, monkeypatch):
        room = "raylite._core.object_store.new_files.free_bytes"
        monkeypatch.setattr(room, lambda _: MB // 2)
        with pytest.raises(OutOfDiskError, match=r"1.0 MB \(1,048,.*disk.*524.3 kB.*spilling_dir"):
            put(store, numbers())
        assert place.on_disk() == []
        monkeypatch.setattr(room, lambda _: 2 * MB)
        assert put(store, numbers())

    def test_free_segments_go_before_a_disk_counts_as_full(self, place, store, monkeypatch):
        _, hold = put(store, numbers())
        del hold
        room = "raylite._core.object_store.new_files.free_bytes"
        monkeypatch.setattr(room, lambda _: 0 if place.on_disk() else 3 * MB)
        assert put(store, numbers(2 * MB))

    def test_a_disk_that_becomes_full_leaves_no_half_file(self, place, store, monkeypatch):
        def full(fd: int, _views: object) -> int:
            os.write(fd, b"half")
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "writev", full)
        with pytest.raises(OutOfDiskError):
            put(store, numbers())
        assert place.on_disk() == []

    def test_another_error_of_the_disk_is_told(self, store, monkeypatch):
        def broken(_fd: int, _views: object) -> int:
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(os, "writev", broken)
        with pytest.raises(RaySystemError, match=r"1.0 MB could not be written.*Input/output"):
            put(store, numbers())


def test_memory_that_becomes_full_in_the_middle_sends_the_value_to_disk(place, monkeypatch):
    store, write = place.store(ANN), os.writev

    def full_once(fd: int, views: list[memoryview]) -> int:
        monkeypatch.setattr(os, "writev", write)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "writev", full_once)
    payload, _hold = put(store, numbers())
    assert (load(payload) == numbers()).all()
    assert (place.files(), len(place.on_disk())) == ([], 1)


def test_folders_that_were_removed_are_made_again(place):
    store = place.store(ANN)
    Path(place.session.shm_folder).rmdir()
    Path(place.session.folder).rmdir()
    place.hosts[ANN].restored = [place.session.shm_folder, place.session.folder]
    payload, _hold = put(store, numbers())
    assert (load(payload) == numbers()).all()
    assert len(place.files()) == 1


def test_without_the_folder_in_memory_values_go_to_disk(place):
    store = place.store(ANN)
    Path(place.session.shm_folder).rmdir()
    payload, _hold = put(store, numbers())
    assert (load(payload) == numbers()).all()


def test_without_any_folder_it_is_said_that_somebody_has_removed_it(tmp_path):
    place = Place(tmp_path)
    store = place.store(ANN)
    payload, _hold = put(store, numbers())
    (tmp_path / "memory" / place.files()[0]).unlink()
    for name in ("memory", "disk"):
        (tmp_path / name).rmdir()
    with pytest.raises(RaySystemError, match=r"folder .* is gone, somebody has removed it"):
        put(store, numbers())
    with pytest.raises(ObjectLostError):
        load(payload)


class TestALimit:
    @pytest.fixture
    def place(self, tmp_path):
        return Place(tmp_path, limit=4 * MB)

    def test_free_segments_of_the_process_go_first(self, place):
        store = place.store(ANN)
        for size in (MB, 2 * MB, 3 * MB):
            _, hold = put(store, numbers(size))
            del hold
        assert place.files() == [f"{ANN[:12]}-{ANN[:12]}-2"]

    def test_then_the_caller_is_told(self, place):
        store = place.store(ANN)
        kept = [put(store, numbers()) for _ in range(3)]
        with pytest.raises(ObjectStoreFullError):
            put(store, numbers())
        assert len(place.files()) == len(kept) == 3
        assert store.total_bytes() > 3 * MB
        assert store.has_room(MB // 2)
        assert not store.has_room(2 * MB)

    def test_room_that_is_made_while_it_is_waited_for_is_used(self, place):
        store, host = place.store(ANN), place.hosts[ANN]
        kept = [put(store, numbers()) for _ in range(3)]

        def let_go() -> None:
            kept.clear()

        host.when_full = let_go
        assert put(store, numbers())

    def test_it_holds_when_the_folders_were_made_again(self, place):
        store = place.store(ANN)
        kept = [put(store, numbers()) for _ in range(3)]
        Path(place.session.folder, LEDGER).unlink()
        make_ledger(place.session.folder, place.session.store_limit)
        store.folders_restored()
        with pytest.raises(ObjectStoreFullError):
            put(store, numbers())
        del kept[0]
        assert put(store, numbers())

    def test_the_disk_counts_as_well(self, place, monkeypatch):
        store = place.store(ANN)
        monkeypatch.setattr(store._new_files._memory, "has_room", lambda size: size < 2 * MB)
        kept = [put(store, numbers()), put(store, numbers(2 * MB + 9))]
        assert len(place.on_disk()) == 1
        with pytest.raises(ObjectStoreFullError):
            put(store, numbers())
        assert kept
        store.close()


def test_without_a_limit_there_is_as_much_room_as_there_is(place):
    assert place.store(ANN).has_room(MB)
    assert not place.store(ANN).has_room(1 << 60)
