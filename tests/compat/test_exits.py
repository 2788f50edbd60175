"""Actors that end by themselves."""

import sys

import pytest

from tests.compat.cases import elsewhere, module, raises, wait_until


@pytest.fixture
def leaver_class(ray):
    leave = module(ray, "actor").exit_actor

    @ray.remote
    class Leaver:
        def work(self):
            return "worked"

        def leave(self):
            leave()

        def leave_and_catch(self):
            try:
                leave()
            except SystemExit:
                return "stayed"

        def sys_exit(self, *code):
            sys.exit(*code)

    return Leaver


def test_exit_actor_ends_it_on_purpose(ray, leaver_class):
    leaver = leaver_class.remote()
    with raises(ray.exceptions.ActorDiedError, words="exit_actor"):
        ray.get(leaver.leave.remote())
    with raises(ray.exceptions.ActorDiedError):
        ray.get(leaver.work.remote())


@pytest.mark.parametrize("how", ["leave", "sys_exit", "__ray_terminate__"])
def test_an_end_on_purpose_is_never_followed_by_a_restart(ray, leaver_class, how):
    leaver = leaver_class.options(max_restarts=-1, max_task_retries=-1).remote()
    args = [0] if how == "sys_exit" else []
    with raises(ray.exceptions.ActorDiedError):
        ray.get(getattr(leaver, how).remote(*args))
        # On its way out it may still have answered.
        ray.get(leaver.work.remote())
    with raises(ray.exceptions.ActorDiedError):
        ray.get(leaver.work.remote())


@pytest.mark.parametrize("code", [(1,), ()], ids=str)
def test_any_other_exit_is_a_crash(ray, leaver_class, code):
    leaver = leaver_class.options(max_restarts=1).remote()
    with raises(ray.exceptions.ActorUnavailableError):
        ray.get(leaver.sys_exit.remote(*code))

    def is_back():
        try:
            return ray.get(leaver.work.remote()) == "worked"
        except ray.exceptions.ActorUnavailableError:
            return False

    wait_until(is_back, 30)


def test_calls_submitted_before_the_exit_are_answered(ray, leaver_class):
    leaver = leaver_class.remote()
    refs = [leaver.work.remote() for _ in range(3)]
    leaver.leave.remote()
    assert ray.get(refs) == ["worked"] * 3


def test_catching_system_exit_does_not_save_the_actor(ray, leaver_class):
    leaver = leaver_class.remote()
    with raises(ray.exceptions.ActorDiedError):
        ray.get(leaver.leave_and_catch.remote())
        ray.get(leaver.work.remote())


def test_exit_actor_in_an_async_actor(ray):
    leave = module(ray, "actor").exit_actor

    @ray.remote
    class Leaver:
        async def leave(self):
            leave()

    with raises(ray.exceptions.ActorDiedError, words="exit_actor"):
        ray.get(Leaver.remote().leave.remote())


def test_exit_actor_outside_an_actor(ray):
    leave = module(ray, "actor").exit_actor
    with raises(TypeError, words="exit_actor"):
        leave()

    @ray.remote
    def task():
        leave()

    with raises(TypeError, words="exit_actor"):
        ray.get(task.remote())


def test_hooks_run_at_an_end_on_purpose(ray, tmp_path):
    leave = module(ray, "actor").exit_actor

    @ray.remote
    class Tidy:
        def __init__(self, path):
            self.path = path

        def leave(self):
            leave()

        def __ray_shutdown__(self):
            self.path.write_text("tidied")

    tidy = Tidy.remote(tmp_path / "note")
    with raises(ray.exceptions.ActorDiedError):
        ray.get(tidy.leave.remote())
    wait_until((tmp_path / "note").exists, 30)


@elsewhere(inline="An actor without handles ends with the next use of raylite, not by itself.")
def test_hooks_run_when_the_last_handle_is_gone(ray, tmp_path):
    @ray.remote
    class Tidy:
        def __init__(self, path):
            self.path = path

        def __ray_shutdown__(self):
            self.path.write_text("tidied")

    tidy = Tidy.remote(tmp_path / "note")
    ray.get(tidy.__ray_ready__.remote())
    del tidy
    wait_until((tmp_path / "note").exists, 30)


def test_a_hook_that_raises_harms_nobody(ray):
    leave = module(ray, "actor").exit_actor

    @ray.remote
    class Untidy:
        def leave(self):
            leave()

        def __ray_shutdown__(self):
            raise ValueError("untidy")

    with raises(ray.exceptions.ActorDiedError, words="exit_actor"):
        ray.get(Untidy.remote().leave.remote())
