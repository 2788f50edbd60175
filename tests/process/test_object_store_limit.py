"""``init(object_store_memory=...)``: a limit for all processes together, and what those hear."""

import contextlib
import gc
import os

import numpy as np
import pytest

import raylite
from raylite import _engine, cli
from raylite.exceptions import ObjectStoreFullError
from tests.conftest import nothing_left
from tests.processes import wait_until

LIMIT = 80 << 20
PART = 15 << 20
"""Five fit, six do not."""


@pytest.fixture
def ray(mark):
    with nothing_left(mark):
        raylite.init(num_cpus=2, object_store_memory=LIMIT, log_to_driver=False)
        try:
            yield raylite
        finally:
            raylite.shutdown()


def part(value: int = 0, size: int = PART) -> np.ndarray:
    return np.full(size, value, np.uint8)


def taken_bytes() -> int:
    folder = _engine.current().address_info()["object_store_address"]
    taken = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):  # It has just gone.
                taken += entry.stat().st_size
    return taken


def test_it_is_what_the_session_has(ray):
    assert ray.cluster_resources()["object_store_memory"] == LIMIT
    assert ray.nodes()[0]["Resources"]["object_store_memory"] == LIMIT


def test_beyond_it_a_put_names_the_limit_what_was_asked_and_who_holds_what(ray):
    large, *others = [ray.put(part(size=PART + 4 * n)) for n in (3, 0, 0, 0, 0)]
    with pytest.raises(ObjectStoreFullError) as caught:
        ray.put(part())
    text = str(caught.value)
    assert "A value of 15.7 MB (15,728" in text
    assert f"may take 83.9 MB, by init(object_store_memory={LIMIT})" in text
    assert "and take 78.6 MB" in text
    first = text.split("still referred to:\n")[1]
    assert first.index(large.hex()[-12:]) < first.index(others[0].hex()[-12:])
    assert ", put object at test_object_store_limit.py, line " in first
    assert f"held by driver {os.getpid()}\n" in first
    others.clear()
    assert (ray.get(ray.put(part(3))) == 3).all()


def test_a_value_that_never_fits_is_refused_at_once(ray):
    with pytest.raises(ObjectStoreFullError, match="Begin the session with a higher limit"):
        ray.put(part(size=LIMIT))
    assert ray.get(ray.put(1)) == 1


def test_what_only_the_garbage_collector_finds_goes_first(ray):
    gc.disable()
    try:
        for _ in range(3):
            circle = [ray.put(part()) for _ in range(5)]
            circle.append(circle)
            del circle
        assert taken_bytes() <= LIMIT
    finally:
        gc.enable()


def test_a_large_argument_and_a_returned_value_count(ray):
    @ray.remote
    def size_of(value):
        return len(value)

    @ray.remote
    def make():
        return part()

    kept = [ray.put(part()) for _ in range(5)]
    with pytest.raises(ObjectStoreFullError):
        size_of.remote(part())
    ref = make.remote()
    with pytest.raises(ObjectStoreFullError, match="still referred to"):
        ray.get(ref)
    kept.pop()
    assert ray.get(size_of.remote(part())) == PART
    assert len(ray.get(make.remote())) == PART


def test_an_item_that_does_not_fit_is_an_error_that_comes_through_its_ref(ray):
    @ray.remote
    def yields():
        for value in range(7):
            yield part(value)

    kept = list(yields.remote())
    assert [ray.get(ref)[0] for ref in kept[:5]] == [0, 1, 2, 3, 4]
    with pytest.raises(ObjectStoreFullError):
        ray.get(kept[-1])


def test_several_processes_that_put_at_once_fill_it_and_do_not_exceed_it(ray):
    class Putter:
        def __init__(self):
            self.refs = []

        def fill(self):
            while True:
                try:
                    self.refs.append(raylite.put(part(size=3 << 20)))
                except ObjectStoreFullError:
                    return len(self.refs)

        def pid(self):
            return os.getpid()

    putters = [ray.remote(num_cpus=0)(Putter).remote() for _ in range(3)]
    ray.get([putter.pid.remote() for putter in putters])
    filled = ray.get([putter.fill.remote() for putter in putters])
    assert sum(filled) == LIMIT // ((3 << 20) + 200)
    assert LIMIT - (4 << 20) < taken_bytes() <= LIMIT
    # One of them is killed: what it had can be had by others.
    full = max(range(3), key=filled.__getitem__)
    ray.kill(putters[full])
    wait_until(lambda: taken_bytes() <= LIMIT - filled[full] * (3 << 20))
    assert len(ray.get(ray.put(part(size=filled[full] * (3 << 20) - 4096)))) > 0


def test_a_runtime_for_several_programs_is_started_with_the_same_words(mark, tmp_path, capsys):
    (tmp_path / "memory").mkdir()
    folders = ["--plasma-directory", str(tmp_path / "memory")]
    folders += ["--object-spilling-directory", str(tmp_path / "disk")]
    with nothing_left(mark):
        try:
            assert not cli.main(["start", "--head", "--object-store-memory", str(LIMIT), *folders])
            raylite.init(log_to_driver=False)
            assert raylite.cluster_resources()["object_store_memory"] == LIMIT
            kept = raylite.put(part())
            assert len(raylite.get(kept)) == PART
            [folder] = (tmp_path / "memory").iterdir()
            assert len(list(folder.iterdir())) == 2
            with pytest.raises(ObjectStoreFullError):
                raylite.put(part(size=LIMIT))
            raylite.shutdown()
        finally:
            cli.main(["stop", "--force"])
    assert not [*(tmp_path / "memory").iterdir(), *(tmp_path / "disk").iterdir()]
    assert "object_store_memory" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--object-store-memory", "1000", "75 MiB"),
        ("--object-store-memory", "much", "much"),
        ("--plasma-directory", "/nowhere", "not a directory"),
    ],
)
def test_a_runtime_is_not_started_with_wrong_ones(option, value, said, capsys):
    with pytest.raises(SystemExit):
        cli.main(["start", "--head", option, value])
    assert said in capsys.readouterr().err
