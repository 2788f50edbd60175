"""Ids of actors, tasks, jobs and nodes."""

import pickle

import pytest

from tests.compat.cases import module, raises

KINDS = {"ActorID": 16, "JobID": 4, "NodeID": 28, "TaskID": 24, "WorkerID": 28}


@pytest.mark.parametrize("name", KINDS)
def test_an_id_is_bytes_of_a_kind(ray, name):
    kind, size = getattr(ray, name), KINDS[name]
    made = kind(b"\1" * size)
    assert (made.binary(), made.hex(), kind.size()) == (b"\1" * size, "01" * size, size)
    assert repr(made) == f"{name}({'01' * size})"
    assert kind.from_hex("01" * size) == kind.from_binary(b"\1" * size) == made
    assert hash(kind(b"\1" * size)) == hash(made)
    assert pickle.loads(pickle.dumps(made)) == made
    assert not made.is_nil()
    assert kind.nil().is_nil()


def test_ids_of_different_kinds_are_different(ray):
    assert ray.NodeID(b"\1" * 28) != ray.WorkerID(b"\1" * 28)
    assert ray.NodeID(b"\1" * 28) != "01" * 28


def test_an_id_of_the_wrong_size_is_refused(ray):
    with raises(ValueError, words="16"):
        ray.ActorID(b"1")


def test_an_id_is_made_from_bytes(ray):
    with raises(TypeError, words="bytes"):
        ray.ActorID("01" * 16)


def test_a_job_has_a_number(ray):
    assert ray.JobID.from_int(3).int() == 3
    assert ray.JobID.from_int(1).hex() == "01000000"


def test_a_handle_has_the_id_of_its_actor(ray):
    class Known:
        def me(self):
            return ray.get_runtime_context().get_actor_id()

    known = ray.remote(Known).remote()
    assert isinstance(known._actor_id, ray.ActorID)
    assert ray.get(known.me.remote()) == known._actor_id.hex()


def test_a_ref_has_the_id_of_its_task(ray):
    ref = ray.put(1)
    assert isinstance(ref.task_id(), ray.TaskID)
    assert ray.ObjectRef.size() == len(ref.binary())


def test_a_context_gives_ids_as_texts_and_as_objects(ray):
    context = ray.get_runtime_context()
    assert context.job_id == ray.JobID.from_hex(context.get_job_id())
    assert context.node_id == ray.NodeID.from_hex(context.get_node_id())
    assert context.current_placement_group_id == ray.PlacementGroupID.nil()
    assert context.get() == {
        "job_id": context.job_id,
        "node_id": context.node_id,
        "namespace": context.namespace,
    }


def test_a_serializer_of_ones_own(ray):
    util = module(ray, "util")

    class Locked:
        def __reduce__(self):
            raise TypeError

    with raises(TypeError):
        ray.put(Locked())
    util.register_serializer(Locked, serializer=lambda _: 7, deserializer=lambda found: found + 1)
    assert ray.get(ray.put([Locked()])) == [8]
    util.deregister_serializer(Locked)
    with raises(TypeError):
        ray.put(Locked())


def test_to_ask_what_a_session_has_starts_none(no_session):
    for ask in (no_session.nodes, no_session.cluster_resources, no_session.available_resources):
        with raises(no_session.exceptions.RaySystemError):
            ask()
    with raises(RuntimeError):
        no_session.timeline()
    assert not no_session.is_initialized()
