"""A worker that dies turns its calls into errors that say why, and never into a hang."""

import os
import signal
import sys
import time

import psutil
import pytest

import raylite
from tests.drivers import cpu_s
from tests.processes import wait_until

SOON_S = 5.0
"""The goal is 0.1 s; what was measured is printed. A test must bear a busy machine."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(30)]

ENDS = {
    "exit code": (lambda: os._exit(7), "exited with code 7"),
    "SIGKILL": (lambda: os.kill(os.getpid(), signal.SIGKILL), "killed by SIGKILL"),
    "SIGSEGV": (lambda: os.kill(os.getpid(), signal.SIGSEGV), "killed by SIGSEGV"),
    "SIGTERM": (lambda: os.kill(os.getpid(), signal.SIGTERM), "killed by SIGTERM"),
    "abort": (os.abort, "killed by SIGABRT"),
}


@pytest.fixture(scope="module")
def ray():
    """One session for all of them: it outlives every worker."""
    raylite.init(num_cpus=2)
    yield raylite
    raylite.shutdown()


@pytest.fixture
def actor_class(ray):
    @ray.remote(num_cpus=0)
    class Victim:
        def pid(self):
            return os.getpid()

        def end(self, how):
            print("these were its last words", file=sys.stderr)
            how()

        def sleep(self, seconds):
            time.sleep(seconds)

        def be_busy_in_c(self):
            print("busy")
            return sum(range(10**12))

    return Victim


def error_of(ray, ref, began_s=None):
    began_s = began_s or time.monotonic()
    with pytest.raises(ray.exceptions.RayError) as caught:
        ray.get(ref, timeout=SOON_S)
    print(f"{type(caught.value).__name__} after {1e3 * (time.monotonic() - began_s):.0f} ms")
    assert not isinstance(caught.value, ray.exceptions.GetTimeoutError)
    return caught.value


def test_the_error_of_a_dead_actor_says_how_it_ended(ray, actor_class):
    for how, reason in ENDS.values():
        victim = actor_class.remote()
        ray.get(victim.pid.remote())
        error = error_of(ray, victim.end.remote(how))
        assert isinstance(error, ray.exceptions.ActorDiedError)
        assert reason in str(error)
        assert "these were its last words" in str(error)


def test_calls_that_wait_behind_the_deadly_one_fail_with_it(ray, actor_class):
    victim = actor_class.remote()
    ray.get(victim.pid.remote())
    refs = [victim.end.remote(lambda: os._exit(7)), *(victim.pid.remote() for _ in range(100))]
    for ref in refs:
        assert "exited with code 7" in str(error_of(ray, ref))
    assert "exited with code 7" in str(error_of(ray, victim.pid.remote()))


def test_an_actor_that_dies_in_its_constructor_fails_the_calls_that_wait_for_it(ray):
    class Stillborn:
        def __init__(self):
            print("could not find my bearings", file=sys.stderr)
            os._exit(3)

        def answer(self):
            return 42

    error = error_of(ray, ray.remote(Stillborn).remote().answer.remote())
    assert isinstance(error, ray.exceptions.ActorDiedError)
    assert "exited with code 3" in str(error)
    assert "could not find my bearings" in str(error)


def test_an_idle_actor_that_is_killed_is_known_to_be_dead(ray, actor_class):
    victim = actor_class.remote()
    os.kill(ray.get(victim.pid.remote()), signal.SIGKILL)
    error = error_of(ray, victim.pid.remote())
    assert isinstance(error, ray.exceptions.ActorDiedError)
    assert "killed by SIGKILL" in str(error)


def test_an_actor_that_is_killed_while_busy_in_c_code_fails_its_call(ray, actor_class, capfd):
    victim = actor_class.remote()
    pid = ray.get(victim.pid.remote())
    ref = victim.be_busy_in_c.remote()
    wait_until(lambda: cpu_s(psutil.Process(pid)) > 0.2)
    began_s = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    assert "killed by SIGKILL" in str(error_of(ray, ref, began_s))


def test_ray_kill_ends_an_actor_that_is_busy_in_c_code(ray, actor_class):
    victim = actor_class.remote()
    pid = ray.get(victim.pid.remote())
    ref = victim.be_busy_in_c.remote()
    wait_until(lambda: cpu_s(psutil.Process(pid)) > 0.2)
    began_s = time.monotonic()
    ray.kill(victim)
    assert isinstance(error_of(ray, ref, began_s), ray.exceptions.ActorDiedError)


def test_a_task_whose_worker_dies_says_how_it_ended(ray):
    @ray.remote(max_retries=0)
    def end(how):
        print("these were its last words", file=sys.stderr)
        how()

    for how, reason in ENDS.values():
        error = error_of(ray, end.remote(how))
        assert isinstance(error, ray.exceptions.WorkerCrashedError)
        assert reason in str(error)
        assert "these were its last words" in str(error)


def test_a_task_whose_worker_dies_is_tried_again(ray, tmp_path):
    @ray.remote(max_retries=2)
    def die_twice(path):
        with path.open("a") as file:
            file.write("x")
        if len(path.read_text()) < 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return path.read_text()

    assert ray.get(die_twice.remote(tmp_path / "tries"), timeout=SOON_S) == "xxx"


def test_tasks_that_wait_behind_a_deadly_one_are_not_lost(ray):
    @ray.remote(max_retries=0)
    def die():
        os._exit(1)

    @ray.remote
    def answer(i):
        return i

    deadly, refs = die.remote(), [answer.remote(i) for i in range(50)]
    assert ray.get(refs, timeout=SOON_S) == list(range(50))
    assert isinstance(error_of(ray, deadly), ray.exceptions.WorkerCrashedError)


def test_a_restarted_actor_answers_again(ray, actor_class):
    victim = actor_class.options(max_restarts=1, max_task_retries=1).remote()
    pid = ray.get(victim.pid.remote())
    began_s = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    assert ray.get(victim.pid.remote(), timeout=SOON_S) != pid
    print(f"answered {1e3 * (time.monotonic() - began_s):.0f} ms after SIGKILL")


def test_a_caller_inside_a_worker_is_told_as_well(ray, actor_class):
    @ray.remote(max_retries=0)
    def call(victim):
        try:
            ray.get(victim.end.remote(lambda: os._exit(7)), timeout=SOON_S)
        except ray.exceptions.ActorDiedError as error:
            return str(error)

    assert "exited with code 7" in ray.get(call.remote(actor_class.remote()), timeout=2 * SOON_S)
