"""The end of an actor, and the reason that its callers read."""

import os
import signal

import pytest

from tests.compat.actors import Mortal
from tests.compat.cases import ask_until_it_fails, different, elsewhere, raises, wait_until


@pytest.fixture
def mortal(ray):
    return ray.remote(Mortal).remote()


def test_a_call_during_which_the_actor_dies_fails(ray, mortal):
    with raises(
        ray.exceptions.ActorDiedError,
        ray.exceptions.RayActorError,
        ray.exceptions.RayError,
        words=("The actor died", "Mortal"),
    ) as caught:
        ray.get(mortal.exit.remote(3))
    assert not isinstance(caught.value, ray.exceptions.RayTaskError)


def test_the_error_knows_the_actor(ray, mortal):
    with raises(ray.exceptions.ActorDiedError) as caught:
        ray.get(mortal.exit.remote(3))
    assert caught.value.actor_id == mortal._actor_id.hex()
    assert caught.value.actor_id in str(caught.value)


def test_calls_after_the_death_fail(ray, mortal):
    with raises(ray.exceptions.ActorDiedError):
        ray.get(mortal.exit.remote(1))
    with raises(ray.exceptions.ActorDiedError, words="The actor"):
        ray.get(mortal.ping.remote())


def test_calls_that_wait_behind_the_death_fail(ray, mortal):
    refs = [mortal.exit.remote(1), mortal.ping.remote(), mortal.ping.remote()]
    for ref in refs:
        with raises(ray.exceptions.RayActorError):
            ray.get(ref)


def test_what_was_answered_before_the_death_is_kept(ray, mortal):
    ref = mortal.ping.remote()
    assert ray.get(ref) == 1
    with raises(ray.exceptions.ActorDiedError):
        ray.get(mortal.exit.remote(1))
    assert ray.get(ref) == 1


@elsewhere(inline="There is no process of the actor's, to be looked at or killed from outside.")
def test_a_process_killed_from_outside(ray, mortal):
    os.kill(ray.get(mortal.pid.remote()), signal.SIGKILL)
    with raises(ray.exceptions.ActorDiedError, words="The actor"):
        ask_until_it_fails(ray, mortal.ping)


@different(
    ray="A process that ends by a signal is a lost connection: 'End of file', and causes to guess.",
    raylite="The error names the signal or the exit code.",
    why="Each worker's parent is there to see how it ended.",
    on_ray="ray",
)
@pytest.mark.parametrize(("how", "words"), [("be_killed", "SIGKILL"), ("exit_7", "7")])
def test_the_reason_tells_how_the_process_ended(ray, mortal, engine, how, words):
    dying = mortal.be_killed.remote() if how == "be_killed" else mortal.exit.remote(7)
    said = {"ray": "End of file", "raylite": words}[engine]
    with raises(ray.exceptions.ActorDiedError, words=said):
        ray.get(dying)


def test_the_reason_of_a_crash(ray, mortal):
    with raises(
        ray.exceptions.ActorDiedError,
        words=("The actor is dead because", "worker process"),
    ):
        ray.get(mortal.exit.remote(7))


def test_the_reason_of_ray_kill(ray, mortal):
    ray.get(mortal.ping.remote())
    ray.kill(mortal)
    with raises(ray.exceptions.ActorDiedError, words="killed by `ray.kill`"):
        ray.get(mortal.ping.remote())


def test_the_reason_that_its_owner_died(ray):
    @ray.remote
    class Parent:
        def child(self):
            self.held = ray.remote(Mortal).remote()
            ray.get(self.held.ping.remote())
            return [self.held]

    parent = Parent.remote()
    (child,) = ray.get(parent.child.remote())
    assert ray.get(child.ping.remote()) == 2
    ray.kill(parent)
    with raises(ray.exceptions.ActorDiedError, words="owner has died"):
        ask_until_it_fails(ray, child.ping)


def test_an_actor_with_a_name_is_named_in_its_end(ray):
    mortal = ray.remote(Mortal).options(name="the mortal").remote()
    with raises(ray.exceptions.ActorDiedError, words="the mortal"):
        ray.get(mortal.exit.remote(1))


def test_a_task_that_waits_for_a_dead_actor_gets_the_error(ray, mortal):
    @ray.remote
    def ask(mortal):
        return ray.get(mortal.exit.remote(1))

    with raises(ray.exceptions.RayTaskError, words="The actor died"):
        ray.get(ask.remote(mortal))


def test_the_death_of_an_actor_in_an_argument(ray, mortal):
    @ray.remote
    def use(value):
        return value

    with raises(ray.exceptions.RayError, words="The actor died"):
        ray.get(use.remote(mortal.exit.remote(1)))


def test_a_dead_actor_has_left_its_resources(ray):
    mortal = ray.remote(Mortal).options(resources={"slot": 2}).remote()
    with raises(ray.exceptions.ActorDiedError):
        ray.get(mortal.exit.remote(1))
    wait_until(lambda: ray.available_resources().get("slot") == 2)


def test_wait_calls_a_lost_call_ready(ray, mortal):
    ref = mortal.exit.remote(1)
    assert ray.wait([ref]) == ([ref], [])
