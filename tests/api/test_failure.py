# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""Actors that die, and who is told what."""

import os
import signal
import sys

import pytest

from tests.api.mortal import Mortal
from tests.processes import wait_until


@pytest.fixture
def mortal_class(ray):
    return ray.remote(Mortal)


def call_until_it_raises(ray, method):
    while True:
        ray.get(method.remote())


@pytest.mark.parametrize("code", [0, 1, 3])
def test_os_exit_in_a_method_is_the_actors_death(ray, mortal_class, code):
    mortal = mortal_class.remote()
    assert ray.get(mortal.ping.remote()) == 1
    with pytest.raises(ray.exceptions.ActorDiedError, match=f"code {code}"):
        ray.get(mortal.exit.remote(code))
    with pytest.raises(ray.exceptions.ActorDiedError):
        ray.get(mortal.ping.remote())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_signal_is_the_actors_death(ray, mortal_class, number):
    mortal = mortal_class.remote()
    with pytest.raises(ray.exceptions.ActorDiedError, match=number.name):
        ray.get(mortal.die_by.remote(number))


def test_a_kill_from_outside_fails_the_calls_that_wait(ray, mortal_class, tmp_path):
    @ray.remote
    class Waiting:
        def wait_for(self, path, started):
            started.touch()
            wait_until(path.exists, 60)

        def pid(self):
            return os.getpid()

    waiting, started = Waiting.remote(), tmp_path / "started"
    pid = ray.get(waiting.pid.remote())
    refs = [waiting.wait_for.remote(tmp_path / "never", started), waiting.pid.remote()]
    wait_until(started.exists)
    os.kill(pid, signal.SIGKILL)
    for ref in refs:
        with pytest.raises(ray.exceptions.ActorDiedError, match="SIGKILL"):
            ray.get(ref)


def test_the_error_of_a_death_names_class_actor_and_name(ray, mortal_class):
    mortal = mortal_class.options(name="the-mortal").remote()
    with pytest.raises(ray.exceptions.RayActorError) as caught:
        ray.get(mortal.exit.remote(1))
    assert caught.value.actor_id == mortal._actor_id.hex()
    assert "Mortal" in str(caught.value)
    assert "the-mortal" in str(caught.value)


def test_calls_answered_before_the_death_keep_their_values(ray, mortal_class):
    mortal = mortal_class.remote()
    ray.get(mortal.ping.remote())
    before = [mortal.ping.remote() for _ in range(5)]
    dying, after = mortal.exit.remote(1), mortal.ping.remote()
    assert ray.get(before) == [2, 3, 4, 5, 6]
    for ref in (dying, after):
        with pytest.raises(ray.exceptions.ActorDiedError):
            ray.get(ref)


def test_terminate_ends_an_actor_after_the_calls_before(ray, mortal_class):
    mortal = mortal_class.remote()
    before = mortal.ping.remote()
    mortal.__ray_terminate__.remote()
    assert ray.get(before) == 1
    with pytest.raises(ray.exceptions.ActorDiedError):
        ray.get(mortal.ping.remote())


def test_catching_system_exit_does_not_save_from_exit_actor(ray):
    @ray.remote
    class Stubborn:
        def leave(self):
            try:
                ray.actor.exit_actor()
            except SystemExit:
                return "stayed"

    with pytest.raises(ray.exceptions.ActorDiedError):
        ray.get(Stubborn.remote().leave.remote())


def test_the_hook_runs_at_exit_actor(ray, tmp_path):
    @ray.remote
    class Tidy:
        def __init__(self, path):
            self.path = path

        def leave(self):
            ray.actor.exit_actor()

        def __ray_shutdown__(self):
            self.path.touch()
            raise ValueError

    tidied = tmp_path / "tidied"
    with pytest.raises(ray.exceptions.ActorDiedError):
        ray.get(Tidy.remote(tidied).leave.remote())
    wait_until(tidied.exists)


