# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class.
"""Actors that wait for themselves."""

import pytest

from tests.compat.cases import different, raises


@pytest.fixture
def narcissus_class(ray):
    @ray.remote
    class Narcissus:
        def __init__(self, *, calls_itself=False):
            self.me = ray.get_runtime_context().current_actor
            if calls_itself:
                ray.get(self.me.answer.remote())

        def answer(self):
            return 42

        def ask(self, timeout=None):
            return ray.get(self.me.answer.remote(), timeout=timeout)

        def ask_all(self):
            return ray.get([self.me.answer.remote(), self.me.answer.remote()])

    return Narcissus


@different(
    ray="The call waits for ever, and so does whoever waits for it.",
    raylite="RaySystemError says which call waits for which, and what to write instead.",
    why="It is certain that the wait would never end.",
    on_ray="ray",
)
@pytest.mark.parametrize("method", ["ask", "ask_all"])
def test_an_actor_that_waits_for_a_call_of_its_own(ray, engine, narcissus_class, method):
    narcissus = narcissus_class.remote()
    ref = getattr(narcissus, method).remote()
    if engine == "ray":
        with raises(ray.exceptions.GetTimeoutError):
            ray.get(ref, timeout=1)
        ray.kill(narcissus)
        return
    with raises(ray.exceptions.RaySystemError, words=("Deadlock", "self.answer")):
        ray.get(ref)
    assert ray.get(narcissus.answer.remote()) == 42


@different(
    ray="The actor is never there.",
    raylite="The actor dies, as of any other error in `__init__`.",
    why="It is certain that the wait would never end.",
    on_ray="ray",
)
def test_a_constructor_that_waits_for_its_own_actor(ray, engine, narcissus_class):
    narcissus = narcissus_class.remote(calls_itself=True)
    ref = narcissus.answer.remote()
    if engine == "ray":
        with raises(ray.exceptions.GetTimeoutError):
            ray.get(ref, timeout=1)
        ray.kill(narcissus)
        return
    with raises(ray.exceptions.ActorDiedError, words="Deadlock"):
        ray.get(ref)


def test_a_wait_with_a_limit_is_none_of_it(ray, narcissus_class):
    narcissus = narcissus_class.remote()
    with raises(ray.exceptions.GetTimeoutError):
        ray.get(narcissus.ask.remote(timeout=0.1))


def test_with_two_threads_an_actor_can_wait_for_itself(ray, narcissus_class):
    narcissus = narcissus_class.options(max_concurrency=2).remote()
    assert ray.get(narcissus.ask.remote()) == 42
