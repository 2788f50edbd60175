# mypy: disable-error-code="attr-defined"
# A type checker does not follow a decorator that makes something else of a class.
"""Processes that die: who is told what, who is restarted, and what is tried again."""

import json
import os
import signal
import sys

import pytest

from tests.processes import wait_until


@pytest.fixture
def mortal_class(ray):
    @ray.remote
    class Mortal:
        def __init__(self):
            self.calls = 0

        def ping(self):
            self.calls += 1
            return self.calls

        def pid(self):
            return os.getpid()

        def exit(self, code):
            os._exit(code)

        def die_by(self, number):
            os.kill(os.getpid(), number)

        def sys_exit(self, *code):
            sys.exit(*code)

        def exit_actor(self):
            ray.actor.exit_actor()

        def die_once(self, path):
            if path.exists():
                return "survived"
            path.touch()
            os._exit(1)

    return Mortal


def pinged(ray, actor, old_pid):
    """The actor's pid, once it is another one."""

    def is_back():
        try:
            return ray.get(actor.pid.remote()) != old_pid
        except ray.exceptions.ActorUnavailableError:
            return False

    wait_until(is_back)
    return ray.get(actor.pid.remote())


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


def test_the_counter_that_dies_every_ten_calls(ray):
    @ray.remote(max_restarts=4, max_task_retries=-1)
    class Actor:
        def __init__(self):
            self.counter = 0

        def increment_and_possibly_fail(self):
            if self.counter == 10:
                os._exit(0)
            self.counter += 1
            return self.counter

    actor = Actor.remote()
    counted = [ray.get(actor.increment_and_possibly_fail.remote()) for _ in range(50)]
    assert counted == [*range(1, 11)] * 5
    for _ in range(10):
        with pytest.raises(ray.exceptions.RayActorError):
            ray.get(actor.increment_and_possibly_fail.remote())


def test_the_immortal_actor_keeps_its_checkpoint(ray, tmp_path):
    @ray.remote(max_restarts=-1, max_task_retries=-1)
    class ImmortalActor:
        def __init__(self, checkpoint):
            self.checkpoint = checkpoint
            self.state = json.loads(checkpoint.read_text()) if checkpoint.exists() else {}

        def flaky_update(self, key, value):
            import random

            if random.randrange(10) < 5:
                sys.exit(1)
            self.state[key] = value
            self.checkpoint.write_text(json.dumps(self.state))

        def get(self, key):
            return self.state[key]

    actor = ImmortalActor.remote(tmp_path / "checkpoint.json")
    for key in range(5):
        ray.get(actor.flaky_update.remote(str(key), key))
    assert ray.get([actor.get.remote(str(key)) for key in range(5)]) == list(range(5))


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
        while True:
            ray.get(child.ping.remote())


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


def test_a_children_of_a_dead_worker_are_dead_too(ray, tmp_path):
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
        return (
            not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        )

    wait_until(is_gone)
