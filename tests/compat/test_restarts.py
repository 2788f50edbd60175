"""Actors that are started again."""

import os
import signal

import pytest

from tests.compat.actors import Mortal
from tests.compat.cases import elsewhere, raises, wait_until


@pytest.fixture
def mortal_class(ray):
    return ray.remote(Mortal)


def once_back(ray, call):
    """The answer of an actor, asked again while it restarts."""
    answers = []

    def is_answered():
        try:
            answers.append(ray.get(call.remote()))
        except ray.exceptions.ActorUnavailableError:
            return False
        return True

    wait_until(is_answered, 30)
    return answers[0]


def test_an_actor_is_not_restarted_unless_asked(ray, mortal_class):
    mortal = mortal_class.remote()
    with raises(ray.exceptions.ActorDiedError):
        ray.get(mortal.exit.remote(1))
    with raises(ray.exceptions.ActorDiedError):
        ray.get(mortal.ping.remote())


def test_the_call_that_dies_is_not_answered_though_the_actor_restarts(ray, mortal_class):
    mortal = mortal_class.options(max_restarts=1).remote()
    with raises(
        ray.exceptions.ActorUnavailableError,
        ray.exceptions.RayActorError,
        words=("unavailable", "may or may not have been executed"),
    ) as caught:
        ray.get(mortal.exit.remote(1))
    assert not isinstance(caught.value, ray.exceptions.ActorDiedError)
    assert once_back(ray, mortal.ping) == 1


def test_a_restarted_actor_begins_anew_with_the_first_arguments(ray, mortal_class):
    mortal = mortal_class.options(max_restarts=1).remote(10)
    assert ray.get([mortal.ping.remote(), mortal.ping.remote()]) == [11, 12]
    with raises(ray.exceptions.ActorUnavailableError):
        ray.get(mortal.exit.remote(1))
    assert once_back(ray, mortal.ping) == 11


@elsewhere(inline="There is no process of the actor's, to be looked at or killed from outside.")
def test_a_restarted_actor_is_another_process_with_the_same_id(ray, mortal_class):
    mortal = mortal_class.options(max_restarts=1).remote()
    pid, actor_id = ray.get(mortal.pid.remote()), mortal._actor_id
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: once_back(ray, mortal.pid) != pid)
    assert mortal._actor_id == actor_id


def test_restarts_are_counted(ray, mortal_class):
    mortal = mortal_class.options(max_restarts=2).remote()
    for _ in range(2):
        with raises(ray.exceptions.ActorUnavailableError):
            ray.get(mortal.exit.remote(1))
        once_back(ray, mortal.ping)
    with raises(ray.exceptions.ActorDiedError):
        ray.get(mortal.exit.remote(1))


def test_minus_one_restarts_without_end(ray, mortal_class):
    mortal = mortal_class.options(max_restarts=-1).remote()
    for _ in range(4):
        with raises(ray.exceptions.ActorUnavailableError):
            ray.get(mortal.exit.remote(1))
        assert once_back(ray, mortal.ping) == 1


@elsewhere(inline="There is no process of the actor's, to be looked at or killed from outside.")
def test_an_actor_knows_that_it_was_reconstructed(ray):
    @ray.remote(max_restarts=1, max_task_retries=1)
    class Aware(Mortal):
        def was_reconstructed(self):
            return ray.get_runtime_context().was_current_actor_reconstructed

    aware = Aware.remote()
    assert ray.get(aware.was_reconstructed.remote()) is False
    os.kill(ray.get(aware.pid.remote()), signal.SIGKILL)
    wait_until(lambda: ray.get(aware.was_reconstructed.remote()))


def test_a_named_actor_keeps_its_name_over_a_restart(ray, mortal_class):
    mortal = mortal_class.options(max_restarts=1, name="phoenix").remote()
    with raises(ray.exceptions.ActorUnavailableError):
        ray.get(mortal.exit.remote(1))
    assert once_back(ray, ray.get_actor("phoenix").ping) == 1


def test_the_constructor_that_dies_is_run_again(ray, tmp_path):
    @ray.remote(max_restarts=1)
    class Second:
        def __init__(self, path):
            if not path.exists():
                path.touch()
                os._exit(1)

        def work(self):
            return "began"

    assert ray.get(Second.remote(tmp_path / "seen").work.remote()) == "began"


@elsewhere(inline="There is no process of the actor's, to be looked at or killed from outside.")
def test_handles_that_were_sent_reach_the_restarted_actor(ray, mortal_class):
    @ray.remote
    def ping(mortal):
        return ray.get(mortal.ping.remote())

    mortal = mortal_class.options(max_restarts=1, max_task_retries=1).remote()
    os.kill(ray.get(mortal.pid.remote()), signal.SIGKILL)
    assert ray.get(ping.remote(mortal)) == 1
