"""A file that is written again, and readers who come early, late, and at the worst moment."""

import fcntl
import gc
import mmap
import os
import resource
import sys
from pathlib import Path
from weakref import WeakValueDictionary

import numpy as np  # noqa: F401  # Its being there is what is tested.
import pytest

from raylite._core.object_store import mapping, segment
from raylite._core.object_store.mapping import open_map
from raylite._core.object_store.segment import Piece, Segment, create, fill_new
from raylite.exceptions import ObjectLostError, RaySystemError

LARGE = 3 << 20


@pytest.fixture
def written(tmp_path):
    """A segment of three megabytes of a."""
    path = f"{tmp_path}/a"
    fill_new(create(path), path, [b"a" * LARGE])
    return Segment(path, LARGE, is_memory=True)


def content(path: str) -> bytes:
    return Path(path).read_bytes()


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_it_is_written_again_under_another_name(written, tmp_path):
    assert written.rewrite(f"{tmp_path}/b", [b"b" * 10, memoryview(b"c" * (LARGE - 10))], LARGE)
    assert content(written.path) == b"b" * 10 + b"c" * (LARGE - 10)
    assert names_in(tmp_path) == ["b"]
    assert written.is_mapped


@pytest.mark.parametrize("with_numpy", [True, False])
def test_a_copy_is_the_same_with_numpy_and_without(written, tmp_path, monkeypatch, with_numpy):
    if not with_numpy:
        monkeypatch.delitem(sys.modules, "numpy", raising=False)
    monkeypatch.setattr(segment, "_CHUNK_BYTES", 1 << 20)
    pieces: list[Piece] = [
        b"head",
        memoryview(bytes(range(256)) * (LARGE // 256 - 1)),
        b"",
        b"x" * 252,
    ]
    assert written.rewrite(f"{tmp_path}/b", pieces, LARGE)
    assert content(written.path) == b"".join(pieces)


def test_a_map_is_used_again_and_ends_with_the_file(written, tmp_path):
    before = Segment.num_maps
    for name in "bcd":
        assert written.rewrite(f"{tmp_path}/{name}", [name.encode() * LARGE], LARGE)
        assert content(written.path) == name.encode() * LARGE
    assert Segment.num_maps == before + 1
    written.discard()
    assert Segment.num_maps == before
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("is_memory", [True, False])
def test_what_is_small_or_on_a_disk_is_written_without_a_map(tmp_path, is_memory):
    path, size = f"{tmp_path}/a", 1000 if is_memory else LARGE
    fill_new(create(path), path, [b"a" * size])
    one = Segment(path, size, is_memory=is_memory)
    assert one.rewrite(f"{tmp_path}/b", [b"b" * size], size)
    assert content(one.path) == b"b" * size
    assert not one.is_mapped


def test_without_a_free_descriptor_it_is_written_without_a_map(written, tmp_path, monkeypatch):
    def refuse(*_args: object, **_options: object) -> None:
        raise OSError

    monkeypatch.setattr(mmap, "mmap", refuse)
    assert written.rewrite(f"{tmp_path}/b", [b"b" * LARGE], LARGE)
    assert content(written.path) == b"b" * LARGE


def test_it_is_left_alone_while_anybody_looks_at_it(written, tmp_path):
    part = memoryview(open_map(written.path, LARGE))[10:20]
    assert not written.rewrite(f"{tmp_path}/b", [b"b" * LARGE], LARGE)
    assert (bytes(part), names_in(tmp_path)) == (b"a" * 10, ["a"])
    del part
    assert written.rewrite(f"{tmp_path}/b", [b"b" * LARGE], LARGE)


def test_one_whose_file_is_gone_is_not_written(written, tmp_path):
    Path(written.path).unlink()
    assert not written.rewrite(f"{tmp_path}/b", [b"b" * LARGE], LARGE)
    assert names_in(tmp_path) == []


def test_a_late_reader_finds_nothing_under_the_old_name(written, tmp_path):
    old = written.path
    written.rewrite(f"{tmp_path}/b", [b"b" * LARGE], LARGE)
    with pytest.raises(ObjectLostError):
        open_map(old, LARGE)


def test_a_reader_who_comes_while_it_is_written_is_told_that_his_object_is_lost(
    written, tmp_path, monkeypatch
):
    seen = []
    old_fd = os.open(written.path, os.O_RDONLY)

    def read_now(fd: int, *_rest: object) -> None:
        monkeypatch.setattr(os, "open", lambda *_: os.dup(old_fd))
        with pytest.raises(ObjectLostError):
            open_map("under the old name", LARGE)
        seen.append(fd)

    monkeypatch.setattr(written.__class__, "_fill", lambda _self, fd, *rest: read_now(fd, *rest))
    assert written.rewrite(f"{tmp_path}/b", [b"b" * LARGE], LARGE)
    assert len(seen) == 1
    os.close(old_fd)


def test_a_reader_who_was_overtaken_between_open_and_lock_sees_no_other_object(
    written, tmp_path, monkeypatch
):
    lock = fcntl.flock

    def overtaken(fd: int, how: int) -> None:
        monkeypatch.setattr(fcntl, "flock", lock)
        assert written.rewrite(f"{tmp_path}/b", [b"b" * LARGE], LARGE)
        lock(fd, how)

    monkeypatch.setattr(fcntl, "flock", overtaken)
    with pytest.raises(ObjectLostError):
        open_map(written.path, LARGE)


def test_a_second_look_uses_the_map_that_is_there(written):
    first = open_map(written.path, LARGE)
    assert open_map(written.path, LARGE) is first
    path = written.path
    del first
    gc.collect()
    assert path not in mapping._maps


def test_a_process_with_too_few_descriptors_allows_itself_more(written):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = os.dup(0)
    os.close(used)
    resource.setrlimit(resource.RLIMIT_NOFILE, (used, hard))
    try:
        assert open_map(written.path, LARGE)[:1] == b"a"
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > used
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_maps_leave_descriptors_for_sockets(tmp_path, monkeypatch):
    segments = []
    for name in "abcd":
        fill_new(create(f"{tmp_path}/{name}"), f"{tmp_path}/{name}", [b"a" * 10])
        segments.append(f"{tmp_path}/{name}")
    monkeypatch.setattr(mapping, "_maps", WeakValueDictionary())
    monkeypatch.setattr(resource, "setrlimit", lambda *_limits: None)
    monkeypatch.setattr(os, "sysconf", lambda _name: 4)
    maps = [open_map(path, 10) for path in segments[:3]]
    with pytest.raises(RaySystemError, match="Too many open files"):
        open_map(segments[3], 10)
    del maps[0]
    assert open_map(segments[3], 10)[:1] == b"a"
    monkeypatch.setattr(os, "sysconf", lambda _name: -1)  # Without limit.
    assert open_map(segments[0], 10)[:1] == b"a"


@pytest.mark.parametrize("again", [OSError(24, "Too many open files"), FileNotFoundError()])
def test_when_that_does_not_help_it_is_said_in_a_sentence(written, monkeypatch, again):
    answers = [OSError(24, "Too many open files"), again]

    def refuse(*_args: object) -> int:
        raise answers.pop(0)

    monkeypatch.setattr(os, "open", refuse)
    lost = isinstance(again, FileNotFoundError)
    with pytest.raises(ObjectLostError if lost else RaySystemError, match=r"lost|ulimit -n"):
        open_map(written.path, LARGE)


def test_another_error_is_not_taken_for_a_lost_object(tmp_path):
    with pytest.raises(OSError, match="No such device"):
        open_map(str(tmp_path), LARGE)


def test_a_new_file_that_cannot_be_written_is_removed(tmp_path):
    path = f"{tmp_path}/a"
    fd = create(path)
    os.close(fd)
    read_only = os.open(path, os.O_RDONLY)
    with pytest.raises(OSError, match="Bad file descriptor"):
        fill_new(read_only, path, [b"a"])
    assert names_in(tmp_path) == []


def test_many_pieces_are_written_in_order(tmp_path):
    path = f"{tmp_path}/a"
    pieces = [bytes([n % 256]) * (n % 7) for n in range(2000)]
    fill_new(create(path, 5), path, pieces)
    assert content(path) == b"".join(pieces)
