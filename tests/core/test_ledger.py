"""A limit that several processes keep together; here they are threads with a ledger each."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from raylite._core.common.ids import WorkerID
from raylite._core.object_store.ledger import Ledger, make_ledger
from raylite._core.object_store.names import (
    file_name,
    object_files,
    remove_files_of,
    total_bytes,
    writer_of,
)
from raylite._core.object_store.segment import create

ANN, BOB = "a" * 12, "b" * 12
"""The beginnings of the ids of two processes."""


@pytest.fixture
def folder(tmp_path):
    make_ledger(str(tmp_path))
    return str(tmp_path)


def put(ledger: Ledger, folder: str, name: str, size: int) -> bool:
    fd = ledger.reserve(size, lambda: create(f"{folder}/{name}", size))
    if fd is not None:
        os.close(fd)
    return fd is not None


def test_the_last_byte_can_be_had_and_not_one_more(folder):
    ledger = Ledger(folder, [folder], 100)
    assert put(ledger, folder, file_name(ANN, ANN, 0), 60)
    assert not put(ledger, folder, file_name(ANN, ANN, 1), 41)
    assert put(ledger, folder, file_name(ANN, ANN, 2), 40)
    assert not put(ledger, folder, file_name(ANN, ANN, 3), 1)
    ledger.close()


def test_what_was_removed_makes_room_though_nobody_has_said_so(folder):
    ledger = Ledger(folder, [folder], 100)
    for number in range(10):
        assert put(ledger, folder, file_name(ANN, ANN, number), 60)
        remove_files_of(WorkerID(ANN + "ff"), [folder])
    assert ledger.has_room(100)
    assert not ledger.has_room(101)
    ledger.close()


def test_many_who_put_at_once_do_not_exceed_it_together(folder):
    def put_many(who: int) -> int:
        ledger = Ledger(folder, [folder], 10_000)
        done = sum(
            put(ledger, folder, file_name(f"{who:012x}", f"{who:012x}", number), 70)
            for number in range(60)
        )
        ledger.close()
        return done

    with ThreadPoolExecutor(6) as pool:
        number = sum(pool.map(put_many, range(6)))
    assert number == 10_000 // 70
    assert total_bytes([folder]) == number * 70


def test_a_file_that_could_not_be_made_takes_nothing_for_long(folder):
    ledger = Ledger(folder, [folder], 100)

    def fail() -> int:
        msg = "no room"
        raise OSError(msg)

    with pytest.raises(OSError, match="no room"):
        ledger.reserve(90, fail)
    assert put(ledger, folder, file_name(ANN, ANN, 0), 90)
    ledger.close()
    ledger.close()


def test_only_files_of_objects_count(folder):
    for name in ("0123456789abcdef.sock", "lock", "told-of-disk", "working-dir-1234"):
        Path(folder, name).touch()
    assert list(object_files([folder, folder, f"{folder}/nowhere"])) == []


def test_names_say_who_owns_and_who_has_written(folder):
    for owner, writer in ((ANN, ANN), (ANN, BOB), (BOB, ANN)):
        name = file_name(owner, writer, 255)
        assert writer_of(f"{folder}/{name}") == writer
        Path(folder, name).touch()
    remove_files_of(WorkerID(ANN + "ffff"), [folder, f"{folder}/nowhere"])
    assert [entry.name for entry in object_files([folder])] == [f"{BOB}-{ANN}-ff"]
