# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""Tasks whose worker dies or whose code raises: which are tried again."""

import os
import signal
import sys

import pytest


def test_a_task_whose_worker_dies_fails_after_its_retries(ray, tmp_path):
    @ray.remote(max_retries=2)
    def die(path):
        with path.open("a") as file:
            file.write("x")
        os._exit(1)

    path = tmp_path / "tries"
    with pytest.raises(ray.exceptions.WorkerCrashedError):
        ray.get(die.remote(path))
    assert path.read_text() == "xxx"


@pytest.mark.parametrize("how", ["os._exit", "sys.exit", "sys.exit(0)", "SIGKILL"])
def test_a_task_that_is_not_tried_again_fails_at_once(ray, how):
    @ray.remote(max_retries=0)
    def die():
        match how:
            case "os._exit":
                os._exit(0)
            case "sys.exit":
                sys.exit(1)
            case "sys.exit(0)":
                sys.exit(0)
            case _:
                os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(ray.exceptions.WorkerCrashedError):
        ray.get(die.remote())


def test_a_task_survives_its_workers_deaths(ray, tmp_path):
    @ray.remote
    def third_time(path):
        with path.open("a") as file:
            file.write("x")
        if len(path.read_text()) < 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return "third time"

    assert ray.get(third_time.remote(tmp_path / "tries")) == "third time"


def test_a_death_leaves_the_other_tasks_alone(ray):
    @ray.remote(max_retries=0)
    def maybe_die(number):
        if number % 10 == 5:
            os._exit(1)
        return number

    @ray.remote
    def square(x):
        return x * x

    ray.get([maybe_die.remote(0) for _ in range(100)])
    refs = [maybe_die.remote(number) for number in range(40)]
    others = [square.remote(x) for x in range(40)]
    for number, ref in enumerate(refs):
        if number % 10 == 5:
            with pytest.raises(ray.exceptions.WorkerCrashedError):
                ray.get(ref)
        else:
            assert ray.get(ref) == number
    assert ray.get(others) == [x * x for x in range(40)]


def test_exceptions_are_tried_again_if_asked_for(ray, tmp_path):
    @ray.remote(max_retries=3, retry_exceptions=True)
    def third_time(path):
        with path.open("a") as file:
            file.write("x")
        if len(path.read_text()) < 3:
            raise ValueError
        return "third time"

    assert ray.get(third_time.remote(tmp_path / "tries")) == "third time"


def test_only_the_named_exceptions_are_tried_again(ray, tmp_path):
    @ray.remote(max_retries=3, retry_exceptions=[KeyError])
    def fail(path, error):
        with path.open("a") as file:
            file.write("x")
        raise error

    once, often = tmp_path / "once", tmp_path / "often"
    with pytest.raises(ValueError):
        ray.get(fail.remote(once, ValueError()))
    with pytest.raises(KeyError):
        ray.get(fail.remote(often, KeyError()))
    assert (once.read_text(), often.read_text()) == ("x", "xxxx")


def test_exceptions_are_not_tried_again_by_themselves(ray, tmp_path):
    @ray.remote
    def fail(path):
        with path.open("a") as file:
            file.write("x")
        raise ValueError

    path = tmp_path / "tries"
    with pytest.raises(ValueError):
        ray.get(fail.remote(path))
    assert path.read_text() == "x"
