# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""Calls of actors that are called off: the call ends for its caller, the actor lives on."""

import time

import pytest

from tests.processes import wait_until

LONG_S = 60.0
"""Longer than any test may take: what waits for so long is never waited for."""


class Plain:
    """A method that runs until its file is there, and notes what it sees."""

    def __init__(self):
        self.log = []

    def hold(self, ray, here, gate):
        here.write_text("begun")
        wait_until(gate.exists, LONG_S)
        self.log.append(ray.get_runtime_context().is_canceled())
        return "held"

    def until_cancelled(self, ray, here):
        here.write_text("begun")
        wait_until(ray.get_runtime_context().is_canceled, LONG_S)
        self.log.append("saw it")

    def note(self, value):
        self.log.append(value)
        return value

    def seen(self, ray=None):
        return self.log, ray is not None and ray.get_runtime_context().is_canceled()

    def generate(self, ray, here, gate):
        for number in range(1_000_000):
            yield number
            if number == 2:
                here.write_text("begun")
                wait_until(gate.exists, LONG_S)

    def wait_for(self, ray, here, refs):
        here.write_text("begun")
        try:
            return ray.get(refs[0])
        except BaseException as error:
            self.log.append(type(error).__name__)
            raise

    def make_child(self, ray, function, here):
        try:
            return ray.get(function.remote(here))
        except BaseException as error:
            self.log.append(type(error).__name__)
            raise

    def leave(self, ray, here, gate):
        here.write_text("begun")
        wait_until(gate.exists, LONG_S)
        ray.actor.exit_actor()


@pytest.fixture
def at(tmp_path):
    def place(name):
        return tmp_path / name

    return place


@pytest.fixture
def begun(tmp_path):
    return lambda name: wait_until((tmp_path / name).exists)


def cancelled(ray, ref):
    """Whether the error is one that the call seems to have raised itself."""
    with pytest.raises(ray.exceptions.TaskCancelledError) as raised:
        ray.get(ref, timeout=LONG_S / 2)
    return isinstance(raised.value, ray.exceptions.RayTaskError)


@pytest.mark.parametrize("options", [{}, {"max_concurrency": 2}])
def test_a_running_call_goes_on_without_its_caller(ray, at, begun, options):
    actor = ray.remote(Plain).options(**options).remote()
    ref = actor.hold.remote(ray, at("here"), at("gate"))
    begun("here")
    ray.cancel(ref)
    assert cancelled(ray, ref) is False  # At once, though the call has not ended.
    ray.cancel(ref)
    at("gate").touch()
    wait_until(lambda: ray.get(actor.seen.remote(ray)) == ([True], False))


@pytest.mark.parametrize("options", [{}, {"max_concurrency": 2}])
def test_a_call_may_ask_whether_it_is_wanted(ray, at, begun, options):
    actor = ray.remote(Plain).options(**options).remote()
    ref = actor.until_cancelled.remote(ray, at("here"))
    begun("here")
    ray.cancel(ref)
    assert cancelled(ray, ref) is False
    wait_until(lambda: ray.get(actor.seen.remote())[0] == ["saw it"])


@pytest.mark.parametrize("options", [{}, {"max_concurrency": 2}])
def test_a_call_that_waits_in_the_actor_never_runs(ray, at, begun, options):
    actor = ray.remote(Plain).options(**options).remote()
    held = [actor.hold.remote(ray, at(f"here{i}"), at("gate")) for i in range(2)]
    begun("here0")
    waiting = [actor.note.remote(number) for number in range(4)]
    ray.cancel(waiting[1])
    ray.cancel(waiting[2])
    assert cancelled(ray, waiting[1]) is False
    assert cancelled(ray, waiting[2]) is False
    at("gate").touch()
    assert ray.get([*held, waiting[0], waiting[3]]) == ["held", "held", 0, 3]
    assert sorted(ray.get(actor.seen.remote())[0]) == [False, False, 0, 3]


def test_a_call_that_waits_for_an_argument_never_runs_and_holds_nobody_up(ray, at, begun):
    holder, actor = ray.remote(Plain).remote(), ray.remote(Plain).remote()
    late = holder.hold.remote(ray, at("here"), at("gate"))
    first, second = actor.note.remote(late), actor.note.remote("second")
    ray.cancel(first)
    assert ray.get(second) == "second"
    assert cancelled(ray, first) is False
    at("gate").touch()
    assert ray.get(late) == "held"
    assert ray.get(actor.seen.remote())[0] == ["second"]


