# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""Tasks that are called off: waiting, running, forced."""

import contextlib
import os
import threading
import time

import pytest

from tests.cancelling import LONG_S, error_of, is_task_error
from tests.processes import wait_until


@pytest.mark.parametrize("function", ["sleep", "spin"])
def test_a_running_task_is_interrupted_at_once(ray, tasks, begun, function):
    ref = getattr(tasks, function).remote(begun.path)
    begun.wait()
    ray.cancel(ref)
    error = error_of(ray, ref)
    assert is_task_error(ray, error)
    assert type(error).__name__ == "RayTaskError(TaskCancelledError)"
    assert ray.get(tasks.echo.remote(1)) == 1


def test_the_worker_lives_on_and_is_used_again(ray, tasks, begun):
    @ray.remote
    def pid(path=None):
        if path is not None:
            path.write_text(str(os.getpid()))
            time.sleep(LONG_S)
        return os.getpid()

    ref = pid.remote(begun.path)
    begun.wait()
    ray.cancel(ref)
    error_of(ray, ref)
    os.kill(int(begun.path.read_text()), 0)


def test_a_task_that_catches_the_interrupt_keeps_its_result(ray, tasks, begun):
    ref = tasks.catch.remote(begun.path)
    begun.wait()
    ray.cancel(ref)
    assert ray.get(ref) == ("caught", True)


def test_a_task_may_be_cancelled_again_after_it_has_caught_the_first_interrupt(ray, begun):
    @ray.remote
    def stubborn(first, second):
        try:
            first.write_text("begun")
            time.sleep(LONG_S)
        except KeyboardInterrupt:
            second.write_text("again")
            time.sleep(LONG_S)

    ref = stubborn.remote(begun.at("first"), begun.at("second"))
    begun.wait("first")
    ray.cancel(ref)
    begun.wait("second")
    ray.cancel(ref)
    assert is_task_error(ray, error_of(ray, ref))


def test_what_a_task_raises_instead_is_its_error(ray, begun):
    @ray.remote(retry_exceptions=True)
    def translate(path):
        try:
            path.write_text(path.read_text() + "x" if path.exists() else "x")
            time.sleep(LONG_S)
        except KeyboardInterrupt:
            raise ValueError("instead") from None

    ref = translate.remote(begun.path)
    begun.wait()
    ray.cancel(ref)
    with pytest.raises(ValueError, match="instead"):
        ray.get(ref)
    assert begun.path.read_text() == "x"  # Cancelled tasks are not tried again.


def test_a_task_that_raises_keyboard_interrupt_is_a_cancelled_one(ray):
    @ray.remote
    def interrupt():
        raise KeyboardInterrupt

    assert is_task_error(ray, error_of(ray, interrupt.remote()))


@pytest.mark.parametrize("force", [False, True])
def test_a_task_that_waits_for_an_argument_never_runs(ray, tasks, begun, force):
    first = tasks.sleep.remote(begun.path)
    second = tasks.echo.remote(first)
    third = tasks.echo.remote(second)
    ray.cancel(second, force=force)
    assert not is_task_error(ray, error_of(ray, second))
    assert is_task_error(ray, error_of(ray, third))
    ray.cancel(first)
    error_of(ray, first)


@pytest.mark.parametrize("force", [False, True])
def test_a_task_that_waits_for_a_cpu_never_runs(ray, tasks, begun, force):
    big = tasks.sleep.options(num_cpus=4).remote(begun.path)
    begun.wait()
    waiting = [tasks.sleep.options(num_cpus=2).remote(begun.at("never")) for _ in range(3)]
    for ref in waiting:
        ray.cancel(ref, force=force)
        ray.cancel(ref)
    assert not any(is_task_error(ray, error_of(ray, ref)) for ref in waiting)
    ray.cancel(big)
    error_of(ray, big)
    assert ray.get(tasks.echo.remote(1)) == 1
    assert not begun.at("never").exists()


def test_a_task_that_was_sent_ahead_never_runs(ray, begun):
    @ray.remote(num_cpus=4)
    def short(path=None):
        if path is not None:
            path.write_text("begun")
            begun_s = time.monotonic()
            while time.monotonic() - begun_s < 0.1:  # Holds up those that were sent behind it.
                pass

    ray.get([short.remote() for _ in range(200)])
    refs = [short.remote(), short.remote(begun.path), *(short.remote() for _ in range(20))]
    behind = short.remote(begun.at("never"))
    begun.wait()
    ray.cancel(behind)
    assert not is_task_error(ray, error_of(ray, behind))
    ray.get(refs)
    assert not begun.at("never").exists()


def test_force_ends_the_process_and_nothing_is_tried_again(ray, begun):
    @ray.remote
    def defiant(path):
        with path.open("a") as file:
            file.write("x")
        while True:
            with contextlib.suppress(KeyboardInterrupt):
                time.sleep(LONG_S)

    ref = defiant.remote(begun.path)
    begun.wait()
    ray.cancel(ref)
    ray.cancel(ref, force=True)
    assert not is_task_error(ray, error_of(ray, ref))
    assert begun.path.read_text() == "x"


