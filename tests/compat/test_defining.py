"""Defining tasks and actors."""

import pytest

from tests.compat.cases import different, raises


class Plain:
    """A base class that knows nothing of actors."""

    def pair(self):
        return "a", "b"


def test_a_function_becomes_a_task(ray):
    @ray.remote
    def double(x):
        return 2 * x

    assert ray.get(double.remote(21)) == 42


def test_a_class_becomes_an_actor(ray):
    @ray.remote
    class Counter:
        def __init__(self, start=0):
            self.value = start

        def increment(self):
            self.value += 1
            return self.value

    counter = Counter.remote(5)
    assert ray.get([counter.increment.remote(), counter.increment.remote()]) == [6, 7]


def test_the_decorator_takes_keywords(ray):
    @ray.remote(num_returns=2)
    def two():
        return 1, 2

    assert ray.get(two.remote()) == [1, 2]


def test_remote_is_a_plain_function_too(ray):
    def double(x):
        return 2 * x

    assert ray.get(ray.remote(double).remote(4)) == 8
    assert ray.get(ray.remote(Plain).remote().pair.remote()) == ("a", "b")


@pytest.mark.parametrize("wrong", [(), (2,), ("name",)], ids=repr)
def test_the_decorator_takes_nothing_or_keywords(ray, wrong):
    with raises(AssertionError, words="@ray.remote"):
        ray.remote(*wrong)(print)


def test_only_functions_and_classes_are_decorated(ray):
    with pytest.raises((TypeError, AttributeError)):
        ray.remote(num_cpus=1)(5)


def test_an_async_function_is_no_task(ray):
    async def coroutine():
        pass

    with raises(ValueError, words="async"):
        ray.remote(coroutine)


def test_a_class_with_async_methods_is_an_actor(ray):
    @ray.remote
    class Echo:
        async def say(self, text):
            return text

    assert ray.get(Echo.remote().say.remote("hi")) == "hi"


def test_class_attributes_are_reached_through_the_actor_class(ray):
    @ray.remote
    class Game:
        PLAYERS = 4

        class State:
            score = 0

        @classmethod
        def rules(cls):
            return f"for {cls.PLAYERS}"

        @staticmethod
        def half(x):
            return x / 2

    assert Game.PLAYERS == 4
    assert Game.State().score == 0
    assert Game.rules() == "for 4"
    assert Game.half(5) == 2.5


def test_an_actor_class_inside_an_actor_class(ray):
    @ray.remote
    class Game:
        @ray.remote
        class Referee:
            def whistle(self):
                return "tweet"

        def start(self):
            return ray.get(Game.Referee.remote().whistle.remote())

    assert ray.get(Game.Referee.remote().whistle.remote()) == "tweet"
    assert ray.get(Game.remote().start.remote()) == "tweet"


def test_a_class_method_can_make_a_local_object(ray):
    @ray.remote
    class Till:
        def __init__(self, amount):
            self.amount = amount

        @classmethod
        def empty(cls):
            return cls(0)

    assert Till.empty().amount == 0


def test_an_actor_class_is_shown_with_its_name(ray):
    actor_class = ray.remote(Plain)
    assert "ActorClass(Plain)" in repr(actor_class)
    assert type(actor_class).__name__ == "ActorClass(Plain)"


def test_an_actor_class_is_not_instantiated(ray):
    actor_class = ray.remote(Plain)
    with raises(TypeError, words=("Actors cannot be instantiated directly", "Plain.remote(")):
        actor_class()


def test_a_remote_function_is_not_called(ray):
    @ray.remote
    def work():
        pass

    with raises(TypeError, words=("cannot be called directly", "work.remote(")):
        work()


def test_a_method_is_not_called(ray):
    plain = ray.remote(Plain).remote()
    with raises(TypeError, words=("cannot be called directly", "pair.remote(")):
        plain.pair()


def test_an_actor_class_is_no_base_class(ray):
    actor_class = ray.remote(Plain)
    with raises(TypeError, words="Plain"):

        class Child(actor_class):
            pass


def test_a_subclass_of_a_plain_class_has_its_methods(ray):
    @ray.remote
    class Child(Plain):
        def pair(self):
            first, second = super().pair()
            return second, first

    assert ray.get(Child.remote().pair.remote()) == ("b", "a")


def test_method_options_are_inherited_from_a_plain_class(ray):
    class Base:
        @ray.method(num_returns=2)
        def pair(self):
            return "a", "b"

    @ray.remote
    class Child(Base):
        pass

    assert ray.get(Child.remote().pair.remote()) == ["a", "b"]


def test_method_takes_no_unknown_keyword(ray):
    with raises(AssertionError, words="@ray.method"):

        class Wrong:
            @ray.method(bogus=1)
            def work(self):
                pass


def test_method_without_keywords_is_allowed(ray):
    @ray.remote
    class Plainest:
        @ray.method()
        def work(self):
            return "done"

    assert ray.get(Plainest.remote().work.remote()) == "done"


def test_options_leave_the_original_as_it_is(ray):
    @ray.remote
    def pair():
        return 1, 2

    twice = pair.options(num_returns=2)
    assert ray.get(twice.remote()) == [1, 2]
    assert ray.get(pair.remote()) == (1, 2)
    assert not hasattr(twice, "num_returns")


def test_options_of_a_method_hold_for_that_call(ray):
    plain = ray.remote(Plain).remote()
    assert ray.get(plain.pair.options(num_returns=2).remote()) == ["a", "b"]
    assert ray.get(plain.pair.remote()) == ("a", "b")


def test_the_long_form_of_a_call(ray):
    @ray.remote
    def add(x, y=0):
        return x + y

    assert ray.get(add._remote(args=(1,), kwargs={"y": 2})) == 3
    plain = ray.remote(Plain)._remote(args=(), kwargs={})
    assert ray.get(plain.pair._remote(num_returns=2)) == ["a", "b"]


@different(
    ray="`help(f)` of a remote function shows the documentation of Ray's own class.",
    raylite="It shows yours.",
    why="In a notebook `f?` is how one looks up what a function is for.",
)
def test_the_documentation_of_a_remote_function(ray, engine):
    @ray.remote
    def documented():
        """What it does."""

    shown = {"ray": "A remote function.", "raylite": "What it does."}[engine]
    assert documented.__doc__.startswith(shown)


def test_a_remote_function_can_be_sent(ray):
    @ray.remote
    def inner():
        return "inner"

    @ray.remote
    def outer(function):
        return ray.get(function.remote())

    assert ray.get(outer.remote(inner)) == "inner"


def test_an_actor_class_can_be_sent(ray):
    @ray.remote
    def outer(actor_class):
        return ray.get(actor_class.remote().pair.remote())

    assert ray.get(outer.remote(ray.remote(Plain))) == ("a", "b")


def test_a_remote_function_calls_itself(ray):
    @ray.remote
    def factorial(n):
        return 1 if n == 0 else n * ray.get(factorial.remote(n - 1))

    assert ray.get(factorial.remote(4)) == 24


def test_a_lambda_becomes_a_task(ray):
    assert ray.get(ray.remote(lambda x: x + 1).remote(1)) == 2


def test_the_result_of_an_actor_is_no_handle_of_itself(ray):
    @ray.remote
    class Me:
        def __init__(self):
            self.value = 1

        def me(self):
            return self

    copied = ray.get(Me.remote().me.remote())
    assert copied.value == 1
    assert not hasattr(copied.me, "remote")
