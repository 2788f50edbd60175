"""Handles, and what can be asked of them."""

import pickle

import pytest

from tests.compat.cases import module, raises


class Plain:
    """Nothing to do."""


@pytest.fixture
def thing_class(ray):
    @ray.remote
    class Thing:
        KIND = "thing"

        def __init__(self):
            self.called = False
            self.items = [1, 2]

        def called(self):
            return self.called

        def _private(self):
            return "private"

        def __call__(self, x):
            return x + 1

        def __len__(self):
            return len(self.items)

        @property
        def size(self):
            return len(self.items)

        @staticmethod
        def twice(x):
            return 2 * x

        @classmethod
        def kind(cls):
            return cls.KIND

    return Thing


@pytest.fixture
def thing(thing_class):
    return thing_class.remote()


def test_a_handle_is_an_actor_handle(ray, thing):
    assert isinstance(thing, module(ray, "actor").ActorHandle)


def test_a_handle_is_shown_with_class_and_id(ray):
    plain = ray.remote(Plain).remote()
    assert repr(plain) == f"Actor(Plain, {plain._actor_id.hex()})"


def test_an_attribute_that_shadows_a_method_leaves_it_callable(ray, thing):
    assert ray.get(thing.called.remote()) is False


def test_every_kind_of_function_is_a_remote_method(ray, thing):
    calls = [thing._private.remote(), thing.__call__.remote(1), thing.__len__.remote()]
    assert ray.get(calls) == ["private", 2, 2]
    assert ray.get([thing.twice.remote(4), thing.kind.remote()]) == [8, "thing"]


@pytest.mark.parametrize("name", ["size", "KIND", "items", "typo"])
def test_what_is_no_method_is_an_attribute_error(ray, thing, name):
    with raises(AttributeError, words=f"'ActorHandle' object has no attribute '{name}'"):
        getattr(thing, name)
    assert not hasattr(thing, name)


def test_a_handle_is_no_container_and_no_function(ray, thing):
    with raises(TypeError, words="len()"):
        len(thing)
    with raises(TypeError, words="not subscriptable"):
        thing[0]


def test_an_attribute_can_be_set_on_the_handle_only(ray, thing):
    thing.note = "mine"
    assert thing.note == "mine"


def test_handles_of_one_actor_are_equal(ray, thing):
    @ray.remote
    def back(handle):
        return handle

    same = ray.get(back.remote(thing))
    assert same == thing
    assert hash(same) == hash(thing)
    assert {thing: "found"}[same] == "found"
    assert len({thing, same}) == 1


def test_handles_of_two_actors_differ(ray, thing, thing_class):
    other = thing_class.remote()
    assert other != thing
    assert thing != "thing"


def test_a_handle_is_pickled_by_hand(ray, thing):
    again = pickle.loads(pickle.dumps(thing))
    assert again == thing
    assert ray.get(again.twice.remote(2)) == 4


def test_methods_of_a_handle_are_listed(ray, thing):
    assert {"called", "_private", "twice", "kind"} <= set(dir(thing))


def test_a_method_is_taken_from_the_handle_once(ray, thing):
    twice = thing.twice
    assert ray.get([twice.remote(1), twice.remote(2)]) == [2, 4]


def test_a_handle_has_an_id_of_32_digits(ray, thing):
    assert len(thing._actor_id.hex()) == 32
    assert int(thing._actor_id.hex(), 16)


def test_a_task_uses_a_handle(ray, thing):
    @ray.remote
    def use(handle):
        return ray.get(handle.twice.remote(5))

    assert ray.get(use.remote(thing)) == 10


def test_a_handle_in_a_dictionary_and_in_a_closure(ray, thing):
    @ray.remote
    def use(handles):
        return ray.get([handles["one"].twice.remote(1), thing.twice.remote(2)])

    assert ray.get(use.remote({"one": thing})) == [2, 4]


def test_an_actor_keeps_a_handle(ray, thing):
    @ray.remote
    class Boss:
        def __init__(self, worker):
            self.worker = worker

        def ask(self, x):
            return ray.get(self.worker.twice.remote(x))

        def give(self):
            return self.worker

    boss = Boss.remote(thing)
    assert ray.get(boss.ask.remote(3)) == 6
    assert ray.get(boss.give.remote()) == thing


def test_a_handle_is_put(ray, thing):
    assert ray.get(ray.put(thing)) == thing
    assert ray.get(ray.get(ray.put([thing]))[0].twice.remote(1)) == 2


def test_an_actor_hands_out_a_handle_to_itself(ray):
    @ray.remote
    class Me:
        def me(self):
            return ray.get_runtime_context().current_actor

    me = Me.remote()
    assert ray.get(me.me.remote()) == me


def test_options_of_a_method_are_for_one_call(ray, thing):
    with raises(AttributeError):
        thing.twice.options(num_returns=1).twice  # noqa: B018  # the access is what fails


def test_actors_are_told_apart_by_state(ray):
    @ray.remote
    class Cell:
        def __init__(self, value):
            self.value = value

        def get(self):
            return self.value

    cells = [Cell.remote(i) for i in range(3)]
    assert ray.get([cell.get.remote() for cell in cells]) == [0, 1, 2]
