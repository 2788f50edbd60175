"""Ids as users see them."""

import copy
import pickle

import pytest

import raylite as ray


def test_an_id_says_what_it_is():
    made = ray.ActorID(b"\1" * 16)
    assert repr(made) == str(made) == f"ActorID({'01' * 16})"
    assert (made.hex(), made.binary(), bytes(made)) == ("01" * 16, b"\1" * 16, b"\1" * 16)


def test_ids_are_equal_if_kind_and_bytes_are():
    made = ray.NodeID(b"\1" * 28)
    assert made == ray.NodeID.from_hex("01" * 28) == ray.NodeID.from_binary(b"\1" * 28)
    assert made == ray.NodeID.from_hex(b"01" * 28)
    assert made != ray.WorkerID(b"\1" * 28)
    assert made != "01" * 28
    assert len({made, ray.NodeID(b"\1" * 28), ray.WorkerID(b"\1" * 28)}) == 2


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        (ray.ActorID, 16),
        (ray.JobID, 4),
        (ray.TaskID, 24),
        (ray.PlacementGroupID, 18),
        (ray.NodeID, 28),
        (ray.WorkerID, 28),
        (ray.UniqueID, 28),
        (ray.FunctionID, 28),
        (ray.ActorClassID, 28),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_each_kind_has_its_size_and_a_nil(kind, size):
    assert kind.size() == size
    assert kind.nil() == kind(b"\xff" * size)
    assert kind.nil().is_nil()
    assert not kind(bytes(size)).is_nil()
    with pytest.raises(ValueError, match=f"{kind.__name__} has {size} bytes, but 1 were given"):
        kind(b"1")
    with pytest.raises(TypeError, match=r"made from bytes, .* write \w+.from_hex"):
        kind("01" * size)


def test_an_id_can_be_copied_and_pickled():
    made = ray.TaskID(b"\2" * 24)
    assert pickle.loads(pickle.dumps(made)) == copy.deepcopy(made) == made


def test_a_job_has_a_number():
    assert ray.JobID.from_int(1).hex() == "01000000"
    assert ray.JobID.from_hex("02000000").int() == 2


def test_a_ref_knows_its_task():
    assert ray.ObjectRef(b"\1" * 28).task_id() == ray.TaskID(b"\1" * 24)
