"""A value survives while anyone can still get it, and is gone soon after no one can.

Each way of a ref (:mod:`tests.ref_paths`) is gone by a large object of the driver, by a small one
that an actor owns, and by an actor's handle.
"""

import gc
import weakref
from pathlib import Path

import numpy as np
import pytest

from tests.processes import wait_until
from tests.ref_paths import PATHS

SMALL, LARGE = 10, 200_000


class Owner:
    """Owns objects, and knows which of them are still there."""

    def __init__(self):
        self.seen = {}

    def make(self, size):
        import raylite as ray

        ref = ray.put(np.ones(size, np.uint8))
        self.seen[ref.hex()] = weakref.ref(ref._entry)
        return [ref]

    def has(self, name):
        return self.seen[name]() is not None


class Summing:
    def total(self):
        return 10


class Followed:
    """Something that is told of a thing: what reading it gives, and whether it is there."""

    def __init__(self, box, expected, exists):
        self.box = box
        self.expected = expected
        self.exists = exists


@pytest.fixture
def objects_of_the_driver(ray):
    def make(size):
        ref = ray.put(np.ones(size, np.uint8))
        entry, file = weakref.ref(ref._entry), Path(ref._entry.pin.path)
        return Followed([ref], size, lambda: entry() is not None or file.exists())

    return make


@pytest.fixture
def objects_of_an_actor(ray):
    owners = [ray.remote(Owner).options(num_cpus=0).remote()]

    def make(size):
        box = ray.get(owners[0].make.remote(size))
        name = box[0].hex()
        return Followed(box, size, lambda: ray.get(owners[0].has.remote(name)))

    yield make
    owners.clear()


@pytest.fixture
def handles(ray):
    from raylite import _engine

    def make(_size):
        actor = ray.remote(Summing).options(num_cpus=0).remote()
        name = actor._actor_id.hex()

        def lives():
            rows = _engine.current().state("actors")
            return next(row["state"] for row in rows if row["actor_id"] == name) != "DEAD"

        return Followed([actor], 10, lives)

    return make


def follow(make, size, path, gate):
    followed = make(size)
    way = path(followed.box, gate)
    read = next(way)
    gc.collect()
    assert followed.exists()
    assert read() == followed.expected
    assert not followed.box
    del read
    assert next(way, None) is None
    del way
    gc.collect()
    wait_until(lambda: not followed.exists())


every_path = pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)


@every_path
def test_an_object_of_the_driver_lives_as_long_as_its_ref_in(path, objects_of_the_driver, tmp_path):
    follow(objects_of_the_driver, LARGE, path, tmp_path / "gate")


@every_path
def test_an_object_of_an_actor_lives_as_long_as_its_ref_in(path, objects_of_an_actor, tmp_path):
    follow(objects_of_an_actor, SMALL, path, tmp_path / "gate")


@every_path
def test_an_actor_lives_as_long_as_its_handle_in(path, handles, tmp_path):
    follow(handles, SMALL, path, tmp_path / "gate")
