"""Errors in actors: in methods, and in the constructor."""

import pytest

from tests.compat.actors import Broken
from tests.compat.cases import raises


@pytest.fixture
def thrower(ray):
    @ray.remote
    class Thrower:
        def __init__(self):
            self.calls = 0

        def throw(self, error):
            self.calls += 1
            raise error

        def count(self):
            return self.calls

        def __repr__(self):
            return "a thrower"

    return Thrower.remote()


def test_an_error_in_a_method_is_caught_as_what_it_was(ray, thrower):
    with raises(KeyError, ray.exceptions.RayTaskError) as caught:
        ray.get(thrower.throw.remote(KeyError("k")))
    assert not isinstance(caught.value, ray.exceptions.RayActorError)


def test_an_actor_survives_an_error(ray, thrower):
    for _ in range(2):
        with raises(ValueError):
            ray.get(thrower.throw.remote(ValueError("v")))
    assert ray.get(thrower.count.remote()) == 2


def test_the_text_names_actor_and_method(ray, thrower):
    with raises(ValueError, words=("ray::Thrower.throw()", "pid=", "actor_id=", "repr=a thrower")):
        ray.get(thrower.throw.remote(ValueError("v")))


def test_an_error_in_one_call_leaves_the_others(ray, thrower):
    bad, good = thrower.throw.remote(ValueError("v")), thrower.count.remote()
    assert ray.get(good) == 1
    with raises(ValueError):
        ray.get(bad)


def test_an_error_in_an_argument_of_a_method(ray, thrower):
    @ray.remote
    def fail():
        raise KeyError("argument")

    with raises(
        KeyError,
        ray.exceptions.RayTaskError,
        words="At least one of the input arguments for this task could not be computed",
    ):
        ray.get(thrower.throw.remote(fail.remote()))
    assert ray.get(thrower.count.remote()) == 0


def test_an_actor_meets_the_error_of_a_task(ray):
    @ray.remote
    def fail():
        raise ValueError("task")

    @ray.remote
    class Caller:
        def call(self):
            try:
                ray.get(fail.remote())
            except ValueError as error:
                return type(error).__name__

    assert ray.get(Caller.remote().call.remote()) == "RayTaskError(ValueError)"


def test_a_constructor_that_raises_is_met_at_the_first_call(ray):
    broken = ray.remote(Broken).remote(ValueError("bad start"))
    with raises(
        ray.exceptions.ActorDiedError,
        ray.exceptions.RayActorError,
        words=("The actor died because", "creation task", "ValueError: bad start"),
    ) as caught:
        ray.get(broken.work.remote())
    assert not isinstance(caught.value, ValueError)
    assert not isinstance(caught.value, ray.exceptions.RayTaskError)


def test_every_call_of_an_actor_that_never_began_fails(ray):
    broken = ray.remote(Broken).remote(ValueError("bad start"))
    refs = [broken.work.remote() for _ in range(3)]
    for ref in [*refs, broken.work.remote()]:
        with raises(ray.exceptions.ActorDiedError, words="bad start"):
            ray.get(ref)


def test_a_constructor_that_raises_is_not_tried_again(ray, gate):
    class Counted:
        def __init__(self, gate):
            ray.get(gate.wait.remote("tried"))
            raise ValueError("bad start")

        def work(self):
            pass

    gate.open.remote()
    broken = ray.remote(Counted).options(max_restarts=3).remote(gate)
    with raises(ray.exceptions.ActorDiedError):
        ray.get(broken.work.remote())
    assert ray.get(gate.arrived.remote()) == ["tried"]


def test_an_error_in_an_argument_of_the_constructor(ray):
    @ray.remote
    def fail():
        raise KeyError("argument")

    broken = ray.remote(Broken).remote(fail.remote())
    with raises(ray.exceptions.ActorDiedError, words=("creation task", "KeyError")):
        ray.get(broken.work.remote())


def test_a_dead_handle_is_shown_and_compared(ray):
    broken = ray.remote(Broken).remote(ValueError("bad start"))
    with raises(ray.exceptions.ActorDiedError):
        ray.get(broken.work.remote())
    assert repr(broken).startswith("Actor(Broken,")
    assert broken == broken  # noqa: PLR0124  # equality is what is asked here


def test_ready_tells_whether_the_constructor_worked(ray):
    class Fine:
        pass

    fine = ray.remote(Fine).remote()
    assert ray.get(fine.__ray_ready__.remote()) is True
    broken = ray.remote(Broken).remote(ValueError("bad start"))
    with raises(ray.exceptions.ActorDiedError, words="bad start"):
        ray.get(broken.__ray_ready__.remote())
