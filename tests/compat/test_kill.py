"""Killing actors."""

import pytest

from tests.compat.actors import Mortal
from tests.compat.cases import ask_until_it_fails, elsewhere, raises, wait_until


@pytest.fixture
def mortal(ray):
    mortal = ray.remote(Mortal).options(max_restarts=1).remote()
    assert ray.get(mortal.ping.remote()) == 1
    return mortal


def test_kill_ends_an_actor_for_good(ray, mortal):
    ray.kill(mortal)
    # On Ray the order takes its time: a call sent at once may still be answered.
    with raises(ray.exceptions.ActorDiedError, words="ray.kill"):
        ask_until_it_fails(ray, mortal.ping)
    with raises(ray.exceptions.ActorDiedError, words="ray.kill"):
        ray.get(mortal.ping.remote())


@elsewhere(inline="There is no process of the actor's, to be looked at or killed from outside.")
def test_kill_may_leave_the_restarts(ray, mortal):
    pid = ray.get(mortal.pid.remote())
    ray.kill(mortal, no_restart=False)

    def is_another():
        try:
            return ray.get(mortal.pid.remote()) != pid
        except ray.exceptions.ActorUnavailableError:
            return False

    wait_until(is_another, 30)


def test_kill_twice_is_fine(ray, mortal):
    ray.kill(mortal)
    ray.kill(mortal)


def test_kill_fails_the_running_call_and_those_behind_it(ray, gate):
    refs = [gate.wait.remote(i) for i in range(2)]
    ray.get(gate.until_arrived.remote(2))
    ray.kill(gate)
    for ref in refs:
        with raises(ray.exceptions.ActorDiedError):
            ray.get(ref)


def test_kill_before_the_actor_has_begun(ray):
    mortal = ray.remote(Mortal).remote()
    ray.kill(mortal)
    with raises(ray.exceptions.ActorDiedError):
        ray.get(mortal.ping.remote())


def test_kill_of_an_actor_that_waits_for_resources(ray):
    waiting = ray.remote(Mortal).options(resources={"nowhere": 1}).remote()
    ref = waiting.ping.remote()
    ray.kill(waiting)
    with raises(ray.exceptions.ActorDiedError):
        ray.get(ref)


@pytest.mark.parametrize("wrong", [1, "name", None], ids=repr)
def test_only_handles_are_killed(ray, wrong):
    with raises(ValueError, words=("kill", "actor")):
        ray.kill(wrong)


def test_a_ref_is_not_killed(ray):
    with raises(ValueError, words=("kill", "actor")):
        ray.kill(ray.put(1))


def test_a_task_kills_an_actor(ray, mortal):
    @ray.remote
    def kill(mortal):
        ray.kill(mortal)

    ray.get(kill.remote(mortal))
    with raises(ray.exceptions.ActorDiedError, words="ray.kill"):
        ask_until_it_fails(ray, mortal.ping)


def test_an_actor_kills_itself(ray):
    @ray.remote
    class Samurai:
        def end(self):
            ray.kill(ray.get_runtime_context().current_actor)

    with raises(ray.exceptions.ActorDiedError):
        ray.get(Samurai.remote().end.remote())


def test_no_hook_runs_at_kill(ray, tmp_path):
    @ray.remote
    class Tidy:
        def __init__(self, path):
            self.path = path

        def __ray_shutdown__(self):
            self.path.write_text("tidied")

    tidy = Tidy.remote(tmp_path / "note")
    ray.get(tidy.__ray_ready__.remote())
    ray.kill(tidy)
    with raises(ray.exceptions.ActorDiedError):
        ask_until_it_fails(ray, tidy.__ray_ready__)
    assert not (tmp_path / "note").exists()
