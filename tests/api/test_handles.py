# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""Handles: what they reach, where they travel, and how long they keep an actor alive."""

import pickle

import pytest


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


def test_a_method_stays_callable_beside_an_attribute_of_its_name(ray):
    @ray.remote
    class Thing:
        def __init__(self):
            self.called = False

        def call(self):
            self.called = True

        def called(self):
            return self.called

    thing = Thing.remote()
    assert ray.get(thing.called.remote()) is False
    thing.call.remote()
    assert ray.get(thing.called.remote()) is True


def test_private_and_special_methods_are_called_remotely(ray):
    @ray.remote
    class Special:
        def __len__(self):
            return 3

        def __call__(self, x):
            return x + 1

        def _private(self):
            return "p"

    special = Special.remote()
    assert ray.get(special.__len__.remote()) == 3
    assert ray.get(special.__call__.remote(1)) == 2
    assert ray.get(special._private.remote()) == "p"
    with pytest.raises(TypeError):
        len(special)
    assert special


def test_a_method_called_get_or_remote_or_options_works(ray):
    @ray.remote
    class Odd:
        def get(self, key):
            return key

        def remote(self):
            return "remote"

        def options(self):
            return "options"

    odd = Odd.remote()
    assert ray.get(odd.get.remote("k")) == "k"
    assert ray.get(odd.remote.remote()) == "remote"
    assert ray.get(odd.options.remote()) == "options"


def test_a_handle_is_equal_to_its_copies(ray, counter_class):
    counter, other = counter_class.remote(), counter_class.remote()
    copy = pickle.loads(pickle.dumps(counter))
    assert copy == counter
    assert hash(copy) == hash(counter)
    assert counter != other
    assert len({counter, copy, other}) == 2
    assert ray.get(copy.increment.remote()) == 1
    assert ray.get(counter.increment.remote()) == 2


def test_a_handle_comes_back_equal_from_a_task(ray, counter_class):
    @ray.remote
    def echo(value):
        return value

    counter = counter_class.remote()
    back = ray.get(echo.remote(counter))
    assert back == counter
    assert ray.get(back.increment.remote()) == 1


def test_a_handle_travels_to_a_task_as_argument_and_in_containers(ray, counter_class):
    @ray.remote
    def count(one, many, by_name):
        handles = [one, *many, *by_name.values()]
        return ray.get([handle.increment.remote() for handle in handles])

    counter = counter_class.remote()
    assert ray.get(count.remote(counter, [counter], {"c": counter})) == [1, 2, 3]


def test_a_handle_travels_in_an_object(ray, counter_class):
    class Holder:
        def __init__(self, handle):
            self.handle = handle

    @ray.remote
    def count(holder):
        return ray.get(holder.handle.increment.remote())

    assert ray.get(count.remote(Holder(counter_class.remote()))) == 1


def test_a_handle_is_captured_by_a_function(ray, counter_class):
    counter = counter_class.remote()

    @ray.remote
    def count():
        return ray.get(counter.increment.remote())

    assert sorted(ray.get([count.remote(), count.remote()])) == [1, 2]
    ray.kill(counter)  # A worker that knows the function holds what it has captured.


def test_a_handle_travels_through_put(ray, counter_class):
    ref = ray.put([counter_class.remote()])
    (counter,) = ray.get(ref)
    assert ray.get(counter.increment.remote()) == 1


def test_an_actor_keeps_a_handle_to_another(ray, counter_class):
    @ray.remote
    class Owner:
        def __init__(self, counter):
            self.counter = counter

        def count(self):
            return ray.get(self.counter.increment.remote())

    owner = Owner.remote(counter_class.remote())
    assert ray.get([owner.count.remote(), owner.count.remote()]) == [1, 2]


def test_a_handle_returned_by_its_maker_lives_on(ray, counter_class):
    @ray.remote
    def make():
        return counter_class.remote()

    counter = ray.get(make.remote())
    assert ray.get(counter.increment.remote()) == 1


def test_setting_an_attribute_of_a_handle_is_local(ray, counter_class):
    counter = counter_class.remote()
    counter.label = "mine"
    assert counter.label == "mine"


def test_what_is_no_method_is_no_attribute_of_a_handle(ray):
    @ray.remote
    class Thing:
        constant = 1

        def __init__(self):
            self.attribute = 2

        @property
        def prop(self):
            return 3

    thing = Thing.remote()
    for name in ("constant", "attribute", "prop", "absent"):
        with pytest.raises(AttributeError, match=f"'ActorHandle' object has no attribute '{name}'"):
            getattr(thing, name)


def test_a_misspelt_method_suggests_the_near_one(ray, counter_class):
    with pytest.raises(AttributeError, match="increment"):
        counter_class.remote().incremnt  # noqa: B018  # the access is what is tested


def test_remove_is_never_taken_for_remote(ray):
    @ray.remote
    class Bag:
        def add(self, item):
            pass

    with pytest.raises(AttributeError) as caught:
        Bag.remote().remove  # noqa: B018  # the access is what is tested
    assert "remote" not in str(caught.value)


def test_the_repr_of_a_handle_names_class_and_id(ray, counter_class):
    counter = counter_class.remote()
    assert repr(counter) == f"Actor(Counter, {counter._actor_id.hex()})"


def test_class_attributes_and_nested_classes_are_reached_through_the_actor_class(ray):
    @ray.remote
    class Game:
        SIZE = 3

        class State:
            level = 7

        @ray.remote
        class Rules:
            def best(self):
                return "rock"

        @classmethod
        def local(cls):
            return cls()

        def size(self):
            return self.SIZE

    assert (Game.SIZE, Game.State().level, Game.local().size()) == (3, 7, 3)
    assert ray.get(Game.Rules.remote().best.remote()) == "rock"
    assert ray.get(Game.remote().size.remote()) == 3


def test_returning_self_gives_a_copy_of_the_instance(ray):
    @ray.remote
    class Chain:
        def __init__(self):
            self.value = 1

        def me(self):
            return self

    assert ray.get(Chain.remote().me.remote()).value == 1


def test_the_same_plain_class_becomes_several_actor_classes(ray):
    class Plain:
        def __init__(self, x=1):
            self.x = x

        def get(self):
            return self.x

    first = ray.remote(Plain)
    second = ray.remote(num_cpus=1)(Plain)
    assert ray.get([first.remote(2).get.remote(), second.remote().get.remote()]) == [2, 1]
    assert Plain(5).get() == 5


def test_a_bound_method_can_be_kept_and_passed(ray, counter_class):
    counter = counter_class.remote()
    increment = counter.increment
    del counter
    assert ray.get(increment.remote()) == 1
    assert ray.get(increment.remote()) == 2
