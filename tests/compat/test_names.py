"""Names of actors."""

import pytest

from tests.compat.cases import module, raises


@pytest.fixture
def counter_class(ray):
    @ray.remote
    class Counter:
        def __init__(self, start=0):
            self.value = start

        def increment(self):
            self.value += 1
            return self.value

    return Counter


def test_an_actor_is_found_by_its_name(ray, counter_class):
    counter = counter_class.options(name="found").remote()
    found = ray.get_actor("found")
    assert found == counter
    assert ray.get([found.increment.remote(), found.increment.remote()]) == [1, 2]


def test_a_task_finds_an_actor_by_its_name(ray, counter_class):
    @ray.remote
    def count():
        return ray.get(ray.get_actor("shared").increment.remote())

    counter = counter_class.options(name="shared").remote()
    ray.get(counter.__ray_ready__.remote())
    assert sorted(ray.get([count.remote() for _ in range(3)])) == [1, 2, 3]


def test_a_name_is_taken_once(ray, counter_class):
    counter = counter_class.options(name="taken").remote()
    with raises(
        ray.exceptions.ActorAlreadyExistsError,
        ValueError,
        words=("taken", "is already taken", "ray.get_actor('taken'"),
    ):
        counter_class.options(name="taken").remote()
    assert ray.get(counter.increment.remote()) == 1


def test_a_name_is_free_after_kill(ray, counter_class):
    for _ in range(2):
        counter = counter_class.options(name="again").remote()
        assert ray.get(counter.increment.remote()) == 1
        ray.kill(counter)
        with raises(ValueError, words="again"):
            ray.get_actor("again")


def test_a_name_that_nobody_has(ray):
    with raises(ValueError, words=("Failed to look up actor", "'nobody'")):
        ray.get_actor("nobody")


@pytest.mark.parametrize("name", ["", None], ids=repr)
def test_no_name_finds_nobody(ray, name):
    with raises(ValueError, words="get_actor"):
        ray.get_actor(name)


def test_an_empty_name_is_refused(ray, counter_class):
    with raises(ValueError, words="name"):
        counter_class.options(name="").remote()


def test_names_are_strings(ray, counter_class):
    with raises(TypeError, words="name"):
        counter_class.options(name=5).remote()


def test_an_actor_in_another_namespace(ray, counter_class):
    here = counter_class.options(name="same").remote(10)
    there = counter_class.options(name="same", namespace="there").remote(20)
    assert ray.get(ray.get_actor("same").increment.remote()) == 11
    assert ray.get(ray.get_actor("same", namespace="there").increment.remote()) == 21
    assert here != there


def test_an_actor_of_another_namespace_is_not_found_here(ray, counter_class):
    there = counter_class.options(name="elsewhere", namespace="there").remote()
    ray.get(there.__ray_ready__.remote())
    with raises(ValueError, words="'elsewhere'"):
        ray.get_actor("elsewhere")


def test_named_actors_are_listed(ray, counter_class):
    list_named_actors = module(ray, "util").list_named_actors
    here = counter_class.options(name="here").remote()
    there = counter_class.options(name="other", namespace="there").remote()
    ray.get([here.__ray_ready__.remote(), there.__ray_ready__.remote()])
    assert "here" in list_named_actors()
    assert "other" not in list_named_actors()
    assert {"namespace": "there", "name": "other"} in list_named_actors(all_namespaces=True)


def test_get_if_exists_makes_what_is_not_there(ray, counter_class):
    one = counter_class.options(name="one", get_if_exists=True).remote(5)
    same = counter_class.options(name="one", get_if_exists=True).remote(50)
    assert one == same
    assert ray.get([one.increment.remote(), same.increment.remote()]) == [6, 7]


def test_get_if_exists_needs_a_name(ray, counter_class):
    with raises(ValueError, words=("get_if_exists", "name")):
        counter_class.options(get_if_exists=True).remote()


def test_get_if_exists_from_many_tasks_gives_one_actor(ray, counter_class):
    @ray.remote
    def count():
        counter = counter_class.options(
            name="race", get_if_exists=True, lifetime="detached"
        ).remote()
        return ray.get(counter.increment.remote())

    assert sorted(ray.get([count.remote() for _ in range(4)])) == [1, 2, 3, 4]
    ray.kill(ray.get_actor("race"))


def test_a_detached_actor_needs_no_handle(ray, counter_class):
    ray.get(counter_class.options(name="stays", lifetime="detached").remote().increment.remote())
    found = ray.get_actor("stays")
    assert ray.get(found.increment.remote()) == 2
    ray.kill(found)
    with raises(ValueError, words="'stays'"):
        ray.get_actor("stays")


def test_a_detached_actor_outlives_the_actor_that_made_it(ray, counter_class):
    @ray.remote
    class Maker:
        def make(self):
            made = counter_class.options(name="orphan", lifetime="detached").remote()
            return ray.get(made.increment.remote())

    maker = Maker.remote()
    assert ray.get(maker.make.remote()) == 1
    ray.kill(maker)
    orphan = ray.get_actor("orphan")
    assert ray.get(orphan.increment.remote()) == 2
    ray.kill(orphan)
