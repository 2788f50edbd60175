# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""Which calls are made again: what the actor says, the method, and the call."""

import os
from collections import Counter

import pytest

from raylite import method


class OwnError(Exception):
    """An error of the user's own."""


class Flaky:
    """Its methods fail the first times."""

    def __init__(self):
        self.log = []

    def fail(self, name, times, error=ValueError):
        self.log.append(name)
        if Counter(self.log)[name] <= times:
            raise error(name)
        return Counter(self.log)[name]

    @method(max_task_retries=2, retry_exceptions=True)
    def twice(self, name, times):
        return self.fail(name, times)

    @method(max_task_retries=3, retry_exceptions=[KeyError, OwnError])
    def some(self, name, times, error):
        return self.fail(name, times, error)

    @method(retry_exceptions=True)
    def as_the_actor_says(self, name, times):
        return self.fail(name, times)

    @method(max_task_retries=2, retry_exceptions=True)
    def generate(self, name, times):
        yield 1
        self.fail(name, times)
        yield 2

    def note(self, value):
        self.log.append(value)

    def seen(self):
        return self.log

    def die(self, path, times):
        with path.open("a") as file:
            file.write("x")
        if len(path.read_text()) <= times:
            os._exit(1)
        return len(path.read_text())

    @method(max_task_retries=2)
    def die_twice(self, path, times):
        return self.die(path, times)


@pytest.fixture
def flaky(ray):
    """The actor class."""
    return ray.remote(Flaky)


def test_a_method_is_called_again_as_often_as_it_says(ray, flaky):
    actor = flaky.remote()
    assert ray.get(actor.twice.remote("a", 2)) == 3
    with pytest.raises(ValueError, match="b"):
        ray.get(actor.twice.remote("b", 3))
    assert Counter(ray.get(actor.seen.remote())) == {"a": 3, "b": 3}


def test_a_method_is_called_again_after_the_errors_that_it_names(ray, flaky):
    actor = flaky.remote()
    assert ray.get(actor.some.remote("key", 3, KeyError)) == 4
    assert ray.get(actor.some.remote("mine", 3, OwnError)) == 4
    with pytest.raises(ValueError, match="value"):
        ray.get(actor.some.remote("value", 1, ValueError))


def test_the_errors_are_known_wherever_the_handle_goes(ray, flaky):
    @ray.remote
    def other(actor):
        return ray.get(actor.some.remote("mine", 3, OwnError))

    actor = flaky.remote()
    assert ray.get(other.remote(actor)) == 4


def test_how_often_may_be_said_by_the_actor(ray, flaky):
    with pytest.raises(ValueError, match="once"):
        ray.get(flaky.remote().as_the_actor_says.remote("once", 1))
    actor = flaky.options(max_task_retries=2).remote()
    assert ray.get(actor.as_the_actor_says.remote("a", 2)) == 3


@pytest.mark.parametrize(
    ("options", "times"),
    [
        ({"max_task_retries": 3, "retry_exceptions": True}, 3),
        ({"retry_exceptions": True}, 2),
        ({"retry_exceptions": [ValueError]}, 2),
        ({"retry_exceptions": (KeyError, ValueError)}, 2),
        ({"max_task_retries": -1, "retry_exceptions": True}, 10),
    ],
)
def test_a_call_may_say_it(ray, flaky, options, times):
    actor = flaky.options(max_task_retries=2).remote()
    assert ray.get(actor.fail.options(**options).remote("a", times)) == times + 1


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("fail", {"max_task_retries": 3}),
        ("fail", {"retry_exceptions": []}),
        ("fail", {"retry_exceptions": True, "max_task_retries": 0}),
        ("fail", {"retry_exceptions": [KeyError]}),
        ("twice", {"retry_exceptions": False}),
        ("twice", {"max_task_retries": 0}),
    ],
)
def test_a_call_may_be_made_just_once(ray, flaky, method, options):
    actor = flaky.options(max_task_retries=2).remote()
    with pytest.raises(ValueError, match="a"):
        ray.get(getattr(actor, method).options(**options).remote("a", 1))
    assert ray.get(actor.seen.remote()) == ["a"]


def test_none_leaves_it_as_the_method_says(ray, flaky):
    actor = flaky.remote()
    method = actor.twice.options(max_task_retries=None, retry_exceptions=None)
    assert ray.get(method.remote("a", 2)) == 3


