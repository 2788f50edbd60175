# mypy: disable-error-code="attr-defined"
# A type checker does not follow a decorator that makes something else of a class.

import threading

import cloudpickle
import pytest

import raylite as ray
from raylite._methods import description_from
from raylite.actor import ActorClass, ActorHandle
from raylite.exceptions import ActorAlreadyExistsError, ActorExit

LOCK = threading.Lock()


class Plain:
    def __init__(self, state, note=""):
        self.state = state


@ray.remote
class Game(Plain):
    """A game."""

    ROUNDS = 3

    class State:
        pass

    @classmethod
    def names(cls):
        return ["Ann", "Bob"]

    @staticmethod
    def twice(x):
        return 2 * x

    def again(self):
        return Game.remote(self.state)


def test_a_new_actor_goes_to_the_engine_and_gives_a_handle(engine):
    handle = Game.remote("x", note="y")
    assert isinstance(handle, ActorHandle)
    [(definition, args, kwargs, options)] = engine.created
    assert definition.target is Game._ray_class
    assert definition.name == "Game"
    assert (args, kwargs) == (("x",), {"note": "y"})
    assert options.placement == {"CPU": 1.0}


def test_its_type_and_its_text_name_the_class():
    assert isinstance(Game, ActorClass)
    assert type(Game).__name__ == "ActorClass(Game)"
    assert "Game.remote(...)" in repr(Game)
    assert Game.__doc__ == "A game."


def test_what_the_class_offers_without_an_instance_is_there():
    assert Game.ROUNDS == 3
    assert isinstance(Game.State(), Game.State)
    assert Game.names() == ["Ann", "Bob"]
    assert Game.twice(4) == 8


def test_what_the_class_has_not_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"'ActorClass\(Game\)' object has no attribute 'x'"):
        _ = Game.x


def test_completion_offers_the_class_and_how_to_use_it():
    assert {"ROUNDS", "State", "again", "names", "options", "remote"} <= set(dir(Game))


def test_a_direct_call_shows_the_call_that_was_meant():
    with pytest.raises(TypeError, match=r"Instead of 'Game\(\.\.\.\)' write 'Game\.remote"):
        Game(*[])


def test_a_class_cannot_be_derived_from_it():
    with pytest.raises(TypeError, match="derive from the plain class"):

        class Chess(Game):
            pass


@pytest.mark.parametrize(
    ("args", "kwargs", "text"),
    [
        ((), {}, "missing a required argument: 'state'"),
        ((1, 2, 3), {}, "too many positional arguments"),
        ((1,), {"c": 3}, "got an unexpected keyword argument 'c'"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_by_the_caller(engine, args, kwargs, text):
    with pytest.raises(TypeError, match=text) as caught:
        Game.remote(*args, **kwargs)
    assert "Game(state, note='')" in str(caught.value)
    assert engine.created == []


def test_a_class_without_a_constructor_takes_no_arguments(engine):
    @ray.remote
    class Empty:
        pass

    Empty.remote()
    with pytest.raises(TypeError, match="too many positional arguments"):
        Empty.remote(1)


def test_options_change_the_actors_made_through_them_and_no_other(engine):
    Game.options(name="n", namespace="s", max_restarts=2, lifetime="detached").remote(1)
    Game.remote(1)
    (*_, changed), (*_, unchanged) = engine.created
    assert (changed.name, changed.namespace, changed.max_restarts) == ("n", "s", 2)
    assert changed.detached
    assert (unchanged.name, unchanged.detached) == (None, False)


def test_the_private_form_takes_arguments_and_options(engine):
    Game._remote(args=[1], kwargs={"note": "y"}, name="n")
    [(_, args, kwargs, options)] = engine.created
    assert (args, kwargs, options.name) == ((1,), {"note": "y"}, "n")


def test_max_task_retries_of_the_actor_reach_its_client(engine):
    handle = Game.options(max_task_retries=-1).remote(1)
    handle.again.remote()
    assert handle._ray_client.calls.max_task_retries == -1


def test_a_name_that_is_taken_is_refused(engine):
    _first = Game.options(name="n").remote(1)
    with pytest.raises(ActorAlreadyExistsError):
        Game.options(name="n").remote(1)
    with pytest.raises(ValueError, match="n"):
        Game.options(name="n").remote(1)


def test_get_if_exists_gives_a_weak_handle_for_the_actor_there_is(engine):
    first = Game.options(name="n", get_if_exists=True).remote(1)
    second = Game.options(name="n", get_if_exists=True).remote(1)
    assert first == second
    assert not first._ray_is_weak
    assert second._ray_is_weak


def test_it_can_be_pickled_and_used_in_another_process(engine):
    copy = cloudpickle.loads(cloudpickle.dumps(Game))
    copy.remote("x")
    assert engine.created[0][0].target.ROUNDS == 3
    assert copy.__doc__ == "A game."
    with pytest.raises(TypeError, match="missing"):
        copy.remote()


def test_one_that_makes_further_actors_of_its_class_can_be_pickled(engine):
    plain = cloudpickle.loads(cloudpickle.dumps(Game._ray_class))
    plain("x").again()
    assert engine.created[0][1] == ("x",)


def test_what_travels_with_a_handle_holds_no_code(engine):
    class Odd:
        def method(self, lock=LOCK) -> "Odd":
            return self

    handle = ray.remote(Odd).remote()
    description = description_from(handle._ray_packed)
    assert "method" in [spec.name for spec in description.methods]
    assert b"Odd.method" not in handle._ray_packed


def test_num_returns_of_a_method_is_said_by_the_decorator(engine):
    class Base:
        @ray.method(num_returns=2)
        def two(self):
            pass

        @ray.method()
        def one(self):
            pass

        @ray.method(num_returns=0)
        @staticmethod
        def none():
            pass

    @ray.remote
    class Derived(Base):
        pass

    handle = Derived.remote()
    assert len(handle.two.remote()) == 2
    assert isinstance(handle.one.remote(), ray.ObjectRef)
    assert handle.none.remote() is None


def test_method_refuses_what_it_does_not_know():
    with pytest.raises(AssertionError, match=r"'bogus'.*write @ray.method\(num_returns=2\)"):
        ray.method(bogus=1)
    with pytest.raises(AssertionError, match="needs brackets"):
        ray.method(lambda self: None)


def test_exit_actor_outside_of_an_actor_is_a_type_error(engine):
    with pytest.raises(TypeError, match=r"ray.kill\(handle\)"):
        ray.actor.exit_actor()


def test_exit_actor_does_not_start_a_session(no_session):
    with pytest.raises(TypeError):
        ray.actor.exit_actor()
    assert not ray.is_initialized()


def test_exit_actor_inside_of_an_actor_leaves_the_method(engine):
    engine.actor_id = "ab"
    with pytest.raises(ActorExit):
        ray.actor.exit_actor()