def test_a_call_of_an_actor_that_is_not_there_yet_never_runs(ray, at, begun):
    holder = ray.remote(Plain).remote()
    late = holder.hold.remote(ray, at("here"), at("gate"))

    @ray.remote
    class Waiting:
        def __init__(self, argument):
            self.argument = argument

        def get(self):
            return self.argument

    actor = Waiting.remote(late)
    refs = [actor.get.remote(), actor.__ray_ready__.remote(), actor.get.remote()]
    for ref in refs[:2]:
        ray.cancel(ref)
        assert cancelled(ray, ref) is False
    at("gate").touch()
    assert ray.get(refs[2]) == "held"


def test_force_is_not_for_actors(ray, at, begun):
    actor = ray.remote(Plain).remote()
    running = actor.hold.remote(ray, at("here"), at("gate"))
    waiting = actor.note.remote(1)
    begun("here")
    for ref in (running, waiting):
        with pytest.raises(ValueError, match=r"force=True is not supported for actor tasks"):
            ray.cancel(ref, force=True)

    @ray.remote
    def borrower(refs):
        with pytest.raises(ValueError, match=r"force=True is not supported for actor tasks"):
            ray.cancel(refs[0], force=True)

    ray.get(borrower.remote([running]))
    at("gate").touch()
    assert ray.get([running, waiting]) == ["held", 1]
    ray.cancel(running, force=True)  # It has ended, so that nobody minds.


def test_an_actor_that_waits_for_anothers_value_wakes_up(ray, at, begun):
    holder, actor = ray.remote(Plain).remote(), ray.remote(Plain).remote()
    late = holder.hold.remote(ray, at("held"), at("gate"))
    ref = actor.wait_for.remote(ray, at("here"), [late])
    begun("here")
    ray.cancel(ref)
    cancelled(ray, ref)
    assert ray.get(actor.seen.remote())[0] == ["KeyboardInterrupt"]
    at("gate").touch()
    assert ray.get(late) == "held"


def test_the_tasks_of_an_actors_call_are_cancelled_with_it(ray, at, begun):
    @ray.remote
    def child(here):
        here.write_text("begun")
        time.sleep(LONG_S)

    actor = ray.remote(Plain).remote()
    ref = actor.make_child.remote(ray, child, at("here"))
    begun("here")
    ray.cancel(ref)
    cancelled(ray, ref)
    assert ray.get(actor.seen.remote())[0] == ["RayTaskError(TaskCancelledError)"]


def test_the_tasks_of_an_actors_call_go_on_where_that_is_wanted(ray, at, begun):
    @ray.remote
    def child(here, gate=None):
        at("here").write_text("begun")
        wait_until(at("gate").exists, LONG_S)
        at("done").touch()

    actor = ray.remote(Plain).remote()
    ref = actor.make_child.remote(ray, child, at("here"))
    begun("here")
    ray.cancel(ref, recursive=False)
    cancelled(ray, ref)
    assert ray.get(actor.seen.remote())[0] == ["KeyboardInterrupt"]
    at("gate").touch()
    begun("done")


def test_a_cancelled_call_may_still_end_the_actor(ray, at, begun):
    actor = ray.remote(Plain).remote()
    ref = actor.leave.remote(ray, at("here"), at("gate"))
    begun("here")
    ray.cancel(ref)
    cancelled(ray, ref)
    at("gate").touch()
    with pytest.raises(ray.exceptions.ActorDiedError):
        ray.get(actor.note.remote(1))


def test_a_cancelled_call_is_not_sent_again_to_a_restarted_actor(ray, at, begun):
    @ray.remote(max_restarts=-1, max_task_retries=-1)
    class Mortal:
        def hold(self, here):
            with here.open("a") as file:
                file.write("x")
            wait_until(lambda: False, LONG_S)

        def alive(self):
            return True

    actor = Mortal.remote()
    ref = actor.hold.remote(at("here"))
    begun("here")
    ray.cancel(ref)
    cancelled(ray, ref)
    ray.kill(actor, no_restart=False)
    assert ray.get(actor.alive.remote())
    assert at("here").read_text() == "x"


def test_an_actors_generator_is_not_asked_for_further_items(ray, at, begun):
    actor = ray.remote(Plain).remote()
    generator = actor.generate.remote(ray, at("here"), at("gate"))
    begun("here")
    ray.cancel(generator)
    *items, last = list(generator)
    assert ray.get(items) == [0, 1, 2]
    assert cancelled(ray, last) is False
    at("gate").touch()
    assert ray.get(actor.note.remote("alive")) == "alive"


def test_an_actors_generator_that_waits_for_its_reader_is_cancelled(ray, at):
    at("gate").touch()
    actor = ray.remote(Plain).remote()
    method = actor.generate.options(_generator_backpressure_num_objects=2)
    generator = method.remote(ray, at("here"), at("gate"))
    assert ray.get(next(generator)) == 0
    ray.cancel(generator)
    assert ray.get(actor.note.remote("alive")) == "alive"
    with pytest.raises(ray.exceptions.TaskCancelledError):
        ray.get(list(generator))