def test_a_call_that_is_made_again_stands_in_line_again(ray, flaky):
    actor = flaky.remote()
    ray.get(actor.seen.remote())
    refs = [actor.note.remote(1), actor.twice.remote("again", 1)]
    refs += [actor.note.remote(number) for number in (2, 3)]
    ray.get(refs)
    log = ray.get(actor.seen.remote())
    assert [entry for entry in log if entry != "again"] == [1, 2, 3]
    assert log.index("again") == 1


def test_a_generator_that_runs_again_gives_each_item_once(ray, flaky):
    actor = flaky.remote()
    assert [ray.get(ref) for ref in actor.generate.remote("a", 2)] == [1, 2]


def test_a_method_may_survive_the_actors_deaths(ray, flaky, tmp_path):
    actor = flaky.options(max_restarts=-1).remote()
    assert ray.get(actor.die_twice.remote(tmp_path / "a", 2)) == 3
    method = actor.die.options(max_task_retries=2)
    assert ray.get(method.remote(tmp_path / "b", 2)) == 3


def test_a_call_may_be_made_at_most_once_where_others_are_made_again(ray, flaky, tmp_path):
    actor = flaky.options(max_restarts=-1, max_task_retries=-1).remote()
    with pytest.raises(ray.exceptions.ActorUnavailableError):
        ray.get(actor.die.options(max_task_retries=0).remote(tmp_path / "a", 1))
    assert (tmp_path / "a").read_text() == "x"
    assert ray.get(actor.die.remote(tmp_path / "b", 2)) == 3


def test_a_cancelled_call_is_not_made_again(ray, flaky):
    actor = flaky.remote()
    ref = actor.fail.options(max_task_retries=-1, retry_exceptions=True).remote("a", 1_000_000)
    ray.cancel(ref)
    with pytest.raises((ray.exceptions.TaskCancelledError, ValueError)):
        ray.get(ref)
    assert ray.get(actor.note.remote(1)) is None


@pytest.mark.parametrize("max_retries", [0, 3])
def test_a_worker_ends_after_as_many_calls_as_the_function_says(ray, max_retries):
    @ray.remote(max_calls=2, max_retries=max_retries)
    def pid():
        return os.getpid()

    pids = [ray.get(pid.remote()) for _ in range(6)]
    assert [pids.index(one) for one in pids] == [0, 0, 2, 2, 4, 4]
    many = ray.get([pid.remote() for _ in range(20)])
    assert max(Counter(many).values()) == 2


def test_a_worker_that_would_take_something_with_it_stays(ray):
    @ray.remote(max_calls=1)
    def put():
        return [ray.put(os.getpid())]

    [first] = ray.get(put.remote())
    [second] = ray.get(put.remote())
    assert ray.get(first) == ray.get(second)


def test_calls_whose_events_are_not_wanted_leave_none(ray):
    from raylite import _engine

    @ray.remote(enable_task_events=False)
    def quiet_task():
        return 1

    @ray.remote
    def usual_task():
        return 1

    @ray.remote(enable_task_events=False)
    class Quiet:
        def quiet_method(self):
            return 1

        @ray.method(enable_task_events=True)
        def usual_method(self):
            return 1

    @ray.remote
    class Usual:
        @ray.method(enable_task_events=False)
        def quiet_too(self):
            return 1

        def named(self):
            return 1

    quiet, usual = Quiet.remote(), Usual.remote()
    ray.get([quiet_task.remote(), usual_task.remote(), quiet.quiet_method.remote()])
    ray.get([quiet.usual_method.remote(), usual.quiet_too.remote(), usual.named.remote()])
    ray.get(usual.named.options(enable_task_events=False, name="quiet name").remote())
    ray.get(usual.named.options(name="another name").remote())
    names = {row["name"] for row in _engine.current().state("tasks")}
    assert not [name for name in names if "quiet" in name]
    assert {"usual_task", "usual_method", "named", "another name"} <= {
        name.rpartition(".")[2] for name in names
    }


def test_a_method_may_say_how_far_its_generator_runs_ahead(ray):
    @ray.remote(concurrency_groups={"other": 1})
    class Source:
        def __init__(self):
            self.made = 0

        @ray.method(_generator_backpressure_num_objects=2)
        def generate(self):
            for number in range(100):
                self.made = number
                yield number

        @ray.method(concurrency_group="other")
        def count(self):
            return self.made

    actor = Source.remote()
    generator = actor.generate.remote()
    assert ray.get(next(generator)) == 0
    assert ray.get(actor.count.remote()) <= 3
    assert [ray.get(ref) for ref in generator] == list(range(1, 100))