def test_force_ends_a_process_that_no_signal_reaches(ray, begun):
    @ray.remote
    def deaf(path):
        import signal

        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, signal.NSIG))
        path.write_text("begun")
        time.sleep(LONG_S)

    ref = deaf.remote(begun.path)
    begun.wait()
    ray.cancel(ref, force=True)
    assert not is_task_error(ray, error_of(ray, ref))


def test_a_forced_end_leaves_other_tasks_alone(ray, tasks, begun):
    ref = tasks.sleep.remote(begun.path)
    others = [tasks.sleep.remote(begun.at(str(i)), 0.05) for i in range(6)]
    begun.wait()
    ray.cancel(ref, force=True)
    error_of(ray, ref)
    assert ray.get(others) == [0.05] * 6


def test_cancelling_what_has_ended_or_was_put_does_nothing(ray, tasks):
    ended, put = tasks.echo.remote(1), ray.put(2)
    assert ray.get(ended) == 1
    for force in (False, True):
        assert ray.cancel(ended, force=force) is None
        assert ray.cancel(put, force=force) is None
    assert ray.get([ended, put]) == [1, 2]


@pytest.mark.parametrize("value", [5, None, [], "ref"])
def test_only_refs_can_be_cancelled(ray, value):
    with pytest.raises(TypeError, match="only supported for object refs"):
        ray.cancel(value)


def test_an_actor_is_killed_and_not_cancelled(ray):
    @ray.remote
    class A:
        pass

    with pytest.raises(TypeError, match=r"ray.kill"):
        ray.cancel(A.remote())


def test_all_refs_of_a_call_fail(ray, begun):
    @ray.remote(num_returns=2)
    def two(path):
        path.write_text("begun")
        time.sleep(LONG_S)

    one, other = two.remote(begun.path)
    begun.wait()
    ray.cancel(other)
    assert is_task_error(ray, error_of(ray, one))
    assert is_task_error(ray, error_of(ray, other))


def test_a_function_of_python_itself_is_cancelled(ray):
    ref = ray.remote(time.sleep).remote(LONG_S)
    wait_until(lambda: ray.available_resources()["CPU"] == 3)
    ray.cancel(ref)
    error_of(ray, ref)  # Of either kind: nobody sees it begin.


def test_a_task_that_is_cancelled_while_it_is_tried_again_is_not_tried_again(ray, begun):
    @ray.remote(max_retries=-1, retry_exceptions=True)
    def fail(path):
        path.write_text("begun")
        raise ValueError

    ref = fail.remote(begun.path)
    begun.wait()
    ray.cancel(ref)
    with pytest.raises((ray.exceptions.TaskCancelledError, ValueError)):
        ray.get(ref)


def test_a_task_whose_workers_die_again_and_again_is_cancelled(ray, begun):
    @ray.remote(max_retries=-1)
    def die(path):
        path.write_text("begun")
        os._exit(1)

    ref = die.remote(begun.path)
    begun.wait()
    ray.cancel(ref)
    assert not is_task_error(ray, error_of(ray, ref))


def test_cancelling_in_the_driver_has_no_answer_there(ray):
    with pytest.raises(RuntimeError, match="driver"):
        ray.get_runtime_context().is_canceled()


def test_a_task_that_nobody_cancels_is_not_cancelled(ray):
    @ray.remote
    def ask():
        return ray.get_runtime_context().is_canceled()

    assert ray.get(ask.remote()) is False


def test_a_task_that_waits_for_a_thread_of_its_own_is_interrupted(ray, begun):
    @ray.remote
    def wait(path):
        path.write_text("begun")
        threading.Event().wait(LONG_S)

    ref = wait.remote(begun.path)
    begun.wait()
    ray.cancel(ref)
    assert is_task_error(ray, error_of(ray, ref))


def test_a_module_is_never_left_half_imported(ray, begun):
    begun.at("slow_to_import.py").write_text(
        "import time\n"
        "first = 1\n"
        "begun.write_text('begun')\n"
        "deadline_s = time.monotonic() + 0.3\n"
        "while time.monotonic() < deadline_s:\n"
        "    pass\n"
        "second = 2\n"
    )

    @ray.remote(num_cpus=4)
    def use(folder, path, seconds):
        import builtins
        import sys

        builtins.begun = path
        sys.path.insert(0, str(folder))
        import slow_to_import  # type: ignore[import-not-found]  # The task finds it.

        time.sleep(seconds)
        return slow_to_import.second

    ref = use.remote(begun.path.parent, begun.path, LONG_S)
    begun.wait()
    ray.cancel(ref)
    with pytest.raises(ray.exceptions.TaskCancelledError):
        ray.get(ref)
    assert ray.get(use.remote(begun.path.parent, begun.path, 0)) == 2
