"""Calls that are tried again."""

import os

import pytest

from tests.compat.actors import Mortal
from tests.compat.cases import raises


@pytest.fixture
def attempts(ray):
    """An actor that counts: each attempt of a task tells it."""

    @ray.remote(num_cpus=0)
    class Attempts:
        def __init__(self):
            self.number = 0

        def add(self):
            self.number += 1
            return self.number

        def total(self):
            return self.number

    return Attempts.remote()


@pytest.fixture
def flaky(ray):
    """Fails until the given attempt."""

    @ray.remote
    def flaky(attempts, good_at, error=None):
        attempt = ray.get(attempts.add.remote())
        if attempt < good_at:
            if error is None:
                os._exit(1)
            raise error
        return attempt

    return flaky


def test_a_task_whose_process_dies_is_tried_again(ray, flaky, attempts):
    assert ray.get(flaky.remote(attempts, 3)) == 3


def test_after_three_retries_it_is_given_up(ray, flaky, attempts):
    with raises(ray.exceptions.WorkerCrashedError, ray.exceptions.RayError, words="worker"):
        ray.get(flaky.remote(attempts, 9))
    assert ray.get(attempts.total.remote()) == 4


def test_no_retries(ray, flaky, attempts):
    with raises(ray.exceptions.WorkerCrashedError):
        ray.get(flaky.options(max_retries=0).remote(attempts, 2))
    assert ray.get(attempts.total.remote()) == 1


def test_retries_without_end(ray, flaky, attempts):
    assert ray.get(flaky.options(max_retries=-1).remote(attempts, 5)) == 5


def test_an_exception_is_not_tried_again(ray, flaky, attempts):
    with raises(ValueError):
        ray.get(flaky.remote(attempts, 2, ValueError("v")))
    assert ray.get(attempts.total.remote()) == 1


def test_any_exception_can_be_tried_again(ray, flaky, attempts):
    retrying = flaky.options(retry_exceptions=True)
    assert ray.get(retrying.remote(attempts, 3, ValueError("v"))) == 3


def test_exceptions_of_a_kind_are_tried_again(ray, flaky, attempts):
    retrying = flaky.options(retry_exceptions=[OSError])
    assert ray.get(retrying.remote(attempts, 2, FileNotFoundError("f"))) == 2


def test_exceptions_of_another_kind_are_not(ray, flaky, attempts):
    retrying = flaky.options(retry_exceptions=[KeyError])
    with raises(ValueError):
        ray.get(retrying.remote(attempts, 2, ValueError("v")))
    assert ray.get(attempts.total.remote()) == 1


def test_retries_of_exceptions_end_with_the_exception(ray, flaky, attempts):
    retrying = flaky.options(retry_exceptions=True, max_retries=2)
    with raises(ValueError, ray.exceptions.RayTaskError):
        ray.get(retrying.remote(attempts, 9, ValueError("v")))
    assert ray.get(attempts.total.remote()) == 3


@pytest.mark.parametrize("how", ["sys_exit", "os_exit"])
def test_a_task_that_exits_has_crashed(ray, how):
    @ray.remote(max_retries=0)
    def leave(how):
        import sys

        if how == "sys_exit":
            sys.exit(0)
        os._exit(0)

    with raises(ray.exceptions.WorkerCrashedError):
        ray.get(leave.remote(how))


def test_a_call_of_an_actor_is_tried_again_when_asked(ray, tmp_path):
    mortal = ray.remote(Mortal).options(max_restarts=1, max_task_retries=1).remote()
    assert ray.get(mortal.die_once.remote(tmp_path / "seen")) == "survived"


def test_a_call_is_tried_as_often_as_asked(ray):
    mortal = ray.remote(Mortal).options(max_restarts=-1, max_task_retries=2).remote()
    with raises(ray.exceptions.RayActorError):
        ray.get(mortal.exit.remote(1))


def test_retries_need_restarts(ray, tmp_path):
    mortal = ray.remote(Mortal).options(max_task_retries=3).remote()
    with raises(ray.exceptions.ActorDiedError):
        ray.get(mortal.die_once.remote(tmp_path / "seen"))


def test_calls_behind_the_crash_are_kept(ray, tmp_path):
    mortal = ray.remote(Mortal).options(max_restarts=1, max_task_retries=1).remote()
    refs = [mortal.die_once.remote(tmp_path / "seen"), mortal.ping.remote(), mortal.ping.remote()]
    survived, *pings = ray.get(refs)
    assert survived == "survived"
    # In which order they are sent again is not promised.
    assert sorted(pings) == [1, 2]


def test_a_method_may_retry_its_exceptions(ray):
    @ray.remote(max_task_retries=2)
    class Flaky:
        def __init__(self):
            self.calls = 0

        @ray.method(retry_exceptions=[ValueError])
        def work(self):
            self.calls += 1
            if self.calls < 3:
                raise ValueError(f"call {self.calls}")
            return self.calls

    assert ray.get(Flaky.remote().work.remote()) == 3


def test_a_call_may_have_retries_of_its_own(ray, tmp_path):
    mortal = ray.remote(Mortal).options(max_restarts=1).remote()
    call = mortal.die_once.options(max_task_retries=-1)
    assert ray.get(call.remote(tmp_path / "seen")) == "survived"
