# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""Large values: arrays are read-only and shared, not copied."""

import gc
import os
from pathlib import Path

import numpy as np
import pytest

from tests.processes import wait_until

LARGE = 300_000
"""Numbers in an array that is too large for a message."""


@pytest.fixture
def array():
    return np.arange(LARGE, dtype=np.float64)


@pytest.mark.parametrize("size", [10, 100, LARGE])
def test_an_array_comes_back_read_only_whatever_its_size(ray, size):
    @ray.remote
    def ones():
        return np.ones(size)

    for got in (ray.get(ray.put(np.ones(size))), ray.get(ones.remote())):
        assert got.shape == (size,)
        assert not got.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            got[0] = 2


@pytest.mark.parametrize("size", [10, LARGE])
def test_an_array_arrives_read_only_as_an_argument(ray, size):
    @ray.remote
    def writeable(array):
        return bool(array.flags.writeable)

    @ray.remote
    class Actor:
        def writeable(self, array):
            return bool(array.flags.writeable)

    array = np.ones(size)
    assert ray.get(writeable.remote(array)) is False
    assert ray.get(writeable.remote(ray.put(array))) is False
    assert ray.get(Actor.remote().writeable.remote(array)) is False
    assert array.flags.writeable


def test_two_gets_of_a_large_array_share_its_pages(ray, array):
    ref = ray.put(array)
    first, second = ray.get(ref), ray.get(ref)
    assert np.array_equal(first, array)
    assert not first.flags.owndata
    assert not second.flags.owndata


def test_a_large_array_goes_there_and_back(ray, array):
    @ray.remote
    def doubled(array):
        return 2 * array

    @ray.remote
    class Holder:
        def __init__(self, array):
            self.array = array

        def array(self):
            return self.array

        def total(self, other):
            return float((self.array + other).sum())

    assert np.array_equal(ray.get(doubled.remote(array)), 2 * array)
    holder = Holder.remote(array)
    assert np.array_equal(ray.get(holder.array.remote()), array)
    assert ray.get(holder.total.remote(array)) == 2 * array.sum()


def test_a_large_array_goes_from_task_to_task_without_the_driver(ray, array):
    @ray.remote
    def plus_one(array):
        return array + 1

    ref = ray.put(array)
    for _ in range(5):
        ref = plus_one.remote(ref)
    assert np.array_equal(ray.get(ref), array + 5)


def test_an_array_lives_on_when_its_ref_is_gone(ray, array):
    ref = ray.put(array)
    got = ray.get(ref)
    del ref
    gc.collect()
    assert np.array_equal(got, array)


def test_an_argument_that_an_actor_keeps_lives_on(ray, array):
    @ray.remote
    class Holder:
        def hold(self, array):
            self.array = array

        def total(self):
            return float(self.array.sum())

    holder = Holder.remote()
    ray.get(holder.hold.remote(array))
    ray.get(holder.hold.remote(ray.put(array)))
    gc.collect()
    assert ray.get(holder.total.remote()) == array.sum()


def test_a_large_array_inside_an_object_comes_back(ray, array):
    @ray.remote
    def wrap(array):
        return {"array": array, "sizes": [array.size]}

    got = ray.get(wrap.remote(array))
    assert got["sizes"] == [LARGE]
    assert np.array_equal(got["array"], array)


def test_a_large_text_and_large_bytes_come_back(ray):
    @ray.remote
    def echo(value):
        return value

    text, raw = "ä" * 500_000, os.urandom(1_000_000)
    assert ray.get(echo.remote(text)) == text
    assert ray.get(ray.put(raw)) == raw
    assert ray.get(echo.remote(raw)) == raw


def test_several_large_returns_come_back(ray, array):
    @ray.remote(num_returns=2)
    def split(array):
        return array[: LARGE // 2], array[LARGE // 2 :]

    first, second = ray.get(split.remote(array))
    assert np.array_equal(np.concatenate([first, second]), array)


def test_a_nested_ref_to_a_large_array_is_read_where_it_lies(ray, array):
    @ray.remote
    def total(refs):
        return float(sum(part.sum() for part in ray.get(refs)))

    refs = [ray.put(array), ray.put(array)]
    assert ray.get(total.remote(refs)) == 2 * array.sum()


def test_a_large_object_made_in_an_actor_is_read_by_a_task(ray, array):
    @ray.remote
    class Maker:
        def make(self):
            self.ref = ray.put(np.ones(LARGE))
            return [self.ref]

    @ray.remote
    def total(refs):
        return float(ray.get(refs[0]).sum())

    maker = Maker.remote()
    refs = ray.get(maker.make.remote())
    assert ray.get(total.remote(refs)) == LARGE
    assert ray.get(refs[0]).sum() == LARGE


def test_files_go_when_the_refs_go(ray, array):
    from raylite import _engine

    @ray.remote
    def ones():
        return np.ones(LARGE)

    session = _engine.current()._session

    def files():
        folders = [Path(session.shm_folder), Path(session.folder)]
        return {path for folder in folders for path in folder.glob("*-*") if path.is_file()}

    wait_until(lambda: not files())
    refs = [ray.put(array), ones.remote()]
    ray.wait(refs, num_returns=2)
    assert len(files()) == 2
    ray.get(ones.remote())
    del refs
    gc.collect()
    wait_until(lambda: not files())


def test_fortran_order_and_empty_arrays_come_back(ray):
    matrix = np.asfortranarray(np.arange(400_000.0).reshape(400, 1000))
    got = ray.get(ray.put(matrix))
    assert got.flags.f_contiguous
    assert np.array_equal(got, matrix)
    assert ray.get(ray.put(np.empty((0, 3)))).shape == (0, 3)


def test_arrays_of_objects_come_back(ray):
    array = np.array([{"a": 1}, None, "x"], dtype=object)
    assert list(ray.get(ray.put(array))) == [{"a": 1}, None, "x"]


def test_what_a_killed_actor_owned_is_removed_and_what_it_returned_is_not(ray, array):
    from raylite import _engine

    @ray.remote
    class Maker:
        def put(self):
            self.kept = ray.put(np.ones(LARGE))
            return [self.kept]

        def ones(self):
            return np.ones(LARGE)

    session = _engine.current()._session
    maker = Maker.remote()
    (owned,) = ray.get(maker.put.remote())
    returned = maker.ones.remote()
    ray.wait([returned])
    ray.kill(maker)
    wait_until(lambda: len(list(Path(session.shm_folder).glob("*-*-*"))) == 1)
    with pytest.raises(ray.exceptions.ObjectLostError):
        ray.get(owned)
    assert ray.get(returned).sum() == LARGE
