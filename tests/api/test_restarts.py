# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""Actors that are started again, and calls that are tried again."""

import os

import pytest

from tests.api.mortal import Mortal, pinged


@pytest.fixture
def mortal_class(ray):
    return ray.remote(Mortal)


@pytest.mark.parametrize("code", [(1,), (), (None,), ("text",), (256,)])
def test_sys_exit_but_with_0_is_a_crash(ray, mortal_class, code):
    mortal = mortal_class.options(max_restarts=1).remote()
    pid = ray.get(mortal.pid.remote())
    with pytest.raises(ray.exceptions.RayActorError):
        ray.get(mortal.sys_exit.remote(*code))
    assert pinged(ray, mortal, pid) != pid


@pytest.mark.parametrize("how", ["sys_exit", "exit_actor"])
def test_an_end_on_purpose_is_no_crash(ray, mortal_class, how):
    mortal = mortal_class.options(max_restarts=-1, max_task_retries=-1).remote()
    ending = mortal.sys_exit.remote(0) if how == "sys_exit" else mortal.exit_actor.remote()
    with pytest.raises(ray.exceptions.ActorDiedError):
        ray.get(ending)
    with pytest.raises(ray.exceptions.ActorDiedError):
        ray.get(mortal.ping.remote())


def test_an_init_that_dies_is_run_again_with_the_same_arguments(ray, tmp_path):
    @ray.remote(max_restarts=2)
    class Second:
        def __init__(self, path, refs):
            self.value = ray.get(refs[0])
            if not path.exists():
                path.touch()
                os._exit(1)

        def value(self):
            return self.value

    second = Second.remote(tmp_path / "seen", [ray.put("kept")])
    assert ray.get(second.value.remote()) == "kept"


def test_a_restarted_actor_has_fresh_state_and_the_same_id(ray, mortal_class):
    mortal = mortal_class.options(max_restarts=1).remote()
    actor_id = mortal._actor_id
    assert ray.get([mortal.ping.remote(), mortal.ping.remote()]) == [1, 2]
    pid = ray.get(mortal.pid.remote())
    with pytest.raises(ray.exceptions.ActorUnavailableError):
        ray.get(mortal.exit.remote(1))
    pinged(ray, mortal, pid)
    assert ray.get(mortal.ping.remote()) == 1
    assert mortal._actor_id == actor_id
    with pytest.raises(ray.exceptions.ActorDiedError):
        ray.get(mortal.exit.remote(1))


def test_a_call_that_died_is_tried_again_if_it_may_be(ray, mortal_class, tmp_path):
    mortal = mortal_class.options(max_restarts=1, max_task_retries=1).remote()
    assert ray.get(mortal.die_once.remote(tmp_path / "seen")) == "survived"


def test_calls_behind_one_that_died_are_tried_again_in_order(ray, mortal_class, tmp_path):
    mortal = mortal_class.options(max_restarts=1, max_task_retries=1).remote()
    refs = [mortal.die_once.remote(tmp_path / "seen")]
    refs += [mortal.ping.remote() for _ in range(20)]
    assert ray.get(refs) == ["survived", *range(1, 21)]


def test_retries_of_a_call_are_counted(ray, mortal_class):
    mortal = mortal_class.options(max_restarts=-1, max_task_retries=2).remote()
    with pytest.raises(ray.exceptions.RayActorError):
        ray.get(mortal.exit.remote(1))


def test_restarts_are_counted(ray, mortal_class):
    mortal = mortal_class.options(max_restarts=2, max_task_retries=-1).remote()
    with pytest.raises(ray.exceptions.ActorDiedError):
        ray.get(mortal.exit.remote(1))


def test_kill_may_leave_the_restarts(ray, mortal_class):
    mortal = mortal_class.options(max_restarts=1).remote()
    pid = ray.get(mortal.pid.remote())
    ray.kill(mortal, no_restart=False)
    assert pinged(ray, mortal, pid) != pid
