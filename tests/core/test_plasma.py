"""The store of one process: what becomes of a file when its writer, owner or reader lets go."""

import os
import pickle
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

from raylite._core.object_store.plasma import load, size_of, written_by
from tests.core.store_story import ANN, BOB, CEC, MB, Place, numbers, put


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def test_a_small_value_needs_no_file(place):
    payload, hold = put(place.store(ANN), b"x" * 1000)
    assert (hold, load(payload), place.files()) == (None, b"x" * 1000, [])
    assert size_of(payload) == len(payload)


def test_a_large_value_lies_in_a_file_of_its_owner_and_writer(place):
    payload, hold = put(place.store(ANN), numbers())
    assert place.files() == [f"{ANN[:12]}-{ANN[:12]}-0"]
    assert (load(payload) == numbers()).all()
    assert not load(payload).flags.writeable
    assert size_of(payload) == hold.size_bytes >= MB
    assert written_by(payload) == (ANN[:12], hold.size_bytes)


def test_the_next_value_of_its_size_uses_the_file_again(place):
    store = place.store(ANN)
    for value in range(5):
        payload, hold = put(store, np.full(MB, value, np.uint8))
        assert set(load(payload)) == {value}
        del hold
    found = store.statistics()
    assert (found.num_files, found.num_reused) == (1, 4)
    assert found.num_bytes > 5 * MB


def test_an_array_that_outlives_its_ref_keeps_what_is_in_it(place):
    store = place.store(ANN)
    payload, hold = put(store, numbers())
    array = load(payload)
    del hold
    others = [put(store, np.zeros(MB, np.uint8)) for _ in range(3)]
    assert (array == numbers()).all()
    assert len(others) == len(place.files()) - 1


def test_what_was_let_go_of_is_noted_and_removed_in_time(place, monkeypatch):
    store, host = place.store(ANN), place.hosts[ANN]
    _, hold = put(store, numbers())
    del hold
    assert host.num_pokes == 1
    when_s = store.trim()
    assert len(place.files()) == 1
    monkeypatch.setattr(time, "monotonic", lambda: when_s)
    assert store.trim() is None
    assert place.files() == []


def test_who_comes_anyway_is_not_poked(place):
    store, host = place.store(ANN), place.hosts[ANN]
    _, hold = put(store, numbers())
    store.is_watched = True
    del hold
    assert host.num_pokes == 0


class TestReturned:
    """Ann calls, Bob returns a value: he writes, she owns."""

    @pytest.fixture
    def ann(self, place):
        return place.store(ANN)

    @pytest.fixture
    def bob(self, place):
        return place.store(BOB)

    def test_it_is_the_callers_file(self, place, ann, bob):
        payload, hold = put(bob, numbers(), ANN)
        assert hold is None
        assert place.files() == [f"{ANN[:12]}-{BOB[:12]}-0"]
        kept = ann.hold(payload)
        assert (load(payload) == numbers()).all()
        del kept

    def test_it_goes_back_to_its_writer(self, place, ann, bob):
        for value in range(4):
            payload, _ = put(bob, np.full(MB, value, np.uint8), ANN)
            kept = ann.hold(payload)
            assert set(load(payload)) == {value}
            del kept
            [name] = ann.released_others()
            assert place.hosts[ANN].num_pokes == value + 1
            bob.take_back(name)
        assert bob.statistics().num_files == 1

    def test_when_the_writer_dies_it_stays_readable_and_goes_with_its_ref(self, place, ann, bob):
        payload, _ = put(bob, numbers(), ANN)
        kept = ann.hold(payload)
        ann.process_gone(BOB)
        assert (load(payload) == numbers()).all()
        del kept
        for name in ann.released_others():
            ann.remove(name)
        assert place.files() == []

    def test_when_the_writer_dies_before_the_owner_hears_of_it_it_is_removed(self, place, ann, bob):
        put(bob, numbers(), ANN)
        put(bob, numbers(), CEC)
        ann.process_gone(BOB)
        assert place.files() == [f"{CEC[:12]}-{BOB[:12]}-1"]

    def test_when_the_owner_dies_the_writer_removes_it(self, place, bob):
        put(bob, numbers(), ANN)
        put(bob, numbers(), CEC)
        bob.process_gone(ANN)
        assert place.files() == [f"{CEC[:12]}-{BOB[:12]}-1"]

    def test_when_the_owner_has_died_meanwhile_it_is_removed_at_once(self, place, bob):
        place.hosts[BOB].gone.add(ANN[:12])
        put(bob, numbers(), ANN)
        assert place.files() == []

    def test_one_that_the_writer_does_not_know_any_more_is_removed(self, place, bob):
        path = f"{place.session.shm_folder}/{ANN[:12]}-{BOB[:12]}-9"
        Path(path).touch()
        bob.take_back(path)
        assert place.files() == []
        bob.take_back(f"{place.session.shm_folder}/{ANN[:12]}-{CEC[:12]}-9")

    def test_one_that_cannot_be_named_is_removed(self, place, bob, monkeypatch):
        def refuse(*_args: object) -> None:
            msg = "no"
            raise OSError(msg)

        monkeypatch.setattr(os, "rename", refuse)
        with pytest.raises(OSError, match="no"):
            put(bob, numbers(), ANN)
        assert place.files() == []


def test_a_forked_copy_touches_nothing(place):
    store = place.store(ANN)
    payload, hold = put(store, numbers())
    taken = store.hold(put(place.store(BOB), numbers(), ANN)[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # That other tests have left threads in this process.
        pid = os.fork()
    if pid == 0:
        del hold, taken
        store.abandon()
        store.trim()
        store.released_others()
        store.process_gone(BOB)
        store.remove(f"{place.session.shm_folder}/{place.files()[0]}")
        store.close()
        os._exit(len(place.files()))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 2
    assert (load(payload) == numbers()).all()
    assert (hold is None, taken is None) == (False, False)


def test_who_leaves_keeps_no_free_segment(place):
    store = place.store(ANN)
    _, hold = put(store, numbers())
    del hold
    store.trim()
    store.close()
    assert place.files() == []
    assert pickle.loads(put(place.store(BOB), "text")[0]) == "text"
