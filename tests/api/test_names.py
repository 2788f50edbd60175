# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""Named actors, namespaces, and detached actors."""

import pytest

from tests.processes import wait_until


@pytest.fixture
def counter_class(ray):
    @ray.remote
    class Counter:
        def __init__(self):
            self.value = 0

        def increment(self):
            self.value += 1
            return self.value

    return Counter


def test_an_actor_is_found_by_its_name(ray, counter_class):
    counter = counter_class.options(name="found").remote()
    assert ray.get_actor("found") == counter
    assert ray.get(ray.get_actor("found").increment.remote()) == 1
    assert ray.get(counter.increment.remote()) == 2


def test_a_task_finds_an_actor_by_its_name(ray, counter_class):
    @ray.remote
    def count():
        return ray.get(ray.get_actor("shared").increment.remote())

    counter = counter_class.options(name="shared").remote()
    assert sorted(ray.get([count.remote() for _ in range(3)])) == [1, 2, 3]
    assert ray.get(counter.increment.remote()) == 4


def test_a_name_is_taken_once(ray, counter_class):
    counter = counter_class.options(name="taken").remote()
    with pytest.raises(ValueError, match="taken") as caught:
        counter_class.options(name="taken").remote()
    assert isinstance(caught.value, ray.exceptions.ActorAlreadyExistsError)
    assert ray.get(counter.increment.remote()) == 1


def test_a_name_is_free_again_after_kill(ray, counter_class):
    for _ in range(3):
        counter = counter_class.options(name="again").remote()
        assert ray.get(counter.increment.remote()) == 1
        ray.kill(counter)
        with pytest.raises(ValueError, match="again"):
            ray.get_actor("again")


def test_a_name_is_free_again_when_the_last_handle_is_gone(ray, counter_class):
    counter = counter_class.options(name="fleeting").remote()
    ray.get(counter.increment.remote())
    del counter

    def is_free():
        try:
            ray.get_actor("fleeting")
        except ValueError:
            return True
        return False

    wait_until(is_free)


def test_a_name_that_nobody_has_is_a_value_error(ray):
    with pytest.raises(ValueError, match=r"Failed to look up .* with name 'nobody'"):
        ray.get_actor("nobody")


def test_the_same_name_in_two_namespaces_is_two_actors(ray, counter_class):
    one = counter_class.options(name="same", namespace="one").remote()
    two = counter_class.options(name="same", namespace="two").remote()
    assert ray.get_actor("same", namespace="one") == one
    assert ray.get_actor("same", namespace="two") == two
    with pytest.raises(ValueError, match="same"):
        ray.get_actor("same")


def test_get_if_exists_finds_or_makes(ray, counter_class):
    options = counter_class.options(name="once", get_if_exists=True)
    first = options.remote()
    second = options.remote()
    assert first == second
    assert ray.get([first.increment.remote(), second.increment.remote()]) == [1, 2]


def test_get_if_exists_from_many_tasks_makes_one_actor(ray, counter_class):
    @ray.remote
    def count():
        counter = counter_class.options(
            name="joint", get_if_exists=True, lifetime="detached"
        ).remote()
        return ray.get(counter.increment.remote())

    assert sorted(ray.get([count.remote() for _ in range(8)])) == list(range(1, 9))
    ray.kill(ray.get_actor("joint"))


def test_a_detached_actor_outlives_its_handles(ray, counter_class):
    counter = counter_class.options(name="lasting", lifetime="detached").remote()
    assert ray.get(counter.increment.remote()) == 1
    del counter
    assert ray.get(ray.get_actor("lasting").increment.remote()) == 2
    ray.kill(ray.get_actor("lasting"))


def test_a_detached_actor_outlives_the_task_that_made_it(ray, counter_class):
    @ray.remote
    class Maker:
        def make(self):
            counter = counter_class.options(name="orphan", lifetime="detached").remote()
            return ray.get(counter.increment.remote())

    maker = Maker.remote()
    assert ray.get(maker.make.remote()) == 1
    ray.kill(maker)
    assert ray.get(ray.get_actor("orphan").increment.remote()) == 2
    ray.kill(ray.get_actor("orphan"))


def test_the_model_server_of_the_course_is_found_in_its_namespace(ray):
    @ray.remote(num_cpus=2)
    class ModelServer:
        def infer(self, x):
            return x * 2

    server = ModelServer.options(
        lifetime="detached", name="global_model", namespace="my-test"
    ).remote()
    assert ray.get(server.infer.remote(21)) == 42
    server = ray.get_actor(name="global_model", namespace="my-test")
    ray.kill(server, no_restart=True)


def test_a_restarted_actor_keeps_its_name(ray):
    import os

    @ray.remote(max_restarts=1, max_task_retries=1)
    class Mortal:
        def die_once(self, path):
            if not path.exists():
                path.touch()
                os._exit(1)
            return ray.get_runtime_context().get_actor_id()

        def ping(self):
            return "pong"

    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        mortal = Mortal.options(name="phoenix").remote()
        ray.get(mortal.die_once.remote(Path(folder) / "seen"))
        assert ray.get_actor("phoenix") == mortal
        assert ray.get(ray.get_actor("phoenix").ping.remote()) == "pong"


@pytest.mark.parametrize("name", ["", None, 5])
def test_a_name_is_a_text_that_is_not_empty(ray, name):
    with pytest.raises((ValueError, TypeError)):
        ray.get_actor(name)