def test_exit_actor_outside_of_an_actor_is_a_type_error(ray):
    @ray.remote
    def leave():
        ray.actor.exit_actor()

    with pytest.raises(TypeError):
        ray.actor.exit_actor()
    with pytest.raises(TypeError):
        ray.get(leave.remote())


def test_an_init_that_raises_kills_the_actor(ray):
    @ray.remote(max_restarts=3)
    class Broken:
        def __init__(self):
            message = "not today"
            raise ValueError(message)

        def ping(self):
            pass

    broken = Broken.remote()
    for _ in range(2):
        with pytest.raises(ray.exceptions.ActorDiedError, match="not today") as caught:
            ray.get(broken.ping.remote())
        assert not isinstance(caught.value, (ValueError, ray.exceptions.RayTaskError))


def test_an_init_that_kills_its_process_kills_the_actor(ray):
    @ray.remote
    class Broken:
        def __init__(self):
            os._exit(7)

        def ping(self):
            pass

    with pytest.raises(ray.exceptions.ActorDiedError, match="code 7"):
        ray.get(Broken.remote().ping.remote())


def test_an_init_whose_argument_failed_kills_the_actor(ray):
    @ray.remote
    def fail():
        message = "no argument"
        raise ValueError(message)

    @ray.remote
    class Needy:
        def __init__(self, value):
            pass

        def ping(self):
            pass

    with pytest.raises(ray.exceptions.ActorDiedError, match="no argument"):
        ray.get(Needy.remote(fail.remote()).ping.remote())


def test_kill_without_restart_is_final(ray, mortal_class):
    mortal = mortal_class.options(max_restarts=-1, max_task_retries=-1).remote()
    ray.get(mortal.ping.remote())
    ray.kill(mortal)
    ray.kill(mortal)
    with pytest.raises(ray.exceptions.ActorDiedError, match="kill"):
        ray.get(mortal.ping.remote())


def test_kill_before_the_actor_is_there(ray, tmp_path):
    @ray.remote
    class Late:
        def __init__(self, path):
            wait_until(path.exists, 60)

        def ping(self):
            pass

    late = Late.remote(tmp_path / "never")
    ref = late.ping.remote()
    ray.kill(late)
    with pytest.raises(ray.exceptions.ActorDiedError):
        ray.get(ref)


def test_an_actor_dies_with_the_actor_that_made_it(ray, mortal_class):
    @ray.remote
    class Parent:
        def make(self):
            self.child = mortal_class.remote()
            return [self.child]

    parent = Parent.remote()
    (child,) = ray.get(parent.make.remote())
    assert ray.get(child.ping.remote()) == 1
    ray.kill(parent)
    with pytest.raises(ray.exceptions.ActorDiedError, match="owner"):
        call_until_it_raises(ray, child.ping)


def test_wait_sees_calls_that_fail_by_a_death(ray, mortal_class):
    mortal = mortal_class.remote()
    refs = [mortal.exit.remote(1), mortal.ping.remote()]
    ready, rest = ray.wait(refs, num_returns=2)
    assert (ready, rest) == (refs, [])


def test_two_callers_of_a_dying_actor_are_both_told(ray, mortal_class, tmp_path):
    @ray.remote
    def call(actor, path):
        ray.get(actor.ping.remote())
        path.touch()
        try:
            while True:
                ray.get(actor.ping.remote())
        except ray.exceptions.ActorDiedError:
            return "told"

    mortal, called = mortal_class.remote(), tmp_path / "called"
    told = call.remote(mortal, called)
    wait_until(called.exists)
    with pytest.raises(ray.exceptions.ActorDiedError):
        ray.get(mortal.exit.remote(1))
    assert ray.get(told) == "told"


def test_the_children_of_a_dead_worker_are_dead_too(ray, tmp_path):
    import psutil

    @ray.remote
    class Parent:
        def spawn(self):
            import subprocess

            self.child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
            return self.child.pid

    parent = Parent.remote()
    pid = ray.get(parent.spawn.remote())
    ray.kill(parent)

    def is_gone():
        try:
            return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    wait_until(is_gone)
