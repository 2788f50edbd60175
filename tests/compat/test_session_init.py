"""Beginning and ending a session."""

import os

import pytest

from tests.compat.cases import different, elsewhere, raises


def test_shutdown_without_init_is_fine(no_session):
    ray = no_session
    assert not ray.is_initialized()
    ray.shutdown()
    assert not ray.is_initialized()


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"bogus": 1}, RuntimeError, "bogus"),
        ({"num_cpus": -1}, ValueError, ""),
        ({"namespace": ""}, ValueError, "namespace"),
        ({"namespace": 5}, TypeError, "namespace"),
        ({"object_store_memory": 1000}, ValueError, "1000"),
        ({"object_store_memory": "1GB"}, TypeError, ""),
        ({"_plasma_directory": "/nowhere"}, ValueError, "not a directory"),
        ({"_plasma_directory": 5}, TypeError, "int"),
        ({"object_spilling_directory": 5}, ValueError, "directory"),
    ],
    ids=str,
)
def test_a_mistake_begins_nothing(no_session, options, kind, words):
    with raises(kind, words=words):
        no_session.init(**options)
    assert not no_session.is_initialized()


@different(
    ray="`init(local_mode=True)` is a RuntimeError: Ray has given it up.",
    raylite='It begins a session in this process alone, as `init(engine="inline")` does.',
    why="A debugger has to get into an actor's code somehow.",
)
def test_local_mode_is_one_process(no_session, engine):
    ray = no_session
    if engine == "ray":
        with raises(RuntimeError, words="local_mode"):
            ray.init(local_mode=True)
        assert not ray.is_initialized()
    else:
        ray.init(local_mode=True)
        assert ray.get(ray.remote(os.getpid).remote()) == os.getpid()


@different(
    ray="A CPU among the custom resources of `init` is an AssertionError.",
    raylite="It is a ValueError, as for tasks and actors.",
    why="Bad values are ValueErrors everywhere else.",
)
def test_a_cpu_is_no_custom_resource(no_session, engine):
    kind = {"ray": AssertionError, "raylite": ValueError}[engine]
    with raises(kind, words=("CPU", "num_cpus")):
        no_session.init(resources={"CPU": 1})


def test_a_session_begins_ends_and_begins_again(no_session):
    ray = no_session
    ray.init(num_cpus=3, resources={"disk": 5}, namespace="mine", include_dashboard=False)
    assert ray.is_initialized()
    total = ray.cluster_resources()
    assert (total["CPU"], total["disk"]) == (3, 5)
    assert ray.get_runtime_context().namespace == "mine"
    with raises(RuntimeError, words=("twice", "ignore_reinit_error")):
        ray.init()
    ray.init(ignore_reinit_error=True)
    assert ray.cluster_resources()["CPU"] == 3

    @ray.remote
    class Named:
        def ping(self):
            return "pong"

    named = Named.options(name="of this session").remote()
    assert ray.get(named.ping.remote()) == "pong"
    ray.shutdown()
    assert not ray.is_initialized()
    with pytest.raises(Exception):  # noqa: B017  # what is promised is that it does not work
        ray.get(named.ping.remote(), timeout=10)
    ray.shutdown()

    ray.init(num_cpus=1, namespace="mine", include_dashboard=False)
    with raises(ValueError, words="of this session"):
        ray.get_actor("of this session")
    assert ray.cluster_resources()["CPU"] == 1


@elsewhere(inline="Values lie in the program's own memory, of which nobody keeps count.")
@different(
    ray="What does not fit into `object_store_memory` is moved to disk, as long as that has room.",
    raylite="The limit is for memory and disk together; beyond it is an ObjectStoreFullError.",
    why="Values go to disk when memory is short, limit or not. A limit is there to be kept.",
    on_ray="ray",
)
def test_more_than_the_object_store_may_take(no_session, engine):
    ray = no_session
    ray.init(num_cpus=1, object_store_memory=80 << 20, include_dashboard=False)
    assert ray.cluster_resources()["object_store_memory"] == 80 << 20
    refs = [ray.put(bytes([n]) * (15 << 20)) for n in range(5)]
    if engine == "raylite":
        with raises(ray.exceptions.ObjectStoreFullError, words=("15,7", "held by driver")):
            ray.put(bytes(15 << 20))
        del refs[0]
    refs.append(ray.put(b"5" * (15 << 20)))
    assert [ray.get(ref)[0] for ref in refs][-5:] == [1, 2, 3, 4, ord("5")]


def test_the_first_use_begins_a_session(no_session):
    ray = no_session

    @ray.remote
    def double(x):
        return 2 * x

    assert ray.get(double.remote(ray.put(2))) == 4
    assert ray.is_initialized()


@different(
    ray="A label that no selector can ask for, as one with a space, is taken.",
    raylite="It is a ValueError, by the rules that both have for selectors.",
    why="The mistake is told where it was made.",
)
def test_a_label_that_cannot_be_asked_for(no_session, engine):
    ray = no_session
    if engine == "ray":
        ray.init(labels={"zone": "b b"}, num_cpus=1, include_dashboard=False)
        assert ray.nodes()[0]["Labels"]["zone"] == "b b"
    else:
        with raises(ValueError, words=("zone", "b b")):
            ray.init(labels={"zone": "b b"})
